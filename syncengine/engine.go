package syncengine

import (
	"errors"
	"fmt"
	"slices"
)

// Engine saves, receives and folds over a transaction. It holds no state of its
// own: two engines on one store are as good as one.
type Engine struct {
	Keys  Keys
	Codec Codec
}

// Buckets of the engine's own cells. Hosts use other names.
const (
	bucketSelf       = "self"       // "node": this database's own node; "own"+node: every node it has been, with its last seq
	bucketMine       = "mine"       // node ‖ seq: id of a change saved here
	bucketRecord     = "record"     // record id: kind and form version
	bucketStale      = "stale"      // record id: folded state is behind the log
	bucketState      = "state"      // record id ‖ class: sealed folded state
	bucketUnreadable = "unreadable" // record id ‖ change id ‖ class: a block that no key here opens, though one should
	bucketQuarantine = "quarantine" // change id: stamp, status, reason
	bucketErased     = "erased-log" // record id: the id of the control change that erased it
)

// Record is a record as far as this node can open it.
type Record struct {
	ID   RecordID
	Kind Kind
	Form string // the form version of its first change
	// Classes holds the folded registers of each class that could be opened.
	Classes map[Class]Folded
	// Withheld lists the classes that changes touch and no key here opens.
	Withheld []Class
	// Unreadable lists changes with a block that should open and does not.
	Unreadable []ChangeID
	Erased     bool
}

// Field gives the register of a field, whatever its class, or an empty one.
func (r *Record) Field(field string) *Register {
	for _, folded := range r.Classes {
		if reg := folded[field]; reg != nil {
			return reg
		}
	}
	return &Register{}
}

// Ingest puts a change into the log and folds it if its blocks open. It reports
// whether anything was new. A change that cannot be folded is in the log all
// the same; nothing that comes after it waits. A control change is obeyed: take
// in only what the office wrote.
func (e *Engine) Ingest(tx Tx, c *Change) (added bool, err error) {
	if added, err = e.keep(tx, c); err != nil || !added || c.Kind != KindControl {
		return added, err
	}
	if held, err := Quarantine(tx, c.ID()); err != nil || held.Held() {
		return true, err
	}
	return true, e.obey(tx, c)
}

// keep is Ingest without obedience.
func (e *Engine) keep(tx Tx, c *Change) (added bool, err error) {
	known, err := tx.Change(c.ID())
	damaged := errors.Is(err, ErrDamaged) // a good copy heals it
	if err != nil && !errors.Is(err, ErrUnknownChange) && !damaged {
		return false, err
	}
	if added, err = tx.Append(c); err != nil || !added {
		return added, err
	}
	if err := noteChange(tx, c); err != nil {
		return true, err
	}
	if c.Kind == KindControl {
		return true, nil
	}
	if known != nil || damaged { // withheld blocks came later: the stored fold lacks them
		return true, MarkStale(tx, c.Record)
	}
	return true, e.foldIn(tx, c)
}

// foldIn brings the stored folded states forward by one change.
func (e *Engine) foldIn(tx Tx, c *Change) error {
	if stale, err := tx.Get(bucketStale, c.Record[:]); err != nil || stale != nil {
		return err // it will be folded anew from the log, this change with it
	}
	id := c.ID()
	held, err := Quarantine(tx, id)
	if err != nil || held.Held() {
		return err
	}
	base, err := loadCovering(tx, c.Record)
	if err != nil {
		return err
	}
	for _, d := range c.Digests {
		if base.folds(id, d.Class) {
			continue
		}
		writes, err := e.open(tx, c, d.Class)
		if skip, err := e.setAside(tx, c, d.Class, err); err != nil {
			return err
		} else if skip {
			continue
		}
		folded, err := e.loadState(tx, c.Record, d.Class)
		if damagedState(err) {
			return MarkStale(tx, c.Record)
		}
		if err != nil {
			return err
		}
		folded.Apply(&c.Envelope, writes)
		if err := e.storeState(tx, c.Record, d.Class, folded); err != nil {
			return err
		}
	}
	return nil
}

// setAside decides what a block that did not open means: skip it now (no key),
// fold later (locked), or list it (broken). Other errors are the store's.
func (e *Engine) setAside(tx Tx, c *Change, class Class, err error) (skip bool, _ error) {
	var malformed *Malformed
	switch {
	case err == nil:
		return false, nil
	case errors.Is(err, ErrNoKey), errors.Is(err, ErrErased):
		return true, nil
	case errors.Is(err, ErrLocked):
		return true, MarkStale(tx, c.Record)
	case errors.Is(err, ErrBroken), errors.As(err, &malformed):
		id := c.ID()
		return true, tx.Put(bucketUnreadable, concat(c.Record[:], id[:], []byte{byte(class)}), []byte{})
	}
	return false, fmt.Errorf("open a block of change %s: %w", c.ID(), err)
}

// open gives the writes of one block. A block that is not here is ErrNoKey.
func (e *Engine) open(cells Cells, c *Change, class Class) ([]Write, error) {
	sealed, here := c.Blocks[class]
	if !here {
		return nil, ErrNoKey
	}
	packed := sealed
	if class != ClassClear {
		var err error
		if packed, err = e.Keys.OpenBlock(cells, c.Record, class, c.Head(), sealed); err != nil {
			return nil, err
		}
	}
	return e.Codec.unpack(c.Form, packed)
}

// Open gives the writes of one block of a change, for history and audit.
func (e *Engine) Open(tx Tx, c *Change, class Class) ([]Write, error) { return e.open(tx, c, class) }

// Read gives the record as far as keys here open it. Stored folded state is
// used where it is up to date, the log where it is not.
func (e *Engine) Read(tx Tx, id RecordID) (*Record, error) {
	changes, err := tx.Record(id)
	if err != nil {
		return nil, err
	}
	base, err := loadCovering(tx, id)
	if err != nil {
		return nil, err
	}
	if len(changes) == 0 && (base == nil || len(base.classes) == 0) {
		return nil, ErrUnknownChange
	}
	rec := &Record{ID: id, Classes: map[Class]Folded{}}
	if rec.Kind, rec.Form, err = recordHead(tx, id); err != nil {
		return nil, err
	}
	erased, err := tx.Get(bucketErased, id[:])
	if err != nil {
		return nil, err
	}
	rec.Erased = erased != nil
	return rec, e.fillIn(tx, rec, changes, base)
}

func (e *Engine) fillIn(tx Tx, rec *Record, changes []*Change, base *covering) error {
	stale, err := tx.Get(bucketStale, rec.ID[:])
	if err != nil {
		return err
	}
	for _, class := range classesOf(changes, base) {
		var folded Folded
		if stale == nil {
			folded, err = e.loadState(tx, rec.ID, class)
		}
		if stale != nil || damagedState(err) {
			folded, _, err = e.foldAnew(tx, rec.ID, changes, base, class)
		}
		switch {
		case errors.Is(err, ErrNoKey), errors.Is(err, ErrErased), errors.Is(err, ErrLocked):
			rec.Withheld = append(rec.Withheld, class)
		case err != nil:
			return err
		case len(folded) == 0:
			rec.Withheld = append(rec.Withheld, class)
		default:
			rec.Classes[class] = folded
		}
	}
	return tx.Scan(bucketUnreadable, rec.ID[:], func(key, _ []byte) error {
		var id ChangeID
		copy(id[:], key[len(rec.ID):])
		rec.Unreadable = append(rec.Unreadable, id)
		return nil
	})
}

// foldAnew folds one class of a record from its base and the log alone: the slow
// way, which the stored state must always equal. It also gives the changes whose block
// should open and does not.
func (e *Engine) foldAnew(tx Tx, id RecordID, changes []*Change, base *covering, class Class) (folded Folded, broken []ChangeID, err error) {
	folded = Folded{}
	var missing error
	opened := false
	if base != nil && slices.Contains(base.classes, class) {
		// Without it, what came later would look like all there is.
		if folded, err = e.openBase(tx, id, class); err != nil {
			return nil, nil, err
		}
		opened = true
	}
	for _, c := range changes {
		if _, touches := c.Digest(class); !touches || c.Kind == KindControl || base.folds(c.ID(), class) {
			continue
		}
		held, err := Quarantine(tx, c.ID())
		if err != nil {
			return nil, nil, err
		}
		if held.Held() {
			continue
		}
		writes, err := e.open(tx, c, class)
		var malformed *Malformed
		switch {
		case err == nil:
			folded.Apply(&c.Envelope, writes)
			opened = true
		case errors.Is(err, ErrNoKey), errors.Is(err, ErrErased), errors.Is(err, ErrLocked):
			missing = err
		case errors.Is(err, ErrBroken), errors.As(err, &malformed):
			broken = append(broken, c.ID())
		default:
			return nil, nil, err
		}
	}
	if !opened && missing != nil {
		return nil, nil, missing
	}
	return folded, broken, nil
}

// Refold folds a record anew from the log, stores the result and clears its
// stale mark, unless the keys are locked.
func (e *Engine) Refold(tx Tx, id RecordID) error {
	changes, err := tx.Record(id)
	if err != nil {
		return err
	}
	base, err := loadCovering(tx, id)
	if err != nil {
		return err
	}
	broken := map[Class][]ChangeID{}
	for _, class := range classesOf(changes, base) {
		folded, failed, err := e.foldAnew(tx, id, changes, base, class)
		if err == nil {
			err = e.storeState(tx, id, class, folded)
		}
		switch {
		case errors.Is(err, ErrLocked):
			return nil
		case errors.Is(err, ErrNoKey), errors.Is(err, ErrErased):
			// What is stored may show what an order has since held back.
			if err := tx.Delete(bucketState, stateKey(id, class)); err != nil {
				return err
			}
			continue
		case err != nil:
			return err
		}
		broken[class] = failed
	}
	if err := relist(tx, id, broken); err != nil {
		return err
	}
	return tx.Delete(bucketStale, id[:])
}

// relist writes anew which blocks of the folded classes should open and do not:
// a form version or a key may have arrived since they were listed.
func relist(tx Tx, id RecordID, broken map[Class][]ChangeID) error {
	err := tx.Scan(bucketUnreadable, id[:], func(key, _ []byte) error {
		if _, folded := broken[Class(key[len(key)-1])]; folded {
			return tx.Delete(bucketUnreadable, key)
		}
		return nil
	})
	for class, changes := range broken {
		for _, change := range changes {
			if err == nil {
				err = tx.Put(bucketUnreadable, concat(id[:], change[:], []byte{byte(class)}), []byte{})
			}
		}
	}
	return err
}

// FoldStale refolds every record whose folded state is behind the log, as after
// unlocking or after keys arrived.
func (e *Engine) FoldStale(tx Tx) error {
	var stale []RecordID
	if err := tx.Scan(bucketStale, nil, func(key, _ []byte) error {
		stale = append(stale, RecordID(key))
		return nil
	}); err != nil {
		return err
	}
	for some := range slices.Chunk(stale, aheadMost) {
		if err := e.foldAhead(tx, some); err != nil {
			return err
		}
		for _, id := range some {
			if err := e.Refold(tx, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// foldAhead reads ahead what folding some records anew asks for.
func (e *Engine) foldAhead(tx Tx, ids []RecordID) error {
	if _, can := tx.(Ahead); !can {
		return nil
	}
	var records [][]byte
	for i := range ids {
		records = append(records, ids[i][:])
	}
	if err := CellsAhead(tx, bucketBase, records); err != nil {
		return err
	}
	if keys, can := e.Keys.(KeysAhead); can {
		return keys.KeysAhead(tx, ids)
	}
	return nil
}

// Reopen marks every record with a block that did not open as behind the log: a
// program that knows a newer form version calls it once, at its start.
func Reopen(tx Tx) error {
	return tx.Scan(bucketUnreadable, nil, func(key, _ []byte) error { return MarkStale(tx, RecordID(key[:16])) })
}

// AnyStale reports whether the folded state of any record is behind the log.
func AnyStale(cells Cells) (bool, error) {
	stale := errors.New("stale")
	err := cells.Scan(bucketStale, nil, func(_, _ []byte) error { return stale })
	if errors.Is(err, stale) {
		return true, nil
	}
	return false, err
}

// MarkStale says that the folded state of a record is behind the log.
func MarkStale(tx Tx, id RecordID) error { return tx.Put(bucketStale, id[:], []byte{}) }

// DropFolded throws the folded states of a record away, as when it leaves the
// scope of a device: whole classes, never single changes.
func DropFolded(tx Tx, id RecordID) error {
	err := tx.Scan(bucketState, id[:], func(key, _ []byte) error { return tx.Delete(bucketState, key) })
	if err != nil {
		return err
	}
	return MarkStale(tx, id)
}

// keyless reports that a key is not here, or not to be had now.
func keyless(err error) bool {
	return errors.Is(err, ErrNoKey) || errors.Is(err, ErrErased) || errors.Is(err, ErrLocked)
}

// damagedState reports folded state that no longer opens or parses, or whose
// bytes are damaged. It is derived, so it is folded anew from the log.
func damagedState(err error) bool {
	var malformed *Malformed
	return errors.Is(err, ErrBroken) || errors.Is(err, ErrDamaged) || errors.As(err, &malformed)
}

func (e *Engine) loadState(tx Tx, id RecordID, class Class) (Folded, error) {
	sealed, err := tx.Get(bucketState, stateKey(id, class))
	if err != nil {
		return nil, err
	}
	if sealed == nil {
		return e.stateOfBase(tx, id, class)
	}
	packed := sealed
	if class != ClassClear {
		if packed, err = e.Keys.OpenState(tx, id, class, sealed); err != nil {
			return nil, err
		}
	}
	return DecodeFolded(packed)
}

// stateOfBase is the state of a record to whose base nothing was added yet.
func (e *Engine) stateOfBase(tx Tx, id RecordID, class Class) (Folded, error) {
	base, err := loadCovering(tx, id)
	if err != nil || base == nil || !slices.Contains(base.classes, class) {
		return Folded{}, err
	}
	return e.openBase(tx, id, class)
}

func (e *Engine) storeState(tx Tx, id RecordID, class Class, folded Folded) error {
	packed := folded.Encode()
	if class != ClassClear {
		var err error
		if packed, err = e.Keys.SealState(tx, id, class, packed); err != nil {
			return err
		}
	}
	return tx.Put(bucketState, stateKey(id, class), packed)
}

func stateKey(id RecordID, class Class) []byte { return concat(id[:], []byte{byte(class)}) }
