package syncengine_test

import (
	"errors"
	"testing"

	"raksa/syncengine"
)

func TestAProgramThatLearnsAFormVersionOpensWhatDidNotOpen(t *testing.T) {
	knows, old := newNode(t, 1), newNode(t, 2)
	old.engine.Codec.Dictionary = func(string) []byte { return nil }
	c := knows.save(1, "a", "passport held by employer; freedom of movement")
	old.ingest(c)
	if rec := old.read(1); len(rec.Unreadable) != 1 {
		t.Fatalf("%d blocks do not open, want 1", len(rec.Unreadable))
	}
	old.engine.Codec = words
	old.update(syncengine.Reopen)
	old.update(old.engine.FoldStale)
	if rec := old.read(1); len(rec.Unreadable) != 0 || len(rec.Field("a").Live()) != 1 {
		t.Errorf("after the update %d blocks do not open, %d answers", len(rec.Unreadable), len(rec.Field("a").Live()))
	}
}

func TestSignaturesDoNotPileUp(t *testing.T) {
	n := newNode(t, 1)
	for range 3 {
		_, err := n.try(syncengine.Draft{
			Record: syncengine.RecordID{1}, Kind: interview, Form: form, Author: someone,
			Writes:    map[syncengine.Class][]syncengine.Write{indicator: {{Field: "a", State: 1}}},
			Sign:      func([]byte) ([]byte, error) { return []byte("a person's"), nil },
			SignClass: indicator,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if live := n.read(1).Field(syncengine.SignatureField).Live(); len(live) != 0 {
		t.Errorf("%d signatures are folded as if they were answers", len(live))
	}
}

func TestAnOrderWithoutItsWordsIsRefused(t *testing.T) {
	office, tablet := newNode(t, 0xFF), newNode(t, 1)
	order := office.order(1, syncengine.Control{Op: syncengine.OpErase, Reason: "asked_for"})
	bare := order.Withhold(func(syncengine.Class) bool { return false })
	news := syncengine.News{Stream: stream, After: syncengine.Position{Stream: stream}, Entries: []syncengine.Entry{{Position: 1, Change: bare}}}
	_, err := tablet.take(news)
	var malformed *syncengine.Malformed
	if !errors.As(err, &malformed) {
		t.Errorf("an order that nobody can obey is taken: %v", err)
	}
}
