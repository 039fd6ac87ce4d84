package server

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/rs/zerolog"

	"raksa/casefile"
	"raksa/linkage"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/screening/form/xlsform"
	"raksa/syncengine"
	"raksa/syncengine/witness"
	"raksa/vault"
	"raksa/vault/enginekeys"
)

// Config is what an office is made of. All of it is given; none has a default
// but Eligible.
type Config struct {
	Store  syncengine.Store
	Keys   *vault.Office
	Forms  casefile.Forms
	Now    func() time.Time
	Random io.Reader // crypto/rand.Reader outside tests
	Log    zerolog.Logger
	// Eligible says which agency classes may decide formally, and from which day.
	Eligible screening.Eligibility
	// SecretCost is the cost of guessing a desk secret; the zero value is the
	// production floor.
	SecretCost vault.Params
	// Workbook opens an Excel file apart from this process; nil takes CSV only.
	Workbook casefile.Workbook
	// WriteWorkbook writes an Excel file; nil gives tables as CSV only.
	WriteWorkbook func(xlsform.Workbook) ([]byte, error)
	// Witness notices that the database has lost orders. The caller closes it
	// after the office has stopped; nil is none.
	Witness *witness.File
}

// Office is the server around one store. It is safe for use by many goroutines.
type Office struct {
	Config
	shelf   *casefile.Shelf // the form versions that are known here
	engine  *syncengine.Engine
	ring    vault.Keyring
	metrics *metrics
	authority

	wake     chan struct{} // something for the follower
	process  string        // this process, among those that serve the same store
	follower sync.Mutex    // one CatchUp at a time in this process
	watch    watch         // of another process's turn
	near     nearSteps     // of the nodes' ratchets
	blockMax int           // records that may share a blocking key and still be compared for it
	calls    calls         // of devices, at this moment
	scour    atomic.Bool   // keys were erased, and older copies may lie in the store's log
	sessions sessions
	carrying atomic.Int32 // people who bring files of sticks, at this moment
	listing  atomic.Int32 // lists of arrivals that are read, likewise
}

// officeHand is the author of what the office does by itself, under a rule.
var officeHand syncengine.PersonID

// Open makes an office of a store: a new store gets its node id here.
func Open(ctx context.Context, c Config) (*Office, error) {
	if c.Eligible == nil {
		c.Eligible = screening.DefaultEligibility()
	}
	if c.SecretCost == (vault.Params{}) {
		c.SecretCost = vault.FloorParams()
	}
	shelf := casefile.NewShelf(c.Forms, form.Builtin())
	c.Forms = shelf.Form
	o := &Office{Config: c, shelf: shelf, wake: make(chan struct{}, 1), metrics: newMetrics(), blockMax: linkage.BlockMaxDefault}
	o.ring = vault.NewKeyring(c.Keys.Wrapper, c.Random)
	o.engine = &syncengine.Engine{
		Keys:  enginekeys.Keys{Ring: o.ring, Random: c.Random},
		Codec: casefile.Codec(c.Forms),
	}
	o.scour.Store(true) // a stop may have come between an erasure and the scouring
	process, err := o.newID()
	if err != nil {
		return nil, err
	}
	o.process = hex.EncodeToString(process[:])
	if o.authority, err = newAuthority(c.Keys.CAKey(), c.Now()); err != nil {
		return nil, err
	}
	losses, err := o.holdAgainst(ctx, c.Witness)
	if err == nil {
		err = o.Store.Update(ctx, func(tx syncengine.Tx) error { return o.begin(tx, losses) })
	}
	if err != nil {
		return nil, fmt.Errorf("server: open the office: %w", err)
	}
	return o, nil
}

// update runs one transaction and wakes the follower after it.
func (o *Office) update(ctx context.Context, fn func(syncengine.Tx) error) error {
	if err := o.Store.Update(ctx, fn); err != nil {
		return err
	}
	select {
	case o.wake <- struct{}{}:
	default: // it is awake already
	}
	return nil
}

// newID draws a random id (UUIDv4: it tells neither time nor place).
func (o *Office) newID() ([16]byte, error) {
	id, err := uuid.NewRandomFromReader(o.Random)
	return id, err
}

// newRecord draws a record id and its key, and keeps the key.
func (o *Office) newRecord(tx syncengine.Tx) (syncengine.RecordID, []byte, error) {
	id, err := o.newID()
	if err != nil {
		return syncengine.RecordID{}, nil, err
	}
	key, err := vault.NewRecordKey(o.Random)
	if err != nil {
		return id, nil, err
	}
	commit := vault.Commitment(key)
	return id, commit[:], o.ring.PutRecordKey(tx, id, key)
}

// save makes one change of a draft at the office and puts it into the streams of
// its record.
func (o *Office) save(tx syncengine.Tx, d syncengine.Draft) (*syncengine.Change, error) {
	c, err := o.engine.Save(tx, d, syncengine.Moment{WallMillis: o.Now().UnixMilli(), Random: o.Random})
	if err != nil {
		return nil, err
	}
	if err := o.route(tx, c); err != nil {
		return nil, err
	}
	return c, o.summarise(tx, c.Record)
}

// control writes a control change: an order to every device that it concerns.
func (o *Office) control(tx syncengine.Tx, record syncengine.RecordID, author syncengine.PersonID, order syncengine.Control) error {
	_, err := o.save(tx, syncengine.Draft{
		Record: record, Kind: syncengine.KindControl, Author: author, Writes: order.Writes(),
	})
	return err
}

// read gives a record within a transaction.
func (o *Office) read(tx syncengine.Tx, id syncengine.RecordID) (*syncengine.Record, error) {
	return o.engine.Read(tx, id)
}

// interview gives a record as an interview.
func (o *Office) interview(tx syncengine.Tx, id syncengine.RecordID) (*casefile.Interview, error) {
	rec, err := o.read(tx, id)
	if err != nil {
		return nil, err
	}
	o.formIn(tx, rec.Form)
	return casefile.OpenInterview(rec, o.Forms)
}
