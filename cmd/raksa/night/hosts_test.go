package night

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"raksa/casefile"
	"raksa/device"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/server"
	"raksa/syncengine"
	"raksa/vault"
	"raksa/vault/enginekeys"
)

// must ends the test when something that is no part of its question fails.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (n *Night) meet(t *testing.T) {
	t.Helper()
	must(t, n.syncAll(t.Context()))
}

// atOffice runs fn in a transaction of the office.
func (n *Night) atOffice(t *testing.T, fn func(syncengine.Tx) error) {
	t.Helper()
	must(t, n.store.Update(t.Context(), fn))
}

// begin opens an interview with pages of answers in their canonical form.
func (n *Night) begin(t *testing.T, on *device.Device, pages ...map[string]string) syncengine.RecordID {
	t.Helper()
	id, err := on.NewInterview(t.Context(), device.Opening{})
	must(t, err)
	for _, page := range pages {
		n.write(t, on, id, page)
	}
	return id
}

func (n *Night) write(t *testing.T, on *device.Device, id syncengine.RecordID, page map[string]string) {
	t.Helper()
	must(t, n.answer(t.Context(), on, id, page))
}

// somebody is a made-up person with a whole short form: identity, then the rest.
func somebody(number int, story string) (who, told map[string]string) {
	p := truck(7, number)[number-1]
	p.story = story
	return identity(p), answersOf(p)
}

// open opens another device object over a folder, as a second program would.
func (n *Night) open(t *testing.T, dir string) *device.Device {
	t.Helper()
	d, err := device.Open(t.Context(), device.Config{
		Dir: dir, Now: time.Now, Random: rand.Reader, Log: n.Log, Forms: n.Forms, SecretCost: n.SecretCost,
	})
	must(t, err)
	t.Cleanup(func() { d.Close() })
	return d
}

func (n *Night) signIn(t *testing.T, d *device.Device, person int) {
	t.Helper()
	must(t, d.SignIn(t.Context(), n.Staff[person].ID, []byte(Secret)))
}

// copyFolder copies the database of a device as a thief or a backup would: the
// file and its write-ahead log.
func copyFolder(t *testing.T, from string) string {
	t.Helper()
	to := t.TempDir()
	for _, name := range []string{"raksa.db", "raksa.db-wal"} {
		raw, err := os.ReadFile(filepath.Join(from, name))
		if os.IsNotExist(err) {
			continue
		}
		must(t, err)
		must(t, os.WriteFile(filepath.Join(to, name), raw, 0o600))
	}
	return to
}

// view runs fn over the store of a device.
func view(t *testing.T, store syncengine.Store, fn func(syncengine.Tx) error) {
	t.Helper()
	must(t, store.View(context.Background(), fn))
}

// loot is what somebody holds who has a device's file and the secret of one of
// its people.
type loot struct {
	vault   *vault.Unlocked
	ring    vault.Keyring
	keys    syncengine.Keys
	receive *vault.ReceivingKey
	id      syncengine.RecordID // of the device
	self    selfCell
}

// selfCell is the part of a device's own cell that these tests read.
type selfCell struct {
	Device       syncengine.RecordID `json:"device"`
	SigningKey   []byte              `json:"signing_key"`
	ReceivingKey []byte              `json:"receiving_key"`
	DeliverySeed []byte              `json:"delivery_seed"`
	Certificate  []byte              `json:"certificate"`
	OfficeURL    string              `json:"office_url"`
}

// lootOf unlocks a device's store without the program: from its cells and the secret.
func lootOf(t *testing.T, store syncengine.Store, person syncengine.PersonID) (l loot) {
	t.Helper()
	view(t, store, func(tx syncengine.Tx) (err error) {
		l.self = selfOf(t, tx)
		l.id = l.self.Device
		row, here, err := syncengine.Table[struct {
			Slot []byte `json:"slot"`
		}]("device/people").Get(tx, person[:])
		if err != nil || !here {
			return fmt.Errorf("no slot: %w", err)
		}
		if l.vault, err = vault.OpenSlotAtLeast(cheap, row.Slot, []byte(Secret)); err != nil {
			return err
		}
		l.receive, err = l.vault.OpenReceivingKey(l.id, l.self.ReceivingKey)
		return err
	})
	t.Cleanup(l.vault.Lock)
	l.ring = vault.NewKeyring(l.vault.Wrapper, rand.Reader)
	l.keys = enginekeys.Keys{Ring: l.ring, Random: rand.Reader}
	return l
}

func selfOf(t *testing.T, tx syncengine.Tx) selfCell {
	t.Helper()
	self, here, err := syncengine.Table[selfCell]("device/self").Get(tx, []byte("self"))
	must(t, err)
	if !here {
		t.Fatal("the device does not know itself")
	}
	return self
}

// nothingWrong examines a whole store. With keys its folded states are compared
// with the log too.
func nothingWrong(t *testing.T, what string, store syncengine.Store, keys syncengine.Keys) syncengine.Report {
	t.Helper()
	var report syncengine.Report
	view(t, store, func(tx syncengine.Tx) (err error) {
		shelf, err := casefile.ReadShelf(tx, forms, form.Builtin())
		if err != nil {
			return err
		}
		engine := &syncengine.Engine{Keys: keys, Codec: casefile.Codec(shelf.Form)}
		report, err = engine.Examine(tx)
		return err
	})
	for _, found := range report.Findings {
		t.Errorf("%s: %s: %s", what, found.Code, found.About)
	}
	return report
}

func (n *Night) officeKeys() enginekeys.Keys {
	return enginekeys.Keys{Ring: vault.NewKeyring(n.keys.Wrapper, rand.Reader), Random: rand.Reader}
}

// allWell examines every store of the night, and the audit log.
func (n *Night) allWell(t *testing.T, others ...*device.Device) {
	t.Helper()
	nothingWrong(t, "the office", n.store, n.officeKeys())
	for i, d := range slices.Concat(n.devices(), others) {
		nothingWrong(t, fmt.Sprintf("device %d", i), d.Store, nil)
	}
	view(t, n.store, func(tx syncengine.Tx) error {
		_, _, err := server.VerifyAudit(tx)
		return err
	})
}

// leaves lists the audit leaves of one kind.
func (n *Night) leaves(t *testing.T, what string) (found []server.Leaf) {
	t.Helper()
	view(t, n.store, func(tx syncengine.Tx) error {
		return syncengine.Table[server.Leaf]("audit-leaf").Each(tx, nil, func(_ []byte, leaf server.Leaf) error {
			if leaf.What == what {
				found = append(found, leaf)
			}
			return nil
		})
	})
	return found
}

// viewer is a member of staff at the desk.
func (n *Night) viewer(person int) casefile.Viewer {
	s := n.Staff[person]
	return casefile.Viewer{Person: s.ID, Viewer: screening.Viewer{Role: s.Role, Agency: s.Agency, Profile: screening.Desk}}
}

// signer signs what somebody does at the desk, with the key behind their secret.
func (n *Night) signer(t *testing.T, person int) func([]byte) ([]byte, error) {
	t.Helper()
	var slot []byte
	view(t, n.store, func(tx syncengine.Tx) (err error) {
		slot, err = tx.Get("desk-slot", n.Staff[person].ID[:])
		return err
	})
	keys, err := vault.OpenSlotAtLeast(cheap, slot, []byte(Secret))
	must(t, err)
	t.Cleanup(keys.Lock)
	return func(message []byte) ([]byte, error) { return keys.SignAct(sha256.Sum256(message)) }
}

// officeReads gives an interview as the office has it.
func (n *Night) officeReads(t *testing.T, id syncengine.RecordID) (iv *casefile.Interview) {
	t.Helper()
	engine := &syncengine.Engine{Keys: n.officeKeys(), Codec: casefile.Codec(forms)}
	view(t, n.store, func(tx syncengine.Tx) error {
		rec, err := engine.Read(tx, id)
		if err != nil {
			return err
		}
		iv, err = casefile.OpenInterview(rec, forms)
		return err
	})
	return iv
}

// values gives the live answers of a field at the office, in their canonical form.
func (n *Night) values(t *testing.T, id syncengine.RecordID, field string) (texts []string) {
	t.Helper()
	for _, v := range n.officeReads(t, id).Versions(field) {
		texts = append(texts, string(v.Value))
	}
	slices.Sort(texts)
	return texts
}

// wrapBuckets hold keys to records, in any form.
var wrapBuckets = []string{vault.BucketRecordKeys, vault.BucketClassKeys, vault.BucketOfficeWraps, vault.BucketDeliveries}

// wraps gives every wrap of a record in a store, by cell.
func wraps(t *testing.T, store syncengine.Store, id syncengine.RecordID) map[string][]byte {
	t.Helper()
	found := map[string][]byte{}
	view(t, store, func(tx syncengine.Tx) error {
		for _, bucket := range wrapBuckets {
			err := tx.Scan(bucket, id[:], func(key, value []byte) error {
				found[bucket+" "+string(key)] = bytes.Clone(value)
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return found
}

// files gives every file under a folder with its bytes.
func files(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	must(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		all[path] = raw
		return err
	}))
	return all
}

// inFiles gives the files that hold the bytes.
func inFiles(all map[string][]byte, secret []byte) (where []string) {
	for _, path := range slices.Sorted(maps.Keys(all)) {
		if bytes.Contains(all[path], secret) {
			where = append(where, filepath.Base(path))
		}
	}
	return where
}
