package simtest_test

import (
	"bytes"
	"io"
	"slices"
	"testing"

	"raksa/syncengine"
	"raksa/syncengine/simtest"
)

// mutantSeedsMax is how many seeds a fault may survive before the simulation
// counts as blind.
const mutantSeedsMax = 2000

// A green simulation says nothing until faults turn it red. Each of these puts
// one into the steps; several are faults that other systems have had.
var mutants = map[string]func(*simtest.Steps){
	"acknowledges what it sends": func(s *simtest.Steps) {
		s.Sent = func(tx syncengine.Tx, r *syncengine.Request) error {
			if r.Page == nil {
				return nil
			}
			last := r.Page.Changes[len(r.Page.Changes)-1]
			return syncengine.Acknowledge(tx, r.Node, syncengine.Receipt{Head: syncengine.Mark{Seq: last.Seq, ID: last.ID()}})
		}
	},
	"never takes an acknowledgement back": func(s *simtest.Steps) {
		s.Acknowledge = func(tx syncengine.Tx, node syncengine.NodeID, r syncengine.Receipt) error {
			acked, err := syncengine.Acked(tx, node)
			if err != nil || r.Head.Seq <= acked.Seq {
				return err
			}
			return syncengine.Acknowledge(tx, node, r)
		}
	},
	"shows the last writer only": func(s *simtest.Steps) {
		s.Read = func(e *syncengine.Engine, tx syncengine.Tx, id syncengine.RecordID) (*syncengine.Record, error) {
			rec, err := e.Read(tx, id)
			if err != nil {
				return nil, err
			}
			for class, folded := range rec.Classes {
				rec.Classes[class] = lastWriters(folded)
			}
			return rec, nil
		}
	},
	"replaces all that is live, seen or not": func(s *simtest.Steps) {
		s.Basis = func(_, live []syncengine.ChangeID) []syncengine.ChangeID { return live }
	},
	"replaces nothing": func(s *simtest.Steps) {
		s.Basis = func(_, _ []syncengine.ChangeID) []syncengine.ChangeID { return nil }
	},
	"moves its position before it has the changes": func(s *simtest.Steps) {
		s.Take = func(e *syncengine.Engine, tx syncengine.Tx, news syncengine.News, wallMillis int64) ([]*syncengine.Change, error) {
			if len(news.Entries) > 0 && news.Entries[0].Change.Salt[0]%8 == 0 { // killed between the two
				return e.Take(withoutLog{tx}, news, wallMillis)
			}
			return e.Take(tx, news, wallMillis)
		}
	},
	"names a change by node and seq": func(s *simtest.Steps) {
		s.Receive = func(e *syncengine.Engine, tx syncengine.Tx, p *syncengine.Page, wallMillis int64) (syncengine.Receipt, error) {
			held, err := tx.Chain(p.Node, p.Changes[0].Seq-1, 1000)
			if err != nil {
				return syncengine.Receipt{}, err
			}
			seen := func(c *syncengine.Change) bool {
				return slices.ContainsFunc(held, func(h *syncengine.Change) bool { return h.Seq == c.Seq && h.ID() != c.ID() })
			}
			if slices.ContainsFunc(p.Changes, seen) { // "known already"
				last := p.Changes[len(p.Changes)-1]
				return syncengine.Receipt{Head: syncengine.Mark{Seq: last.Seq, ID: last.ID()}}, nil
			}
			return e.Receive(tx, p, wallMillis)
		}
	},
	"publishes only the first change of a page": func(s *simtest.Steps) {
		publish := s.Publish
		s.Publish = func(tx syncengine.Tx, stream string, changes []*syncengine.Change) error {
			return publish(tx, stream, changes[:min(1, len(changes))])
		}
	},
	"looks at positions and not at salts": func(s *simtest.Steps) {
		s.Serve = func(tx syncengine.Tx, stream string, positions []syncengine.Position, bytesMax int, allowed func(*syncengine.Change, syncengine.Class) bool) (syncengine.News, error) {
			trusted := slices.Clone(positions)
			for i, p := range trusted {
				here, err := syncengine.StreamAt(tx, stream, p.Position)
				if err != nil {
					return syncengine.News{}, err
				}
				trusted[i].Salt = here.Salt
			}
			news, err := syncengine.Serve(tx, stream, trusted, bytesMax, allowed)
			if err == nil && !news.Reset && len(positions) > 0 {
				news.After.Salt = positions[0].Salt
			}
			return news, err
		}
	},
	"does not cut its stream after a restore of the office": func(s *simtest.Steps) {
		s.Take = func(e *syncengine.Engine, tx syncengine.Tx, news syncengine.News, wallMillis int64) ([]*syncengine.Change, error) {
			news.Reset = false
			return e.Take(tx, news, wallMillis)
		}
	},
	"erases and does not refuse": func(s *simtest.Steps) {
		s.Keys = func(k syncengine.Keys) syncengine.Keys { return forgetful{k} }
	},
	"does not obey a quarantine": func(s *simtest.Steps) {
		s.Take = func(e *syncengine.Engine, tx syncengine.Tx, news syncengine.News, wallMillis int64) ([]*syncengine.Change, error) {
			return (&syncengine.Engine{Keys: e.Keys, Codec: e.Codec}).Take(deaf{tx}, news, wallMillis)
		}
	},
	"forgets on unlocking what came while it was locked": func(s *simtest.Steps) {
		s.Unlock = func(_ *syncengine.Engine, tx syncengine.Tx) error {
			return tx.Scan("stale", nil, func(key, _ []byte) error { return tx.Delete("stale", key) })
		}
	},
	"draws the same salt again": func(s *simtest.Steps) {
		s.Random = func(io.Reader) io.Reader { return endless{} }
	},
	"drops the blocks of a class on the way down": func(s *simtest.Steps) {
		serve := s.Serve
		s.Serve = func(tx syncengine.Tx, stream string, positions []syncengine.Position, bytesMax int, _ func(*syncengine.Change, syncengine.Class) bool) (syncengine.News, error) {
			return serve(tx, stream, positions, bytesMax, func(c *syncengine.Change, class syncengine.Class) bool { return class != 4 || c.Seq%7 != 3 })
		}
	},
	"stores a change and does not publish it": func(s *simtest.Steps) {
		s.Receive = func(e *syncengine.Engine, tx syncengine.Tx, p *syncengine.Page, wallMillis int64) (syncengine.Receipt, error) {
			receipt, err := e.Receive(tx, p, wallMillis)
			if n := len(receipt.New); n > 1 && p.Changes[0].Salt[0]%8 == 0 {
				receipt.New = receipt.New[:n-1] // killed between log and stream
			}
			return receipt, err
		}
	},
	"gives an old self no new node id": func(s *simtest.Steps) {
		s.Forked = func(syncengine.Tx, syncengine.NodeID, syncengine.Receipt) (bool, error) { return false, nil }
	},
	"sees a fork only when both branches have come in": func(s *simtest.Steps) {
		s.Forked = func(_ syncengine.Tx, _ syncengine.NodeID, r syncengine.Receipt) (bool, error) { return r.Fork, nil }
	},
	"takes a key of what was erased": func(s *simtest.Steps) {
		s.PutWrap = func(cells syncengine.Cells, record syncengine.RecordID, classes ...byte) (bool, error) {
			return true, cells.Put("sim-wrap", record[:], classes)
		}
	},
	"serves orders last": func(s *simtest.Steps) {
		s.Streams = func(streams []string) []string {
			last := slices.Clone(streams)
			slices.Reverse(last)
			return last
		}
	},
	"serves classes that are withheld": func(s *simtest.Steps) {
		s.Serve = func(tx syncengine.Tx, stream string, positions []syncengine.Position, bytesMax int, _ func(*syncengine.Change, syncengine.Class) bool) (syncengine.News, error) {
			return syncengine.Serve(tx, stream, positions, bytesMax, func(*syncengine.Change, syncengine.Class) bool { return true })
		}
	},
	"serves every record to every center": func(s *simtest.Steps) {
		s.Publish = func(tx syncengine.Tx, stream string, changes []*syncengine.Change) error {
			for _, to := range []string{stream, "center/1", "center/2"} {
				if err := simtest.Faithful().Publish(tx, to, changes); err != nil || stream == "control" {
					return err
				}
			}
			return nil
		}
	},
	"keeps the folded state of an evicted record": func(s *simtest.Steps) {
		s.Evict = func(tx syncengine.Tx, id syncengine.RecordID) error { return tx.Delete("stale", id[:]) }
	},
	"drops single changes of a record": func(s *simtest.Steps) {
		s.Take = func(e *syncengine.Engine, tx syncengine.Tx, news syncengine.News, wallMillis int64) ([]*syncengine.Change, error) {
			return e.Take(forgetsSome{tx}, news, wallMillis)
		}
	},
	"confirms whatever is claimed": func(s *simtest.Steps) {
		s.Confirm = func(_ syncengine.Tx, _ syncengine.NodeID, claim syncengine.Mark) (syncengine.Receipt, error) {
			return syncengine.Receipt{Head: claim}, nil
		}
	},
	"leaves changes out of a page": func(s *simtest.Steps) {
		s.Serve = func(tx syncengine.Tx, stream string, positions []syncengine.Position, bytesMax int, allowed func(*syncengine.Change, syncengine.Class) bool) (syncengine.News, error) {
			news, err := syncengine.Serve(tx, stream, positions, bytesMax, allowed)
			news.Entries = slices.DeleteFunc(news.Entries, func(e syncengine.Entry) bool { return e.Position > news.After.Position+1 && e.Change.Salt[0]%4 == 0 })
			return news, err
		}
	},
	"takes back without a proof": func(s *simtest.Steps) {
		s.Proven = func(_, _ []byte) bool { return true }
	},
	"takes nothing back": func(s *simtest.Steps) {
		s.Proven = func(_, _ []byte) bool { return false }
	},
	"takes a record for what a change says that is held back": func(s *simtest.Steps) {
		s.HoldUnproven = func(e *syncengine.Engine, tx syncengine.Tx, c *syncengine.Change, wallMillis int64) error {
			return e.HoldUnproven(believes{tx}, c, wallMillis)
		}
	},
	"asks no revoked tablet for what it lost": func(s *simtest.Steps) {
		s.Recall = func(syncengine.Tx, string, []syncengine.Position) (syncengine.News, bool, error) {
			return syncengine.News{}, false, nil
		}
	},
	"saves without a place on the chain": func(s *simtest.Steps) {
		s.Save = func(e *syncengine.Engine, tx syncengine.Tx, d syncengine.Draft, at syncengine.Moment) (*syncengine.Change, error) {
			return e.Save(unchained{tx}, d, at)
		}
	},
	"compacts what some backup of the office lacks": func(s *simtest.Steps) {
		s.Settled = func(syncengine.Cells, map[string]uint64) func(syncengine.ChangeID) (bool, error) {
			return func(syncengine.ChangeID) (bool, error) { return true, nil }
		}
	},
	"compacts what it saved itself": func(s *simtest.Steps) {
		s.Compact = func(e *syncengine.Engine, tx syncengine.Tx, id syncengine.RecordID, _ func(syncengine.ChangeID) (bool, error)) (int, error) {
			return e.Compact(forgetsOwn{tx}, id, func(syncengine.ChangeID) (bool, error) { return true, nil })
		}
	},
	"goes on from a snapshot whatever it comes to": func(s *simtest.Steps) {
		s.Adopt = func(tx syncengine.Tx, offer syncengine.Offer, _ uint64) error {
			return syncengine.Adopt(tx, offer, offer.Digest)
		}
	},
	"keeps a base that an order has made wrong": func(s *simtest.Steps) {
		s.Take = func(e *syncengine.Engine, tx syncengine.Tx, news syncengine.News, wallMillis int64) ([]*syncengine.Change, error) {
			return e.Take(content{tx}, news, wallMillis)
		}
	},
	"keeps the base of a record that leaves": func(s *simtest.Steps) { s.Evict = syncengine.DropFolded },
	"shows the first writer only": func(s *simtest.Steps) {
		s.Read = func(e *syncengine.Engine, tx syncengine.Tx, id syncengine.RecordID) (*syncengine.Record, error) {
			rec, err := e.Read(tx, id)
			if err != nil {
				return nil, err
			}
			for class, folded := range rec.Classes {
				rec.Classes[class] = firstWriters(folded)
			}
			return rec, nil
		}
	},
}

func TestTheSimulatorCatchesEveryFaultPutIn(t *testing.T) {
	for name, put := range mutants {
		t.Run(name, func(t *testing.T) {
			steps := simtest.Faithful()
			put(&steps)
			_, red := play(1, mutantSeedsMax, 1, steps, func(_, _ int) {})
			if len(red) == 0 {
				t.Fatalf("survived %d seeds", mutantSeedsMax)
			}
			t.Logf("seed %d: %s", red[0].Seed, red[0].Violations[0])
		})
	}
}

// lastWriters keeps of each field the version with the latest stamp.
func lastWriters(folded syncengine.Folded) syncengine.Folded {
	out := syncengine.Folded{}
	for field, reg := range folded {
		out[field] = &syncengine.Register{}
		if live := reg.Live(); len(live) > 0 {
			out[field].Apply(live[len(live)-1], nil)
		}
	}
	return out
}

// firstWriters keeps of each field the version with the earliest stamp.
func firstWriters(folded syncengine.Folded) syncengine.Folded {
	out := syncengine.Folded{}
	for field, reg := range folded {
		out[field] = &syncengine.Register{}
		if live := reg.Live(); len(live) > 0 {
			out[field].Apply(live[0], nil)
		}
	}
	return out
}

// forgetsSome loses every eighth change on its way into the log.
type forgetsSome struct{ syncengine.Tx }

func (f forgetsSome) Append(c *syncengine.Change) (bool, error) {
	if c.Salt[1]%8 == 0 && c.Kind != syncengine.KindControl {
		return false, nil
	}
	return f.Tx.Append(c)
}

// unchained loses what is put about a node's own chain.
type unchained struct{ syncengine.Tx }

func (u unchained) Put(bucket string, key, value []byte) error {
	if bucket == "mine" && len(value) > 0 && value[0]%8 == 0 {
		return nil
	}
	return u.Tx.Put(bucket, key, value)
}

// believes takes what a record is from whoever is first.
type believes struct{ syncengine.Tx }

func (b believes) Put(bucket string, key, value []byte) error {
	if bucket == "record" {
		value = bytes.TrimSuffix(value, []byte{0xFF})
	}
	return b.Tx.Put(bucket, key, value)
}

// withoutLog keeps cells, and with them positions, and no changes.
type withoutLog struct{ syncengine.Tx }

func (withoutLog) Append(*syncengine.Change) (bool, error) { return false, nil }

// forgetful keeps no list of what was erased.
type forgetful struct{ syncengine.Keys }

func (forgetful) Erase(syncengine.Cells, syncengine.RecordID) error { return nil }

// deaf loses what is put about quarantines.
type deaf struct{ syncengine.Tx }

func (d deaf) Put(bucket string, key, value []byte) error {
	if bucket == "quarantine" {
		return nil
	}
	return d.Tx.Put(bucket, key, value)
}

// content wants no base anew.
type content struct{ syncengine.Tx }

func (c content) Put(bucket string, key, value []byte) error {
	if bucket == "wanted" {
		return nil
	}
	return c.Tx.Put(bucket, key, value)
}

// forgetsOwn knows of no change that it saved itself.
type forgetsOwn struct{ syncengine.Tx }

func (f forgetsOwn) Get(bucket string, key []byte) ([]byte, error) {
	if bucket == "mine" {
		return nil, nil
	}
	return f.Tx.Get(bucket, key)
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return copy(p, bytes.Repeat([]byte{7}, len(p))), nil }
