package server

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"time"

	"raksa/syncengine"
)

// restoredRow is the latest time that this office was found to come from a
// backup. From then on it writes as another node, and releases no referral
// until it has heard enough devices, or a person says go on.
type restoredRow struct {
	Millis int64             `json:"ms"`
	How    string            `json:"how"`    // who noticed: a device, a witness, an operator
	Heads  map[string]uint64 `json:"heads"`  // where each stream ended then
	Heard  map[string]bool   `json:"heard"`  // devices that have nothing more to give back
	Silent map[string]bool   `json:"silent"` // devices that are waited for
	On     bool              `json:"on"`     // releases go on
}

const restored syncengine.Table[restoredRow] = "restored" // "last"

// Who may notice that an office was restored.
const (
	RestoredByDevice   = "device"
	RestoredByWitness  = "witness"
	RestoredByOperator = "operator"
)

//go:embed restored.json
var restoredPolicyText []byte

// restoredPolicy says how long a restored office holds referrals back.
type restoredPolicy struct {
	Source string `json:"source"`
	// Of the devices that called in the last days before the backup, as the
	// restored office knows them, this share must have been heard.
	QuietDays    int `json:"quiet_days"`
	HeardPercent int `json:"heard_percent"`
}

var afterRestore = mustPolicy(restoredPolicyText)

func mustPolicy(text []byte) (p restoredPolicy) {
	if err := json.Unmarshal(text, &p); err != nil {
		panic(fmt.Sprintf("server: restored.json: %v", err))
	}
	if p.QuietDays < 1 || p.HeardPercent < 0 || p.HeardPercent > 100 {
		panic("server: restored.json: quiet_days is at least 1 and heard_percent 0 to 100")
	}
	return p
}

// NoteRestored is for whoever knows that this database comes from a backup: the
// witness beside it, or the operator who restored it.
func (o *Office) NoteRestored(ctx context.Context, how string) error {
	return o.update(ctx, func(tx syncengine.Tx) error { return o.becomeRestored(tx, how) })
}

// meetRestore notes, from a device's proven list, that this office was restored.
// A list that begins where the last restore is known to have cut belongs to it,
// and one whose end is on this office's stream tells of damage and of no restore:
// nobody can hold the referrals back with it again and again.
func (o *Office) meetRestore(tx syncengine.Tx, lost *syncengine.Lost) error {
	if known, err := syncengine.KnowsPosition(tx, lost.End()); err != nil || known {
		return err
	}
	row, here, err := restored.Get(tx, []byte("last"))
	if err != nil || here && lost.After.Position <= row.Heads[lost.Stream] {
		return err
	}
	return o.becomeRestored(tx, RestoredByDevice)
}

// meetOwn notes a restore by a change that this office proves to have written
// under its present node id, and lacks: a backup that was made after one restore
// was put back itself.
func (o *Office) meetOwn(tx syncengine.Tx, c *syncengine.Change) error {
	self, err := syncengine.LoadSelf(tx)
	if err != nil || c.Node != self.Node {
		return err
	}
	if wrote, err := syncengine.Wrote(tx, &c.Envelope); err != nil || wrote {
		return err // it is missing from the log, and from nothing else
	}
	return o.becomeRestored(tx, RestoredByDevice)
}

// becomeRestored makes what this office writes from now on another node's. What
// it wrote since the restore, before it knew, stays as a second branch.
func (o *Office) becomeRestored(tx syncengine.Tx, how string) error {
	node, err := o.newID()
	if err != nil {
		return err
	}
	if err := syncengine.BecomeNode(tx, syncengine.NodeID(node)); err != nil {
		return err
	}
	row := restoredRow{Millis: o.Now().UnixMilli(), How: how, Heads: map[string]uint64{}, Heard: map[string]bool{}, Silent: map[string]bool{}}
	streams, err := syncengine.Streams(tx)
	if err != nil {
		return err
	}
	for _, stream := range streams {
		head, _, err := syncengine.StreamHead(tx, stream)
		if err != nil {
			return err
		}
		row.Heads[stream] = head.Position
	}
	if err := o.awaited(tx, &row); err != nil {
		return err
	}
	o.Log.Warn().Str("code", "office_restored").Str("how", how).Int("devices", len(row.Silent)).Msg("this office was restored from a backup; it asks its devices for what it lost")
	if err := o.audit(tx, Leaf{What: "restored", Node: syncengine.NodeID(node).String(), Reason: how}); err != nil {
		return err
	}
	return restored.Put(tx, []byte("last"), row)
}

// awaited lists the devices that a restored office waits for: those that were
// in use when the backup was made.
func (o *Office) awaited(tx syncengine.Tx, row *restoredRow) error {
	latest := int64(0)
	quiet := (time.Duration(afterRestore.QuietDays) * 24 * time.Hour).Milliseconds()
	each := func(fn func(id syncengine.RecordID, d deviceRow)) error {
		return devices.Each(tx, nil, func(key []byte, d deviceRow) error { fn(syncengine.RecordID(key), d); return nil })
	}
	if err := each(func(_ syncengine.RecordID, d deviceRow) { latest = max(latest, d.LastMillis) }); err != nil {
		return err
	}
	return each(func(id syncengine.RecordID, d deviceRow) {
		if !d.Entry.Revoked && d.LastMillis > 0 && d.LastMillis >= latest-quiet {
			row.Silent[id.String()] = true
		}
	})
}

// heard notes that a device has nothing (more) to give back: none of its
// positions was unknown, and no list or change came.
func (v *visit) heard() error {
	if v.request.Lost != nil || v.request.Returned != nil || v.ahead {
		return nil
	}
	row, here, err := restored.Get(v.tx, []byte("last"))
	id := v.device.ID.String()
	if err != nil || !here || row.On || row.Heard[id] {
		return err
	}
	row.Heard[id] = true
	delete(row.Silent, id)
	if heard, all := len(row.Heard), len(row.Heard)+len(row.Silent); heard*100 >= afterRestore.HeardPercent*all {
		return v.office.goOn(v.tx, row, officeHand)
	}
	return restored.Put(v.tx, []byte("last"), row)
}

// GoOn lets a restored office release referrals again before every device was
// heard: a person's decision.
func (o *Office) GoOn(tx syncengine.Tx, by syncengine.PersonID) error {
	row, here, err := restored.Get(tx, []byte("last"))
	if err != nil || !here || row.On {
		return err
	}
	return o.goOn(tx, row, by)
}

func (o *Office) goOn(tx syncengine.Tx, row restoredRow, by syncengine.PersonID) error {
	row.On = true
	if err := restored.Put(tx, []byte("last"), row); err != nil {
		return err
	}
	if err := o.audit(tx, Leaf{What: "restored_go_on", Person: by.String()}); err != nil {
		return err
	}
	return releases.Each(tx, nil, func(key []byte, one released) error {
		if one.Refused != refusedRestored {
			return nil
		}
		return o.postpone(tx, syncengine.RecordID(key[:len(syncengine.RecordID{})]))
	})
}

// holdsBack reports whether referrals wait for devices to be heard.
func holdsBack(tx syncengine.Tx) (bool, error) {
	row, here, err := restored.Get(tx, []byte("last"))
	return here && !row.On, err
}

// Restoration is what the desk shows of a restore that is not over.
type Restoration struct {
	At     time.Time
	Heard  int
	Silent []string // names of devices that are waited for
}

// Restoration gives the restore that is not over, or nil.
func (o *Office) Restoration(tx syncengine.Tx) (*Restoration, error) {
	row, here, err := restored.Get(tx, []byte("last"))
	if err != nil || !here || row.On {
		return nil, err
	}
	shown := &Restoration{At: time.UnixMilli(row.Millis), Heard: len(row.Heard)}
	err = devices.Each(tx, nil, func(key []byte, d deviceRow) error {
		if row.Silent[syncengine.RecordID(key).String()] {
			shown.Silent = append(shown.Silent, d.Entry.Name)
		}
		return nil
	})
	return shown, err
}
