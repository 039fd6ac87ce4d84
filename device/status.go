package device

import (
	"context"
	"errors"
	"io/fs"
	"syscall"
	"time"

	"raksa/carrier"
	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
	"raksa/vault"
)

// Status is how the device stands, without a word about anybody.
type Status struct {
	Enrolled, Locked, Covered, Revoked bool
	Device                             syncengine.RecordID
	Name, Center                       string
	Profile                            screening.Profile
	Connected                          bool
	Since                              time.Time // since when connected or not; zero when never connected
	Waiting                            int       // own changes that the office is not known to hold
	WaitingSince                       time.Time
	Held                               int // own changes that the office does not fold
	Nodes                              int
	Lost                               []Lost    // saves that this database no longer has, until somebody has read it
	Differs                            int       // records that are not the same here and at the office
	CopiedAt                           time.Time // when another copy of this device was found; zero when none was, or the office was told
	Loading                            *Loading  // nil when no first sync is on its way
}

// Status tells how the device stands. It works locked.
func (d *Device) Status(ctx context.Context) (Status, error) {
	d.mu.Lock()
	self, link, s := d.self, d.link, d.session
	d.mu.Unlock()
	st := Status{
		Enrolled: !self.Device.Zero(), Locked: s == nil, Revoked: self.Revoked, Device: self.Device, Name: self.Name,
		Center: self.Center, Profile: self.Profile, Connected: link.connected, Since: link.since,
	}
	if s != nil {
		s.mu.Lock()
		st.Covered = s.covered
		s.mu.Unlock()
	}
	if !st.Enrolled {
		return st, nil
	}
	if self.CopiedMillis > 0 {
		st.CopiedAt = time.UnixMilli(self.CopiedMillis)
	}
	return st, d.Store.View(ctx, func(tx syncengine.Tx) (err error) {
		if err := differTable.Each(tx, nil, func([]byte, differRow) error { st.Differs++; return nil }); err != nil {
			return err
		}
		if st.Waiting, err = syncengine.Waiting(tx); err != nil {
			return err
		}
		nodes, err := syncengine.OwnNodes(tx)
		if err != nil {
			return err
		}
		st.Nodes = len(nodes)
		if st.Loading, err = loading(tx); err != nil {
			return err
		}
		if st.WaitingSince, err = waitingSince(tx, nodes); err != nil {
			return err
		}
		if st.Lost, err = unread(tx); err != nil {
			return err
		}
		return heldTable.Each(tx, nil, func([]byte, heldRow) error { st.Held++; return nil })
	})
}

// waitingSince is when the oldest change that waits was saved.
func waitingSince(tx syncengine.Tx, nodes []syncengine.NodeID) (oldest time.Time, err error) {
	for _, node := range nodes {
		acked, err := syncengine.Acked(tx, node)
		if err != nil {
			return oldest, err
		}
		page, err := syncengine.BuildPage(tx, node, acked.Seq, 1)
		if err != nil {
			return oldest, err
		}
		if page == nil {
			continue
		}
		if at := time.UnixMilli(page.Changes[0].DeviceMillis); oldest.IsZero() || at.Before(oldest) {
			oldest = at
		}
	}
	return oldest, nil
}

// Code is the one place where an error becomes a code that a person is told; the
// sentences for it are in web. What is not in the table is "unexpected".
func Code(err error) string {
	var wait *Wait
	var other *casefile.NotOfKind
	var field *casefile.UnknownField
	var basis *syncengine.BadBasis
	var answer *casefile.BadAnswer
	var value *screening.ValueError
	var full syscall.Errno
	switch {
	case err == nil:
		return ""
	case errors.As(err, &wait):
		return "wait_before_retry"
	case errors.As(err, &full) && (full == syscall.ENOSPC || full == syscall.EDQUOT || full == syscall.EFBIG):
		return "disk_full"
	case errors.As(err, &basis), errors.Is(err, casefile.ErrBasis):
		return "page_outdated"
	case errors.As(err, &field), errors.As(err, &value):
		return "answer_shape"
	case errors.As(err, &other):
		return "form_unknown"
	case errors.As(err, &answer):
		return "already_decided"
	case errors.Is(err, fs.ErrPermission):
		return "not_saved"
	}
	for _, row := range codes {
		if errors.Is(err, row.err) {
			return row.code
		}
	}
	return "unexpected"
}

var codes = []struct {
	err  error
	code string
}{
	{syncengine.ErrNoRoom, "disk_full"},
	{syncengine.ErrReadOnly, "disk_readonly"},
	{syncengine.ErrDisk, "not_saved"},
	{syncengine.ErrFile, "data_damaged"},
	{syncengine.ErrDamaged, "data_damaged"},
	{ErrTicketUnknown, "ticket_unknown"},
	{ErrTicketUsed, "ticket_used"},
	{ErrTicketExpired, "ticket_expired"},
	{casefile.ErrTicket, "ticket_unknown"},
	{ErrPin, "ticket_unknown"},
	{carrier.ErrFull, "stick_full"},
	{ErrBoxAway, "box_away"},
	{ErrUnreachable, "office_unreachable"},
	{ErrOfficeSignature, "office_unreachable"},
	{ErrWrongSecret, "wrong_secret"},
	{vault.ErrWrongSecret, "wrong_secret"},
	{ErrSecretShort, "secret_too_short"},
	{ErrCovered, "covered"},
	{ErrRevoked, "device_revoked"},
	{ErrLocked, "session_ended"},
	{ErrNotEnrolled, "session_ended"},
	{vault.ErrLocked, "session_ended"},
	{syncengine.ErrLocked, "session_ended"},
	{ErrEnrolled, "ticket_used"},
	{syncengine.ErrErased, "record_erased"},
	{vault.ErrErased, "record_erased"},
	{ErrClosed, "record_closed"},
	{syncengine.ErrNoKey, "record_closed"},
	{vault.ErrNoKey, "record_closed"},
	{ErrNotFound, "not_found"},
	{ErrNotAllowed, "not_allowed"},
	{ErrReason, "reason_missing"},
	{ErrViewFirst, "view_first"},
	{ErrAnswerShape, "answer_shape"},
	{ErrGroupMissing, "group_missing"},
	{ErrChoice, "choice_missing"},
	{ErrConfirm, "confirm_differs"},
	{ErrChildSetting, "child_setting"},
	{ErrNoConsent, "consent_missing"},
	{ErrStopped, "stop_notice"},
	{casefile.ErrNoConsent, "consent_withdrawn"},
	{errSecretsDiffer, "secrets_differ"},
	{errNameMissing, "name_missing"},
	{errGroupOpen, "group_open"},
	{errBody, "answer_shape"},
	{errTooBig, "too_big"},
	{context.DeadlineExceeded, "busy"},
}
