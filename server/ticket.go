package server

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"io"
	"time"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
)

// A ticket lets one device in, once, within ten minutes (protection study, 3.4).
const (
	ticketLife     = 10 * time.Minute
	ticketTriesMax = 5
)

// TicketOrder says for whom a ticket is.
type TicketOrder struct {
	Name         string            `json:"name"` // painted on the device
	Profile      screening.Profile `json:"profile"`
	Center       string            `json:"center,omitempty"`
	Organisation string            `json:"organisation,omitempty"` // record id, for a partner's device
	// Person is the first who will sign in on it.
	Person syncengine.PersonID `json:"person"`
}

// ticket is a ticket as the office keeps it: a hash in place of the secret.
type ticket struct {
	Order      TicketOrder `json:"order"`
	SecretHash []byte      `json:"secret_hash"`
	Expires    int64       `json:"expires"` // milliseconds since 1970
	Tries      int         `json:"tries"`
	Used       bool        `json:"used"`
}

const tickets syncengine.Table[ticket] = "ticket"

// The refusals of a ticket. Who guesses learns no more than that it is no use.
var (
	ErrTicketUnknown = errors.New("server: no such ticket, or a wrong secret")
	ErrTicketExpired = errors.New("server: the ticket is older than ten minutes")
	ErrTicketUsed    = errors.New("server: the ticket was used")
)

// IssueTicket makes a one-time ticket and gives its text, which is shown once
// and nowhere stored.
func (o *Office) IssueTicket(tx syncengine.Tx, order TicketOrder, by syncengine.PersonID) (string, error) {
	if err := o.checkOrder(tx, order); err != nil {
		return "", err
	}
	person, err := o.staff(tx, order.Person)
	if err != nil {
		return "", err
	}
	id, err := o.newID()
	if err != nil {
		return "", err
	}
	var secret [16]byte
	if _, err := io.ReadFull(o.Random, secret[:]); err != nil {
		return "", err
	}
	hash := sha256.Sum256(secret[:])
	row := ticket{Order: order, SecretHash: hash[:], Expires: o.Now().Add(ticketLife).UnixMilli()}
	if err := tickets.Put(tx, []byte(hex.EncodeToString(id[:])), row); err != nil {
		return "", err
	}
	if err := o.audit(tx, Leaf{What: "ticket", Person: by.String(), Reason: string(order.Profile)}); err != nil {
		return "", err
	}
	return casefile.Ticket{
		Office: o.SyncURL(), CA: o.pin, ID: hex.EncodeToString(id[:]), Secret: secret[:],
		Person: order.Person, Name: person.Name, Role: person.Role, Agency: person.Agency,
	}.String(), nil
}

// checkOrder refuses an order that no device could work with.
func (o *Office) checkOrder(tx syncengine.Tx, order TicketOrder) error {
	switch order.Profile {
	case screening.Capture, screening.CaseDevice:
		if order.Center == "" {
			return &Denied{Reason: "ticket_without_center"}
		}
		return nil
	case screening.PartnerDevice:
		_, err := o.organisation(tx, order.Organisation)
		return err
	}
	return &Denied{Reason: "ticket_profile"}
}

// redeem uses a ticket up. The refusal is apart from err, because a wrong try
// is counted, and five end the ticket: that must be committed too.
func (o *Office) redeem(tx syncengine.Tx, id string, secret []byte) (order TicketOrder, refusal, err error) {
	row, here, err := tickets.Get(tx, []byte(id))
	if err != nil {
		return order, nil, err
	}
	hash := sha256.Sum256(secret)
	right := subtle.ConstantTimeCompare(hash[:], row.SecretHash) == 1
	switch {
	case !here || row.Tries >= ticketTriesMax:
		return order, ErrTicketUnknown, nil
	case !right:
		row.Tries++
		return order, ErrTicketUnknown, tickets.Put(tx, []byte(id), row)
	case row.Used:
		return order, ErrTicketUsed, nil
	case o.Now().UnixMilli() > row.Expires:
		return order, ErrTicketExpired, nil
	}
	row.Used = true
	return row.Order, nil, tickets.Put(tx, []byte(id), row)
}
