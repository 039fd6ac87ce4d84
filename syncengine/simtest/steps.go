package simtest

import (
	"bytes"
	"io"

	"raksa/syncengine"
)

// Steps are the points at which a simulation calls the engine. Tests replace
// one of them by a faulty twin, so that no fault stands in the engine itself.
type Steps struct {
	// Basis gives what a save replaces: of the versions on the screen and those
	// that are live at the moment of saving, the ones on the screen.
	Basis  func(shown, live []syncengine.ChangeID) []syncengine.ChangeID
	Random func(io.Reader) io.Reader
	Keys   func(syncengine.Keys) syncengine.Keys
	Save   func(*syncengine.Engine, syncengine.Tx, syncengine.Draft, syncengine.Moment) (*syncengine.Change, error)
	Read   func(*syncengine.Engine, syncengine.Tx, syncengine.RecordID) (*syncengine.Record, error)
	Unlock func(*syncengine.Engine, syncengine.Tx) error
	// Sent runs on the tablet when a request leaves.
	Sent    func(syncengine.Tx, *syncengine.Request) error
	Receive func(*syncengine.Engine, syncengine.Tx, *syncengine.Page, int64) (syncengine.Receipt, error)
	Confirm func(syncengine.Tx, syncengine.NodeID, syncengine.Mark) (syncengine.Receipt, error)
	Publish func(syncengine.Tx, string, []*syncengine.Change) error
	// Streams gives the order in which the office serves what a tablet pulls.
	Streams func([]string) []string
	Serve   func(syncengine.Tx, string, []syncengine.Position, int, func(*syncengine.Change, syncengine.Class) bool) (syncengine.News, error)
	// Recall asks a revoked tablet for what the office lost.
	Recall      func(syncengine.Tx, string, []syncengine.Position) (syncengine.News, bool, error)
	Acknowledge func(syncengine.Tx, syncengine.NodeID, syncengine.Receipt) error
	Forked      func(syncengine.Tx, syncengine.NodeID, syncengine.Receipt) (bool, error)
	Take        func(*syncengine.Engine, syncengine.Tx, syncengine.News, int64) ([]*syncengine.Change, error)
	// Proven compares the proof of a list with the office's own signature.
	Proven       func(proof, own []byte) bool
	TakeBack     func(*syncengine.Engine, syncengine.Tx, string, *syncengine.Change, int64) (bool, error)
	HoldUnproven func(*syncengine.Engine, syncengine.Tx, *syncengine.Change, int64) error
	// PutWrap takes keys of a record in, unless it was erased.
	PutWrap func(syncengine.Cells, syncengine.RecordID, ...byte) (bool, error)
	// Settled says what compaction may take, given how far every backup goes.
	Settled  func(syncengine.Cells, map[string]uint64) func(syncengine.ChangeID) (bool, error)
	Compact  func(*syncengine.Engine, syncengine.Tx, syncengine.RecordID, func(syncengine.ChangeID) (bool, error)) (int, error)
	TakeBase func(*syncengine.Engine, syncengine.Tx, *syncengine.Base) error
	Adopt    func(syncengine.Tx, syncengine.Offer, uint64) error
	// Evict lets a record leave a tablet whose keys to it were dropped.
	Evict func(syncengine.Tx, syncengine.RecordID) error
}

// Faithful are the engine's own functions.
func Faithful() Steps {
	return Steps{
		Basis:       func(shown, _ []syncengine.ChangeID) []syncengine.ChangeID { return shown },
		Random:      func(r io.Reader) io.Reader { return r },
		Keys:        func(k syncengine.Keys) syncengine.Keys { return k },
		Save:        (*syncengine.Engine).Save,
		Read:        (*syncengine.Engine).Read,
		Unlock:      (*syncengine.Engine).FoldStale,
		Sent:        func(syncengine.Tx, *syncengine.Request) error { return nil },
		Receive:     (*syncengine.Engine).Receive,
		Confirm:     syncengine.Confirm,
		Publish:     publish,
		Streams:     func(streams []string) []string { return streams },
		Serve:       syncengine.Serve,
		Recall:      syncengine.Recall,
		Acknowledge: syncengine.Acknowledge,
		Forked: func(tx syncengine.Tx, node syncengine.NodeID, r syncengine.Receipt) (bool, error) {
			return syncengine.Forked(tx, node, r)
		},
		Take:         (*syncengine.Engine).Take,
		Proven:       bytes.Equal,
		TakeBack:     (*syncengine.Engine).TakeBack,
		HoldUnproven: (*syncengine.Engine).HoldUnproven,
		PutWrap:      putWrap,
		Settled:      syncengine.Settled,
		Compact:      (*syncengine.Engine).Compact,
		TakeBase:     (*syncengine.Engine).TakeBase,
		Adopt:        syncengine.Adopt,
		Evict:        syncengine.Forget,
	}
}

func publish(tx syncengine.Tx, stream string, changes []*syncengine.Change) error {
	for _, c := range changes {
		if _, err := syncengine.AppendStream(tx, stream, c.ID()); err != nil {
			return err
		}
	}
	return nil
}
