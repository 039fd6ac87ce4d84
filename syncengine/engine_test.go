package syncengine_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"testing"

	"raksa/syncengine"
)

func sum(text string) [32]byte { return sha256.Sum256([]byte(text)) }

func TestWithheldBlocksThatArriveLaterAreFolded(t *testing.T) {
	tablet, other := newNode(t, 1), newNode(t, 2)
	c, err := tablet.try(syncengine.Draft{Record: syncengine.RecordID{1}, Writes: map[syncengine.Class][]syncengine.Write{
		identity:  {{Field: "name", State: 1, Value: []byte("made up")}},
		indicator: {{Field: "q1", State: 1, Value: []byte("yes")}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	part := c.Withhold(func(class syncengine.Class) bool { return class == indicator })
	if part.ID() != c.ID() || part.Whole() || part.Verify() != nil {
		t.Fatal("withholding changed the change")
	}
	other.ingest(part)
	rec := other.read(1)
	if len(rec.Withheld) != 1 || rec.Withheld[0] != identity || other.live(1, "q1") != "yes" {
		t.Errorf("withheld %v, q1 %q", rec.Withheld, other.live(1, "q1"))
	}
	other.ingest(c)
	if got := other.live(1, "name"); got != "made up" {
		t.Errorf("name %q", got)
	}
	other.ingest(part) // the poorer copy takes nothing away
	if got := other.live(1, "name"); got != "made up" || other.folded(1) != tablet.folded(1) {
		t.Errorf("name %q", got)
	}
	other.agree(1)
}

func TestABlockThatShouldOpenAndDoesNotIsListedAndHoldsUpNothing(t *testing.T) {
	tablet, forger := newNode(t, 1), newNode(t, 6)
	spoilt := spoil(forger.save(1, "q1", "yes"))
	tablet.ingest(spoilt)
	tablet.save(1, "q2", "goes on")
	rec := tablet.read(1)
	if len(rec.Unreadable) != 1 || rec.Unreadable[0] != spoilt.ID() || tablet.live(1, "q2") != "goes on" {
		t.Errorf("unreadable %v", rec.Unreadable)
	}
}

// spoil gives a change that verifies and whose block nobody can open.
func spoil(c *syncengine.Change) *syncengine.Change {
	bad := &syncengine.Change{Envelope: c.Envelope, Blocks: map[syncengine.Class][]byte{indicator: []byte("not what was sealed")}}
	bad.Digests = []syncengine.Digest{{Class: indicator, Sum: sum("not what was sealed")}}
	return bad
}

func TestAnUnreadableBlockIsListedAlsoWhenItCameToALockedNode(t *testing.T) {
	tablet := newNode(t, 1)
	tablet.save(1, "q1", "yes")
	tablet.keys.Locked = true
	other := newNode(t, 2)
	spoilt := spoil(other.save(1, "q2", "no"))
	tablet.ingest(other.save(1, "q2", "no"), spoilt)
	tablet.keys.Locked = false
	tablet.update(tablet.engine.FoldStale)
	if rec := tablet.read(1); len(rec.Unreadable) != 1 || rec.Unreadable[0] != spoilt.ID() {
		t.Errorf("unreadable: %v", rec.Unreadable)
	}
}

func TestABlockOfAnUnknownFormVersionIsReadOnceTheFormArrives(t *testing.T) {
	sender, tablet := newNode(t, 1), newNode(t, 2)
	c := sender.save(1, "q1", strings.Repeat("freedom of movement ", 9))
	tablet.engine.Codec.Dictionary = func(string) []byte { return nil }
	tablet.ingest(c)
	if rec := tablet.read(1); len(rec.Unreadable) != 1 {
		t.Fatalf("unreadable: %v", rec.Unreadable)
	}
	tablet.engine.Codec = words
	tablet.update(func(tx syncengine.Tx) error {
		if err := syncengine.MarkStale(tx, c.Record); err != nil {
			return err
		}
		return tablet.engine.FoldStale(tx)
	})
	if rec := tablet.read(1); len(rec.Unreadable) != 0 || tablet.folded(1) != sender.folded(1) {
		t.Errorf("unreadable: %v", rec.Unreadable)
	}
}

func TestASaveThatNoPageCouldCarryIsRefused(t *testing.T) {
	noise := make([]byte, 60<<10) // does not compress
	newNode(t, 5).random.Read(noise)
	writes := func(n int) []syncengine.Write {
		var list []syncengine.Write
		for i := range n {
			list = append(list, syncengine.Write{Field: strings.Repeat("f", i+1), State: 1, Value: noise})
		}
		return list
	}
	for name, d := range map[string]syncengine.Draft{
		"a class past the block limit":   {Writes: map[syncengine.Class][]syncengine.Write{indicator: writes(18)}},
		"classes past the page limit":    {Writes: map[syncengine.Class][]syncengine.Write{identity: writes(10), indicator: writes(10)}},
		"a value past its limit":         {Writes: map[syncengine.Class][]syncengine.Write{indicator: {{Field: "f", Value: make([]byte, 64<<10+1)}}}},
		"a field name past its limit":    {Writes: map[syncengine.Class][]syncengine.Write{indicator: {{Field: strings.Repeat("f", 201)}}}},
		"a field without a name":         {Writes: map[syncengine.Class][]syncengine.Write{indicator: {{}}}},
		"a field twice":                  {Writes: map[syncengine.Class][]syncengine.Write{indicator: {{Field: "f"}, {Field: "f", State: 1}}}},
		"a form version past its limit":  {Form: strings.Repeat("f", 33), Writes: map[syncengine.Class][]syncengine.Write{indicator: writes(1)}},
		"a form version that is no text": {Form: "\xff", Writes: map[syncengine.Class][]syncengine.Write{indicator: writes(1)}},
		"a commitment of 15 bytes":       {Commit: make([]byte, 15), Writes: map[syncengine.Class][]syncengine.Write{indicator: writes(1)}},
		"no writes":                      {},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNode(t, 1)
			d.Record = syncengine.RecordID{1}
			_, err := n.try(d)
			var malformed *syncengine.Malformed
			if !errors.As(err, &malformed) {
				t.Errorf("got %v", err)
			}
			n.save(1, "q1", "goes on") // the refused save took no seq
			if p := n.page(); p == nil || p.Changes[0].Seq != 1 || n.live(1, "q1") != "goes on" {
				t.Errorf("page %v", p)
			}
		})
	}
}

func TestTheLargestSaveTravels(t *testing.T) {
	n, office := newNode(t, 1), newNode(t, 9)
	var list []syncengine.Write
	for i := range 17 {
		value := make([]byte, 60<<10)
		n.random.Read(value)
		list = append(list, syncengine.Write{Field: strings.Repeat("f", i+1), State: 1, Value: value})
	}
	if _, err := n.try(syncengine.Draft{Record: syncengine.RecordID{1}, Writes: map[syncengine.Class][]syncengine.Write{indicator: list}}); err != nil {
		t.Fatal(err)
	}
	n.push(office)
	if n.folded(1) != office.folded(1) || len(office.read(1).Classes) != 1 {
		t.Error("the office has something else")
	}
}

func TestASignatureCoversHeadAndWrites(t *testing.T) {
	n := newNode(t, 1)
	var signed []byte
	c, err := n.try(syncengine.Draft{
		Record: syncengine.RecordID{1}, SignClass: indicator,
		Writes: map[syncengine.Class][]syncengine.Write{indicator: {{Field: "closed", State: 1, Value: []byte("yes")}}, identity: {{Field: "name", State: 1}}},
		Sign:   func(message []byte) ([]byte, error) { signed = message; return []byte("signature"), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	n.view(func(tx syncengine.Tx) error {
		writes, err := n.engine.Open(tx, c, indicator)
		if err == nil && !bytes.Equal(syncengine.SignedMessage(c.Head(), writes), signed) {
			t.Error("a reader computes another message than was signed")
		}
		at := slices.IndexFunc(writes, func(w syncengine.Write) bool { return w.Field == syncengine.SignatureField })
		if at < 0 || string(writes[at].Value) != "signature" {
			t.Error("the block does not carry the signature")
		}
		return err
	})
}

func TestABlockCanBeMovedNeitherToAnotherChangeNorToAnotherClass(t *testing.T) {
	n := newNode(t, 1)
	a, b := n.save(1, "q1", "yes"), n.save(1, "q1", "no")
	n.view(func(tx syncengine.Tx) error {
		moved := &syncengine.Change{Envelope: b.Envelope, Blocks: a.Blocks}
		if moved.Verify() == nil {
			t.Error("the digest let it pass")
		}
		if _, err := n.engine.Open(tx, moved, indicator); !errors.Is(err, syncengine.ErrBroken) {
			t.Errorf("to another change: %v", err)
		}
		moved = &syncengine.Change{Envelope: a.Envelope, Blocks: map[syncengine.Class][]byte{identity: a.Blocks[indicator]}}
		if _, err := n.engine.Open(tx, moved, identity); !errors.Is(err, syncengine.ErrBroken) {
			t.Errorf("to another class: %v", err)
		}
		return nil
	})
}
