package syncengine

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
)

// Op is what a control change orders. The text is hashed: never renamed.
type Op string

// The orders. The engine carries out those about the log itself (erase,
// quarantine, release, discard); the others are for the host.
const (
	OpErase      Op = "erase"      // forget the record: delete its wraps, refuse others
	OpQuarantine Op = "quarantine" // keep the change, do not fold it
	OpRelease    Op = "release"    // fold it after all
	OpDiscard    Op = "discard"    // never fold it; it stays in the log
	OpEvict      Op = "evict"      // the record leaves the named stream
	OpTransfer   Op = "transfer"   // the record enters the named stream
	OpWithdraw   Op = "withdraw"   // the person took consent back, for the named scope
	OpRevoke     Op = "revoke"     // the named device may no longer read
	OpRekey      Op = "rekey"      // keys of the record came late, and are given again with this order
)

// Control is the clear content of a control change: ids and codes only.
type Control struct {
	Op     Op
	Change ChangeID // quarantine, release, discard
	Target string   // evict, transfer: stream; revoke: device; withdraw: scope
	Reason string   // a code, never free text
}

// Writes gives the control in the form that every block has.
func (c Control) Writes() map[Class][]Write {
	writes := []Write{{Field: "op", State: 1, Value: []byte(c.Op)}}
	if !c.Change.Zero() {
		writes = append(writes, Write{Field: "change", State: 1, Value: c.Change[:]})
	}
	if c.Target != "" {
		writes = append(writes, Write{Field: "target", State: 1, Value: []byte(c.Target)})
	}
	if c.Reason != "" {
		writes = append(writes, Write{Field: "reason", State: 1, Value: []byte(c.Reason)})
	}
	return map[Class][]Write{ClassClear: writes}
}

// Left reports whether the latest order about a record and a stream, of those that
// are here, is that it leaves.
func (e *Engine) Left(tx Tx, record RecordID, stream string) (left bool, err error) {
	changes, err := tx.Record(record)
	if err != nil {
		return false, err
	}
	var last *Change
	for _, c := range changes {
		if c.Kind != KindControl || last != nil && cmp.Or(cmp.Compare(c.Stamp, last.Stamp), compareIDs(c.ID(), last.ID())) < 0 {
			continue
		}
		order, err := e.ReadControl(c)
		if err != nil || order.Target != stream || order.Op != OpEvict && order.Op != OpTransfer {
			continue
		}
		last, left = c, order.Op == OpEvict
	}
	return left, nil
}

// ReadControl gives the order in a control change.
func (e *Engine) ReadControl(c *Change) (Control, error) {
	writes, err := e.open(nil, c, ClassClear)
	if err != nil {
		return Control{}, err
	}
	var out Control
	for _, w := range writes {
		switch w.Field {
		case "op":
			out.Op = Op(w.Value)
		case "change":
			if len(w.Value) != len(out.Change) {
				return out, &Malformed{What: "control", Reason: "change id"}
			}
			out.Change = ChangeID(w.Value)
		case "target":
			out.Target = string(w.Value)
		case "reason":
			out.Reason = string(w.Value)
		}
	}
	if out.Op == "" {
		return out, &Malformed{What: "control", Reason: "orders nothing"}
	}
	return out, nil
}

// obey carries out what a control change orders of the log.
func (e *Engine) obey(tx Tx, c *Change) error {
	control, err := e.ReadControl(c)
	if err != nil {
		return nil // kept and chained; an order that cannot be read is no order
	}
	switch control.Op {
	case OpErase:
		return e.erase(tx, c)
	case OpQuarantine, OpRelease, OpDiscard:
		return e.setQuarantine(tx, c, control)
	}
	return nil
}

// erase forgets a record on this node: its wraps, its folded state, and the
// will to take either again. The sealed bytes stay, so every chain still verifies.
func (e *Engine) erase(tx Tx, c *Change) error {
	id := c.ID()
	if err := tx.Put(bucketErased, c.Record[:], id[:]); err != nil {
		return err
	}
	if err := e.Keys.Erase(tx, c.Record); err != nil {
		return fmt.Errorf("erase record %s: %w", c.Record, err)
	}
	return Forget(tx, c.Record)
}

// Erased lists the records that were erased, which a restore must fetch first.
func Erased(cells Cells) ([]RecordID, error) {
	var ids []RecordID
	err := cells.Scan(bucketErased, nil, func(key, _ []byte) error {
		ids = append(ids, RecordID(key))
		return nil
	})
	return ids, err
}

// QuarantineState is what stands about one change: held back, released or
// discarded, why, and since which control change.
type QuarantineState struct {
	Op     Op // OpQuarantine, OpRelease, OpDiscard; empty when it never was
	Reason string
	Stamp  Stamp
	By     ChangeID // the control change that stands
}

// Held reports whether the change is kept out of the fold.
func (q QuarantineState) Held() bool {
	return q.Op == OpQuarantine || q.Op == OpDiscard || q.Op == opWait
}

// Quarantine gives what stands about a change.
func Quarantine(cells Cells, id ChangeID) (QuarantineState, error) {
	raw, err := cells.Get(bucketQuarantine, id[:])
	if err != nil || raw == nil {
		return QuarantineState{}, err
	}
	return decodeQuarantine(raw)
}

// Quarantined calls fn for every change that was ever quarantined.
func Quarantined(cells Cells, fn func(ChangeID, QuarantineState) error) error {
	return cells.Scan(bucketQuarantine, nil, func(key, value []byte) error {
		state, err := decodeQuarantine(value)
		if err != nil || state.Op == opWait {
			return err
		}
		return fn(ChangeID(key), state)
	})
}

// setQuarantine lets the control change with the later stamp stand, and of two
// with one stamp that with the greater id, so that any order of arrival ends alike.
func (e *Engine) setQuarantine(tx Tx, c *Change, control Control) error {
	id := c.ID()
	now, err := Quarantine(tx, control.Change)
	if err != nil || cmp.Or(cmp.Compare(now.Stamp, c.Stamp), compareIDs(now.By, id)) >= 0 {
		return err
	}
	stands := QuarantineState{Op: control.Op, Reason: control.Reason, Stamp: c.Stamp, By: id}
	if err := tx.Put(bucketQuarantine, control.Change[:], stands.encode()); err != nil {
		return err
	}
	if err := outdate(tx, c.Record, control.Change); err != nil {
		return err
	}
	target, err := tx.Change(control.Change)
	if errors.Is(err, ErrUnknownChange) {
		return nil // it will be folded, or not, when it comes
	}
	if err != nil {
		return err
	}
	if err := noteAgain(tx, target.Record); err != nil {
		return err
	}
	return MarkStale(tx, target.Record)
}

func (q QuarantineState) encode() []byte {
	w := writer{}
	w.fixed(binary.BigEndian.AppendUint64(nil, uint64(q.Stamp)))
	w.fixed(q.By[:])
	w.string(string(q.Op))
	w.string(q.Reason)
	return w.b
}

func decodeQuarantine(raw []byte) (QuarantineState, error) {
	r := reader{what: "quarantine", b: raw}
	var stamp [8]byte
	r.fixed(stamp[:])
	var by ChangeID
	r.fixed(by[:])
	state := QuarantineState{
		By:     by,
		Stamp:  Stamp(binary.BigEndian.Uint64(stamp[:])),
		Op:     Op(r.string(64, "op")),
		Reason: r.string(200, "reason"),
	}
	return state, r.done()
}
