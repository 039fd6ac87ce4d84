package syncengine_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"raksa/syncengine"
)

// offer is the snapshot of the office's stream up to a position.
func (n *node) offer(position uint64) (o syncengine.Offer) {
	n.t.Helper()
	n.view(func(tx syncengine.Tx) (err error) {
		if o.At, err = syncengine.StreamAt(tx, stream, position); err != nil {
			return err
		}
		news, err := syncengine.Serve(tx, stream, nil, 1<<20, func(*syncengine.Change, syncengine.Class) bool { return true })
		for _, entry := range news.Entries[:position] {
			id := entry.Change.ID()
			for i := range 8 { // the sum of the first 8 bytes of each id
				o.Digest += uint64(id[i]) << (56 - 8*i)
			}
		}
		return err
	})
	return o
}

// whole lets every class go to the device, with made-up keys.
func whole(id syncengine.RecordID, _ syncengine.Kind) (func(syncengine.Class) bool, []byte, error) {
	return func(syncengine.Class) bool { return true }, []byte{id[0], 1, 2, 3}, nil
}

// pageOf gives the next page of a snapshot as it travels.
func (n *node) pageOf(o syncengine.Offer, below uint64, bytesMax int, share syncengine.Share) (packed []byte, next uint64) {
	n.t.Helper()
	n.view(func(tx syncengine.Tx) error {
		entered := map[syncengine.RecordID]uint64{}
		news, err := syncengine.Serve(tx, stream, nil, 1<<20, func(*syncengine.Change, syncengine.Class) bool { return true })
		if err != nil {
			return err
		}
		for _, entry := range slices.Backward(news.Entries) {
			entered[entry.Change.Record] = entry.Position
		}
		first := func(id syncengine.RecordID) (uint64, error) { return entered[id], nil }
		bases, at, err := n.engine.Bases(tx, o.At, below, bytesMax, first, share)
		packed, next = words.PackBases(form, bases), at
		return err
	})
	return packed, next
}

// takePage takes one page in and gives the sum of its ids.
func (n *node) takePage(packed []byte) (sum uint64) {
	n.t.Helper()
	bases, err := words.UnpackBases(packed)
	if err != nil {
		n.t.Fatalf("unpack: %v", err)
	}
	n.update(func(tx syncengine.Tx) error {
		for _, b := range bases {
			if err := n.engine.TakeBase(tx, b); err != nil {
				return err
			}
		}
		return nil
	})
	return syncengine.Sum(bases)
}

// load takes a whole snapshot.
func (n *node) load(office *node, position uint64) (pages int) {
	n.t.Helper()
	o, sum := office.offer(position), uint64(0)
	for below := position + 1; below > 0; pages++ {
		var packed []byte
		packed, below = office.pageOf(o, below, 200, whole)
		sum += n.takePage(packed)
	}
	n.update(func(tx syncengine.Tx) error { return syncengine.Adopt(tx, o, sum) })
	return pages
}

// refetch takes the bases that are wanted anew.
func (n *node) refetch(office *node, position uint64) {
	n.t.Helper()
	var wanted []syncengine.RecordID
	n.view(func(tx syncengine.Tx) (err error) { wanted, err = syncengine.Wanted(tx, 100); return err })
	for _, id := range wanted {
		var b *syncengine.Base
		office.view(func(tx syncengine.Tx) (err error) {
			b, err = office.engine.BaseOf(tx, id, office.offer(position).At, whole)
			return err
		})
		n.update(func(tx syncengine.Tx) error { return n.engine.TakeBase(tx, b) })
	}
}

func (n *node) compact(record byte, upTo uint64) (went int) {
	n.t.Helper()
	n.update(func(tx syncengine.Tx) (err error) {
		went, err = n.engine.Compact(tx, syncengine.RecordID{record}, syncengine.Settled(tx, map[string]uint64{stream: upTo}))
		return err
	})
	return went
}

// shown gives what stands in every field of a record, with the ids.
func (n *node) shown(record byte) (out string) {
	n.t.Helper()
	rec := n.read(record)
	for _, field := range []string{"name", "q1", "q2"} {
		for _, v := range rec.Field(field).Live() {
			out += fmt.Sprintf("%s=%s %x %x %d %d %s; ", field, v.Value, v.ID, v.Node[:1], v.Stamp, v.DeviceMillis, v.Form)
		}
	}
	return out
}

func (n *node) findings() []syncengine.Finding {
	n.t.Helper()
	var report syncengine.Report
	n.update(func(tx syncengine.Tx) (err error) { report, err = n.engine.Examine(tx); return err })
	return report.Findings
}

func TestASnapshotShowsWhatTheOfficeShowsAndTheStreamGoesOnFromIt(t *testing.T) {
	office, tablet := filled(t, 20)
	reader := newNode(t, 5)
	if pages := reader.load(office, 15); pages < 2 {
		t.Errorf("%d pages prove nothing", pages)
	}
	for record := byte(1); record <= 3; record++ {
		if got, want := reader.shown(record), office.shown(record); got != want || got == "" {
			t.Errorf("record %d shows\n%s\nthe office\n%s", record, got, want)
		}
	}
	tablet.save(1, "q1", "replaces all")
	tablet.push(office)
	reader.pull(office) // ends only when salt and digest agree
	if reader.live(1, "q1") != "replaces all" {
		t.Errorf("after one more change it shows %q", reader.live(1, "q1"))
	}
	if found := reader.findings(); len(found) != 0 {
		t.Errorf("found %v", found)
	}
}

func TestAnAnswerOfASnapshotCanBeReplacedByWhoSawIt(t *testing.T) {
	office, _ := filled(t, 3)
	reader := newNode(t, 5)
	reader.load(office, 3)
	reader.save(1, "q1", "corrected")
	reader.push(office)
	if got := office.live(1, "q1"); got != "corrected" {
		t.Errorf("the office shows %q", got)
	}
	var bad *syncengine.BadBasis
	_, err := reader.try(syncengine.Draft{Record: syncengine.RecordID{2}, Writes: map[syncengine.Class][]syncengine.Write{
		indicator: {{Field: "q1", State: 1, Supersedes: []syncengine.ChangeID{{1, 2, 3}}}},
	}})
	if !errors.As(err, &bad) {
		t.Errorf("what was never shown is replaced: %v", err)
	}
}

func TestAPageOfASnapshotMayComeTwiceAndInAnyOrder(t *testing.T) {
	office, tablet := filled(t, 9)
	o := office.offer(9)
	var pages [][]byte
	for below := uint64(10); below > 0; {
		var packed []byte
		packed, below = office.pageOf(o, below, 1, whole)
		pages = append(pages, packed)
	}
	reader := newNode(t, 5)
	for _, page := range slices.Backward(pages) {
		reader.takePage(page)
		reader.takePage(page)
	}
	tablet.save(2, "q1", "later") // and once more, when the office knows more
	tablet.push(office)
	fresh, _ := office.pageOf(o, 10, 1<<20, whole)
	reader.takePage(fresh)
	reader.takePage(pages[0]) // an old page after a new one takes nothing back
	if got := reader.live(2, "q1"); got != "later" {
		t.Errorf("record 2 shows %q", got)
	}
}

func TestAClassThatADeviceMayNotReadIsNotInItsSnapshot(t *testing.T) {
	tablet, office, reader := newNode(t, 1), newNode(t, 9), newNode(t, 5)
	tablet.save(1, "name", "Canary-made-up")
	tablet.save(1, "q1", "yes")
	tablet.push(office)
	packed, _ := office.pageOf(office.offer(2), 3, 1<<20, func(syncengine.RecordID, syncengine.Kind) (func(syncengine.Class) bool, []byte, error) {
		return func(class syncengine.Class) bool { return class == indicator }, nil, nil
	})
	reader.takePage(packed)
	if reader.live(1, "q1") != "yes" || reader.live(1, "name") != "" {
		t.Errorf("shows q1 %q, name %q", reader.live(1, "q1"), reader.live(1, "name"))
	}
}

func TestAnErasedRecordIsNotInASnapshotAndAnErasureTakesABaseAway(t *testing.T) {
	office, _ := filled(t, 6)
	reader, late := newNode(t, 5), newNode(t, 6)
	reader.load(office, 6)
	order := office.order(1, syncengine.Control{Op: syncengine.OpErase})
	reader.ingest(order)
	if rec := reader.read(1); !rec.Erased || len(rec.Classes) != 0 {
		t.Errorf("reads %+v", rec)
	}
	late.ingest(order)
	late.load(office, 6) // the ids still come to the digest
	if rec := late.read(1); len(rec.Classes) != 0 || late.live(2, "q1") == "" {
		t.Errorf("reads %+v", rec)
	}
	before := office.clone(7) // an old page, from before the erasure
	packed, _ := before.pageOf(before.offer(6), 7, 1<<20, whole)
	late.takePage(packed)
	if rec := late.read(1); len(rec.Classes) != 0 {
		t.Errorf("an old page brought it back: %+v", rec)
	}
}

func TestAnOrderAboutAChangeOfABaseAsksForItAnew(t *testing.T) {
	office, _ := filled(t, 6)
	reader := newNode(t, 5)
	reader.load(office, 6)
	var held syncengine.ChangeID
	office.view(func(tx syncengine.Tx) error {
		changes, err := tx.Record(syncengine.RecordID{1})
		held = changes[0].ID()
		return err
	})
	for _, op := range []syncengine.Op{syncengine.OpQuarantine, syncengine.OpRelease} {
		reader.ingest(office.order(1, syncengine.Control{Op: op, Change: held, Reason: "odd"}))
		reader.refetch(office, 6)
		if got, want := reader.shown(1), office.shown(1); got != want {
			t.Errorf("after %s it shows\n%s\nthe office\n%s", op, got, want)
		}
	}
}

// An office that was restored knows less than the base: what the base has stays.
func TestABaseOfARestoredOfficeTakesNothingAway(t *testing.T) {
	office, tablet := filled(t, 6)
	backup := office.clone(8)
	tablet.save(1, "q2", "said after the backup")
	tablet.push(office)
	reader := newNode(t, 5)
	reader.load(office, 7)
	reader.load(backup, 6)
	if got := reader.live(1, "q2"); got != "said after the backup" {
		t.Errorf("shows %q", got)
	}
}

// An office that was restored holds back what had replaced an answer: the answer
// stands again, and what only the base here knows stays.
func TestABaseOfARestoredOfficeBringsBackWhatAnOrderLaysBare(t *testing.T) {
	tablet, office, reader := newNode(t, 1), newNode(t, 9), newNode(t, 5)
	tablet.save(1, "q1", "first")
	second := tablet.save(1, "q1", "second")
	tablet.push(office)
	backup := office.clone(8)
	tablet.save(1, "q2", "said after the backup")
	tablet.push(office)
	reader.load(office, 3)
	reader.ingest(backup.order(1, syncengine.Control{Op: syncengine.OpQuarantine, Change: second.ID(), Reason: "odd"}))
	reader.refetch(backup, 2)
	if q1, q2 := reader.live(1, "q1"), reader.live(1, "q2"); q1 != "first" || q2 != "said after the backup" {
		t.Errorf("shows q1 %q, q2 %q", q1, q2)
	}
}

// A base may come from an office that lost an order. When that has it back, and
// gives it again, the base is fetched anew.
func TestAnOrderThatComesAgainAsksForTheBaseAnew(t *testing.T) {
	tablet, office, reader := newNode(t, 1), newNode(t, 9), newNode(t, 5)
	odd := tablet.save(1, "q1", "odd")
	tablet.push(office)
	backup := office.clone(8)
	order := office.order(1, syncengine.Control{Op: syncengine.OpQuarantine, Change: odd.ID(), Reason: "odd"})
	reader.ingest(order)
	reader.load(backup, 1)
	again := syncengine.News{
		Stream: "control", After: syncengine.Position{Stream: "control"}, Entries: []syncengine.Entry{{Position: 1, Change: order}},
	}
	if _, err := reader.take(again); err != nil {
		t.Fatal(err)
	}
	reader.refetch(office, 1)
	if got := reader.live(1, "q1"); got != "" {
		t.Errorf("shows %q, which is held back", got)
	}
}

// The office gave changes while a snapshot was on its way, and lost them since:
// they are in this copy of the stream, and are not cut from it.
func TestASnapshotThatComesLateCutsNothing(t *testing.T) {
	office, _ := filled(t, 9)
	reader, o := newNode(t, 5), office.offer(4)
	reader.pull(office)
	packed, _ := office.pageOf(o, 5, 1<<20, whole)
	sum := reader.takePage(packed)
	reader.update(func(tx syncengine.Tx) error { return syncengine.Adopt(tx, o, sum) })
	reader.view(func(tx syncengine.Tx) error {
		if head, _, err := syncengine.StreamHead(tx, stream); err != nil || head.Position != 9 {
			t.Errorf("the stream stands at %d (%v)", head.Position, err)
		}
		return nil
	})
}

// An office without the keys of a record gives its ids only. When it has them,
// the base is fetched anew.
func TestABaseThatSaidNothingIsFetchedAgainWhenKeysComeLate(t *testing.T) {
	office, _ := filled(t, 3)
	reader := newNode(t, 5)
	packed, _ := office.pageOf(office.offer(3), 4, 1<<20, func(syncengine.RecordID, syncengine.Kind) (func(syncengine.Class) bool, []byte, error) {
		return nil, nil, nil
	})
	reader.takePage(packed)
	if got := reader.live(1, "q1"); got != "" {
		t.Fatalf("shows %q", got)
	}
	for record := byte(1); record <= 4; record++ { // of the fourth there is no base
		reader.update(func(tx syncengine.Tx) error { return syncengine.WantAnew(tx, syncengine.RecordID{record}) })
	}
	reader.view(func(tx syncengine.Tx) error {
		if wanted, err := syncengine.Wanted(tx, 10); err != nil || len(wanted) != 3 {
			t.Errorf("wants %d bases (%v)", len(wanted), err)
		}
		return nil
	})
	reader.refetch(office, 3)
	if got, want := reader.shown(1), office.shown(1); got != want || got == "" {
		t.Errorf("shows %q, the office %q", got, want)
	}
}

func TestASnapshotThatLacksARecordIsNotAdopted(t *testing.T) {
	office, _ := filled(t, 6)
	reader := newNode(t, 5)
	o := office.offer(6)
	packed, next := office.pageOf(o, 7, 1, whole)
	if next == 0 {
		t.Fatal("one page is all")
	}
	sum := reader.takePage(packed)
	err := reader.Update(t.Context(), func(tx syncengine.Tx) error { return syncengine.Adopt(tx, o, sum) })
	if !errors.Is(err, syncengine.ErrSnapshotDigest) {
		t.Errorf("adopted: %v", err)
	}
}

func TestANodeCutBelowItsSnapshotBeginsAnew(t *testing.T) {
	office, _ := filled(t, 9)
	reader := newNode(t, 5)
	reader.load(office, 9)
	other, _ := filled(t, 9) // an office that shares nothing but the start
	var news syncengine.News
	other.view(func(tx syncengine.Tx) (err error) {
		unknown := []syncengine.Position{{Stream: stream, Position: 9, Salt: syncengine.Salt{1}}, {Stream: stream}}
		news, err = syncengine.Serve(tx, stream, unknown, 1<<20, func(*syncengine.Change, syncengine.Class) bool { return true })
		return err
	})
	if _, err := reader.take(news); err != nil {
		t.Fatal(err)
	}
	if found := reader.findings(); len(found) != 0 {
		t.Errorf("found %v", found)
	}
}

func FuzzUnpackBases(f *testing.F) {
	office, _ := filled(&testing.T{}, 6)
	packed, _ := office.pageOf(office.offer(6), 7, 1<<20, whole)
	f.Add(packed)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, packed []byte) {
		bases, err := words.UnpackBases(packed)
		var malformed *syncengine.Malformed
		if err != nil && !errors.As(err, &malformed) {
			t.Errorf("got %v", err)
		}
		if err != nil {
			return
		}
		again, err := words.UnpackBases(words.PackBases(form, bases))
		if err != nil || len(again) != len(bases) {
			t.Errorf("packed again: %v", err)
		}
	})
}

// Whatever people, orders, snapshots and compaction do in whatever order, the
// reader ends with what the office shows.
func TestBasesAndChangesComeToTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		office, tablet, reader := newNode(t, 9), newNode(t, 1), newNode(t, 5)
		pushed, orders := uint64(0), []*syncengine.Change{}
		count := func() {
			office.view(func(tx syncengine.Tx) error {
				head, _, err := syncengine.StreamHead(tx, stream)
				pushed = head.Position
				return err
			})
		}
		field := rapid.SampledFrom([]string{"name", "q1", "q2"})
		record := rapid.ByteRange(1, 3)
		writer := func() *node { return rapid.SampledFrom([]*node{tablet, reader}).Draw(t, "writer") }
		obey := func() {
			reader.ingest(orders...)
			orders = nil
		}
		t.Repeat(map[string]func(*rapid.T){
			"save": func(*rapid.T) { writer().save(record.Draw(t, "record"), field.Draw(t, "field"), "v") },
			"save unseen": func(*rapid.T) {
				writer().saveOver(record.Draw(t, "record"), field.Draw(t, "field"), rapid.StringN(0, 3, 9).Draw(t, "value"))
			},
			"push": func(*rapid.T) { writer().push(office); count() },
			"tablet pulls": func(*rapid.T) {
				tablet.pull(office)
			},
			"reader pulls": func(*rapid.T) { obey(); reader.pull(office) },
			"reader loads": func(*rapid.T) {
				obey()
				if pushed > 0 {
					reader.load(office, rapid.Uint64Range(1, pushed).Draw(t, "position"))
				}
			},
			"reader compacts": func(*rapid.T) {
				reader.compact(record.Draw(t, "record"), rapid.Uint64Range(0, pushed).Draw(t, "stable"))
			},
			"order": func(*rapid.T) {
				id := record.Draw(t, "record")
				var changes []*syncengine.Change
				office.view(func(tx syncengine.Tx) (err error) { changes, err = tx.Record(syncengine.RecordID{id}); return err })
				changes = slices.DeleteFunc(changes, func(c *syncengine.Change) bool { return c.Kind == syncengine.KindControl })
				if len(changes) > 0 {
					op := rapid.SampledFrom([]syncengine.Op{syncengine.OpQuarantine, syncengine.OpRelease}).Draw(t, "op")
					orders = append(orders, office.order(id, syncengine.Control{Op: op, Change: rapid.SampledFrom(changes).Draw(t, "change").ID()}))
				}
			},
		})
		for range 2 {
			tablet.push(office)
			reader.push(office)
		}
		count()
		obey()
		if pushed > 0 {
			reader.refetch(office, pushed)
			reader.pull(office)
		}
		for id := byte(1); id <= 3; id++ {
			if got, want := reader.shown(id), office.shown(id); got != want {
				t.Fatalf("record %d shows\n%s\nthe office\n%s", id, got, want)
			}
		}
		if found := reader.findings(); len(found) != 0 {
			t.Fatalf("found %v", found)
		}
	})
}

// A change may come after the base of what replaced it: it stays replaced.
func TestABaseRemembersWhatWasReplacedAndIsNotThereYet(t *testing.T) {
	office, tablet, reader := newNode(t, 9), newNode(t, 1), newNode(t, 5)
	first := tablet.save(1, "q1", "first")
	second := tablet.save(1, "q1", "second")
	office.ingest(second)
	office.update(func(tx syncengine.Tx) error { return publish(tx, second) })
	reader.load(office, 1)
	reader.ingest(first)
	if got := reader.live(1, "q1"); got != "second" {
		t.Errorf("shows %q", got)
	}
}
