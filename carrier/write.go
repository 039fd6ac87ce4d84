package carrier

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"io"
)

// Frame kinds.
const (
	frameHead = 1
	frameItem = 2
	frameEnd  = 3
)

const (
	magic         = "raksa/carrier/1 "
	nameLine      = 2*len(Name{}) + 1
	signatureSize = 64
	frameOverhead = 1 + 4 + signatureSize
)

// Sealer opens the sealed stream to the receiver, as vault.SealStream does.
type Sealer func(io.Writer) (io.WriteCloser, error)

// Signer signs with the sender's key.
type Signer func(digest [32]byte) ([]byte, error)

// Writer writes one bundle. It keeps nothing of what was written but a hash.
type Writer struct {
	out    io.Writer
	sealed io.WriteCloser
	sign   Signer
	name   Name
	chain  [32]byte
	length uint64
	items  uint64
}

// NewWriter begins a bundle with its head. Errors of w come back as they are.
func NewWriter(w io.Writer, head Head, seal Sealer, sign Signer) (*Writer, error) {
	if _, err := io.WriteString(w, magic+head.Name.String()+"\n"); err != nil {
		return nil, err
	}
	sealed, err := seal(w)
	if err != nil {
		return nil, err
	}
	b := &Writer{out: w, sealed: sealed, sign: sign, name: head.Name, chain: firstLink(head.Name)}
	text, err := json.Marshal(head)
	if err != nil {
		return nil, err
	}
	return b, b.frame(frameHead, text)
}

// Item writes one item: ErrTooLong over ItemBytesMax.
func (b *Writer) Item(item []byte) error {
	if len(item) > ItemBytesMax || b.items >= itemsMax {
		return ErrTooLong
	}
	b.items++
	return b.frame(frameItem, item)
}

// Length is how many bytes stand in the bundle so far, before padding.
func (b *Writer) Length() int64 { return int64(b.length) }

// Close writes the end and the padding. It does not close what it writes to.
func (b *Writer) Close() error {
	if err := b.frame(frameEnd, binary.BigEndian.AppendUint64(nil, b.items)); err != nil {
		return err
	}
	zeros := make([]byte, 32<<10)
	for left := padded(b.length) - b.length; left > 0; {
		n := min(left, uint64(len(zeros)))
		if _, err := b.sealed.Write(zeros[:n]); err != nil {
			return err
		}
		left -= n
	}
	if err := b.sealed.Close(); err != nil {
		return err
	}
	_, err := io.WriteString(b.out, b.name.String()+"\n")
	return err
}

func (b *Writer) frame(kind byte, body []byte) error {
	b.chain = nextLink(b.chain, kind, body)
	signature, err := b.sign(b.chain)
	if err != nil {
		return err
	}
	head := binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(body)))
	for _, part := range [][]byte{head, body, signature} {
		if _, err := b.sealed.Write(part); err != nil {
			return err
		}
	}
	b.length += uint64(len(body)) + frameOverhead
	return nil
}

// The chain of hashes that the signatures cover.
func firstLink(name Name) [32]byte { return sha256.Sum256([]byte(magic + name.String())) }

func nextLink(before [32]byte, kind byte, body []byte) (next [32]byte) {
	h := sha256.New()
	h.Write(before[:])
	h.Write([]byte{kind})
	h.Write(body)
	h.Sum(next[:0])
	return next
}
