package device

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"

	"raksa/casefile"
	enrollv1 "raksa/gen/raksa/enroll/v1"
	"raksa/screening"
	"raksa/syncengine"
	"raksa/vault"
)

// Enroll lets this device into the office of a ticket and opens it for the
// ticket's first person. Nothing is stored before the office has answered, so a
// try that fails leaves a device that can be enrolled.
func (d *Device) Enroll(ctx context.Context, ticketText string, secret []byte) error {
	if d.Enrolled() {
		return ErrEnrolled
	}
	ticket, err := casefile.ParseTicket(ticketText)
	if err != nil {
		return err
	}
	if !longEnough(secret) {
		return ErrSecretShort
	}
	new, err := d.newEnrollment(ticket, secret)
	if err != nil {
		return err
	}
	defer new.open.Lock()
	office := d.Connect(Access{URL: ticket.Office, CA: ticket.CA, Key: new.signing, Earliest: d.earliest})
	answer, err := office.Enroll(ctx, new.request)
	if err != nil {
		return fmt.Errorf("device: enroll: %w", err)
	}
	if err := d.settleIn(ctx, ticket, new, answer); err != nil {
		return err
	}
	if err := d.SignIn(ctx, ticket.Person, secret); err != nil {
		return err
	}
	// The directory says who works here. Without it the tablet works all the
	// same, so a link that breaks just now is no failure.
	if err := d.firstContact(ctx); err != nil {
		d.Log.Info().Str("code", Code(err)).Msg("enrolled, first contact failed")
	}
	return nil
}

// firstContact fetches the orders and the directory, and leaves all else to the
// loop: whoever enrolled the tablet may begin at once.
func (d *Device) firstContact(ctx context.Context) error {
	d.syncing.Lock()
	defer d.syncing.Unlock()
	defer d.stir()
	node, err := d.presentNode(ctx)
	if err != nil {
		return err
	}
	for range firstCallsMax {
		more, err := d.round(ctx, d.reach(), node)
		d.noteLink(err == nil)
		if err != nil || !more {
			return err
		}
		known := false
		err = d.Store.View(ctx, func(tx syncengine.Tx) (err error) {
			known, _, err = agreeTable.Get(tx, []byte("directory"))
			return err
		})
		if err != nil || known {
			return err
		}
	}
	return nil
}

// firstCallsMax bounds the calls during enrollment.
const firstCallsMax = 100

// enrollment is everything that a device makes for itself.
type enrollment struct {
	node    syncengine.NodeID
	signing ed25519.PrivateKey
	receive *vault.ReceivingKey
	open    *vault.Unlocked
	person  personRow
	request *enrollv1.EnrollRequest
}

func (d *Device) newEnrollment(ticket casefile.Ticket, secret []byte) (*enrollment, error) {
	node, err := d.newID()
	if err != nil {
		return nil, err
	}
	e := &enrollment{node: node, person: personRow{Name: ticket.Name, Role: ticket.Role, Agency: ticket.Agency}}
	if e.signing, err = vault.NewSigningKey(d.Random); err != nil {
		return nil, err
	}
	if e.receive, err = vault.NewReceivingKey(d.Random); err != nil {
		return nil, err
	}
	if e.open, err = vault.NewVault(d.Random); err != nil {
		return nil, err
	}
	if e.person.Slot, e.person.Public, err = e.open.AddPerson(d.Random, ticket.Person, secret, d.cost()); err != nil {
		return nil, err
	}
	csr, err := x509.CreateCertificateRequest(d.Random, &x509.CertificateRequest{
		Subject: pkix.Name{CommonName: "raksa device"},
	}, e.signing)
	if err != nil {
		return nil, fmt.Errorf("device: certificate request: %w", err)
	}
	e.request = &enrollv1.EnrollRequest{
		Ticket: ticket.ID, Secret: ticket.Secret, Csr: csr, ReceivingKey: e.receive.Public(), Node: node[:],
	}
	return e, nil
}

var errEnrollAnswer = errors.New("device: the office's answer to the ticket cannot be used")

// settleIn stores what the device made and what the office gave it, at once.
func (d *Device) settleIn(ctx context.Context, ticket casefile.Ticket, e *enrollment, answer *enrollv1.EnrollResponse) error {
	profile, err := screening.ParseProfile(answer.Profile)
	if err != nil || profile == screening.Desk || len(answer.Device) != 16 || len(answer.OfficeSigningKey) != ed25519.PublicKeySize {
		return errEnrollAnswer
	}
	next := identity{
		Device: syncengine.RecordID(answer.Device), Name: answer.Name, Profile: profile, Center: answer.Center,
		SigningKey: e.signing, DeliverySeed: answer.DeliverySeed, Certificate: answer.Certificate,
		OfficeURL: ticket.Office, OfficeCA: ticket.CA,
		OfficeSigns: answer.OfficeSigningKey, OfficeSeals: answer.OfficeReceivingKey,
	}
	if len(answer.Organisation) == len(next.Device) {
		next.Organisation = syncengine.RecordID(answer.Organisation).String()
	}
	if next.ReceivingKey, err = e.open.SealReceivingKey(d.Random, next.Device, e.receive); err != nil {
		return err
	}
	node, err := d.makeNode(e.open.Wrapper, e.node, next.OfficeSeals)
	if err != nil {
		return err
	}
	err = d.Store.Update(ctx, func(tx syncengine.Tx) error {
		if err := syncengine.BecomeNode(tx, e.node); err != nil {
			return err
		}
		if err := nodeTable.Put(tx, e.node[:], node); err != nil {
			return err
		}
		if err := peopleTable.Put(tx, ticket.Person[:], e.person); err != nil {
			return err
		}
		return selfTable.Put(tx, []byte("self"), next)
	})
	if err != nil {
		return fmt.Errorf("device: keep the enrollment: %w", err)
	}
	d.mu.Lock()
	d.self = next
	d.mu.Unlock()
	return nil
}
