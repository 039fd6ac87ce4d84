package night

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"raksa/casefile"
	"raksa/device"
	"raksa/screening"
	"raksa/server"
	"raksa/syncengine"
	"raksa/syncengine/sqlstore"
)

// backup copies the office's database as it lies on the disk.
func (n *Night) backup(t *testing.T) (file string) {
	t.Helper()
	must(t, n.store.Scour(t.Context())) // all of it is in one file now
	raw, err := os.ReadFile(filepath.Join(n.Dir, "office.db"))
	must(t, err)
	file = filepath.Join(t.TempDir(), "office.db")
	must(t, os.WriteFile(file, raw, 0o600))
	return file
}

// restore lets the office go on from a backup, with the same keys.
func (n *Night) restore(t *testing.T, file string) {
	t.Helper()
	must(t, n.Listening.Stop())
	must(t, n.store.Close())
	for _, end := range []string{"", "-wal", "-shm"} {
		must(t, errors.Join(os.RemoveAll(filepath.Join(n.Dir, "office.db"+end))))
	}
	raw, err := os.ReadFile(file)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(n.Dir, "office.db"), raw, 0o600))
	n.store, err = sqlstore.Open(filepath.Join(n.Dir, "office.db"))
	must(t, err)
	n.Office, err = server.Open(t.Context(), server.Config{
		Store: n.store, Keys: n.keys, Forms: n.Forms, Now: time.Now, Random: rand.Reader, Log: n.Log, SecretCost: n.SecretCost,
	})
	must(t, err)
	n.Listening, err = n.Office.Listen(t.Context(), server.Addresses{Sync: "127.0.0.1:0", Desk: "127.0.0.1:0", Public: n.link.address()})
	must(t, err)
	n.link.to(n.Listening.SyncAddr)
}

func (n *Night) officeNode(t *testing.T) (node syncengine.NodeID) {
	t.Helper()
	view(t, n.store, func(tx syncengine.Tx) error {
		self, err := syncengine.LoadSelf(tx)
		node = self.Node
		return err
	})
	return node
}

// An office loses a day. The tablet that wrote on that day burnt down with it;
// the orders of that day were nobody's but the office's. What any device took
// comes back, and what was forgotten stays forgotten.
func TestARestoredOfficeGetsBackWhatAnyDeviceTook(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	who, told := somebody(1, "fisher")
	agreed := map[string]string{"con_interview": "yes", "con_referral": "yes", "con_share_ngo": "needs"}
	forgotten := n.begin(t, n.PTC2, who, told)
	moved := n.begin(t, n.PTC2, who, told)
	taken := n.begin(t, n.PTC2, who, agreed)
	waits := n.begin(t, n.PTC2, who, agreed)
	n.meet(t)
	old, node := n.backup(t), n.officeNode(t)

	// The day that will be lost.
	lost := n.begin(t, n.PTC1, who, told) // its author's tablet will be gone
	must(t, n.PTC1.SyncOnce(t.Context()))
	var newcomer syncengine.PersonID
	n.atOffice(t, func(tx syncengine.Tx) (err error) {
		newcomer, err = n.Office.AddStaff(tx, casefile.Staff{Name: "New (made up)", Role: screening.Interviewer, Agency: screening.SocialAffairs, Center: "PTC"}, nil, syncengine.PersonID{})
		if err != nil {
			return err
		}
		by := n.Staff[supervisor].ID
		return errors.Join(
			n.Office.Erase(tx, forgotten, by),
			n.Office.Transfer(tx, moved, "KTC", by),
			n.Office.Withdraw(tx, taken, screening.ScopeReferral, by, n.signer(t, supervisor)),
			n.Office.Revoke(tx, deviceID(t, n.KTC1), by),
		)
	})
	must(t, n.PTC2.SyncOnce(t.Context()))
	must(t, n.PTC1.Close())
	n.PTC1 = nil

	n.restore(t, old)
	if len(wraps(t, n.store, forgotten)) == 0 {
		t.Fatal("the backup holds no wrap of the erased record: it proves nothing")
	}
	// Before anybody was heard, somebody asks for a referral.
	_, err := n.PTC2.Refer(t.Context(), waits, casefile.Request{Organisation: n.Shelter.String(), Service: "shelter", Urgency: "24h"})
	must(t, err)
	must(t, n.PTC2.SyncOnce(t.Context()))
	must(t, n.Office.CatchUp(t.Context()))

	if left := wraps(t, n.store, forgotten); len(left) != 0 {
		t.Errorf("%d wraps of the erased record are left", len(left))
	}
	if rec := n.officeRecord(t, forgotten); !rec.Erased || len(rec.Classes) != 0 {
		t.Error("the restored office reads the erased record")
	}
	if got := n.values(t, lost, "wrk_sector"); !slices.Equal(got, []string{told["wrk_sector"]}) {
		t.Errorf("what the burnt tablet wrote reads %q", got)
	}
	if n.officeReads(t, taken).Consent().MayRefer() {
		t.Error("consent that was taken back stands again")
	}
	if n.officeNode(t) == node {
		t.Error("the restored office still writes under its old node")
	}
	if len(n.leaves(t, "restored")) != 1 || len(n.leaves(t, "taken_back")) == 0 {
		t.Error("the audit log does not tell of the restore")
	}
	must(t, n.PTC2.SyncOnce(t.Context()))
	if held := n.heldBack(t); held != 0 {
		t.Errorf("%d changes are in quarantine", held)
	}
	n.atOffice(t, func(tx syncengine.Tx) error {
		sent, err := n.Office.Referrals(tx, waits)
		if err == nil && (len(sent) != 1 || !sent[0].Copy.Zero()) {
			t.Error("a referral was released before the devices were heard")
		}
		if _, read := n.Office.Restoration(tx); read != nil {
			return read
		}
		return err
	})
	n.atOffice(t, func(tx syncengine.Tx) error { return n.Office.GoOn(tx, n.Staff[supervisor].ID) })
	must(t, n.Office.CatchUp(t.Context()))
	n.atOffice(t, func(tx syncengine.Tx) error {
		sent, err := n.Office.Referrals(tx, waits)
		if err == nil && (len(sent) != 1 || sent[0].Copy.Zero()) {
			t.Error("after a person said go on the referral is not released")
		}
		return err
	})
	n.atOffice(t, func(tx syncengine.Tx) error {
		rec, err := (&syncengine.Engine{Codec: casefile.Codec(forms)}).Read(tx, syncengine.RecordID(newcomer))
		if err != nil || rec.Kind != casefile.KindStaff {
			t.Errorf("who was hired on the lost day is unknown: %v", err)
		}
		return nil
	})
	if err := n.KTC1.SyncOnce(t.Context()); err != nil {
		t.Errorf("the revoked device: %v", err)
	}
	if st, _ := n.KTC1.Status(t.Context()); !st.Revoked {
		t.Error("the revocation was lost")
	}
	n.allWell(t)
}

// A device that was revoked meanwhile may be the only one that still has what
// the office lost. It gets no news, and gives that back all the same.
func TestARevokedDeviceGivesBackWhatARestoredOfficeLost(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	who, told := somebody(1, "fisher")
	n.meet(t)
	old := n.backup(t)
	lost := n.begin(t, n.PTC1, who, told)
	must(t, n.PTC1.SyncOnce(t.Context()))
	must(t, n.PTC2.SyncOnce(t.Context()))
	must(t, n.PTC1.Close())
	n.PTC1 = nil
	n.restore(t, old)
	n.atOffice(t, func(tx syncengine.Tx) error { return n.Office.Revoke(tx, deviceID(t, n.PTC2), n.Staff[supervisor].ID) })
	later := n.begin(t, n.KTC1, who, told)
	must(t, n.KTC1.SyncOnce(t.Context()))
	n.atOffice(t, func(tx syncengine.Tx) error { return n.Office.Transfer(tx, later, "PTC", n.Staff[supervisor].ID) })
	for range 2 {
		must(t, n.PTC2.SyncOnce(t.Context()))
	}
	if here, there := len(changesOf(t, n.PTC2.Store, lost)), len(changesOf(t, n.store, lost)); here == 0 || here != there {
		t.Errorf("the device has %d changes of the lost interview, the office %d", here, there)
	}
	for _, c := range changesOf(t, n.PTC2.Store, later) {
		if c.Kind != syncengine.KindControl {
			t.Error("a revoked device gets news while it gives back")
		}
	}
}

func deviceID(t *testing.T, d *device.Device) syncengine.RecordID {
	t.Helper()
	st, err := d.Status(t.Context())
	must(t, err)
	return st.Device
}

func (n *Night) officeRecord(t *testing.T, id syncengine.RecordID) (rec *syncengine.Record) {
	t.Helper()
	engine := &syncengine.Engine{Keys: n.officeKeys(), Codec: casefile.Codec(forms)}
	view(t, n.store, func(tx syncengine.Tx) (err error) {
		rec, err = engine.Read(tx, id)
		return err
	})
	return rec
}
