package syncengine

import "context"

// Store is the seam to whatever keeps bytes. memstore and sqlstore implement
// it; storetest holds them to this contract.
type Store interface {
	// Update runs fn in one transaction: all of it is durable when Update
	// returns nil, none of it when fn or Update returns an error. Updates run
	// one at a time, in one order, which is the commit order.
	Update(ctx context.Context, fn func(Tx) error) error
	// View runs fn on one consistent state. Writes through its Tx fail.
	View(ctx context.Context, fn func(Tx) error) error
}

// Tx is one transaction: the log of changes, and small named cells for all that
// stands beside it (chain heads, streams, wraps, folded states, and the hosts'
// own lists). Slices that go in are copied; slices that come out are the caller's.
type Tx interface {
	// Append puts a change at the end of the log. A known id is no error: blocks
	// that were withheld so far are added. It reports whether anything was new.
	Append(c *Change) (added bool, err error)
	// Drop takes a change out of the log, and overwrites its bytes: a node does
	// so with what its bases hold, the office never. An unknown id is no error.
	Drop(id ChangeID) error
	// Change gives one change, or ErrUnknownChange. A change whose bytes no
	// longer hash to its id is ErrDamaged.
	Change(id ChangeID) (*Change, error)
	// Chain gives a node's changes with seq > after, by seq and then by arrival
	// (a forked chain has several of one seq), at most limit of them.
	Chain(node NodeID, after uint64, limit int) ([]*Change, error)
	// Record gives all changes of one record, in the order of their arrival.
	Record(id RecordID) ([]*Change, error)

	Cells
}

// Cells are small values under a bucket and a key.
type Cells interface {
	// Get gives nil and no error for a cell that is not there. A value that was
	// put is never nil, though it may be empty.
	Get(bucket string, key []byte) ([]byte, error)
	Put(bucket string, key, value []byte) error
	// Delete of an absent cell is no error. Deleted bytes are overwritten.
	Delete(bucket string, key []byte) error
	// Scan calls fn for the cells of a bucket whose key begins with prefix, by
	// rising key. The cells are read before the first call, so fn may write.
	Scan(bucket string, prefix []byte, fn func(key, value []byte) error) error
}
