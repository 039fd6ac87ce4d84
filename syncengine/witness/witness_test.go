package witness_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"raksa/syncengine"
	"raksa/syncengine/memstore"
	"raksa/syncengine/storetest"
	"raksa/syncengine/witness"
)

func mark(node byte, seq uint64) syncengine.Own {
	return syncengine.Own{Node: syncengine.NodeID{node}, Mark: syncengine.Mark{Seq: seq, ID: syncengine.ChangeID{node, byte(seq)}}}
}

func open(t *testing.T, path string) *witness.File {
	t.Helper()
	file, err := witness.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

func same(t *testing.T, got []syncengine.Own, want ...syncengine.Own) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("got %v, want %v", got, want)
	}
}

func TestWhatWasNotedIsReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w")
	file := open(t, path)
	for seq := range uint64(120) { // past two syncs
		if err := file.Note([]syncengine.Own{mark(1, 7), mark(2, seq+1)}); err != nil {
			t.Fatal(err)
		}
	}
	marks, err := witness.Read(path) // as after a kill: nobody closed it
	if err != nil {
		t.Fatal(err)
	}
	same(t, marks, mark(1, 7), mark(2, 120))
}

func TestALateNoteOfAnEarlierSaveIsNotBelieved(t *testing.T) {
	file := open(t, filepath.Join(t.TempDir(), "w"))
	for _, seq := range []uint64{1, 3, 2} {
		if err := file.Note([]syncengine.Own{mark(1, seq)}); err != nil {
			t.Fatal(err)
		}
	}
	same(t, file.Marks(), mark(1, 3))
}

func TestATornNoteLeavesTheOneBefore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w")
	file := open(t, path)
	for seq := range uint64(4) {
		if err := file.Note([]syncengine.Own{mark(1, seq+1)}); err != nil {
			t.Fatal(err)
		}
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := range 90 { // every byte of the newest slot that carries anything
		torn := bytes.Clone(whole)
		torn[at] ^= 0x10
		if err := os.WriteFile(path, torn, 0o600); err != nil {
			t.Fatal(err)
		}
		marks, err := witness.Read(path)
		if err != nil {
			t.Fatal(err)
		}
		same(t, marks, mark(1, 3))
	}
	copy(whole, make([]byte, 8192))
	whole[20], whole[5000] = 1, 1
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := witness.Read(path); err != nil {
		t.Fatalf("a file that was never written is no damage: %v", err)
	}
	whole[0], whole[4096] = 'x', 'x'
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := witness.Read(path); !errors.Is(err, witness.ErrDamaged) {
		t.Fatalf("got %v, want ErrDamaged", err)
	}
	same(t, open(t, path).Marks())
}

func TestNoWitnessIsSaid(t *testing.T) {
	if _, err := witness.Read(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("got %v", err)
	}
}

var codec = syncengine.Codec{
	Dictionary: func(string) []byte { return nil },
	PadStep:    func(syncengine.Class) int { return 0 },
}

// a node that saves, with the witness beside it.
type saver struct {
	*testing.T
	store  *witness.Store
	inside *memstore.Store
	engine syncengine.Engine
}

func newSaver(t *testing.T, file *witness.File, inside *memstore.Store) *saver {
	return &saver{T: t, store: witness.Watch(inside, file, nil), inside: inside, engine: syncengine.Engine{Keys: &storetest.Keys{}, Codec: codec}}
}

func (s *saver) become(node byte) {
	s.Helper()
	if err := s.store.Update(s.Context(), func(tx syncengine.Tx) error { return syncengine.BecomeNode(tx, syncengine.NodeID{node}) }); err != nil {
		s.Fatal(err)
	}
}

func (s *saver) save() (err error) {
	return s.store.Update(s.Context(), func(tx syncengine.Tx) error {
		_, err := s.engine.Save(tx, syncengine.Draft{
			Record: syncengine.RecordID{1}, Kind: 2, Form: "test/1",
			Writes: map[syncengine.Class][]syncengine.Write{1: {{Field: "f", State: 1, Value: []byte("made up")}}},
		}, syncengine.Moment{WallMillis: 1, Random: bytes.NewReader(make([]byte, 64))})
		return err
	})
}

func losses(t *testing.T, store syncengine.Store, file *witness.File) (found []syncengine.Loss) {
	t.Helper()
	err := store.View(t.Context(), func(tx syncengine.Tx) (err error) {
		found, err = syncengine.Losses(tx, file.Marks())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestADatabaseThatWasPutBackIsNoticed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w")
	file := open(t, path)
	s := newSaver(t, file, &memstore.Store{})
	s.become(1)
	var backup *memstore.Store
	for i := range 10 {
		if i == 6 {
			backup = s.inside.Clone()
		}
		if err := s.save(); err != nil {
			t.Fatal(err)
		}
	}
	if found := losses(t, s.inside, file); len(found) != 0 {
		t.Fatalf("a sound database has lost %v", found)
	}
	node := syncengine.NodeID{1}
	if found := losses(t, backup, file); len(found) != 1 || found[0] != (syncengine.Loss{Node: node, From: 7, To: 10}) {
		t.Fatalf("got %v, want 7 to 10", found)
	}
	if found := losses(t, &memstore.Store{}, file); len(found) != 1 || found[0] != (syncengine.Loss{Node: node, From: 1, To: 10}) {
		t.Fatalf("an empty database has lost %v, want 1 to 10", found)
	}

	// It goes on as another node; that much is noted, and noticed when the same
	// backup is put back once more.
	again := newSaver(t, file, backup.Clone())
	again.become(2)
	if found := losses(t, again.inside, file); len(found) != 0 {
		t.Fatalf("after a new node id: %v", found)
	}
	if found := losses(t, backup, file); len(found) != 1 || !found[0].Empty() {
		t.Fatalf("put back again before anything was saved: %v, want an empty loss of node 2", found)
	}
	if err := again.save(); err != nil {
		t.Fatal(err)
	}
	if found := losses(t, backup, file); len(found) != 1 || found[0] != (syncengine.Loss{Node: syncengine.NodeID{2}, From: 1, To: 1}) {
		t.Fatalf("put back again: %v, want 1 to 1 of node 2", found)
	}
}

func TestAnotherChangeAtThatSeqIsNoticed(t *testing.T) {
	file := open(t, filepath.Join(t.TempDir(), "w"))
	s := newSaver(t, file, &memstore.Store{})
	s.become(1)
	other := s.inside.Clone()
	for range 3 {
		if err := s.save(); err != nil {
			t.Fatal(err)
		}
	}
	apart := newSaver(t, open(t, filepath.Join(t.TempDir(), "v")), other)
	for range 4 { // further on, and on another branch
		err := apart.store.Update(t.Context(), func(tx syncengine.Tx) error {
			_, err := apart.engine.Save(tx, syncengine.Draft{
				Record: syncengine.RecordID{9}, Kind: 2, Form: "test/1",
				Writes: map[syncengine.Class][]syncengine.Write{1: {{Field: "f", State: 1, Value: []byte("other")}}},
			}, syncengine.Moment{WallMillis: 2, Random: bytes.NewReader(bytes.Repeat([]byte{7}, 64))})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if found := losses(t, other, file); len(found) != 1 || found[0] != (syncengine.Loss{Node: syncengine.NodeID{1}, From: 3, To: 3}) {
		t.Fatalf("got %v, want 3 to 3", found)
	}
}

// failing is a store whose disk fails when told, and which then has lost its
// last save, as after a reopening.
type failing struct {
	*memstore.Store
	now bool
}

func (f *failing) Update(ctx context.Context, fn func(syncengine.Tx) error) error {
	if f.now {
		f.now = false
		return fmt.Errorf("commit: %w", syncengine.ErrDisk)
	}
	return f.Store.Update(ctx, fn)
}

func TestAfterTheDiskFailedNothingIsAcknowledgedBeforeItWasChecked(t *testing.T) {
	file := open(t, filepath.Join(t.TempDir(), "w"))
	disk := &failing{Store: &memstore.Store{}}
	s := newSaver(t, file, disk.Store)
	s.store = witness.Watch(disk, file, nil)
	var told []syncengine.Loss
	s.store.Lost = func(losses []syncengine.Loss) { told = losses }
	s.become(1)
	var before *memstore.Store
	for i := range 3 {
		if i == 2 {
			before = disk.Store.Clone()
		}
		if err := s.save(); err != nil {
			t.Fatal(err)
		}
	}
	disk.now = true
	if err := s.save(); !errors.Is(err, syncengine.ErrDisk) {
		t.Fatalf("got %v, want ErrDisk", err)
	}
	if err := s.save(); err != nil { // all is there: the failed save left no trace
		t.Fatal(err)
	}
	disk.now = true
	_ = s.save()
	disk.Store = before // and now it is not
	var lost *syncengine.LostSaves
	if err := s.save(); !errors.As(err, &lost) || len(told) != 1 || told[0].From != 3 || told[0].To != 4 {
		t.Fatalf("got %v and was told %v, want 3 to 4 lost", err, told)
	}
	if err := s.store.Update(t.Context(), func(tx syncengine.Tx) error { return syncengine.BecomeNode(tx, syncengine.NodeID{2}) }); err != nil {
		t.Fatal(err)
	}
	if err := s.save(); err != nil {
		t.Fatalf("under a new node id: %v", err)
	}
}
