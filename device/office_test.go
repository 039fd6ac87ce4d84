package device_test

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"raksa/casefile"
	"raksa/device"
	enrollv1 "raksa/gen/raksa/enroll/v1"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/syncengine"
	"raksa/syncengine/memstore"
	"raksa/syncengine/sqlstore"
	"raksa/vault"
	"raksa/vault/enginekeys"
)

// cheap makes guessing cost nothing: these secrets protect nobody.
var cheap = vault.Params{Passes: 1, MemoryKiB: 64, Threads: 1}

// clock is the time that the tests set: what the wall clock says, and how much
// has passed.
type clock struct {
	mu     sync.Mutex
	at     time.Time
	passed time.Duration
}

func newClock() *clock { return &clock{at: time.Date(2026, 11, 23, 21, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.pass(time.Millisecond)
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) uptime() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.passed
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at, c.passed = c.at.Add(d), c.passed+d
}

// jump sets the wall clock; no time passes.
func (c *clock) jump(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// office is the other side in a few lines: it merges with the true engine and
// keeps true keys, but has no rules of its own about who may write what.
type office struct {
	t       *testing.T
	clock   *clock
	store   syncengine.Store
	keys    *vault.Office
	ring    vault.Keyring
	engine  *syncengine.Engine
	random  *dice
	devices map[syncengine.RecordID]*guest
	nodes   map[syncengine.NodeID]vault.Ratchet
	down    atomic.Bool
	loseOne atomic.Bool       // the next answer is lost on its way
	lost    []syncengine.Loss // what devices said that they have lost
	calls   atomic.Int64
	forge   func(*syncengine.Answer) // after signing
	renewal []byte                   // the certificate that the next answers bring
	reached device.Access            // what the last connection was made with
}

// dice is a seeded source that the loop and the pages may share, as they share
// the true one.
type dice struct {
	mu     sync.Mutex
	source *rand.ChaCha8
}

func (d *dice) Read(into []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.source.Read(into)
}

type guest struct {
	profile   screening.Profile
	signs     ed25519.PublicKey
	seed      vault.DeliverySeed
	sealed    []byte
	delivered map[syncengine.RecordID]bool
}

const center = "PTC"

func newOffice(t *testing.T, c *clock) *office {
	t.Helper()
	random := &dice{source: rand.NewChaCha8([32]byte{1})}
	keys, err := vault.NewOffice(random)
	must(t, err)
	o := &office{
		t: t, clock: c, store: &memstore.Store{}, keys: keys, random: random,
		devices: map[syncengine.RecordID]*guest{}, nodes: map[syncengine.NodeID]vault.Ratchet{},
	}
	o.ring = vault.NewKeyring(keys.Wrapper, random)
	o.engine = &syncengine.Engine{Keys: enginekeys.Keys{Ring: o.ring, Random: random}, Codec: casefile.Codec(builtin)}
	o.update(func(tx syncengine.Tx) error { return syncengine.BecomeNode(tx, syncengine.NodeID{0xff}) })
	for _, s := range []casefile.Staff{
		{ID: dara, Name: "Dara (made up)", Role: screening.Interviewer, Agency: screening.SocialAffairs, Center: center},
		{ID: bopha, Name: "Bopha (made up)", Role: screening.Interviewer, Agency: screening.SocialAffairs, Center: center},
		{ID: police, Name: "Vuthy (made up)", Role: screening.Interviewer, Agency: screening.JudicialPolice, Center: "KTC"},
		{ID: nun, Name: "Nun (made up)", Role: screening.Partner, Agency: screening.NGO, Organisation: shelter.String()},
	} {
		o.entry(casefile.KindStaff, syncengine.RecordID(s.ID), s)
	}
	o.entry(casefile.KindOrganisation, shelter, casefile.Organisation{
		Name: "A shelter (made up)", Agency: screening.NGO, Place: "Poipet", Services: []string{"shelter"},
	})
	return o
}

// People and an organisation, made up.
var (
	dara    = syncengine.PersonID{1}
	bopha   = syncengine.PersonID{2}
	police  = syncengine.PersonID{3}
	nun     = syncengine.PersonID{4}
	shelter = syncengine.RecordID{0xaa}
)

func builtin(version string) *form.Definition {
	if version == form.Builtin().Version() {
		return form.Builtin()
	}
	return nil
}

func (o *office) update(fn func(syncengine.Tx) error) {
	o.t.Helper()
	must(o.t, o.store.Update(context.Background(), fn))
}

func (o *office) entry(kind syncengine.Kind, id syncengine.RecordID, entry any) {
	o.t.Helper()
	draft, err := casefile.Entry(kind, id, syncengine.PersonID{}, nil, entry)
	must(o.t, err)
	o.save(draft, "directory")
}

// save writes a change of the office's own into a stream.
func (o *office) save(draft syncengine.Draft, stream string) {
	o.t.Helper()
	o.update(func(tx syncengine.Tx) error {
		c, err := o.engine.Save(tx, draft, syncengine.Moment{WallMillis: o.clock.now().UnixMilli(), Random: o.random})
		if err != nil {
			return err
		}
		_, err = syncengine.AppendStream(tx, stream, c.ID())
		return err
	})
}

// order writes a control change.
func (o *office) order(record syncengine.RecordID, order syncengine.Control) {
	o.t.Helper()
	o.save(syncengine.Draft{Record: record, Kind: syncengine.KindControl, Writes: order.Writes()}, "control")
}

// newKey makes and keeps the key of a record of the office's own.
func (o *office) newKey(tx syncengine.Tx, id syncengine.RecordID) ([]byte, error) {
	key, err := vault.NewRecordKey(o.random)
	if err != nil {
		return nil, err
	}
	commit := vault.Commitment(key)
	return commit[:], o.ring.PutRecordKey(tx, id, key)
}

// route puts every record of a kind into one more stream.
func (o *office) route(kind syncengine.Kind, stream string) {
	o.t.Helper()
	o.update(func(tx syncengine.Tx) error {
		return syncengine.Records(tx, func(id syncengine.RecordID, k syncengine.Kind) error {
			if k != kind {
				return nil
			}
			changes, err := tx.Record(id)
			for _, c := range changes {
				if _, err := syncengine.AppendStream(tx, stream, c.ID()); err != nil {
					return err
				}
			}
			return err
		})
	})
}

// ticket gives a ticket for a person; ids name the profile.
func (o *office) ticket(profile screening.Profile, person syncengine.PersonID, name string) string {
	t := casefile.Ticket{
		Office: "https://office.invalid", ID: string(profile) + " " + name, Secret: make([]byte, 16), Person: person,
		Name: name, Role: screening.Interviewer, Agency: screening.SocialAffairs,
	}
	if profile == screening.PartnerDevice {
		t.Role, t.Agency = screening.Partner, screening.NGO
	}
	return t.String()
}

// door is the office as one device reaches it.
type door struct {
	*office
	id syncengine.RecordID
}

func (d *door) Enroll(_ context.Context, r *enrollv1.EnrollRequest) (*enrollv1.EnrollResponse, error) {
	o := d.office
	if o.down.Load() {
		return nil, device.ErrUnreachable
	}
	var profile, name string
	for at, letter := range r.Ticket {
		if letter == ' ' {
			profile, name = r.Ticket[:at], r.Ticket[at+1:]
			break
		}
	}
	csr, err := x509.ParseCertificateRequest(r.Csr)
	must(o.t, err)
	d.id = syncengine.RecordID{byte(len(o.devices) + 1), 0xdd}
	g := &guest{profile: screening.Profile(profile), signs: csr.PublicKey.(ed25519.PublicKey), delivered: map[syncengine.RecordID]bool{}}
	g.seed, err = vault.NewDeliverySeed(o.random)
	must(o.t, err)
	g.sealed, err = g.seed.Seal(r.ReceivingKey, d.id, 1)
	must(o.t, err)
	o.devices[d.id] = g
	answer := &enrollv1.EnrollResponse{
		Device: d.id[:], Name: name, Profile: profile, Center: center, DeliverySeed: g.sealed,
		OfficeSigningKey: o.keys.SigningPublic(), OfficeReceivingKey: o.keys.ReceivingPublic(),
	}
	if g.profile == screening.PartnerDevice {
		answer.Center, answer.Organisation = "", shelter[:]
	}
	return answer, nil
}

func (d *door) Exchange(ctx context.Context, r *syncengine.Request) (answer *syncengine.Answer, err error) {
	o := d.office
	o.calls.Add(1)
	if o.down.Load() {
		return nil, device.ErrUnreachable
	}
	g := o.devices[d.id]
	o.lost = append(o.lost, r.LostSaves...)
	answer = &syncengine.Answer{OfficeMillis: o.clock.now().UnixMilli(), Certificate: o.renewal}
	err = o.store.Update(ctx, func(tx syncengine.Tx) error { return o.exchange(tx, d.id, g, r, answer) })
	if err != nil {
		return nil, err
	}
	if answer.Signature, err = o.keys.Sign(answer.Digest(r.Node)); err != nil {
		return nil, err
	}
	if o.forge != nil {
		o.forge(answer)
	}
	if o.loseOne.Swap(false) {
		return nil, device.ErrUnreachable
	}
	return answer, nil
}

// Snapshot is never offered here; first syncs are tested against the true office.
func (d *door) Snapshot(_ context.Context, r *syncengine.SnapshotRequest) (*syncengine.SnapshotPage, error) {
	page := &syncengine.SnapshotPage{Refused: syncengine.SnapshotUnknown}
	var err error
	page.Signature, err = d.office.keys.Sign(page.Digest(r))
	return page, err
}

func (o *office) exchange(tx syncengine.Tx, id syncengine.RecordID, g *guest, r *syncengine.Request, answer *syncengine.Answer) (err error) {
	if len(r.RatchetSeed) > 0 {
		if o.nodes[r.Node], err = o.keys.OpenSeed(r.Node, r.RatchetSeed); err != nil {
			return err
		}
	}
	_, answer.RatchetKnown = o.nodes[r.Node]
	if r.Page == nil {
		answer.Receipt, err = syncengine.Confirm(tx, r.Node, r.Claim)
	} else {
		err = o.takePage(tx, g, r, answer)
	}
	if err != nil {
		return err
	}
	streams := map[screening.Profile][]string{
		screening.Capture:       {"control", "directory", "groups/" + center},
		screening.CaseDevice:    {"control", "directory", "groups/" + center, "center/" + center},
		screening.PartnerDevice: {"control", "directory", "partner/" + shelter.String()},
	}[g.profile]
	for _, stream := range streams {
		var at []syncengine.Position
		for _, p := range r.Positions {
			if p.Stream == stream {
				at = append(at, p)
			}
		}
		news, err := syncengine.Serve(tx, stream, at, max(r.WantBytes, 1), func(*syncengine.Change, syncengine.Class) bool { return true })
		if err != nil {
			return err
		}
		answer.News = append(answer.News, news)
		for _, entry := range news.Entries {
			if err := o.giveKey(tx, id, g, entry.Change, answer); err != nil {
				return err
			}
		}
	}
	return nil
}

func (o *office) takePage(tx syncengine.Tx, g *guest, r *syncengine.Request, answer *syncengine.Answer) (err error) {
	if vault.VerifyPage(g.signs, r.Page.Digest(), r.Page.Signature) != nil {
		return &syncengine.Refused{Code: syncengine.RefusedSignature}
	}
	for _, wrap := range r.Page.Wraps {
		key, err := o.nodes[r.Node].OpenWrap(wrap.Step, wrap.Record, wrap.Sealed)
		if err != nil {
			return err
		}
		if err := o.ring.PutRecordKey(tx, wrap.Record, key); err != nil {
			return err
		}
	}
	if answer.Receipt, err = o.engine.Receive(tx, r.Page, o.clock.now().UnixMilli()); err != nil {
		return err
	}
	for _, c := range answer.Receipt.New {
		stream := "center/" + center
		switch {
		case c.Kind == casefile.KindGroup:
			stream = "groups/" + center
		case g.profile == screening.PartnerDevice:
			stream = "partner/" + shelter.String()
		}
		if _, err := syncengine.AppendStream(tx, stream, c.ID()); err != nil {
			return err
		}
	}
	return nil
}

func (o *office) giveKey(tx syncengine.Tx, id syncengine.RecordID, g *guest, c *syncengine.Change, answer *syncengine.Answer) error {
	whole, err := o.ring.RecordKey(tx, c.Record)
	if err != nil || g.delivered[c.Record] {
		return nil // a directory entry, or erased
	}
	keys := vault.ClassKeys{}
	for _, class := range casefile.Classes() {
		if casefile.Deliverable(g.profile, c.Kind, class) {
			keys[byte(class)] = whole.Class(byte(class))
		}
	}
	if len(keys) == 0 {
		return nil
	}
	g.delivered[c.Record] = true
	sealed, err := g.seed.WrapClasses(o.random, c.Record, id, keys)
	answer.Keys = append(answer.Keys, syncengine.Delivery{Record: c.Record, Sealed: sealed})
	return err
}

// options of a device under test.
type options struct {
	profile screening.Profile
	person  syncengine.PersonID
	name    string
	store   syncengine.Store // nil: memory, or a file in dir
	dir     string
	witness string           // file; "" is none
	clock   *clock           // nil: the office's
	form    *form.Definition // nil: the built-in one
}

const secret = "four words made up"

// enroll makes a device and lets it in.
func (o *office) enroll(opt options) *device.Device {
	o.t.Helper()
	d := o.open(opt)
	must(o.t, d.Enroll(o.t.Context(), o.ticket(opt.profile, opt.person, opt.name), []byte(secret)))
	return d
}

// open opens a device over its file or store.
func (o *office) open(opt options) *device.Device {
	o.t.Helper()
	if opt.dir == "" && opt.store == nil {
		opt.store = &memstore.Store{} // the file is for tests that kill, search or fill it
	}
	if opt.store == nil {
		store, err := sqlstore.Open(filepath.Join(opt.dir, "raksa.db"))
		must(o.t, err)
		o.t.Cleanup(func() { store.Close() })
		opt.store = store
	}
	own := o.clock
	if opt.clock != nil {
		own = opt.clock
	}
	gate := &door{office: o}
	d, err := device.Open(o.t.Context(), device.Config{
		Form: opt.form, Dir: opt.dir, Now: own.now, Uptime: own.uptime, Random: o.random, Log: zerolog.Nop(), SecretCost: cheap, Store: opt.store, Witness: opt.witness,
		Connect: func(a device.Access) device.Office {
			o.reached = a
			for id, g := range o.devices { // who comes is known by the key, as over TLS
				if g.signs.Equal(a.Key.Public()) {
					gate.id = id
				}
			}
			return gate
		},
	})
	must(o.t, err)
	o.t.Cleanup(func() { d.Close() })
	return d
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
