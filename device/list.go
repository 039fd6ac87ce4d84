package device

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"raksa/casefile"
	"raksa/linkage"
	"raksa/screening"
	"raksa/screening/expr"
	"raksa/screening/form"
	"raksa/syncengine"
)

// Someone is one person on this device's list: what may stand in a row.
type Someone struct {
	ID      syncengine.RecordID
	Number  int
	Group   syncengine.RecordID
	State   screening.CaseState
	Closed  bool
	Needs   []string // on a capture tablet, of a closed interview
	Child   bool
	Slip    string
	At      time.Time
	Where   Where
	Parked  int    // changes that the office does not fold yet, or that do not open
	Paused  bool   // on this device
	GivenTo string // the device that it was handed to directly; empty is none
	Private bool   // questions wait for a private room
	Begun   bool   // somebody has answered more than the list says
	// AllButPrivate: what is still needed waits for a private room.
	AllButPrivate bool
	By            syncengine.PersonID
	// Seen is nil when the keys are gone: then there is no name and no answer.
	Seen *casefile.Seen

	unreadable int             // changes that do not open
	profile    linkage.Profile // on a case device: who it may be
}

// Where says how far a record has come (screens, "the state that must always be
// visible").
type Where string

// The places. "At the center" means on the disk of the center's box, sealed, on
// its way: it is not "at the office", and a box can be lost.
const (
	OnTablet Where = "tablet"
	AtCenter Where = "center"
	AtOffice Where = "office"
	Differs  Where = "differs" // both sides counted, and do not hold the same
)

// asideRow is what this device remembers of an open interview for itself.
type asideRow struct {
	Paused      bool   `json:"paused,omitempty"`
	GivenTo     string `json:"given,omitempty"`    // the device that it was handed to directly
	GivenMillis int64  `json:"given_ms,omitempty"` // and when
	AskedMillis int64  `json:"asked,omitempty"`    // the case office was asked for an earlier record
}

// List gives everybody whose interview this device holds, by group and number.
func (d *Device) List(ctx context.Context) ([]Someone, error) {
	s, err := d.uncovered()
	if err != nil {
		return nil, err
	}
	var all []Someone
	err = d.Store.View(ctx, func(tx syncengine.Tx) error {
		places, err := d.placer(tx)
		if err != nil {
			return err
		}
		return d.everyone(tx, s, func(one Someone) error {
			one.Parked = one.unreadable + places.parked[one.ID]
			one.Where, err = places.where(one.ID)
			all = append(all, one)
			return err
		})
	})
	slices.SortFunc(all, func(a, b Someone) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Number, b.Number), slices.Compare(a.ID[:], b.ID[:]))
	})
	return all, err
}

// needYou counts the records that wait for a person.
func (d *Device) needYou(ctx context.Context) (n int, err error) {
	s, err := d.uncovered()
	if err != nil {
		return 0, err
	}
	return n, d.Store.View(ctx, func(tx syncengine.Tx) error {
		places, err := d.placer(tx)
		if err != nil {
			return err
		}
		return d.everyone(tx, s, func(one Someone) error {
			if one.Parked = one.unreadable + places.parked[one.ID]; one.needsYou() {
				n++
			}
			return nil
		})
	})
}

// everyone calls fn for every interview that is here. It leaves open where the
// record is and what of it the office holds back, for only lists show that.
func (d *Device) everyone(tx syncengine.Tx, s *session, fn func(Someone) error) error {
	viewer, err := d.viewer(tx, s)
	if err != nil {
		return err
	}
	return syncengine.Records(tx, func(id syncengine.RecordID, kind syncengine.Kind) error {
		if kind != casefile.KindInterview {
			return nil
		}
		one, here, err := d.someone(tx, s, viewer, id)
		if err != nil || !here {
			return err
		}
		return fn(one)
	})
}

// someone gives the row of one interview; not here when no key and no note of it
// is left on this device.
func (d *Device) someone(tx syncengine.Tx, s *session, viewer casefile.Viewer, id syncengine.RecordID) (one Someone, here bool, err error) {
	s.mu.Lock()
	one, here = s.rows[id]
	generation := s.generation
	s.mu.Unlock()
	if here {
		return one, true, nil
	}
	if one, here, err = d.readSomeone(tx, s, viewer, id); err != nil || !here {
		return one, here, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rows != nil && s.generation == generation {
		s.rows[id] = one
	}
	return one, true, nil
}

func (d *Device) readSomeone(tx syncengine.Tx, s *session, viewer casefile.Viewer, id syncengine.RecordID) (one Someone, here bool, err error) {
	closed, here, err := d.closedRow(tx, s, id)
	if err != nil {
		return one, false, err
	}
	if here {
		group, _ := syncengine.ParseRecordID(closed.Group)
		return Someone{
			ID: id, Number: closed.Number, Group: group, State: closed.State, Closed: true, Needs: closed.Needs,
			Child: closed.Child, Slip: closed.Slip, At: time.UnixMilli(closed.Millis),
		}, true, nil
	}
	iv, err := d.interview(tx, s, id)
	var other *casefile.NotOfKind
	if errors.Is(err, syncengine.ErrErased) || errors.Is(err, syncengine.ErrNoKey) || errors.As(err, &other) {
		return one, false, nil
	}
	if err != nil {
		return one, false, err
	}
	aside, _, err := asideTable.Get(tx, id[:])
	if err != nil {
		return one, false, err
	}
	one = Someone{
		ID: id, Number: iv.Number, Group: iv.Group, State: iv.State, Closed: iv.Closed, Slip: iv.Slip,
		Paused: aside.Paused, GivenTo: aside.GivenTo, Seen: iv.For(viewer), unreadable: len(iv.Record.Unreadable),
	}
	one.At, one.By = begun(iv)
	if d.Profile() == screening.CaseDevice {
		one.profile = linkage.NewProfile(iv.Profile(0))
	}
	sheet := iv.Form.Evaluate(kindOf(iv), iv.Answers, d.today())
	one.Child, one.Private = sheet.Child.Truth == expr.True, len(sheet.HeldBack) > 0
	one.AllButPrivate = len(sheet.Missing) == 0
	for _, section := range sheet.Sections {
		// The list and the group fill in who and whence before anybody is asked.
		one.Begun = one.Begun || section.Done > 0 && section.Section != "idn" && section.Section != "bat"
	}
	return one, true, nil
}

func kindOf(iv *casefile.Interview) form.Kind {
	if iv.Kind == "" {
		return form.Short
	}
	return iv.Kind
}

// begun gives when an interview was begun, and who wrote in it last.
func begun(iv *casefile.Interview) (at time.Time, by syncengine.PersonID) {
	if started, ok := iv.Answers["ses_started_at"].Value.(screening.DateTime); ok {
		at = time.Unix(started.UnixSeconds(), 0)
	}
	last := syncengine.Stamp(0)
	for _, folded := range iv.Record.Classes {
		for _, reg := range folded {
			for _, v := range reg.Live() {
				if v.Stamp >= last {
					last, by = v.Stamp, v.Author
				}
			}
		}
	}
	return at, by
}

// placer says of records where they are.
type placer struct {
	tx      syncengine.Tx
	acked   map[string]uint64 // by own node, in hex: the seq up to which the office holds it
	boxed   map[string]uint64 // likewise: the seq up to which the center's box holds it
	streams []string          // of this device
	agrees  bool              // every stream's digest agreed at the last contact
	parked  map[syncengine.RecordID]int
}

func (d *Device) placer(tx syncengine.Tx) (*placer, error) {
	nodes, err := syncengine.OwnNodes(tx)
	if err != nil {
		return nil, err
	}
	p := &placer{tx: tx, acked: map[string]uint64{}, parked: map[syncengine.RecordID]int{}}
	for _, node := range nodes {
		mark, err := syncengine.Acked(tx, node)
		if err != nil {
			return nil, err
		}
		p.acked[node.String()] = mark.Seq
	}
	if p.boxed, err = boxUpto(tx); err != nil {
		return nil, err
	}
	p.agrees = true
	if err := agreeTable.Each(tx, nil, func(stream []byte, agrees bool) error {
		p.streams = append(p.streams, string(stream))
		p.agrees = p.agrees && agrees
		return nil
	}); err != nil {
		return nil, err
	}
	p.agrees = p.agrees && len(p.streams) > 0
	return p, syncengine.Quarantined(tx, func(id syncengine.ChangeID, state syncengine.QuarantineState) error {
		c, err := tx.Change(id)
		if err == nil && state.Op == syncengine.OpQuarantine {
			p.parked[c.Record]++
		}
		if errors.Is(err, syncengine.ErrUnknownChange) {
			return nil // held back elsewhere; it is not in our streams
		}
		return err
	})
}

// where is "at the office" only when the office holds every change that this
// device made of the record, and both sides' digests agree.
func (p *placer) where(id syncengine.RecordID) (Where, error) {
	if _, differs, err := differTable.Get(p.tx, id[:]); err != nil || differs {
		return Differs, err
	}
	place := AtOffice
	if !p.agrees {
		place = OnTablet
	}
	last, _, err := lastTable.Get(p.tx, id[:])
	for node, seq := range last {
		switch {
		case p.acked[node] >= seq:
		case p.boxed[node] < seq:
			return OnTablet, err
		default:
			place = AtCenter
		}
	}
	if err != nil || place != AtOffice {
		return place, err
	}
	there, err := handedWhere(p.tx, id, p.streams)
	if !there {
		place = OnTablet // what the giver wrote is not known to be there
	}
	return place, err
}

func latestFirst[T any](all []T, millis func(T) int64) {
	slices.SortStableFunc(all, func(a, b T) int { return cmp.Compare(millis(b), millis(a)) })
}
