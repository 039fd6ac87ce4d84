package syncengine

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
)

// Limits of a page up: larger ones are refused, and never built.
const (
	PageChangesMax = 500
	PageBytesMax   = 1 << 20
)

// pageAheadFrom: below this size a page holds few changes.
const pageAheadFrom = 16 << 10

// Page is a run of one node's chain on its way to the office, with the wraps of
// the record keys that were made in it, signed once by the node.
type Page struct {
	Node    NodeID
	Changes []*Change // whole, by rising seq, each the next of the one before
	Wraps   []Wrap
	// Signature is the device's over Digest.
	Signature []byte
}

// Wrap is a record key under one step of the node's ratchet. It is no part of
// any hash and is forgotten once the office has taken the key over.
type Wrap struct {
	Record RecordID
	Step   uint64
	Sealed []byte
}

// Digest is what the node signs: node, first and last seq, the last id, and the
// hash of all ids. The ids cover the blocks.
func (p *Page) Digest() [32]byte {
	ids := sha256.New()
	var last ChangeID
	for _, c := range p.Changes {
		last = c.ID()
		ids.Write(last[:])
	}
	w := writer{}
	w.string("raksa/page/1")
	w.fixed(p.Node[:])
	if n := len(p.Changes); n > 0 {
		w.fixed(binary.BigEndian.AppendUint64(nil, p.Changes[0].Seq))
		w.fixed(binary.BigEndian.AppendUint64(nil, p.Changes[n-1].Seq))
	}
	w.fixed(last[:])
	w.fixed(ids.Sum(nil))
	for _, wrap := range p.Wraps {
		w.fixed(wrap.Record[:])
		w.uvarint(wrap.Step)
		w.bytes(wrap.Sealed)
	}
	return sha256.Sum256(w.b)
}

// check holds what must be true of a page before anything of it is stored.
func (p *Page) check() error {
	size := 0
	for i, c := range p.Changes {
		if i > 0 && (c.Seq != p.Changes[i-1].Seq+1 || c.Prev != p.Changes[i-1].ID()) || c.Node != p.Node {
			return &Refused{Code: RefusedChain, Seq: c.Seq}
		}
		if !c.Whole() || c.Verify() != nil || c.Envelope.check() != nil {
			return &Refused{Code: RefusedBytes, Seq: c.Seq}
		}
		for _, sealed := range c.Blocks {
			size += len(sealed)
		}
	}
	if len(p.Changes) > PageChangesMax || size > PageBytesMax {
		return &Refused{Code: RefusedLimit}
	}
	return nil
}

// BuildPage gathers the next changes of one of this database's own chains,
// after seq, as many as fit in bytesMax but at least one. It is nil when there
// is nothing after seq.
func BuildPage(tx Tx, node NodeID, after uint64, bytesMax int) (*Page, error) {
	page := &Page{Node: node}
	size := 0
	for seq := after + 1; len(page.Changes) < PageChangesMax; seq++ {
		if (seq-after-1)%aheadMost == 0 && bytesMax > pageAheadFrom {
			if err := chainAhead(tx, node, seq); err != nil {
				return nil, err
			}
		}
		mark, here, err := ownMark(tx, node, seq)
		if err != nil {
			return nil, err
		}
		if !here {
			break
		}
		c, err := tx.Change(mark.ID)
		if errors.Is(err, ErrDamaged) {
			break // nothing can follow it up; news and orders still come down
		}
		if err != nil {
			return nil, err
		}
		size += len(EncodeChange(c))
		if len(page.Changes) > 0 && size > min(bytesMax, PageBytesMax) {
			break
		}
		page.Changes = append(page.Changes, c)
	}
	if len(page.Changes) == 0 {
		return nil, nil
	}
	return page, nil
}
