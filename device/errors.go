package device

import (
	"errors"
	"fmt"
)

// What a host may be told, for errors.Is.
var (
	// ErrNotEnrolled: this database belongs to no office yet.
	ErrNotEnrolled = errors.New("device: not enrolled")
	// ErrEnrolled: it belongs to one already.
	ErrEnrolled = errors.New("device: enrolled already")
	// ErrLocked: nobody is signed in.
	ErrLocked = errors.New("device: locked")
	// ErrCovered: the quick cover is on.
	ErrCovered = errors.New("device: covered")
	// ErrWrongSecret: the secret or the PIN is wrong, or nobody of that id is here.
	ErrWrongSecret = errors.New("device: wrong secret")
	// ErrSecretShort: a new secret could be guessed too cheaply.
	ErrSecretShort = errors.New("device: the secret is too short")
	// ErrRevoked: the office revoked this device; it pushes and shows nothing.
	ErrRevoked = errors.New("device: revoked")
	// ErrUnreachable: the office cannot be reached now.
	ErrUnreachable = errors.New("device: the office cannot be reached")
	// ErrPin: who answered is not the office of the ticket.
	ErrPin = errors.New("device: the other side is not the office of the ticket")
	// ErrTicketUnknown, ErrTicketUsed and ErrTicketExpired: the office refuses the ticket.
	ErrTicketUnknown = errors.New("device: ticket unknown")
	ErrTicketUsed    = errors.New("device: ticket used")
	ErrTicketExpired = errors.New("device: ticket expired")
	// ErrOfficeSignature: an answer that the office did not sign.
	ErrOfficeSignature = errors.New("device: the answer is not signed by the office")
	// ErrNotFound: no such record, group, referral or person here.
	ErrNotFound = errors.New("device: not found")
	// ErrNotAllowed: this person may not do that on this device.
	ErrNotAllowed = errors.New("device: not allowed")
	// ErrClosed: the interview or group is closed.
	ErrClosed = errors.New("device: closed")
	// ErrBoxAway: the box of the center cannot be reached, or is not one.
	ErrBoxAway = errors.New("device: the center's box cannot be reached")
	// ErrReason: the change needs a reason.
	ErrReason = errors.New("device: a reason is missing")
	// ErrViewFirst: the interviewer's own view comes before the computed result.
	ErrViewFirst = errors.New("device: the own view comes first")
	// ErrAnswerShape: an answer that does not fit its question.
	ErrAnswerShape = errors.New("device: an answer does not fit its question")
)

// Wait says that the next try at a secret must wait.
type Wait struct{ Seconds int }

func (e *Wait) Error() string { return fmt.Sprintf("device: wait %d seconds", e.Seconds) }

// What a page asked for and this device cannot give.
var (
	// ErrGroupMissing: no arrival group is open.
	ErrGroupMissing = errors.New("device: no group is open")
	// ErrChoice: a choice is missing.
	ErrChoice = errors.New("device: a choice is missing")
	// ErrConfirm: the confirmation is missing, or two secrets differ.
	ErrConfirm = errors.New("device: the confirmation differs")
	// ErrChildSetting: a child is not asked this here or by this person.
	ErrChildSetting = errors.New("device: not in this setting with a child")
	// ErrNoConsent: the person has not agreed.
	ErrNoConsent = errors.New("device: no consent")
	// ErrStopped: consent was taken back; the copy must go.
	ErrStopped = errors.New("device: a stop notice stands")
)
