package night

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/rs/zerolog"

	"raksa/casefile"
	"raksa/device"
	"raksa/screening"
	"raksa/server"
	"raksa/syncengine"
	"raksa/syncengine/sqlstore"
	"raksa/vault"
)

// Secret opens every made-up account. Real ones are drawn, never chosen.
const Secret = "2468 1357 9024"

// Options of a night.
type Options struct {
	Dir      string // an empty folder for the databases
	DB       string // the office's, a postgres:// URL; a file in Dir when empty
	Forms    casefile.Forms
	Seed     uint64
	Log      zerolog.Logger
	Progress func(text string)
	// SecretCost makes tests cheap; the zero value is the production floor.
	SecretCost vault.Params
	// Workbook opens Excel files for the desk; nil takes CSV only.
	Workbook casefile.Workbook
}

// Night is a running office with its devices.
type Night struct {
	Options
	Office    *server.Office
	Listening *server.Listening
	PTC1      *device.Device // capture
	PTC2      *device.Device // case
	KTC1      *device.Device // case
	Partner   *device.Device
	Staff     []casefile.Staff
	Shelter   syncengine.RecordID // the partner organisation

	link     *link
	alone    alone
	names    map[*device.Device]string
	store    sqlstore.Database
	keys     *vault.Office
	people   map[string]syncengine.PersonID
	expected Expected
}

// staff of the night. All names are invented.
var staff = []casefile.Staff{
	{Name: "ចាន់ សុវណ្ណារី (Supervisor)", Role: screening.Supervisor, Agency: screening.SocialAffairs},
	{Name: "អ៊ុក រតនៈ (Supervisor 2)", Role: screening.Supervisor, Agency: screening.SocialAffairs},
	{Name: "ហេង វណ្ណៈ (PTC)", Role: screening.Interviewer, Agency: screening.SocialAffairs, Center: "PTC"},
	{Name: "លី សុជាតិ (PTC case office)", Role: screening.Interviewer, Agency: screening.SocialAffairs, Center: "PTC"},
	{Name: "ទេព ចិន្តា (KTC)", Role: screening.Interviewer, Agency: screening.SocialAffairs, Center: "KTC"},
	{Name: "យឹម ម៉ាលី (Shelter)", Role: screening.Partner, Agency: screening.NGO},
	{Name: "ផាន់ ឧត្តម (Auditor)", Role: screening.Auditor, Agency: screening.SocialAffairs},
}

// Who is who in staff.
const (
	supervisor = iota
	secondSupervisor
	hallOfficer
	caseOfficer
	ktcOfficer
	shelterWorker
	auditor
)

// Start brings up empty hosts: the office and four devices, enrolled by tickets
// over the real listener, everybody signed in.
func Start(ctx context.Context, o Options) (n *Night, err error) {
	n = &Night{Options: o, people: map[string]syncengine.PersonID{}, names: map[*device.Device]string{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.Close())
		}
	}()
	if n.link, err = newLink(); err != nil {
		return n, err
	}
	if n.DB == "" {
		n.DB = filepath.Join(o.Dir, "office.db")
	}
	store, err := sqlstore.OpenAt(ctx, n.DB)
	if err != nil {
		return n, err
	}
	n.store = store
	if n.keys, err = vault.NewOffice(rand.Reader); err != nil {
		return n, err
	}
	n.Office, err = server.Open(ctx, server.Config{
		Store: n.store, Keys: n.keys, Forms: o.Forms, Now: time.Now, Random: rand.Reader, Log: o.Log, SecretCost: o.SecretCost, Workbook: o.Workbook,
	})
	if err != nil {
		return n, err
	}
	if n.Listening, err = n.Office.Listen(ctx, server.Addresses{Sync: "127.0.0.1:0", Desk: "127.0.0.1:0", Public: n.link.address()}); err != nil {
		return n, err
	}
	n.link.to(n.Listening.SyncAddr)
	n.say("the office listens; entering staff and a partner")
	if err := n.enterStaff(ctx); err != nil {
		return n, err
	}
	for _, d := range []struct {
		into    **device.Device
		name    string
		profile screening.Profile
		center  string
		person  int
	}{
		{&n.PTC1, "PTC-1", screening.Capture, "PTC", hallOfficer},
		{&n.PTC2, "PTC-2", screening.CaseDevice, "PTC", caseOfficer},
		{&n.KTC1, "KTC-1", screening.CaseDevice, "KTC", ktcOfficer},
		{&n.Partner, "NGO-1", screening.PartnerDevice, "", shelterWorker},
	} {
		n.say("enrolling " + d.name)
		order := server.TicketOrder{Name: d.name, Profile: d.profile, Center: d.center, Person: n.Staff[d.person].ID}
		if d.profile == screening.PartnerDevice {
			order.Organisation = n.Shelter.String()
		}
		if *d.into, err = n.enroll(ctx, order); err != nil {
			return n, fmt.Errorf("enroll %s: %w", d.name, err)
		}
	}
	return n, nil
}

func (n *Night) say(text string) {
	if n.Progress != nil {
		n.Progress(text)
	}
}

// enterStaff fills the directory. Only supervisors and the auditor get a secret
// for the desk.
func (n *Night) enterStaff(ctx context.Context) error {
	return n.store.Update(ctx, func(tx syncengine.Tx) (err error) {
		n.Shelter, err = n.Office.AddOrganisation(tx, casefile.Organisation{
			Name: "ផ្ទះសុវត្ថិភាព (Safe House, made up)", Agency: screening.NGO, Place: "បាត់ដំបង",
			Services: []string{"shelter", "health", "legal", "psychosocial"},
		}, syncengine.PersonID{})
		if err != nil {
			return err
		}
		for _, s := range staff {
			var secret []byte
			switch s.Role {
			case screening.Supervisor, screening.Auditor:
				secret = []byte(Secret)
			case screening.Partner:
				s.Organisation = n.Shelter.String()
			}
			if s.ID, err = n.Office.AddStaff(tx, s, secret, syncengine.PersonID{}); err != nil {
				return err
			}
			n.Staff = append(n.Staff, s)
		}
		return nil
	})
}

func (n *Night) enroll(ctx context.Context, order server.TicketOrder) (*device.Device, error) {
	dir := filepath.Join(n.Dir, order.Name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	d, err := device.Open(ctx, device.Config{
		Dir: dir, Now: time.Now, Random: rand.Reader, Log: n.Log, Forms: n.Forms, SecretCost: n.SecretCost,
		Connect: func(a device.Access) device.Office { return device.OverTLS(a, n.alone.dial(order.Name)) },
	})
	if err != nil {
		return nil, err
	}
	n.names[d] = order.Name
	var ticket string
	err = n.store.Update(ctx, func(tx syncengine.Tx) (err error) {
		ticket, err = n.Office.IssueTicket(tx, order, n.Staff[supervisor].ID)
		return err
	})
	if err != nil {
		return d, err
	}
	if err := d.Enroll(ctx, ticket, []byte(Secret)); err != nil {
		return d, err
	}
	if err := d.SignIn(ctx, order.Person, []byte(Secret)); err != nil {
		return d, err
	}
	return d, d.SyncOnce(ctx)
}

// devices lists what is up.
func (n *Night) devices() []*device.Device {
	var up []*device.Device
	for _, d := range []*device.Device{n.PTC1, n.PTC2, n.KTC1, n.Partner} {
		if d != nil {
			up = append(up, d)
		}
	}
	return up
}

// syncAll lets every device meet the office until nothing is new for any.
func (n *Night) syncAll(ctx context.Context) error {
	for range 3 { // news of one device reach the others in the next round
		for _, d := range n.devices() {
			if n.alone.is(n.names[d]) {
				continue
			}
			if err := d.SyncOnce(ctx); err != nil {
				return err
			}
		}
		if err := n.Office.CatchUp(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Meet lets every device exchange with the office now.
func (n *Night) Meet(ctx context.Context) error { return n.syncAll(ctx) }

// Close stops everything and waits for it.
func (n *Night) Close() error {
	var failed error
	for _, d := range n.devices() {
		failed = errors.Join(failed, d.Close())
	}
	if n.Listening != nil {
		failed = errors.Join(failed, n.Listening.Stop())
	}
	if n.link != nil {
		n.link.close()
	}
	if n.store != nil {
		failed = errors.Join(failed, n.store.Close())
	}
	if n.keys != nil {
		n.keys.Close()
	}
	return failed
}

// SaveKey writes the office's key under a passphrase, for a night that another
// program goes on with. The work of guessing it is small: it protects nothing.
func (n *Night) SaveKey(w io.Writer, passphrase string) error { return n.keys.Save(w, passphrase, 1) }
