package device

import (
	"encoding/json"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
)

// closedRow is all that a capture tablet keeps of an interview that it closed:
// state, needs, child flag and number, no name (bytes and keys, §6). It rests
// sealed under the vault, and is the tablet's own: it is no part of the record.
type closedRow struct {
	State  screening.CaseState `json:"state"`
	Number int                 `json:"number,omitempty"`
	Group  string              `json:"group,omitempty"`
	Needs  []string            `json:"needs,omitempty"`
	Child  bool                `json:"child,omitempty"`
	Slip   string              `json:"slip,omitempty"`
	Millis int64               `json:"ms"`
}

const sealClosed = "closed"

// letGo drops every key and folded state of a record that a capture tablet
// closed, in the transaction of the closing.
func (d *Device) letGo(tx syncengine.Tx, s *session, id syncengine.RecordID) error {
	rec, err := s.engine.Read(tx, id)
	if err != nil {
		return err
	}
	iv, err := casefile.OpenInterview(rec, d.Forms)
	if err != nil {
		return err
	}
	viewer, err := d.viewer(tx, s)
	if err != nil {
		return err
	}
	now := d.now().UnixMilli()
	seen := iv.For(viewer) // already closed: what is left is what may stay
	row := closedRow{State: iv.State, Number: iv.Number, Slip: iv.Slip, Millis: now}
	if !iv.Group.Zero() {
		row.Group = iv.Group.String()
	}
	row.Child = iv.Summarise(d.today(), now).Child
	if needs, ok := seen.Answers["ref_needs"].Value.(screening.Set); ok {
		row.Needs = needs.Codes()
	}
	if err := d.putClosed(tx, s, id, row); err != nil {
		return err
	}
	if err := s.ring.Drop(tx, id); err != nil {
		return err
	}
	return syncengine.DropFolded(tx, id)
}

func (d *Device) putClosed(tx syncengine.Tx, s *session, id syncengine.RecordID, row closedRow) error {
	text, err := json.Marshal(row)
	if err != nil {
		return err
	}
	sealed, err := s.vault.Seal(d.Random, sealClosed, id[:], text)
	if err != nil {
		return err
	}
	return closedTable.Put(tx, id[:], sealed)
}

func (d *Device) closedRow(tx syncengine.Tx, s *session, id syncengine.RecordID) (row closedRow, here bool, err error) {
	sealed, here, err := closedTable.Get(tx, id[:])
	if err != nil || !here {
		return row, here, err
	}
	text, err := s.vault.Open(sealClosed, id[:], sealed)
	if err != nil {
		return row, true, err
	}
	return row, true, json.Unmarshal(text, &row)
}
