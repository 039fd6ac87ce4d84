package syncengine

import (
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"slices"
)

// SignatureField is the write by which a person signs a block: over its head and
// its other writes, with a key that only that person can unlock.
const SignatureField = "$signature"

// Draft is what a person wants to save, before it is chained, sealed and named.
type Draft struct {
	Record RecordID
	Kind   Kind
	Form   string
	Author PersonID
	Commit []byte            // on the record's first change: commitment to its key
	Writes map[Class][]Write // at least one
	// Sign, when set, puts the author's signature into the block of SignClass:
	// closing, consent, withdrawal and decisions carry one.
	Sign      func(message []byte) ([]byte, error)
	SignClass Class
}

// Moment is when a save happens, and the randomness that it may use.
type Moment struct {
	WallMillis int64
	Random     io.Reader
}

// BadBasis is the answer to a save that claims to replace a version which this
// node has never had, and so cannot have shown.
type BadBasis struct {
	Field string
	Claim ChangeID
}

func (e *BadBasis) Error() string {
	return fmt.Sprintf("syncengine: field %q: version %s was never on this node's screen", e.Field, e.Claim)
}

// Save makes one change of a draft: chains it to this node's last, stamps,
// seals, appends and folds it. Only when the transaction around it has been
// committed may a screen say "kept".
func (e *Engine) Save(tx Tx, d Draft, at Moment) (*Change, error) {
	if err := checkBasis(tx, d); err != nil {
		return nil, err
	}
	self, err := LoadSelf(tx)
	if err != nil {
		return nil, err
	}
	c := &Change{
		Envelope: Envelope{
			Node: self.Node, Seq: self.Seq + 1, Prev: self.Head,
			Author: d.Author, DeviceMillis: at.WallMillis, Stamp: self.Stamp.Next(at.WallMillis),
			Record: d.Record, Kind: d.Kind, Form: d.Form, Commit: d.Commit,
		},
		Blocks: map[Class][]byte{},
	}
	if _, err := io.ReadFull(at.Random, c.Salt[:]); err != nil {
		return nil, fmt.Errorf("syncengine: draw a salt: %w", err)
	}
	if err := e.sealBlocks(tx, c, d); err != nil {
		return nil, err
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	self.Seq, self.Head, self.Stamp = c.Seq, c.ID(), c.Stamp
	if err := self.saved(tx); err != nil {
		return nil, err
	}
	_, err = e.Ingest(tx, c)
	return c, err
}

// sealBlocks fills in blocks and digests. The head comes first, for the nonce
// and the seal need it; the digests then need the blocks.
func (e *Engine) sealBlocks(tx Tx, c *Change, d Draft) error {
	classes := slices.Sorted(maps.Keys(d.Writes))
	for _, class := range classes {
		c.Digests = append(c.Digests, Digest{Class: class})
	}
	head, size := c.Head(), 0
	for i, class := range classes {
		writes := d.Writes[class]
		if err := checkWrites(writes); err != nil {
			return err
		}
		if d.Sign != nil && class == d.SignClass {
			signature, err := d.Sign(SignedMessage(head, writes))
			if err != nil {
				return err
			}
			writes = append(slices.Clone(writes), Write{Field: SignatureField, State: 1, Value: signature})
		}
		block := e.Codec.pack(c.Form, class, writes)
		if class != ClassClear {
			var err error
			if block, err = e.Keys.SealBlock(tx, c.Record, class, head, block); err != nil {
				return fmt.Errorf("seal class %d: %w", class, err)
			}
		}
		c.Blocks[class] = block
		c.Digests[i].Sum = sha256.Sum256(block)
		if size += len(block); size > PageBytesMax {
			// No page could ever carry it, nor anything saved after it.
			return &Malformed{What: "draft", Reason: "too large for a page"}
		}
	}
	return nil
}

// SignedMessage is what a person signs: the head, so that the signature cannot
// be moved to another record, node or time, and the writes without it.
func SignedMessage(head []byte, writes []Write) []byte {
	bare := slices.DeleteFunc(slices.Clone(writes), func(w Write) bool { return w.Field == SignatureField })
	return append(slices.Clone(head), EncodeWrites(bare)...)
}

// checkWrites refuses what decoding would refuse, before anything is stored.
func checkWrites(writes []Write) error {
	content := EncodeWrites(writes)
	if len(content) > contentBytesMax {
		return &Malformed{What: "draft", Reason: "a class is too large for a block"}
	}
	_, err := DecodeWrites(content)
	return err
}

// checkBasis holds the author's rule: nobody replaces what was not there to see.
func checkBasis(tx Tx, d Draft) error {
	if len(d.Writes) == 0 {
		return &Malformed{What: "draft", Reason: "writes nothing"}
	}
	for _, writes := range d.Writes {
		for _, w := range writes {
			for _, id := range w.Supersedes {
				seen, err := Knows(tx, d.Record, id)
				if err != nil {
					return err
				}
				if !seen {
					return &BadBasis{Field: w.Field, Claim: id}
				}
			}
		}
	}
	return nil
}
