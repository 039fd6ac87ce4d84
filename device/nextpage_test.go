package device

import (
	"testing"

	"raksa/syncengine"
	"raksa/syncengine/storetest"
)

// A page that was gathered is sent only as what plainly follows, and once.
func TestAGatheredPageIsSentOnceAndOnlyWhereItFollows(t *testing.T) {
	node := syncengine.NodeID{1}
	sent := storetest.Make(1, 4, syncengine.ChangeID{3}, 1, nil)
	mark := syncengine.Mark{Seq: 4, ID: sent.ID()}
	page := &syncengine.Page{Node: node, Changes: []*syncengine.Change{storetest.Make(1, 5, mark.ID, 2, nil)}}
	for name, row := range map[string]struct {
		node  syncengine.NodeID
		after syncengine.Mark
		fits  bool
	}{
		"it follows":                  {node, mark, true},
		"another node":                {syncengine.NodeID{2}, mark, false},
		"the office confirmed less":   {node, syncengine.Mark{Seq: 3, ID: syncengine.ChangeID{3}}, false},
		"the office confirmed more":   {node, syncengine.Mark{Seq: 5, ID: page.Changes[0].ID()}, false},
		"the office is on a branch":   {node, syncengine.Mark{Seq: 4, ID: syncengine.ChangeID{9}}, false},
		"the office confirmed naught": {node, syncengine.Mark{}, false},
	} {
		d := &Device{next: page}
		if got := d.gathered(row.node, row.after); (got != nil) != row.fits {
			t.Errorf("%s: given %v", name, got != nil)
		}
		if d.gathered(node, mark) != nil {
			t.Errorf("%s: given twice", name)
		}
	}
}

func TestAnAnswerThatBringsSomethingLetsThePageBeGatheredAnew(t *testing.T) {
	for name, row := range map[string]struct {
		answer syncengine.Answer
		brings bool
	}{
		"a receipt alone": {syncengine.Answer{News: []syncengine.News{{Stream: "control"}}}, false},
		"an order":        {syncengine.Answer{News: []syncengine.News{{Stream: "control", Entries: make([]syncengine.Entry, 1)}}}, true},
		"a key":           {syncengine.Answer{Keys: make([]syncengine.Delivery, 1)}, true},
		"a record again":  {syncengine.Answer{Given: make([]*syncengine.Change, 1)}, true},
		"a new beginning": {syncengine.Answer{News: []syncengine.News{{Reset: true}}}, true},
	} {
		if got := brings(&row.answer); got != row.brings {
			t.Errorf("%s: %v", name, got)
		}
	}
}
