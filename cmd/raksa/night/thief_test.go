package night

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"raksa/casefile"
	"raksa/device"
	"raksa/syncengine"
	"raksa/vault"
)

// The tablet in the hall is stolen while it is in use, together with the secret
// of its officer. Whatever can be reached is tried as a key on whatever is
// sealed; what the tablet closed stays shut. The case laptop of the same center
// holds the same interviews and opens them: that is the control.
func TestAStolenCaptureTabletOpensNothingThatItClosed(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	group, err := n.PTC1.NewGroup(t.Context(), device.GroupOpening{Declared: 4, Counted: 4})
	must(t, err)
	var closed []syncengine.RecordID
	var before [][]byte // wraps that stood before each closing
	for i, story := range []string{"fisher", "debt", "child"} {
		who, told := somebody(i+1, story)
		id, err := n.PTC1.NewInterview(t.Context(), device.Opening{Group: group})
		must(t, err)
		n.write(t, n.PTC1, id, who)
		n.write(t, n.PTC1, id, told)
		wrap := wraps(t, n.PTC1.Store, id)[vault.BucketRecordKeys+" "+string(id[:])]
		if len(inFiles(files(t, n.folder("PTC-1")), wrap)) == 0 {
			t.Fatal("the wrap of an open interview is in no file: the search proves nothing")
		}
		before = append(before, wrap)
		if i == 1 {
			must(t, n.PTC1.SyncOnce(t.Context())) // one goes up while it is open, one after, one never
		}
		must(t, n.PTC1.CloseInterview(t.Context(), id))
		closed = append(closed, id)
	}
	who, _ := somebody(4, "cheated")
	open := n.begin(t, n.PTC1, who)
	n.meet(t)
	late := n.lateClosing(t)
	closed = append(closed, late)

	stolen := n.open(t, copyFolder(t, n.folder("PTC-1")))
	thief := robber{t: t, loot: lootOf(t, stolen.Store, n.Staff[hallOfficer].ID), store: stolen.Store}
	thief.collect()
	if opened := thief.opens(open); opened == 0 {
		t.Error("the thief does not even open the interview that was open: the search proves nothing")
	}
	for i, id := range closed {
		if opened := thief.opens(id); opened != 0 {
			t.Errorf("closed interview %d: %d sealed things open", i, opened)
		}
	}
	thief.tryEveryWindow(n.folder("PTC-1"), closed[0])
	all := files(t, n.folder("PTC-1"))
	for i, wrap := range before {
		if where := inFiles(all, wrap); len(where) != 0 {
			t.Errorf("the wrap of closed interview %d is still in %v", i, where)
		}
	}

	control := robber{t: t, loot: lootOf(t, n.PTC2.Store, n.Staff[caseOfficer].ID), store: n.PTC2.Store}
	control.collect()
	for i, id := range closed[:3] {
		if control.opens(id) == 0 {
			t.Errorf("the case laptop does not open interview %d of its own center", i)
		}
	}
}

func (n *Night) folder(name string) string { return filepath.Join(n.Dir, name) }

// lateClosing closes one interview that never reaches the office: its wrap for
// the office is still in the outbox.
func (n *Night) lateClosing(t *testing.T) syncengine.RecordID {
	t.Helper()
	n.link.setCut(true)
	defer n.link.setCut(false)
	who, told := somebody(5, "ordinary")
	id := n.begin(t, n.PTC1, who, told)
	must(t, n.PTC1.CloseInterview(t.Context(), id))
	return id
}

// robber tries every key on everything that is sealed.
type robber struct {
	loot
	t     *testing.T
	store syncengine.Store
	keys  map[[32]byte]bool
	steps []vault.Ratchet
}

// collect gathers every 32 bytes that can be had: all wraps that open, the
// delivery seed, the ratchet, the parts of the signing key, the class keys that
// follow from each.
func (r *robber) collect() {
	r.keys = map[[32]byte]bool{}
	view(r.t, r.store, func(tx syncengine.Tx) error {
		r.collectWraps(tx)
		r.collectDeliveries(tx)
		r.collectRatchets(tx)
		return nil
	})
	signing := ed25519.PrivateKey(r.self.SigningKey)
	r.take(signing.Seed())
	r.take(signing.Public().(ed25519.PublicKey))
	secret := sha256.Sum256([]byte(Secret))
	r.take(secret[:])
	for _, key := range slices.Collect(maps.Keys(r.keys)) {
		for _, class := range casefile.Classes() {
			derived := vault.RecordKey(key).Class(byte(class))
			r.take(derived[:])
		}
	}
}

func (r *robber) take(key []byte) { r.keys[[32]byte(key)] = true }

// everyRecord calls fn for every record that the log knows of.
func everyRecord(t *testing.T, tx syncengine.Tx, fn func(syncengine.RecordID)) {
	t.Helper()
	must(t, syncengine.Records(tx, func(id syncengine.RecordID, _ syncengine.Kind) error { fn(id); return nil }))
}

// collectWraps tries the vault on every cell of every bucket of keys, as the
// wrap of any record and class.
func (r *robber) collectWraps(tx syncengine.Tx) {
	var cells [][]byte
	for _, bucket := range wrapBuckets {
		must(r.t, tx.Scan(bucket, nil, func(_, value []byte) error { cells = append(cells, bytes.Clone(value)); return nil }))
	}
	everyRecord(r.t, tx, func(id syncengine.RecordID) {
		if key, err := r.ring.RecordKey(tx, id); err == nil {
			r.take(key[:])
		}
		for _, cell := range cells {
			if key, err := r.vault.UnwrapRecord(id, cell); err == nil {
				r.take(key[:])
			}
			for _, class := range casefile.Classes() {
				if key, err := r.vault.UnwrapClass(id, byte(class), cell); err == nil {
					r.take(key[:])
				}
			}
		}
	})
}

func (r *robber) collectDeliveries(tx syncengine.Tx) {
	seed, err := r.receive.OpenDeliverySeed(r.id, 1, r.self.DeliverySeed)
	must(r.t, err)
	r.take(seed[:])
	everyRecord(r.t, tx, func(id syncengine.RecordID) {
		for _, bucket := range wrapBuckets {
			must(r.t, tx.Scan(bucket, id[:], func(_, value []byte) error {
				keys, err := seed.UnwrapClasses(id, r.id, value)
				if err == nil {
					for _, key := range keys {
						r.take(key[:])
					}
				}
				return nil
			}))
		}
	})
}

// collectRatchets opens the state of every node, and walks on from it.
func (r *robber) collectRatchets(tx syncengine.Tx) {
	nodes := syncengine.Table[struct {
		Ratchet []byte `json:"ratchet"`
	}]("device/node")
	err := nodes.Each(tx, nil, func(node []byte, row struct {
		Ratchet []byte `json:"ratchet"`
	},
	) error {
		state, err := r.vault.Open("ratchet", node, row.Ratchet)
		must(r.t, err)
		ratchet, err := vault.RatchetFromState(state)
		must(r.t, err)
		r.take(state[len(state)-32:])
		r.steps = append(r.steps, ratchet, rewound(state)) // as it is, and as if it could be walked from the start
		return nil
	})
	must(r.t, err)
	if len(r.steps) == 0 {
		r.t.Fatal("the tablet has no ratchet")
	}
}

// rewound claims that the newest step is the first.
func rewound(state []byte) vault.Ratchet {
	state = bytes.Clone(state)
	clear(state[17:25])
	ratchet, _ := vault.RatchetFromState(state)
	return ratchet
}

// opens counts what of one record opens: blocks, folded states, wraps.
func (r *robber) opens(id syncengine.RecordID) (opened int) {
	view(r.t, r.store, func(tx syncengine.Tx) error {
		changes, err := tx.Record(id)
		must(r.t, err)
		if len(changes) == 0 {
			r.t.Fatal("the record is not on the disk: nothing is tried")
		}
		for _, c := range changes {
			for class, sealed := range c.Blocks {
				opened += r.tryBlock(c, class, sealed)
			}
		}
		opened += r.tryCells(tx, id)
		return nil
	})
	return opened
}

func (r *robber) tryBlock(c *syncengine.Change, class syncengine.Class, sealed []byte) (opened int) {
	if class == syncengine.ClassClear {
		return 0
	}
	head := c.Head()
	for key := range r.keys {
		if _, err := vault.OpenBlock(vault.ClassKey(key), head, byte(class), sealed); err == nil {
			opened++
		}
	}
	return opened
}

// tryCells tries every cell whose key names the record, in every bucket that
// may hold something of it.
func (r *robber) tryCells(tx syncengine.Tx, id syncengine.RecordID) (opened int) {
	for _, bucket := range append([]string{"state", "stale", "device/closed", "device/aside"}, wrapBuckets...) {
		must(r.t, tx.Scan(bucket, id[:], func(_, value []byte) error {
			for key := range r.keys {
				for _, class := range casefile.Classes() {
					if _, err := vault.OpenState(vault.ClassKey(key), id, byte(class), value); err == nil {
						opened++
					}
				}
			}
			return nil
		}))
	}
	step, wrap, err := r.ring.OfficeWrap(tx, id)
	if err != nil {
		return opened
	}
	for _, ratchet := range r.steps {
		for index := range step + 50 {
			if _, err := ratchet.OpenWrap(index, id, wrap); err == nil {
				opened++
			}
		}
	}
	return opened
}

// tryEveryWindow takes every 32 bytes that lie anywhere in the tablet's files
// for a key, of the record or of a class.
func (r *robber) tryEveryWindow(dir string, id syncengine.RecordID) {
	var target *syncengine.Change
	view(r.t, r.store, func(tx syncengine.Tx) error {
		changes, err := tx.Record(id)
		target = changes[0]
		return err
	})
	digest := target.Digests[0]
	head, sealed := target.Head(), target.Blocks[digest.Class]
	for path, raw := range files(r.t, dir) {
		for at := 0; at+32 <= len(raw); at++ {
			key := vault.RecordKey(raw[at : at+32])
			if _, err := vault.OpenBlock(vault.ClassKey(key), head, byte(digest.Class), sealed); err == nil {
				r.t.Fatalf("bytes at %d of %s are a class key of a closed interview", at, filepath.Base(path))
			}
			if vault.Commitment(key) == [16]byte(target.Commit) {
				r.t.Fatalf("bytes at %d of %s are the key of a closed interview", at, filepath.Base(path))
			}
		}
	}
}
