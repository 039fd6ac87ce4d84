package server

import (
	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
)

// The streams of the office. Their names stand in the clear.
const (
	streamControl   = "control"   // orders, to every device, before all else
	streamDirectory = "directory" // staff, devices, organisations
	streamVerdicts  = "verdicts"  // what supervisors say about pairs, and how the office links; no device pulls it
)

func streamCenter(center string) string { return "center/" + center } // interviews and answers
func streamGroups(center string) string { return "groups/" + center } // arrival groups
func streamPartner(id string) string    { return "partner/" + id }    // referrals of one organisation
func streamDevice(id string) string     { return "device/" + id }     // interviews handed to one device

// scope lists the streams that each record is in: where its next change goes.
const scope syncengine.Table[[]string] = "scope"

// firstIn keeps where a record enters a stream: there its keys are delivered.
const firstIn syncengine.Table[uint64] = "first-in"

// streamsOf lists what a device pulls, control first (bytes and keys, §5, §6).
func streamsOf(d casefile.Device) []string {
	streams := []string{streamControl, streamDirectory}
	switch d.Profile {
	case screening.Capture:
		streams = append(streams, streamGroups(d.Center))
	case screening.CaseDevice:
		streams = append(streams, streamGroups(d.Center), streamCenter(d.Center))
	case screening.PartnerDevice:
		return append(streams, streamPartner(d.Organisation))
	}
	return append(streams, streamDevice(d.ID.String()))
}

// route puts a change at the end of every stream that its record is in.
func (o *Office) route(tx syncengine.Tx, c *syncengine.Change) error {
	switch c.Kind {
	case syncengine.KindControl:
		return appendTo(tx, streamControl, c)
	case casefile.KindStaff, casefile.KindDevice, casefile.KindOrganisation, casefile.KindForm:
		return appendTo(tx, streamDirectory, c)
	case casefile.KindVerdict, casefile.KindLinkSetting:
		return appendTo(tx, streamVerdicts, c)
	}
	streams, _, err := scope.Get(tx, c.Record[:])
	if err != nil {
		return err
	}
	for _, stream := range streams {
		if err := appendTo(tx, stream, c); err != nil {
			return err
		}
	}
	return nil
}

func appendTo(tx syncengine.Tx, stream string, c *syncengine.Change) error {
	at, err := syncengine.AppendStream(tx, stream, c.ID())
	if err != nil {
		return err
	}
	key := firstKey(stream, c.Record)
	if _, here, err := firstIn.Get(tx, key); err != nil || here {
		return err
	}
	return firstIn.Put(tx, key, at)
}

func firstKey(stream string, record syncengine.RecordID) []byte {
	return append([]byte(stream+"\x00"), record[:]...)
}

// enter brings a record into a stream: everything about it so far, and what
// follows. Repeating it changes nothing.
func (o *Office) enter(tx syncengine.Tx, record syncengine.RecordID, stream string) error {
	streams, _, err := scope.Get(tx, record[:])
	if err != nil {
		return err
	}
	for _, known := range streams {
		if known == stream {
			return nil
		}
	}
	if err := scope.Put(tx, record[:], append(streams, stream)); err != nil {
		return err
	}
	changes, err := tx.Record(record)
	if err != nil {
		return err
	}
	for _, c := range changes {
		if c.Kind == syncengine.KindControl {
			continue
		}
		if err := appendTo(tx, stream, c); err != nil {
			return err
		}
	}
	return nil
}
