package load

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"raksa/casefile"
	"raksa/device"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/server"
	"raksa/syncengine"
	"raksa/syncengine/sqlstore"
	"raksa/vault"
)

const secret = "2468 1357 9024"

// cheap makes a guess at a secret cheap: nobody guesses here, and 200 tablets
// have to be signed in.
var cheap = vault.Params{Passes: 1, MemoryKiB: 64, Threads: 1}

func forms(version string) *form.Definition {
	if def := form.Builtin(); def.Version() == version {
		return def
	}
	return nil
}

// A field is an office that listens, with the tablets that were enrolled.
type field struct {
	t         testing.TB
	dir       string
	office    *server.Office
	store     *sqlstore.Store
	keys      *vault.Office
	listening *server.Listening
	officer   syncengine.PersonID
	tablets   map[string]*device.Device
}

// newField brings up an empty office in a folder of its own.
func newField(t testing.TB) *field {
	t.Helper()
	server.UseMemory() // as raksa serve does
	keys, err := vault.NewOffice(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(keys.Close)
	f := &field{t: t, dir: t.TempDir(), keys: keys, tablets: map[string]*device.Device{}}
	f.open("127.0.0.1:0")
	t.Cleanup(f.close)
	f.check(f.store.Update(t.Context(), func(tx syncengine.Tx) (err error) {
		f.officer, err = f.office.AddStaff(tx, casefile.Staff{
			Name: "Load (made up)", Role: screening.Interviewer, Agency: screening.SocialAffairs, Center: "PTC",
		}, nil, syncengine.PersonID{})
		return err
	}))
	return f
}

func (f *field) check(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// open starts the office on whatever lies in the folder.
func (f *field) open(address string) {
	f.t.Helper()
	ctx := context.Background()
	var err error
	f.store, err = sqlstore.Open(filepath.Join(f.dir, "office.db"))
	f.check(err)
	f.office, err = server.Open(ctx, server.Config{
		Store: f.store, Keys: f.keys, Forms: forms, Now: time.Now, Random: rand.Reader, Log: zerolog.Nop(), SecretCost: cheap,
	})
	f.check(err)
	f.listening, err = f.office.Listen(ctx, server.Addresses{Sync: address, Desk: "127.0.0.1:0"})
	f.check(err)
}

// close stops the tablets and the office; their files stay.
func (f *field) close() {
	var failed error
	for name, tablet := range f.tablets {
		failed = errors.Join(failed, tablet.Close())
		delete(f.tablets, name)
	}
	if f.listening != nil {
		failed = errors.Join(failed, f.listening.Stop(), f.store.Close())
		f.listening = nil
	}
	f.check(failed)
}

// startFrom puts the files of a folder that keep has made in the place of what
// is here and starts again: every round of a benchmark meets the same disk.
func (f *field) startFrom(kept string) {
	f.t.Helper()
	address := f.listening.SyncAddr
	f.close()
	f.check(os.RemoveAll(f.dir))
	f.check(os.CopyFS(f.dir, os.DirFS(kept)))
	f.open(address)
}

// keep stops everything and copies the files aside, then starts again.
func (f *field) keep() (kept string) {
	f.t.Helper()
	address := f.listening.SyncAddr
	f.close()
	kept = filepath.Join(f.t.TempDir(), "kept")
	f.check(os.CopyFS(kept, os.DirFS(f.dir)))
	f.open(address)
	return kept
}

// start opens a tablet's database, enrolled or not.
func (f *field) start(name string) *device.Device {
	f.t.Helper()
	dir := filepath.Join(f.dir, name)
	f.check(os.MkdirAll(dir, 0o700))
	d, err := device.Open(f.t.Context(), device.Config{
		Dir: dir, Now: time.Now, Random: rand.Reader, Log: zerolog.Nop(), Forms: forms, SecretCost: cheap,
	})
	f.check(err)
	f.tablets[name] = d
	return d
}

// enroll makes a new tablet of the center, signed in.
func (f *field) enroll(name string, profile screening.Profile) *device.Device {
	f.t.Helper()
	d := f.start(name)
	var ticket string
	f.check(f.store.Update(f.t.Context(), func(tx syncengine.Tx) (err error) {
		ticket, err = f.office.IssueTicket(tx, server.TicketOrder{
			Name: name, Profile: profile, Center: "PTC", Person: f.officer,
		}, syncengine.PersonID{})
		return err
	}))
	f.check(d.Enroll(f.t.Context(), ticket, []byte(secret)))
	f.signIn(d)
	f.sync(d)
	return d
}

func (f *field) signIn(d *device.Device) {
	f.t.Helper()
	f.check(d.SignIn(f.t.Context(), f.officer, []byte(secret)))
}

func (f *field) sync(d *device.Device) {
	f.t.Helper()
	f.check(d.SyncOnce(f.t.Context()))
}

// fill saves made-up records on a tablet, each in a change and a commit of its own.
func (f *field) fill(d *device.Device, b *book, records int) {
	f.t.Helper()
	for range records {
		_, err := d.NewInterview(f.t.Context(), opening(b))
		f.check(err)
	}
}

// admitted fails unless the office has folded so many interviews and holds none back.
func (f *field) admitted(records int) {
	f.t.Helper()
	f.check(f.office.CatchUp(f.t.Context()))
	var interviews, held, folded int
	f.check(f.store.View(f.t.Context(), func(tx syncengine.Tx) error {
		if err := syncengine.Records(tx, func(_ syncengine.RecordID, kind syncengine.Kind) error {
			if kind == casefile.KindInterview {
				interviews++
			}
			return nil
		}); err != nil {
			return err
		}
		if err := tx.Scan("case", nil, func(_, _ []byte) error { folded++; return nil }); err != nil {
			return err
		}
		return syncengine.Quarantined(tx, func(syncengine.ChangeID, syncengine.QuarantineState) error { held++; return nil })
	}))
	if interviews != records || folded != records || held != 0 {
		f.t.Fatalf("the office has %d interviews, %d on its list, and holds %d back; %d were sent", interviews, folded, held, records)
	}
}

func opening(b *book) device.Opening {
	return device.Opening{Kind: form.Long, Answers: b.record()}
}
