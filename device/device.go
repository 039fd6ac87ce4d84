package device

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/rs/zerolog"

	"raksa/casefile"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/syncengine"
	"raksa/syncengine/sqlstore"
	"raksa/syncengine/witness"
	"raksa/vault"
	"raksa/vault/enginekeys"
	"raksa/web"
)

// Config is what a device is made of.
type Config struct {
	Dir string // where its one file lies
	Now func() time.Time
	// Uptime is the time passed since some moment, whatever the wall clock is set
	// to; nil is the process's own.
	Uptime func() time.Duration
	Random io.Reader // crypto/rand.Reader outside tests; safe for use by many goroutines
	Log    zerolog.Logger
	// Form is the version that new interviews are begun with; Forms knows it and
	// every other that records may have. Zero values mean the built-in one.
	Form  *form.Definition
	Forms casefile.Forms
	// Stick is the folder that stands for a stick on the pages; empty is "stick"
	// in Dir.
	Stick string
	// SecretCost is the cost of one guess at a secret; the zero value is the
	// production floor.
	SecretCost vault.Params
	// Store takes the place of the file in Dir, for tests and the simulator.
	Store syncengine.Store
	// Witness is the file that notices lost saves. Keep it out of backups. Empty
	// means raksa.witness in Dir, or none when Store is given.
	Witness string
	// Connect reaches the office; nil is OverTLS, over the network.
	Connect func(Access) Office
}

// Device is one database with everything that it does. It is safe for use by
// many goroutines.
type Device struct {
	Config
	shelf  *casefile.Shelf // the form versions that are known here
	codec  syncengine.Codec
	closer []io.Closer   // in the order of closing
	wake   chan struct{} // something to send

	syncing sync.Mutex // held during SyncOnce
	pace    pace

	tidied    time.Time           // when compaction last took a step
	compacted syncengine.RecordID // the last record that compaction came by
	// loadPace is apart: a quiet exchange says nothing of what a link carries.
	loadPace pace

	mu      sync.Mutex
	self    identity      // as last stored
	floored time.Duration // the uptime when the floor was taken up
	session *session      // nil while locked
	link    link
	next    *syncengine.Page // what follows the page that is on its way, or nil (nextpage.go)
	giving  giving           // to an office that was restored
	moved   map[byte]bool    // first bytes of records that moved since they were compared
	turn    byte             // the next range of record ids to compare
	coming  bool             // the office has more news than its last answer held
	ladder  map[string]bool  // streams whose position the office does not know
	box     *Box             // nil unless this device is one
	office  Office           // once reached; it keeps its connection
	witness *witness.File    // nil when there is none

	scrubbed time.Time // when a part of the store was last verified
	lang     web.Lang  // of pages before anybody is signed in
}

// identity is what the database knows of itself, outside the vault, so that a
// locked device still pushes and stores.
type identity struct {
	Device       syncengine.RecordID `json:"device"`
	Name         string              `json:"name"`
	Profile      screening.Profile   `json:"profile"`
	Center       string              `json:"center,omitempty"`
	Organisation string              `json:"organisation,omitempty"`
	SigningKey   []byte              `json:"signing_key"`   // Ed25519, also of the TLS certificate
	ReceivingKey []byte              `json:"receiving_key"` // sealed under the vault
	DeliverySeed []byte              `json:"delivery_seed"` // sealed to the receiving key
	Certificate  []byte              `json:"certificate"`
	OfficeURL    string              `json:"office_url"`
	OfficeCA     [32]byte            `json:"office_ca"`
	OfficeSigns  []byte              `json:"office_signs"`
	OfficeSeals  []byte              `json:"office_seals"`
	FloorMillis  int64               `json:"floor"`                 // the office's clock, last seen: time is never before it
	CarrierKey   []byte              `json:"carrier_key,omitempty"` // opens answers that come by stick; outside the vault, as the signing key
	Revoked      bool                `json:"revoked,omitempty"`
	ForkPending  bool                `json:"fork,omitempty"` // take a new node id at the next unlock
	// CopiedMillis is when the office told that another copy of this device
	// writes too: a clone, or an older self. A person is told until they say so.
	CopiedMillis int64 `json:"copied,omitempty"`
}

// Tables beside the log.
const (
	selfTable   syncengine.Table[identity]          = "device/self"    // "self"
	peopleTable syncengine.Table[personRow]         = "device/people"  // person id
	nodeTable   syncengine.Table[nodeRow]           = "device/node"    // node id
	agreeTable  syncengine.Table[bool]              = "device/agree"   // stream: digests agreed at the last contact
	heldTable   syncengine.Table[heldRow]           = "device/held"    // change id: why the office does not fold it
	stopTable   syncengine.Table[stopRow]           = "device/stop"    // record id: consent was taken back
	closedTable syncengine.Table[[]byte]            = "device/closed"  // record id: sealed closedRow
	asideTable  syncengine.Table[asideRow]          = "device/aside"   // record id: paused, or the case office was asked
	lastTable   syncengine.Table[map[string]uint64] = "device/last"    // record id: own node in hex ▸ seq of its last change
	lostTable   syncengine.Table[lostRow]           = "device/lost"    // node id: saves that this database no longer has
	loadTable   syncengine.Table[loadRow]           = "device/loading" // stream: a snapshot on its way
	reachTable  syncengine.Table[uint64]            = "device/reach"   // stream: its bases may stand for changes up to here
	stableTable syncengine.Table[uint64]            = "device/stable"  // stream: the position that every backup of the office holds
	goneTable   syncengine.Table[bool]              = "device/gone"    // stream ‖ 0 ‖ record id: it left that stream
)

// Open opens the database in c.Dir, making it if it is not there.
func Open(ctx context.Context, c Config) (*Device, error) {
	if c.Form == nil {
		c.Form = form.Builtin()
	}
	if c.Uptime == nil {
		opened := time.Now()
		c.Uptime = func() time.Duration { return time.Since(opened) }
	}
	if c.Forms == nil {
		known := c.Form
		c.Forms = func(version string) *form.Definition {
			if version == known.Version() {
				return known
			}
			return nil
		}
	}
	shelf := casefile.NewShelf(c.Forms, c.Form)
	c.Forms = shelf.Form
	d := &Device{Config: c, shelf: shelf, codec: casefile.Codec(c.Forms), wake: make(chan struct{}, 1), loadPace: pace{bytes: loadBytesFirst}}
	if c.Connect == nil {
		d.Connect = func(a Access) Office { return OverTLS(a, nil) }
	}
	if c.Store == nil {
		store, err := sqlstore.Open(filepath.Join(c.Dir, "raksa.db"))
		if err != nil {
			return nil, fmt.Errorf("device: open: %w", err)
		}
		d.Store, d.closer = store, []io.Closer{store}
		if c.Witness == "" {
			d.Witness = filepath.Join(c.Dir, "raksa.witness")
		}
	}
	if err := errors.Join(d.loadSelf(ctx), d.watch(ctx), d.learnForms(ctx)); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	// Keys that were dropped just before a crash may still stand in the
	// write-ahead log.
	return d, d.scour(ctx)
}

func (d *Device) loadSelf(ctx context.Context) error {
	return d.Store.View(ctx, func(tx syncengine.Tx) error {
		var err error
		d.self, _, err = selfTable.Get(tx, []byte("self"))
		d.floored = d.Uptime()
		return err
	})
}

// Close locks the device and releases its file.
func (d *Device) Close() error {
	d.Lock()
	var failed error
	for _, file := range d.closer {
		failed = errors.Join(failed, file.Close())
	}
	return failed
}

// Enrolled says whether the device belongs to an office.
func (d *Device) Enrolled() bool { return !d.identity().Device.Zero() }

// Profile says what this device is; empty before enrollment.
func (d *Device) Profile() screening.Profile { return d.identity().Profile }

func (d *Device) identity() identity {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.self
}

// changeSelf stores what fn makes of the identity, within tx, and takes it over
// in memory once the transaction is through.
func (d *Device) changeSelf(ctx context.Context, fn func(*identity) error) error {
	var next identity
	err := d.Store.Update(ctx, func(tx syncengine.Tx) error {
		var err error
		if next, _, err = selfTable.Get(tx, []byte("self")); err != nil {
			return err
		}
		if err := fn(&next); err != nil {
			return err
		}
		return selfTable.Put(tx, []byte("self"), next)
	})
	if err == nil {
		d.mu.Lock()
		if next.FloorMillis != d.self.FloorMillis {
			d.floored = d.Uptime()
		}
		d.self = next
		d.mu.Unlock()
	}
	return err
}

// engineFor gives the engine over a keyring; a nil wrapper makes that of a
// locked device, which stores and obeys and opens nothing.
func (d *Device) engineFor(w *vault.Wrapper) *syncengine.Engine {
	return &syncengine.Engine{
		Keys:  enginekeys.Keys{Ring: vault.NewKeyring(w, d.Random), Random: d.Random},
		Codec: d.codec,
	}
}

// now is the wall clock, but never before the floor: a tablet whose battery was
// out wakes up in 1970.
func (d *Device) now() time.Time {
	now, floor := d.Now(), d.floor()
	if now.Before(floor) {
		return floor
	}
	return now
}

// earliest is the earliest that it can be, by the wall clock and by the floor:
// either may be years ahead.
func (d *Device) earliest() time.Time {
	now, floor := d.Now(), d.floor()
	if now.After(floor) {
		return floor
	}
	return now
}

// floor is the office's clock as last seen. From there it goes on, so that a
// wait ends without the office; by the time that passed, not by the wall clock,
// which a person may set right by fifty years.
func (d *Device) floor() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return time.UnixMilli(d.self.FloorMillis).Add(d.Uptime() - d.floored)
}

func (d *Device) moment() syncengine.Moment {
	return syncengine.Moment{WallMillis: d.now().UnixMilli(), Random: d.Random}
}

// today is the date on site. Cambodia and Thailand have one time and no summer time.
func (d *Device) today() screening.PartialDate { return dayOf(d.now()) }

var onSite = time.FixedZone("ICT", 7*60*60)

func dayOf(at time.Time) screening.PartialDate {
	at = at.In(onSite)
	return screening.PartialDate{Year: at.Year(), Month: int(at.Month()), Day: at.Day()}
}

// newID draws a random id (UUIDv4: it tells neither time nor place).
func (d *Device) newID() ([16]byte, error) {
	id, err := uuid.NewRandomFromReader(d.Random)
	return id, err
}

// scour empties the write-ahead log, where older copies of dropped keys lie.
func (d *Device) scour(ctx context.Context) error {
	return syncengine.Scour(ctx, d.Store)
}

// stir wakes the loop.
func (d *Device) stir() {
	select {
	case d.wake <- struct{}{}:
	default: // it is awake already
	}
}
