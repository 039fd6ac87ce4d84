package syncengine

import (
	"bytes"
	"compress/flate"
	"io"
	"sync"
)

// Codec turns the writes of one class into the bytes that are sealed, and back.
// Its tables belong to the form versions: a dictionary, once used, is permanent.
type Codec struct {
	// Dictionary gives the words of a form version, so that short blocks
	// compress too; nil for a version that is unknown here.
	Dictionary func(form string) []byte
	// PadStep gives the step in bytes to which blocks of a class are padded, so
	// that their size tells less; 0 for none.
	PadStep func(Class) int
}

// How the content of a block is stored: its first byte.
const (
	blockPlain byte = 0 // the writes as they are
	blockFlate byte = 1 // DEFLATE without dictionary
	blockWords byte = 2 // DEFLATE with the dictionary of the form version
)

// deflateBytesMin is the least content that DEFLATE can shorten without the
// words of a form: a field and an id or two.
const deflateBytesMin = 64

// pack compresses before sealing (never after), then pads.
func (c Codec) pack(form string, class Class, writes []Write) []byte {
	content := EncodeWrites(writes)
	codec, body := blockPlain, content
	dictionary := c.Dictionary(form)
	if dictionary != nil || len(content) >= deflateBytesMin {
		if deflated := deflate(content, dictionary); len(deflated) < len(body) {
			codec, body = blockFlate, deflated
			if dictionary != nil {
				codec = blockWords
			}
		}
	}
	w := writer{}
	w.byte(codec)
	w.bytes(body)
	if step := c.PadStep(class); step > 0 {
		w.b = append(w.b, make([]byte, (step-len(w.b)%step)%step)...)
	}
	return w.b
}

// unpack reads what pack wrote. ErrNoKey is never its answer; a form version
// that is unknown here is a Malformed block, to be quarantined until it is known.
func (c Codec) unpack(form string, packed []byte) ([]Write, error) {
	r := reader{what: "block", b: packed}
	codec := r.byte()
	body := r.bytes(blockBytesMax, "content")
	if r.err != nil {
		return nil, r.err
	}
	if len(bytes.Trim(r.b, "\x00")) != 0 {
		return nil, &Malformed{What: "block", Reason: "padding is not zero"}
	}
	var dictionary []byte
	switch codec {
	case blockPlain:
		return DecodeWrites(body)
	case blockFlate:
	case blockWords:
		if dictionary = c.Dictionary(form); dictionary == nil {
			return nil, &Malformed{What: "block", Reason: "form version is unknown here"}
		}
	default:
		return nil, &Malformed{What: "block", Reason: "unknown compression"}
	}
	content, err := inflate(body, dictionary)
	if err != nil {
		return nil, &Malformed{What: "block", Reason: "does not inflate"}
	}
	return DecodeWrites(content)
}

// deflaters keeps writers for the next block, by dictionary: making one costs
// most of a save. There are as many as form versions in use.
var deflaters sync.Map // string(dictionary): *sync.Pool of *flate.Writer

func deflate(content, dictionary []byte) []byte {
	pool, known := deflaters.Load(string(dictionary))
	if !known {
		pool, _ = deflaters.LoadOrStore(string(dictionary), &sync.Pool{New: func() any {
			// The level is a valid constant.
			z, _ := flate.NewWriterDict(nil, flate.BestCompression, bytes.Clone(dictionary))
			return z
		}})
	}
	z := pool.(*sync.Pool).Get().(*flate.Writer)
	defer pool.(*sync.Pool).Put(z)
	var out bytes.Buffer
	z.Reset(&out) // also sets its dictionary again
	z.Write(content)
	z.Close() // a Buffer takes every write
	return out.Bytes()
}

var inflaters = sync.Pool{New: func() any { return flate.NewReader(nil) }}

// inflate stops at the block limit, so a small block cannot become a large one.
func inflate(body, dictionary []byte) ([]byte, error) {
	return inflateAtMost(body, dictionary, blockBytesMax)
}

func inflateAtMost(body, dictionary []byte, most int) ([]byte, error) {
	z := inflaters.Get().(io.Reader)
	defer inflaters.Put(z)
	if err := z.(flate.Resetter).Reset(bytes.NewReader(body), dictionary); err != nil {
		return nil, err
	}
	content, err := io.ReadAll(io.LimitReader(z, int64(most)+1))
	if err == nil && len(content) > most {
		err = io.ErrShortBuffer
	}
	return content, err
}
