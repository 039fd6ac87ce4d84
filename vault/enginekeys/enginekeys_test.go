package enginekeys_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"raksa/casefile"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/syncengine"
	"raksa/syncengine/memstore"
	"raksa/vault"
	"raksa/vault/enginekeys"
)

const (
	identity  = syncengine.Class(screening.Identity)
	testimony = syncengine.Class(screening.Testimony)
)

var (
	record = syncengine.RecordID{0xA}
	author = syncengine.PersonID{1}
)

// A node is an engine over a store in memory, with a real keyring. Its people
// are made up and its randomness is played from a seed.
type node struct {
	*memstore.Store
	t      *testing.T
	random *rand.ChaCha8
	vault  *vault.Unlocked
	ring   vault.Keyring
	engine *syncengine.Engine
}

func newNode(t *testing.T, name byte) *node {
	t.Helper()
	n := &node{Store: &memstore.Store{}, t: t, random: rand.NewChaCha8([32]byte{name})}
	var err error
	if n.vault, err = vault.NewVault(n.random); err != nil {
		t.Fatal(err)
	}
	n.ring = vault.NewKeyring(n.vault.Wrapper, n.random)
	n.engine = n.engineOver(n.ring)
	n.update(func(tx syncengine.Tx) error { return syncengine.BecomeNode(tx, syncengine.NodeID{name}) })
	return n
}

func (n *node) engineOver(ring vault.Keyring) *syncengine.Engine {
	forms := func(string) *form.Definition { return form.Builtin() }
	return &syncengine.Engine{Keys: enginekeys.Keys{Ring: ring, Random: n.random}, Codec: casefile.Codec(forms)}
}

func (n *node) update(fn func(syncengine.Tx) error) {
	n.t.Helper()
	if err := n.Update(context.Background(), fn); err != nil {
		n.t.Fatal(err)
	}
}

// hold makes a record key and keeps it.
func (n *node) hold() vault.RecordKey {
	n.t.Helper()
	key, err := vault.NewRecordKey(n.random)
	if err != nil {
		n.t.Fatal(err)
	}
	n.update(func(tx syncengine.Tx) error { return n.ring.PutRecordKey(tx, record, key) })
	return key
}

func draft(name, story string) syncengine.Draft {
	return syncengine.Draft{Record: record, Kind: casefile.KindInterview, Form: "vif/1", Author: author, Writes: map[syncengine.Class][]syncengine.Write{
		identity:  {{Field: "idn_given_latin", State: 1, Value: []byte(name)}},
		testimony: {{Field: "rec_story", State: 1, Value: []byte(story)}},
	}}
}

func (n *node) save(d syncengine.Draft) (c *syncengine.Change, err error) {
	err = n.Update(context.Background(), func(tx syncengine.Tx) (err error) {
		c, err = n.engine.Save(tx, d, syncengine.Moment{WallMillis: 1_790_000_000_000, Random: n.random})
		return err
	})
	return c, err
}

func (n *node) mustSave(d syncengine.Draft) *syncengine.Change {
	n.t.Helper()
	c, err := n.save(d)
	if err != nil {
		n.t.Fatal(err)
	}
	return c
}

func (n *node) read(engine *syncengine.Engine) (rec *syncengine.Record) {
	n.t.Helper()
	n.update(func(tx syncengine.Tx) (err error) { rec, err = engine.Read(tx, record); return err })
	return rec
}

func value(rec *syncengine.Record, field string) string {
	if live := rec.Field(field).Live(); len(live) == 1 {
		return string(live[0].Value)
	}
	return fmt.Sprintf("%d versions", len(rec.Field(field).Live()))
}

func TestWhatIsSavedIsSealedAndReadsBack(t *testing.T) {
	n := newNode(t, 1)
	n.hold()
	const name, story = "Chanthy-made-up", "A made-up account that nobody else may read."
	c := n.mustSave(draft(name, story))
	for class, block := range c.Blocks {
		if bytes.Contains(block, []byte(name)) || bytes.Contains(block, []byte("account")) {
			t.Errorf("class %d lies open", class)
		}
	}
	rec := n.read(n.engine)
	if value(rec, "idn_given_latin") != name || value(rec, "rec_story") != story || len(rec.Withheld) != 0 {
		t.Errorf("reads %+v", rec)
	}
	n.update(func(tx syncengine.Tx) error { return syncengine.DropFolded(tx, record) })
	if rec = n.read(n.engine); value(rec, "rec_story") != story {
		t.Error("folded anew from the log, it reads otherwise")
	}
}

// Another device that was given one class reads that class and knows of the other.
func TestADeliveredClassIsReadAndTheOtherWithheld(t *testing.T) {
	maker, reader := newNode(t, 1), newNode(t, 2)
	key := maker.hold()
	c := maker.mustSave(draft("Chanthy-made-up", "a made-up account"))
	reader.update(func(tx syncengine.Tx) error {
		if err := reader.ring.PutClassKeys(tx, record, key.Classes(byte(identity))); err != nil {
			return err
		}
		_, err := reader.engine.Ingest(tx, c)
		return err
	})
	rec := reader.read(reader.engine)
	if value(rec, "idn_given_latin") != "Chanthy-made-up" || len(rec.Withheld) != 1 || rec.Withheld[0] != testimony || len(rec.Unreadable) != 0 {
		t.Errorf("reads %+v", rec)
	}
}

// A locked tablet stores what it pulls; what came meanwhile is folded after unlocking.
func TestALockedNodeStoresNowAndFoldsLater(t *testing.T) {
	maker, other := newNode(t, 1), newNode(t, 2)
	key := maker.hold()
	c := maker.mustSave(draft("Chanthy-made-up", "a made-up account"))
	locked := other.engineOver(vault.NewKeyring(nil, nil))
	other.update(func(tx syncengine.Tx) error {
		if err := other.ring.PutRecordKey(tx, record, key); err != nil {
			return err
		}
		_, err := locked.Ingest(tx, c)
		return err
	})
	if rec := other.read(locked); len(rec.Classes) != 0 || len(rec.Withheld) != 2 || len(rec.Unreadable) != 0 {
		t.Errorf("locked, it reads %+v", rec)
	}
	other.update(other.engine.FoldStale)
	if rec := other.read(other.engine); value(rec, "rec_story") != "a made-up account" {
		t.Errorf("unlocked, it reads %+v", rec)
	}
}

func TestAnErasedRecordReadsAsNothing(t *testing.T) {
	n := newNode(t, 1)
	key := n.hold()
	n.mustSave(draft("Chanthy-made-up", "a made-up account"))
	n.update(func(tx syncengine.Tx) error {
		if err := n.engine.Keys.Erase(tx, record); err != nil {
			return err
		}
		return syncengine.DropFolded(tx, record)
	})
	if rec := n.read(n.engine); len(rec.Classes) != 0 || len(rec.Unreadable) != 0 {
		t.Errorf("reads %+v", rec)
	}
	if _, err := n.save(draft("again", "again")); !errors.Is(err, syncengine.ErrErased) {
		t.Errorf("saved again: %v", err)
	}
	err := n.Update(context.Background(), func(tx syncengine.Tx) error { return n.ring.PutRecordKey(tx, record, key) })
	if !errors.Is(err, vault.ErrErased) {
		t.Errorf("the old wrap came back: %v", err)
	}
}

// Every seam × every state of the keys: the core hears its own word, and the
// vault's, which names the record, stays behind it.
func TestTheCoreHearsItsOwnWords(t *testing.T) {
	head, plain := []byte("head"), []byte("plain")
	calls := map[string]func(syncengine.Keys, syncengine.Cells, []byte) error{
		"seal a block": func(k syncengine.Keys, c syncengine.Cells, _ []byte) error {
			_, err := k.SealBlock(c, record, identity, head, plain)
			return err
		},
		"open a block": func(k syncengine.Keys, c syncengine.Cells, sealed []byte) error {
			_, err := k.OpenBlock(c, record, identity, head, sealed)
			return err
		},
		"seal a state": func(k syncengine.Keys, c syncengine.Cells, _ []byte) error {
			_, err := k.SealState(c, record, identity, plain)
			return err
		},
		"open a state": func(k syncengine.Keys, c syncengine.Cells, sealed []byte) error {
			_, err := k.OpenState(c, record, identity, sealed)
			return err
		},
	}
	for name, row := range map[string]struct {
		prepare     func(n *node, tx syncengine.Tx) error
		locked      bool
		core, vault error
	}{
		"no key": {prepare: func(*node, syncengine.Tx) error { return nil }, core: syncengine.ErrNoKey, vault: vault.ErrNoKey},
		"locked": {prepare: func(n *node, tx syncengine.Tx) error {
			return n.ring.PutRecordKey(tx, record, vault.RecordKey{1})
		}, locked: true, core: syncengine.ErrLocked, vault: vault.ErrLocked},
		"erased": {prepare: func(n *node, tx syncengine.Tx) error {
			return n.ring.Erase(tx, record)
		}, core: syncengine.ErrErased, vault: vault.ErrErased},
		"a wrap that was damaged": {prepare: func(_ *node, tx syncengine.Tx) error {
			return tx.Put(vault.BucketRecordKeys, record[:], make([]byte, vault.WrapSize))
		}, core: syncengine.ErrBroken, vault: vault.ErrSealBroken},
		"a wrap that was cut": {prepare: func(_ *node, tx syncengine.Tx) error {
			return tx.Put(vault.BucketRecordKeys, record[:], []byte{1})
		}, core: syncengine.ErrBroken, vault: vault.ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNode(t, 1)
			n.update(func(tx syncengine.Tx) error { return row.prepare(n, tx) })
			keys := enginekeys.Keys{Ring: n.ring, Random: n.random}
			if row.locked {
				n.vault.Lock()
			}
			n.update(func(tx syncengine.Tx) error {
				for call, fn := range calls {
					err := fn(keys, tx, make([]byte, 64))
					var named *vault.KeyError
					if !errors.Is(err, row.core) || !errors.Is(err, row.vault) || !errors.As(err, &named) || named.Record != vault.ID(record) {
						t.Errorf("%s: %v", call, err)
					}
				}
				return nil
			})
		})
	}
}

// With the right key at hand: bytes that were altered, cut, or moved to another
// place do not open, and that is broken and nothing else.
func TestWhatDoesNotOpenIsBroken(t *testing.T) {
	n := newNode(t, 1)
	n.hold()
	keys, head := enginekeys.Keys{Ring: n.ring, Random: n.random}, []byte("head")
	n.update(func(tx syncengine.Tx) error {
		block, err := keys.SealBlock(tx, record, identity, head, []byte("plain"))
		if err != nil {
			return err
		}
		state, err := keys.SealState(tx, record, identity, []byte("plain"))
		if err != nil {
			return err
		}
		altered := func(b []byte) []byte { b = bytes.Clone(b); b[len(b)/2] ^= 1; return b }
		open := func(class syncengine.Class, head, b []byte) error {
			_, err := keys.OpenBlock(tx, record, class, head, b)
			return err
		}
		openState := func(class syncengine.Class, b []byte) error {
			_, err := keys.OpenState(tx, record, class, b)
			return err
		}
		for name, err := range map[string]error{
			"an altered block":            open(identity, head, altered(block)),
			"a block that was cut":        open(identity, head, block[:3]),
			"a block of another class":    open(testimony, head, block),
			"a block of another change":   open(identity, []byte("other"), block),
			"an altered state":            openState(identity, altered(state)),
			"a state that was cut":        openState(identity, state[:3]),
			"a state of another class":    openState(testimony, state),
			"a block in place of a state": openState(identity, block),
		} {
			if !errors.Is(err, syncengine.ErrBroken) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := errors.Join(open(identity, head, block), openState(identity, state)); err != nil {
			t.Errorf("what was not touched: %v", err)
		}
		return nil
	})
}

// A change whose block does not open is listed, and nothing behind it waits.
func TestABrokenBlockIsListed(t *testing.T) {
	maker, reader := newNode(t, 1), newNode(t, 2)
	maker.hold()
	c := maker.mustSave(draft("Chanthy-made-up", "a made-up account"))
	reader.update(func(tx syncengine.Tx) error {
		if err := reader.ring.PutRecordKey(tx, record, vault.RecordKey{7}); err != nil { // not the key it was sealed with
			return err
		}
		_, err := reader.engine.Ingest(tx, c)
		return err
	})
	if rec := reader.read(reader.engine); len(rec.Unreadable) == 0 || rec.Unreadable[0] != c.ID() {
		t.Errorf("reads %+v", rec)
	}
}
