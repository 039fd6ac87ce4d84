package server

import (
	"context"
	"errors"

	"raksa/casefile"
	enrollv1 "raksa/gen/raksa/enroll/v1"
	"raksa/syncengine"
	"raksa/vault"
)

// enrollService answers devices that have no certificate yet.
type enrollService struct{ office *Office }

// Enroll lets a device in by its ticket: certificate, keys of the office, and
// the seed under which record keys will come.
func (s *enrollService) Enroll(ctx context.Context, req *enrollv1.EnrollRequest) (*enrollv1.EnrollResponse, error) {
	if len(req.GetReceivingKey()) != vault.ReceivingPublicSize || len(req.GetNode()) != len(syncengine.NodeID{}) {
		return nil, errBadRequest
	}
	o := s.office
	var refusal error
	var answer *enrollv1.EnrollResponse
	err := o.update(ctx, func(tx syncengine.Tx) error {
		order, refused, err := o.redeem(tx, req.GetTicket(), req.GetSecret())
		if refusal = refused; err != nil || refused != nil {
			return err
		}
		answer, err = o.enroll(tx, order, req)
		return err
	})
	if err != nil {
		return nil, err
	}
	if refusal != nil {
		o.metrics.refusals.WithLabelValues("ticket").Inc()
	}
	return answer, refusal
}

// enroll makes the device of a redeemed ticket.
func (o *Office) enroll(tx syncengine.Tx, order TicketOrder, req *enrollv1.EnrollRequest) (*enrollv1.EnrollResponse, error) {
	id, err := o.newID()
	if err != nil {
		return nil, err
	}
	node := syncengine.NodeID(req.GetNode())
	if free, err := nodeFree(tx, node); err != nil || !free {
		return nil, errors.Join(err, &Denied{Reason: "node_of_another_device"})
	}
	certificate, public, err := o.certify(req.GetCsr(), id, o.Now())
	if err != nil {
		return nil, err
	}
	row := &deviceRow{
		ID: id, First: order.Person, FirstMillis: o.Now().UnixMilli(),
		Entry: casefile.Device{
			ID: id, Name: order.Name, Profile: order.Profile, Center: order.Center, Organisation: order.Organisation,
			SigningKey: public, ReceivingKey: req.GetReceivingKey(), Nodes: []string{node.String()},
		},
	}
	if err := o.newDelivery(row); err != nil {
		return nil, err
	}
	if err := nodeOwner.Put(tx, node[:], row.ID.String()); err != nil {
		return nil, err
	}
	if len(req.GetRatchetSeed()) > 0 {
		if err := o.keepRatchet(tx, node, req.GetRatchetSeed()); err != nil {
			return nil, err
		}
	}
	if err := o.publishDevice(tx, row); err != nil {
		return nil, err
	}
	if err := o.audit(tx, Leaf{What: "enroll", Device: row.ID.String(), Reason: string(order.Profile)}); err != nil {
		return nil, err
	}
	answer := &enrollv1.EnrollResponse{
		Device: id[:], Name: order.Name, Profile: string(order.Profile), Center: order.Center, Certificate: certificate,
		OfficeSigningKey: o.Keys.SigningPublic(), OfficeReceivingKey: o.Keys.ReceivingPublic(), DeliverySeed: row.SeedForIt,
	}
	if org, err := syncengine.ParseRecordID(order.Organisation); err == nil {
		answer.Organisation = org[:]
	}
	return answer, nil
}
