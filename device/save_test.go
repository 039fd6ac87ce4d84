package device_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"raksa/casefile"
	"raksa/device"
	"raksa/screening"
	"raksa/syncengine"
	"raksa/syncengine/sqlstore"
)

func answers(pairs ...string) map[string]screening.Answer {
	m := map[string]screening.Answer{}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i] == "idn_given_km" || pairs[i] == "idn_family_km" || pairs[i] == "wrk_employer" {
			m[pairs[i]] = screening.Of(screening.TextOf(pairs[i+1]))
			continue
		}
		m[pairs[i]] = screening.Of(screening.Code(pairs[i+1]))
	}
	return m
}

func begin(t *testing.T, d *device.Device, pairs ...string) syncengine.RecordID {
	t.Helper()
	id, err := d.NewInterview(t.Context(), device.Opening{})
	must(t, err)
	save(t, d, id, pairs...)
	return id
}

// save types answers on a page that shows what stands now.
func save(t *testing.T, d *device.Device, id syncengine.RecordID, pairs ...string) {
	t.Helper()
	typed := answers(pairs...)
	var fields []string
	for field := range typed {
		fields = append(fields, field)
	}
	seen, err := d.Record(t.Context(), id)
	must(t, err)
	_, err = d.SaveAnswers(t.Context(), id, device.Edit{Basis: casefile.BasisOf(seen.Record, fields...), Answers: typed})
	must(t, err)
}

func read(t *testing.T, d *device.Device, id syncengine.RecordID, item string) string {
	t.Helper()
	seen, err := d.Record(t.Context(), id)
	must(t, err)
	return seen.Answers[item].Canonical()
}

func TestWhatWasKeptIsThereAfterAKill(t *testing.T) {
	o, dir := newOffice(t, newClock()), t.TempDir()
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1", dir: dir})
	id := begin(t, d, "idn_given_km", "ចន្ធី", "idn_sex", "female")
	// No Close: the process is gone, and its file stays as it is.
	again := o.open(options{dir: dir})
	must(t, again.SignIn(t.Context(), dara, []byte(secret)))
	if got := read(t, again, id, "idn_given_km"); got != "=ចន្ធី" {
		t.Fatalf("after the kill the answer reads %q", got)
	}
}

func TestTwoPeopleShareOneVault(t *testing.T) {
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1"})
	id := begin(t, d, "idn_sex", "female")
	must(t, d.AddPerson(t.Context(), bopha, []byte("another secret")))
	if err := d.AddPerson(t.Context(), police, []byte("another secret")); !errors.Is(err, device.ErrNotAllowed) {
		t.Fatalf("somebody of another center was let in: %v", err)
	}
	d.Lock()
	if _, err := d.Record(t.Context(), id); !errors.Is(err, device.ErrLocked) {
		t.Fatalf("a locked device answers %v", err)
	}
	must(t, d.SignIn(t.Context(), bopha, []byte("another secret")))
	if got := read(t, d, id, "idn_sex"); got != "=female" {
		t.Fatalf("the colleague reads %q", got)
	}
	save(t, d, id, "idn_sex", "male")
	if got := read(t, d, id, "idn_sex"); got != "=male" {
		t.Fatalf("the colleague continues and reads %q", got)
	}
}

func TestAPageNeverReplacesWhatItDidNotShow(t *testing.T) {
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1"})
	id := begin(t, d, "idn_sex", "female")
	// A second page of the same interview was opened before that save.
	_, err := d.SaveAnswers(t.Context(), id, device.Edit{Answers: answers("idn_sex", "male")})
	must(t, err)
	seen, err := d.Record(t.Context(), id)
	must(t, err)
	if versions := seen.Versions("idn_sex"); len(versions) != 2 {
		t.Fatalf("%d versions stand, want both", len(versions))
	}
}

func TestTheBasisOfASaveIsWhatThePageHadAndWhatItWrote(t *testing.T) {
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1"})
	id := begin(t, d)
	first, err := d.SaveAnswers(t.Context(), id, device.Edit{Answers: answers("idn_sex", "female")})
	must(t, err)
	second, err := d.SaveAnswers(t.Context(), id, device.Edit{Basis: first.Basis, Answers: answers("idn_sex", "male")})
	must(t, err)
	_, err = d.SaveAnswers(t.Context(), id, device.Edit{Basis: second.Basis, Answers: answers("idn_sex", "other")})
	must(t, err)
	if got := read(t, d, id, "idn_sex"); got != "=other" {
		t.Fatalf("three saves of one page read %q", got)
	}
	seen, _ := d.Record(t.Context(), id)
	if versions := seen.Versions("idn_sex"); len(versions) != 1 {
		t.Fatalf("%d versions stand after one page's own saves, want 1", len(versions))
	}
}

func TestAnAnswerThatDoesNotFitIsRefused(t *testing.T) {
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1"})
	id := begin(t, d)
	for name, typed := range map[string]map[string]screening.Answer{
		"an unknown item":     answers("no_such_item", "yes"),
		"a code off the list": answers("idn_sex", "yes"),
		"another kind":        {"idn_sex": screening.Of(screening.Int(3))},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := d.SaveAnswers(t.Context(), id, device.Edit{Answers: typed})
			if device.Code(err) != "answer_shape" {
				t.Fatalf("got %v", err)
			}
		})
	}
}

// fullDisk is a store whose transactions fail at the end, or at the n-th write.
type fullDisk struct {
	syncengine.Store
	full  bool
	after int // writes that still succeed inside a transaction
}

func (f *fullDisk) Update(ctx context.Context, fn func(syncengine.Tx) error) error {
	return f.Store.Update(ctx, func(tx syncengine.Tx) error {
		if !f.full {
			return fn(tx)
		}
		left := f.after
		return fn(&fullTx{Tx: tx, left: &left})
	})
}

type fullTx struct {
	syncengine.Tx
	left *int
}

func (f *fullTx) spend() error {
	if *f.left--; *f.left < 0 {
		return fmt.Errorf("write: %w", syscall.ENOSPC)
	}
	return nil
}

func (f *fullTx) Put(bucket string, key, value []byte) error {
	if err := f.spend(); err != nil {
		return err
	}
	return f.Tx.Put(bucket, key, value)
}

func (f *fullTx) Append(c *syncengine.Change) (bool, error) {
	if err := f.spend(); err != nil {
		return false, err
	}
	return f.Tx.Append(c)
}

func fileStore(t *testing.T) *sqlstore.Store {
	t.Helper()
	store, err := sqlstore.Open(filepath.Join(t.TempDir(), "x.db"))
	must(t, err)
	t.Cleanup(func() { store.Close() })
	return store
}

func TestAFullDiskSaysSoAndKeepsNothingHalf(t *testing.T) {
	o := newOffice(t, newClock())
	disk := &fullDisk{Store: fileStore(t)}
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1", store: disk})
	id := begin(t, d, "idn_sex", "female")
	failed := 0
	for disk.after = 0; ; disk.after++ {
		before, err := d.Status(t.Context())
		must(t, err)
		disk.full = true
		_, saving := d.SaveAnswers(t.Context(), id, device.Edit{Answers: answers("tri_distress", "calm", "idn_given_km", "ចន្ធី", "rec_act", "yes")})
		_, opening := d.NewInterview(t.Context(), device.Opening{})
		disk.full = false
		if saving == nil && opening == nil {
			break
		}
		failed++
		if saving != nil {
			if device.Code(saving) != "disk_full" {
				t.Fatalf("after %d writes: code %q of %v", disk.after, device.Code(saving), saving)
			}
			if read(t, d, id, "idn_given_km") != "" {
				t.Fatalf("after %d writes: half of a failed save is there", disk.after)
			}
		}
		after, err := d.Status(t.Context())
		must(t, err)
		if saving != nil && opening != nil && after.Waiting != before.Waiting {
			t.Fatalf("after %d writes: a failed save waits for the office", disk.after)
		}
	}
	if failed < 5 {
		t.Fatalf("only %d places failed: the test does not reach into the transaction", failed)
	}
	must(t, d.SyncOnce(t.Context()))
	if st, _ := d.Status(t.Context()); st.Waiting != 0 {
		t.Fatalf("%d wait after the disk has room again", st.Waiting)
	}
}

// The script saves at every pause in the typing; a basis that grew with each
// would no longer fit a post after some hundred.
func TestALongStoryTypedOnOnePageStaysSavable(t *testing.T) {
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1"})
	id := begin(t, d)
	basis := casefile.Basis{}
	for i := range 40 {
		kept, err := d.SaveAnswers(t.Context(), id, device.Edit{Basis: basis, Answers: answers("idn_given_km", strings.Repeat("ក", i+1))})
		must(t, err)
		basis = kept.Basis
	}
	if n := len(basis["idn_given_km"]); n != 1 {
		t.Fatalf("after forty saves of one page its basis names %d versions, want the last", n)
	}
}
