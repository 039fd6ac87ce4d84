package carrier

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"raksa/vault"
)

// Opener opens the sealed stream, as ReceivingKey.OpenStream does.
type Opener func(io.Reader) (io.Reader, error)

// Verifier checks a signature of the sender.
type Verifier func(digest [32]byte, signature []byte) error

// Reader reads one bundle.
type Reader struct {
	// Head is what the bundle says of itself; believe it after Trust.
	Head Head

	source  *tailed
	plain   io.Reader
	chain   [32]byte
	headSig []byte
	verify  Verifier
	items   uint64
	failed  error // what ended it; io.EOF is the signed end
}

// Open reads the name and the head. Call Trust before Next.
func Open(r io.Reader, open Opener) (*Reader, error) {
	line := make([]byte, len(magic)+nameLine)
	if _, err := io.ReadFull(r, line); err != nil {
		return nil, cutOr(err, ErrForeign, line)
	}
	text, is := bytes.CutPrefix(line, []byte(magic))
	name, err := ParseName(string(bytes.TrimSuffix(text, []byte("\n"))))
	if !is || err != nil || line[len(line)-1] != '\n' {
		return nil, ErrForeign
	}
	b := &Reader{source: &tailed{r: r}, chain: firstLink(name)}
	if b.plain, err = open(b.source); err != nil {
		return nil, b.broken(err)
	}
	kind, body, signature, err := b.frame(headBytesMax)
	if err != nil {
		return nil, err
	}
	if kind != frameHead {
		return nil, ErrForeign
	}
	b.headSig = signature
	if b.Head, err = decodeHead(body); err != nil {
		return nil, err
	}
	if b.Head.Name != name {
		return nil, ErrDamaged
	}
	return b, nil
}

// cutOr: a beginning of ours that stops is a file that was cut off.
func cutOr(err, otherwise error, begun []byte) error {
	if errors.Is(err, io.ErrUnexpectedEOF) && bytes.HasPrefix(begun, []byte(magic)) {
		return ErrCut
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return otherwise
	}
	return err
}

// Trust holds the head, and from now on every item, against its sender's key.
// ErrSender.
func (b *Reader) Trust(verify Verifier) error {
	b.verify = verify
	if verify(b.chain, b.headSig) != nil {
		b.failed = ErrSender
	}
	return b.failed
}

// Next gives the next item, or io.EOF at the signed end of an unaltered bundle.
func (b *Reader) Next() ([]byte, error) {
	if b.failed != nil {
		return nil, b.failed
	}
	item, err := b.next()
	b.failed = err
	return item, err
}

func (b *Reader) next() ([]byte, error) {
	if b.verify == nil {
		return nil, ErrSender
	}
	kind, body, signature, err := b.frame(ItemBytesMax)
	switch {
	case err != nil:
		return nil, err
	case b.verify(b.chain, signature) != nil:
		return nil, ErrSender
	case kind == frameItem && b.items < itemsMax:
		b.items++
		return body, nil
	case kind != frameEnd || len(body) != 8 || binary.BigEndian.Uint64(body) != b.items:
		return nil, ErrDamaged
	}
	return nil, b.end()
}

// end reads the padding, and with it the last seal.
func (b *Reader) end() error {
	rest := make([]byte, 32<<10)
	for {
		n, err := b.plain.Read(rest)
		if len(bytes.Trim(rest[:n], "\x00")) > 0 {
			return ErrDamaged
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return b.broken(err)
		}
	}
	if !b.source.whole(b.Head.Name) {
		return ErrCut
	}
	return io.EOF
}

func (b *Reader) frame(most uint32) (kind byte, body, signature []byte, err error) {
	var head [5]byte
	if _, err := io.ReadFull(b.plain, head[:]); err != nil {
		return 0, nil, nil, b.broken(err)
	}
	length := binary.BigEndian.Uint32(head[1:])
	if length > most {
		return 0, nil, nil, ErrTooLong
	}
	// What is read grows as it comes, so that a length alone costs no memory.
	var read bytes.Buffer
	if _, err := io.CopyN(&read, b.plain, int64(length)+signatureSize); err != nil {
		return 0, nil, nil, b.broken(err)
	}
	all := read.Bytes()
	body, signature = all[:length], all[length:]
	b.chain = nextLink(b.chain, head[0], body)
	return head[0], body, signature, nil
}

// broken says why the stream ended early: cut off where its last line is
// missing, altered where it is there.
func (b *Reader) broken(err error) error {
	if errors.Is(err, vault.ErrOtherReceiver) {
		return ErrOtherReceiver
	}
	if b.source.err != nil && b.source.err != io.EOF {
		return b.source.err // the stick, not its bytes
	}
	if _, err := io.Copy(io.Discard, b.source); err != nil {
		return err
	}
	if !b.source.ends() {
		return ErrCut
	}
	return ErrDamaged
}

// tailed gives everything but the last line, which it keeps.
type tailed struct {
	r    io.Reader
	held []byte // read and not given
	err  error  // of r, io.EOF at its end
}

func (t *tailed) Read(p []byte) (int, error) {
	for t.err == nil && len(t.held) <= nameLine {
		chunk := make([]byte, 32<<10)
		n, err := t.r.Read(chunk)
		t.held, t.err = append(t.held, chunk[:n]...), err
	}
	give := len(t.held) - nameLine
	if give <= 0 {
		return 0, t.err
	}
	n := copy(p, t.held[:give])
	t.held = t.held[n:]
	return n, nil
}

// ends reports whether what was kept is a last line at all.
func (t *tailed) ends() bool {
	_, err := ParseName(string(bytes.TrimSuffix(t.held, []byte("\n"))))
	return err == nil && len(t.held) == nameLine && t.held[nameLine-1] == '\n'
}

// whole reports whether the file ends with its own name.
func (t *tailed) whole(name Name) bool { return string(t.held) == name.String()+"\n" }
