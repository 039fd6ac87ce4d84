package syncengine_test

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"raksa/syncengine"
)

// filled is an office whose stream holds n changes of a made-up tablet.
func filled(t *testing.T, n int) (office, tablet *node) {
	tablet, office = newNode(t, 1), newNode(t, 9)
	for i := range n {
		tablet.saveOver(byte(1+i%3), "q1", string(rune('a'+i)))
	}
	tablet.push(office)
	return office, tablet
}

func TestANodeThatPullsToTheEndHasWhatTheOfficeHas(t *testing.T) {
	office, _ := filled(t, 20)
	reader := newNode(t, 5)
	reader.pull(office)
	for record := byte(1); record <= 3; record++ {
		if reader.folded(record) != office.folded(record) || reader.folded(record) == "" {
			t.Errorf("record %d differs", record)
		}
	}
	reader.pull(office) // and again, with no effect
}

func TestAStreamIsServedInPagesThatFollowEachOther(t *testing.T) {
	office, _ := filled(t, 20)
	reader := newNode(t, 5)
	pages := 0
	for range 50 {
		news := office.serve(reader.ladder(), nil)
		if len(news.Entries) == 0 {
			break
		}
		fresh, err := reader.take(news)
		if err != nil || len(fresh) != len(news.Entries) {
			t.Fatalf("%d of %d fresh: %v", len(fresh), len(news.Entries), err)
		}
		pages++
	}
	if pages < 2 {
		t.Errorf("%d pages prove nothing", pages)
	}
}

func TestTheSaltOfAStreamIsChainedOverItsIDs(t *testing.T) {
	office, _ := filled(t, 5)
	salt, digest := [8]byte{}, uint64(0)
	news := office.serve(nil, nil)
	for len(news.Entries) < 5 {
		more := office.serve([]syncengine.Position{at(t, office, uint64(len(news.Entries)))}, nil)
		news.Entries = append(news.Entries, more.Entries...)
	}
	for _, entry := range news.Entries {
		id := entry.Change.ID()
		sum := sha256.Sum256(append(salt[:], id[:]...))
		copy(salt[:], sum[:8])
		digest += binary.BigEndian.Uint64(id[:8])
	}
	if news.Head.Salt != salt || news.Digest != digest || news.Head.Position != 5 {
		t.Errorf("head %v, digest %x", news.Head, news.Digest)
	}
}

func at(t *testing.T, n *node, position uint64) (p syncengine.Position) {
	t.Helper()
	n.view(func(tx syncengine.Tx) (err error) { p, err = syncengine.StreamAt(tx, stream, position); return err })
	return p
}

func TestAChangeKeepsItsPlaceInAStream(t *testing.T) {
	office, _ := filled(t, 3)
	before := office.serve(nil, nil)
	office.update(func(tx syncengine.Tx) error { return publish(tx, before.Entries[1].Change) })
	if after := office.serve(nil, nil); after.Head != before.Head || after.Digest != before.Digest {
		t.Error("the stream moved")
	}
}

func TestNewsThatDoNotContinueWhatIsHereAreRefusedAndLeaveNoTrace(t *testing.T) {
	office, _ := filled(t, 6)
	for name, spoil := range map[string]func(*syncengine.News){
		"a page was lost": func(n *syncengine.News) { n.After, n.Entries = at(t, office, 2), n.Entries[1:] },
		"another salt":    func(n *syncengine.News) { n.After.Salt[0]++ },
		"a gap inside":    func(n *syncengine.News) { n.Entries = slices.Delete(n.Entries, 1, 2) },
		"swapped":         func(n *syncengine.News) { n.Entries[0], n.Entries[1] = n.Entries[1], n.Entries[0] },
		"a block altered": func(n *syncengine.News) { n.Entries[1].Change.Blocks[indicator][0]++ },
		"a reset to a strange place": func(n *syncengine.News) {
			n.Reset, n.After = true, syncengine.Position{Stream: stream, Position: 1, Salt: syncengine.Salt{1}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			reader := newNode(t, 5)
			first := office.serve(nil, nil)
			first.Entries = first.Entries[:1]
			if _, err := reader.take(first); err != nil {
				t.Fatal(err)
			}
			before := reader.ladder()
			news := office.serve(before, nil)
			spoil(&news)
			_, err := reader.take(news)
			var bad *syncengine.BadNews
			var malformed *syncengine.Malformed
			if !errors.As(err, &bad) && !errors.As(err, &malformed) {
				t.Errorf("got %v", err)
			}
			if !slices.Equal(reader.ladder(), before) {
				t.Error("the position moved")
			}
			for _, entry := range news.Entries[1:] {
				reader.view(func(tx syncengine.Tx) error {
					if _, err := tx.Change(entry.Change.ID()); !errors.Is(err, syncengine.ErrUnknownChange) {
						t.Error("half the page is in the log")
					}
					return nil
				})
			}
		})
	}
}

func TestNewsThatComeTwiceAreRefusedOrChangeNothing(t *testing.T) {
	office, _ := filled(t, 3)
	reader := newNode(t, 5)
	news := office.serve(nil, nil)
	if _, err := reader.take(news); err != nil {
		t.Fatal(err)
	}
	shown, place := reader.folded(1), reader.ladder()
	var bad *syncengine.BadNews
	if _, err := reader.take(news); !errors.As(err, &bad) {
		t.Errorf("got %v", err)
	}
	if reader.folded(1) != shown || !slices.Equal(reader.ladder(), place) {
		t.Error("the repeat left a trace")
	}
}

func TestARestoredOfficeAndAReaderFindTheLastCommonPosition(t *testing.T) {
	office, tablet := filled(t, 9)
	backup := office.clone(8)
	for range 12 {
		tablet.save(1, "q2", "after the backup")
	}
	tablet.push(office)
	reader := newNode(t, 5)
	reader.pull(office)

	// Others push to the restored office first, so its stream takes another way.
	other := newNode(t, 6)
	other.save(2, "q3", "meanwhile")
	other.push(backup)

	head := reader.ladder()[:1]
	if news := backup.serve(head, nil); !news.Reset || news.After.Position != 0 {
		t.Fatalf("one unknown position: %+v", news.After)
	}
	news := backup.serve(reader.ladder(), nil)
	if !news.Reset || news.After.Position == 0 || news.After.Position > 9 || news.After != at(t, reader, news.After.Position) {
		t.Fatalf("common position %+v", news.After)
	}
	reader.pull(backup)
	self := tablet.self()
	receipt := backup.confirm(self.Node, syncengine.Mark{Seq: self.Seq, ID: self.Head})
	tablet.update(func(tx syncengine.Tx) error { return syncengine.Acknowledge(tx, self.Node, receipt) })
	tablet.push(backup)
	reader.pull(backup)
	tablet.pull(backup)
	for record := byte(1); record <= 3; record++ {
		if reader.folded(record) != backup.folded(record) || tablet.folded(record) != backup.folded(record) {
			t.Errorf("record %d differs", record)
		}
	}
}

func TestALadderIsShortAndReachesTheBeginning(t *testing.T) {
	n := newNode(t, 1)
	n.update(func(tx syncengine.Tx) error {
		for i := range 1000 {
			if _, err := syncengine.AppendStream(tx, stream, sha256.Sum256([]byte{byte(i), byte(i >> 8)})); err != nil {
				return err
			}
		}
		return nil
	})
	rungs := n.ladder()
	if len(rungs) > 13 || rungs[0].Position != 1000 || rungs[1].Position != 999 || rungs[len(rungs)-1].Position != 0 {
		t.Errorf("%d rungs: %v", len(rungs), rungs)
	}
}

func TestANarrowReaderComputesEveryIDAndReadsItsClasses(t *testing.T) {
	tablet, office, reader := newNode(t, 1), newNode(t, 9), newNode(t, 5)
	tablet.save(1, "name", "made up")
	tablet.save(1, "q1", "yes")
	tablet.push(office)
	news := office.serve(nil, func(_ *syncengine.Change, class syncengine.Class) bool { return class == indicator })
	if _, err := reader.take(news); err != nil {
		t.Fatal(err)
	}
	agrees := false
	reader.view(func(tx syncengine.Tx) (err error) { agrees, err = syncengine.Agrees(tx, news); return err })
	rec := reader.read(1)
	if !agrees || reader.live(1, "q1") != "yes" || reader.live(1, "name") != "" || !slices.Equal(rec.Withheld, []syncengine.Class{identity}) {
		t.Errorf("agrees %v, withheld %v", agrees, rec.Withheld)
	}
}

func TestTheOrderInAStreamTravelsBeforeWhatItOrders(t *testing.T) {
	tablet, office, reader := newNode(t, 1), newNode(t, 9), newNode(t, 5)
	c := tablet.save(1, "q1", "yes")
	tablet.push(office)
	hold := office.order(1, syncengine.Control{Op: syncengine.OpQuarantine, Change: c.ID()})
	reader.ingest(hold)
	reader.pull(office)
	if got := reader.live(1, "q1"); got != "" {
		t.Errorf("folded all the same: %s", got)
	}
	office.ingest(office.order(1, syncengine.Control{Op: syncengine.OpRelease, Change: c.ID()}))
	if got := office.live(1, "q1"); got != "yes" {
		t.Errorf("released at the office: %q", got)
	}
}

func TestTheRecordsOfTheNextChangesAreListedOnceEach(t *testing.T) {
	office, _ := filled(t, 8) // records 1 2 3 1 2 3 1 2
	for _, row := range []struct {
		after, reached uint64
		most           int
		want           string
	}{
		{0, 8, 9, "1 2 3 "}, {0, 2, 2, "1 2 "}, {2, 5, 3, "3 1 2 "}, {7, 8, 5, "2 "}, {8, 8, 5, ""}, {99, 99, 5, ""},
	} {
		office.view(func(tx syncengine.Tx) error {
			records, reached, err := syncengine.RecordsAfter(tx, stream, row.after, row.most)
			got := ""
			for _, id := range records {
				got += string('0'+rune(id[0])) + " "
			}
			if got != row.want || reached != row.reached {
				t.Errorf("after %d at most %d: %sreached %d", row.after, row.most, got, reached)
			}
			return err
		})
	}
}

func TestAChangeOfOneStreamIsNotInAnother(t *testing.T) {
	office, _ := filled(t, 2)
	id := office.serve(nil, nil).Entries[0].Change.ID()
	office.view(func(tx syncengine.Tx) error {
		here, err := syncengine.InStream(tx, stream, id)
		if err != nil || !here {
			t.Errorf("its own: %v, %v", here, err)
		}
		there, err := syncengine.InStream(tx, "center/10", id)
		if there {
			t.Error("it is in another")
		}
		names, _ := syncengine.Streams(tx)
		if !slices.Equal(names, []string{stream}) {
			t.Errorf("streams: %v", names)
		}
		return err
	})
}
