package simtest

import (
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
	Read   func(*syncengine.Engine, syncengine.Tx, syncengine.RecordID) (*syncengine.Record, error)
	Unlock func(*syncengine.Engine, syncengine.Tx) error
	// Sent runs on the tablet when a request leaves.
	Sent        func(syncengine.Tx, *syncengine.Request) error
	Receive     func(*syncengine.Engine, syncengine.Tx, *syncengine.Page, int64) (syncengine.Receipt, error)
	Publish     func(syncengine.Tx, string, []*syncengine.Change) error
	Serve       func(syncengine.Tx, string, []syncengine.Position, int, func(*syncengine.Change, syncengine.Class) bool) (syncengine.News, error)
	Acknowledge func(syncengine.Tx, syncengine.NodeID, syncengine.Receipt) error
	Take        func(*syncengine.Engine, syncengine.Tx, syncengine.News, int64) ([]*syncengine.Change, error)
}

// Faithful are the engine's own functions.
func Faithful() Steps {
	return Steps{
		Basis:       func(shown, _ []syncengine.ChangeID) []syncengine.ChangeID { return shown },
		Random:      func(r io.Reader) io.Reader { return r },
		Keys:        func(k syncengine.Keys) syncengine.Keys { return k },
		Read:        (*syncengine.Engine).Read,
		Unlock:      (*syncengine.Engine).FoldStale,
		Sent:        func(syncengine.Tx, *syncengine.Request) error { return nil },
		Receive:     (*syncengine.Engine).Receive,
		Publish:     publish,
		Serve:       syncengine.Serve,
		Acknowledge: syncengine.Acknowledge,
		Take:        (*syncengine.Engine).Take,
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
