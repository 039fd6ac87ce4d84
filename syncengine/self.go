package syncengine

import (
	"encoding/binary"
	"errors"
)

// ErrNoNode: this database has no node id yet; a host must call BecomeNode.
var ErrNoNode = errors.New("syncengine: the database has no node id")

// Self is this database's own end of its chain.
type Self struct {
	Node  NodeID
	Seq   uint64   // of the last change saved here
	Head  ChangeID // its id
	Stamp Stamp
}

// LoadSelf gives the node that saves here.
func LoadSelf(cells Cells) (Self, error) {
	raw, err := cells.Get(bucketSelf, []byte("node"))
	if err != nil {
		return Self{}, err
	}
	if raw == nil {
		return Self{}, ErrNoNode
	}
	r := reader{what: "own node", b: raw}
	var s Self
	r.fixed(s.Node[:])
	s.Seq = r.uvarint()
	r.fixed(s.Head[:])
	s.Stamp = Stamp(r.uvarint())
	return s, r.done()
}

func (s Self) store(cells Cells) error {
	w := writer{}
	w.fixed(s.Node[:])
	w.uvarint(s.Seq)
	w.fixed(s.Head[:])
	w.uvarint(uint64(s.Stamp))
	return cells.Put(bucketSelf, []byte("node"), w.b)
}

// saved notes a change as this database's own: the chain that it sends. A clone's
// changes under the same node id may come down from the office; they are in the
// log, and not among these.
func (s Self) saved(cells Cells) error {
	at := binary.BigEndian.AppendUint64(nil, s.Seq)
	if err := cells.Put(bucketSelf, concat([]byte("own"), s.Node[:]), at); err != nil {
		return err
	}
	if err := cells.Put(bucketMine, mineKey(s.Node, s.Seq), s.Head[:]); err != nil {
		return err
	}
	return s.store(cells)
}

func mineKey(node NodeID, seq uint64) []byte { return binary.BigEndian.AppendUint64(node[:], seq) }

// ownMark gives the mark of this database's own change at seq, if it made one.
func ownMark(cells Cells, node NodeID, seq uint64) (Mark, bool, error) {
	if seq == 0 {
		return Mark{}, true, nil
	}
	raw, err := cells.Get(bucketMine, mineKey(node, seq))
	if err != nil || len(raw) != len(ChangeID{}) {
		return Mark{}, false, err
	}
	return Mark{Seq: seq, ID: ChangeID(raw)}, true, nil
}

// Wrote reports whether this database saved a change itself, whether or not it
// is still in the log.
func Wrote(cells Cells, e *Envelope) (bool, error) {
	own, here, err := ownMark(cells, e.Node, e.Seq)
	return here && own.ID == e.ID(), err
}

// ownSeq gives the seq of the last change that this database saved as node.
func ownSeq(cells Cells, node NodeID) (uint64, error) {
	raw, err := cells.Get(bucketSelf, concat([]byte("own"), node[:]))
	return binary.BigEndian.Uint64(padTo8(raw)), err
}

// BecomeNode makes what is saved from now on a new chain under node. The old
// chain stays, and what of it is unsent is still sent. Hosts call it when the
// database is made, and again after a fork.
func BecomeNode(tx Tx, node NodeID) error {
	stamp := Stamp(0)
	old, err := LoadSelf(tx)
	switch {
	case err == nil:
		stamp = old.Stamp
	case !errors.Is(err, ErrNoNode):
		return err
	}
	if err := tx.Put(bucketSelf, concat([]byte("own"), node[:]), []byte{}); err != nil {
		return err
	}
	return Self{Node: node, Stamp: stamp}.store(tx)
}

// OwnNodes lists every node that this database has been, the present one last.
func OwnNodes(cells Cells) ([]NodeID, error) {
	self, err := LoadSelf(cells)
	if err != nil {
		return nil, err
	}
	var nodes []NodeID
	err = cells.Scan(bucketSelf, []byte("own"), func(key, _ []byte) error {
		if node := NodeID(key[3:]); node != self.Node {
			nodes = append(nodes, node)
		}
		return nil
	})
	return append(nodes, self.Node), err
}

// meetStamp lets the local clock reading follow what was received.
func meetStamp(cells Cells, other Stamp, wallMillis int64) error {
	return meetStamps(cells, []Stamp{other}, wallMillis)
}

// meetStamps lets the local clock reading follow all that was received, in order.
func meetStamps(cells Cells, others []Stamp, wallMillis int64) error {
	self, err := LoadSelf(cells)
	if err != nil {
		return err
	}
	met := self.Stamp
	for _, other := range others {
		met = met.Meet(other, wallMillis)
	}
	if met == self.Stamp {
		return nil
	}
	self.Stamp = met
	return self.store(cells)
}

// Unsent gives the place of a change on the chain of the present node, if the
// office has not confirmed it.
func Unsent(cells Cells, id ChangeID) (own Own, yes bool, err error) {
	self, err := LoadSelf(cells)
	if err != nil {
		return Own{}, false, err
	}
	acked, err := Acked(cells, self.Node)
	if err != nil {
		return Own{}, false, err
	}
	for seq := acked.Seq + 1; seq <= self.Seq; seq++ {
		mark, here, err := ownMark(cells, self.Node, seq)
		if err != nil {
			return Own{}, false, err
		}
		if here && mark.ID == id {
			return Own{Node: self.Node, Mark: mark}, true, nil
		}
	}
	return Own{}, false, nil
}
