package trial

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"raksa/casefile"
	"raksa/syncengine"
)

// truth is what people were told is kept, written down outside of the hosts.
type truth struct {
	mu      sync.Mutex
	kept    map[syncengine.ChangeID]*kept
	order   []syncengine.ChangeID
	centers map[syncengine.RecordID]map[string]bool // of interviews and groups: where they may be
	// erased: the order was given, and in which life of the office.
	erased map[syncengine.RecordID]int
	// perhaps erased: the office was killed while it was ordered.
	perhaps map[syncengine.RecordID]bool
	wraps   map[syncengine.RecordID][][]byte // as they stood when the erasure was ordered
	slips   []string
	opened  []syncengine.RecordID // interviews, in order
}

// kept is one change that was committed: with an answer "kept", or by a process
// that was killed before it could say so.
type kept struct {
	id     syncengine.ChangeID
	node   syncengine.NodeID
	seq    uint64
	record syncengine.RecordID
	kind   syncengine.Kind
	by     string // host
	fields map[string]typed
	told   bool // somebody was told that it is kept
	gone   bool // its only copies were destroyed
}

// typed is an answer, and what stood on the screen when it was typed.
type typed struct{ screen []syncengine.ChangeID }

func newTruth() *truth {
	return &truth{
		kept: map[syncengine.ChangeID]*kept{}, centers: map[syncengine.RecordID]map[string]bool{},
		erased: map[syncengine.RecordID]int{}, perhaps: map[syncengine.RecordID]bool{}, wraps: map[syncengine.RecordID][][]byte{},
	}
}

// saving is what somebody is about to save: the truth needs it even where the
// process does not live to answer.
type saving struct {
	record syncengine.RecordID
	fields map[string]typed
	told   bool
}

// note writes down what a host has saved since the last time, with what was
// being saved.
func (tr *truth) note(s *store, by, center string, noted map[syncengine.NodeID]uint64, with *saving) (added int, _ error) {
	err := view(s, func(tx syncengine.Tx) error {
		nodes, err := syncengine.OwnNodes(tx)
		if err != nil {
			return err
		}
		for _, node := range nodes {
			for {
				page, err := syncengine.BuildPage(tx, node, noted[node], 1<<20)
				if err != nil {
					return err
				}
				if page == nil {
					break
				}
				for _, c := range page.Changes {
					tr.add(c, by, center, with)
					noted[node] = c.Seq
					added++
				}
			}
		}
		return nil
	})
	return added, err
}

func (tr *truth) add(c *syncengine.Change, by, center string, with *saving) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	id := c.ID()
	if known := tr.kept[id]; known != nil {
		known.gone = false
		return
	}
	one := &kept{id: id, node: c.Node, seq: c.Seq, record: c.Record, kind: c.Kind, by: by, fields: map[string]typed{}}
	if with != nil {
		one.told = with.told
		if with.record == c.Record {
			one.fields = maps.Clone(with.fields)
		}
	}
	if len(c.Commit) > 0 && (c.Kind == casefile.KindInterview || c.Kind == casefile.KindGroup) && tr.centers[c.Record] == nil {
		tr.centers[c.Record] = map[string]bool{center: true}
		if c.Kind == casefile.KindInterview {
			tr.opened = append(tr.opened, c.Record)
		}
	}
	tr.kept[id] = one
	tr.order = append(tr.order, id)
}

// note writes down what this tablet saved, and gives how many changes.
func (t *tablet) note(with *saving) int {
	added, err := t.world.truth.note(t.store, t.name, t.center, t.noted, with)
	if err != nil {
		t.world.fail("%s: the truth cannot read what was saved: %v", t.name, err)
	}
	return added
}

func (o *officeHost) note(with *saving) {
	if _, err := o.world.truth.note(o.store, "office", "", o.noted, with); err != nil {
		o.world.fail("office: the truth cannot read what was saved: %v", err)
	}
}

// place notes where a record may be.
func (tr *truth) place(id syncengine.RecordID, center string) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if tr.centers[id] == nil {
		tr.centers[id] = map[string]bool{}
	}
	tr.centers[id][center] = true
}

// all gives every change in the order of its saving.
func (tr *truth) all() []*kept {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	list := make([]*kept, 0, len(tr.order))
	for _, id := range tr.order {
		list = append(list, tr.kept[id])
	}
	return list
}

// live is the oracle: of what was typed into a field, that which nobody replaced
// who had it on the screen. Only changes that count are asked.
func (tr *truth) live(record syncengine.RecordID, field string, counts func(syncengine.ChangeID) bool) []syncengine.ChangeID {
	replaced := map[syncengine.ChangeID]bool{}
	var answers []*kept
	for _, one := range tr.all() {
		typed, wrote := one.fields[field]
		if one.record != record || !wrote || !counts(one.id) {
			continue
		}
		answers = append(answers, one)
		for _, over := range typed.screen {
			replaced[over] = true
		}
	}
	var live []syncengine.ChangeID
	for _, one := range answers {
		if !replaced[one.id] {
			live = append(live, one.id)
		}
	}
	slices.SortFunc(live, compareIDs)
	return live
}

// name says of changes who wrote them, for a report.
func (tr *truth) name(ids []syncengine.ChangeID) (names []string) {
	for _, id := range ids {
		who := "nobody"
		if one := tr.kept[id]; one != nil {
			who = one.by
		}
		names = append(names, fmt.Sprintf("%s by %s", id.String()[:6], who))
	}
	return names
}

func short(id syncengine.RecordID) string { return id.String()[:6] }

// page is an interview that somebody has open, with what is on the screen.
type page struct {
	record syncengine.RecordID
	basis  casefile.Basis
}
