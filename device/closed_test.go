package device_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"raksa/device"
	"raksa/screening"
	"raksa/syncengine"
	"raksa/vault"
)

// close answers what closing needs, and closes.
func closeInterview(t *testing.T, d *device.Device, id syncengine.RecordID) {
	t.Helper()
	save(t, d, id, "asm_view", "unclear")
	must(t, d.CloseInterview(t.Context(), id))
}

func TestTheOwnViewComesBeforeClosing(t *testing.T) {
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1"})
	id := begin(t, d, "idn_sex", "female")
	if err := d.CloseInterview(t.Context(), id); device.Code(err) != "view_first" {
		t.Fatalf("got %v", err)
	}
}

// thief opens whatever in the store opens with what the vault gives: every
// block with every class key that can be had, every sealed cell with the root.
func thief(t *testing.T, d *device.Device, id syncengine.RecordID) (opened int) {
	t.Helper()
	open, ring, _ := d.Vault()
	must(t, d.Store.View(t.Context(), func(tx syncengine.Tx) error {
		var keys []vault.ClassKey
		var ids []syncengine.RecordID
		must(t, syncengine.Records(tx, func(other syncengine.RecordID, _ syncengine.Kind) error {
			ids = append(ids, other)
			return nil
		}))
		for _, other := range ids {
			for class := byte(1); class <= 7; class++ {
				if key, err := ring.ClassKey(tx, other, class); err == nil {
					keys = append(keys, key)
				}
			}
		}
		opened += throughRatchet(t, tx, open, id)
		changes, err := tx.Record(id)
		must(t, err)
		for _, c := range changes {
			for class, sealed := range c.Blocks {
				for _, key := range keys {
					if _, err := vault.OpenBlock(key, c.Head(), byte(class), sealed); err == nil {
						opened++
					}
				}
			}
		}
		for _, bucket := range []string{"state", "vault/record-keys", "vault/class-keys", "vault/office-wraps", "vault/deliveries"} {
			must(t, tx.Scan(bucket, id[:], func(key, value []byte) error {
				if _, err := open.UnwrapRecord(id, value); err == nil {
					opened++
				}
				for class := byte(1); class <= 7; class++ {
					if _, err := open.UnwrapClass(id, class, value); err == nil {
						opened++
					}
					for _, k := range keys {
						if _, err := vault.OpenState(k, id, class, value); err == nil {
							opened++
						}
					}
				}
				return nil
			}))
		}
		return nil
	}))
	return opened
}

// throughRatchet tries the wrap that waits for the office with the step that the
// tablet keeps.
func throughRatchet(t *testing.T, tx syncengine.Tx, open *vault.Unlocked, id syncengine.RecordID) (opened int) {
	t.Helper()
	ring := vault.NewKeyring(nil, nil)
	_, wrap, err := ring.OfficeWrap(tx, id)
	if errors.Is(err, vault.ErrNoKey) {
		return 0 // a record that another node made
	}
	must(t, err)
	self, err := syncengine.LoadSelf(tx)
	must(t, err)
	row, _, err := syncengine.Table[struct {
		Ratchet []byte `json:"ratchet"`
	}]("device/node").Get(tx, self.Node[:])
	must(t, err)
	state, err := open.Open(device.SealRatchet, self.Node[:], row.Ratchet)
	must(t, err)
	ratchet, err := vault.RatchetFromState(state)
	must(t, err)
	for step := range ratchet.Index() + 20 {
		if _, err := ratchet.OpenWrap(step, id, wrap); err == nil {
			opened++
		}
	}
	return opened
}

func TestACaptureTabletCannotOpenWhatItClosed(t *testing.T) {
	o, dir := newOffice(t, newClock()), t.TempDir()
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1", dir: dir})
	id := begin(t, d, "idn_given_km", "ចន្ធី", "idn_sex", "female", "wrk_employer", "a boat (made up)")
	if thief(t, d, id) == 0 {
		t.Fatal("the thief opens nothing even while the interview is open: the test proves nothing")
	}
	wrap := wrapOf(t, d, id)
	if !found(t, dir, wrap) {
		t.Fatal("the search does not find a wrap that is there")
	}
	closeInterview(t, d, id)
	if opened := thief(t, d, id); opened != 0 {
		t.Fatalf("%d sealed things of a closed interview open", opened)
	}
	if found(t, dir, wrap) {
		t.Fatal("the wrap of a closed interview is still in a file")
	}
	all, err := d.List(t.Context())
	must(t, err)
	if len(all) != 1 || !all[0].Closed || all[0].Seen != nil {
		t.Fatalf("the list shows %+v", all)
	}
	must(t, d.SyncOnce(t.Context()))
	if got := o.read(id, "idn_given_km"); got != "ចន្ធី;" {
		t.Fatalf("the office reads %q of what the tablet let go", got)
	}
}

func TestACaseDeviceKeepsWhatItClosed(t *testing.T) {
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.CaseDevice, person: dara, name: "PTC-2"})
	id := begin(t, d, "idn_given_km", "ចន្ធី")
	closeInterview(t, d, id)
	if got := read(t, d, id, "idn_given_km"); got != "=ចន្ធី" {
		t.Fatalf("after closing it reads %q", got)
	}
}

func wrapOf(t *testing.T, d *device.Device, id syncengine.RecordID) (wrap []byte) {
	t.Helper()
	must(t, d.Store.View(t.Context(), func(tx syncengine.Tx) (err error) {
		wrap, err = tx.Get(vault.BucketRecordKeys, id[:])
		return err
	}))
	return wrap
}

func found(t *testing.T, dir string, secret []byte) bool {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	for _, entry := range entries {
		raw, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		must(t, err)
		if bytes.Contains(raw, secret) {
			return true
		}
	}
	return false
}

func TestNoPageOfACaptureTabletShowsWhatItClosed(t *testing.T) {
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1"})
	id := begin(t, d, "idn_given_km", "ចន្ធី")
	closeInterview(t, d, id)
	must(t, d.SyncOnce(t.Context()))
	b := browse(t, d)
	for _, path := range []string{"", "/page/idn-1", "/read-back", "/result", "/view", "/refer", "/refer/choose", "/handover", "/withdraw", "/next", "/back", "/add", "/alone", "/earlier", "/pause", "/left", "/close", "/long", "/private-room", "/save"} {
		for _, body := range []map[string]any{nil, {"page": "idn-1", "basis": "", "answers": map[string]any{}}, {"page": "idn-1", "basis": "", "answers": map[string]any{"idn_given_km": map[string]any{"value": "x"}}}} {
			code, text := b.post("/record/"+id.String()+path, body)
			if strings.Contains(text, "ចន្ធី") {
				t.Errorf("%s shows the name", path)
			}
			if code == 500 {
				t.Errorf("%s answers 500: %s", path, notice(text))
			}
		}
	}
	if opened := thief(t, d, id); opened != 0 {
		t.Fatalf("%d sealed things of the closed interview open again", opened)
	}
}
