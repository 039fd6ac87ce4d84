package carrier

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/iotest"

	"raksa/syncengine"
	"raksa/vault"
)

// party is a sender or receiver of a test.
type party struct {
	signs ed25519.PrivateKey
	key   *vault.ReceivingKey
}

func newParty(t testing.TB) party {
	t.Helper()
	signs, err := vault.NewSigningKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	seed, err := vault.NewCarrierKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	key, err := seed.Key()
	if err != nil {
		t.Fatal(err)
	}
	return party{signs, key}
}

func (p party) sign(digest [32]byte) ([]byte, error) { return vault.SignCarried(p.signs, digest) }

func (p party) verify(digest [32]byte, signature []byte) error {
	return vault.VerifyCarried(p.signs.Public().(ed25519.PublicKey), digest, signature)
}

func (p party) open(r io.Reader) (io.Reader, error) { return vault.OpenStream(r, p.key) }

func (p party) seal(w io.Writer) (io.WriteCloser, error) { return vault.SealStream(w, p.key.Public()) }

// bundle writes some items from one party to another.
func bundle(t testing.TB, from, to party, items ...[]byte) []byte {
	t.Helper()
	name, err := NewName(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	w, err := NewWriter(&file, Head{Kind: Requests, Name: name, From: syncengine.RecordID{1}, MadeMillis: 7}, to.seal, from.sign)
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range items {
		if err := w.Item(item); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// readAll gives what a reader gives before its end or its refusal.
func readAll(r io.Reader, open Opener, verify Verifier) (items [][]byte, err error) {
	b, err := Open(r, open)
	if err != nil {
		return nil, err
	}
	if err := b.Trust(verify); err != nil {
		return nil, err
	}
	for {
		item, err := b.Next()
		if err == io.EOF {
			return items, nil
		}
		if err != nil {
			return items, err
		}
		items = append(items, item)
	}
}

func someItems(count, size int) (items [][]byte) {
	for i := range count {
		items = append(items, bytes.Repeat([]byte{byte(i)}, size+i))
	}
	return items
}

func TestItemsComeBackInTheirOrder(t *testing.T) {
	from, to := newParty(t), newParty(t)
	for _, row := range []struct{ count, size int }{{0, 0}, {1, 0}, {3, 1000}, {40, 70_000}} {
		t.Run(fmt.Sprint(row.count, " items of ", row.size), func(t *testing.T) {
			want := someItems(row.count, row.size)
			file := bundle(t, from, to, want...)
			for how, reader := range map[string]io.Reader{"at once": bytes.NewReader(file), "in halves": iotest.HalfReader(bytes.NewReader(file))} {
				got, err := readAll(reader, to.open, from.verify)
				if err != nil {
					t.Fatal(how, err)
				}
				if len(got) != len(want) {
					t.Fatalf("%s: %d items came back", how, len(got))
				}
				for i := range want {
					if !bytes.Equal(got[i], want[i]) {
						t.Errorf("%s: item %d differs", how, i)
					}
				}
			}
		})
	}
}

func TestWhateverIsCutOffIsSaidToBeCutOff(t *testing.T) {
	from, to := newParty(t), newParty(t)
	want := someItems(6, 20_000)
	file := bundle(t, from, to, want...)
	for at := 0; at < len(file); at += 64 {
		got, err := readAll(bytes.NewReader(file[:at]), to.open, from.verify)
		if at == 0 && errors.Is(err, ErrForeign) {
			continue // an empty file is nobody's
		}
		if !errors.Is(err, ErrCut) {
			t.Fatalf("cut at %d of %d: %v", at, len(file), err)
		}
		for i := range got {
			if !bytes.Equal(got[i], want[i]) {
				t.Fatalf("cut at %d: item %d differs", at, i)
			}
		}
	}
}

func TestOneFlippedByteIsRefusedWhereverItIs(t *testing.T) {
	from, to := newParty(t), newParty(t)
	want := someItems(4, 30_000)
	file := bundle(t, from, to, want...)
	reasons := map[error]int{}
	for at := 0; at < len(file); at += 97 {
		broken := bytes.Clone(file)
		broken[at] ^= 0x20
		got, err := readAll(bytes.NewReader(broken), to.open, from.verify)
		known := false
		for _, reason := range []error{ErrForeign, ErrDamaged, ErrOtherReceiver, ErrCut} {
			if errors.Is(err, reason) {
				known = true
				reasons[reason]++
			}
		}
		if !known {
			t.Fatalf("flipped at %d: %v", at, err)
		}
		for i := range got {
			if !bytes.Equal(got[i], want[i]) {
				t.Fatalf("flipped at %d: an altered item was given", at)
			}
		}
	}
	if reasons[ErrDamaged] < 100 {
		t.Errorf("hardly any was called damaged: %v", reasons)
	}
}

func TestWhoItIsForAndFrom(t *testing.T) {
	from, to, other := newParty(t), newParty(t), newParty(t)
	file := bundle(t, from, to, []byte("page"))
	for _, row := range []struct {
		what   string
		file   []byte
		open   Opener
		verify Verifier
		want   error
	}{
		{"the receiver", file, to.open, from.verify, nil},
		{"somebody else", file, other.open, from.verify, ErrOtherReceiver},
		{"another sender is named", file, to.open, other.verify, ErrSender},
		{"a file of another program", []byte("PK\x03\x04 and much more than a line of it, all of it foreign"), to.open, from.verify, ErrForeign},
		{"nothing", nil, to.open, from.verify, ErrForeign},
		{"something behind it", append(bytes.Clone(file), 'x'), to.open, from.verify, ErrCut},
	} {
		t.Run(row.what, func(t *testing.T) {
			if _, err := readAll(bytes.NewReader(row.file), row.open, row.verify); !errors.Is(err, row.want) {
				t.Errorf("got %v, want %v", err, row.want)
			}
		})
	}
}

// Whoever has the receiver's public key can seal to it. The signatures tell.
func TestItemsOfOneBundleAreWorthNothingInAnother(t *testing.T) {
	from, to := newParty(t), newParty(t)
	var kept [][]byte
	remembering := func(digest [32]byte) ([]byte, error) {
		signature, err := from.sign(digest)
		kept = append(kept, signature)
		return signature, err
	}
	var first, second bytes.Buffer
	for _, one := range []struct {
		into *bytes.Buffer
		name Name
		sign Signer
	}{
		{&first, Name{1}, remembering},
		{&second, Name{2}, func([32]byte) ([]byte, error) { s := kept[0]; kept = kept[1:]; return s, nil }},
	} {
		w, err := NewWriter(one.into, Head{Kind: Requests, Name: one.name}, to.seal, one.sign)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(w.Item([]byte("page")), w.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := readAll(&second, to.open, from.verify); !errors.Is(err, ErrSender) {
		t.Errorf("signatures of another bundle: %v", err)
	}
}

func TestALengthTellsLittle(t *testing.T) {
	sizes := map[uint64]bool{}
	for length := uint64(0); length < 1<<20; length += 11 {
		size := padded(length)
		if size < length || length > paddedSizeMin && float64(size) > 1.12*float64(length) {
			t.Fatalf("%d is padded to %d", length, size)
		}
		sizes[size] = true
	}
	if len(sizes) > 200 {
		t.Errorf("%d sizes up to a megabyte", len(sizes))
	}
}

func TestAFullStickIsItsOwnError(t *testing.T) {
	from, to := newParty(t), newParty(t)
	full := errors.New("no space left")
	w, err := NewWriter(&stick{left: 8 << 10, full: full}, Head{Kind: Requests}, to.seal, from.sign)
	if err == nil {
		err = errors.Join(w.Item(make([]byte, 200_000)), w.Close())
	}
	if !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
}

type stick struct {
	left int
	full error
}

func (s *stick) Write(p []byte) (int, error) {
	if len(p) > s.left {
		return 0, s.full
	}
	s.left -= len(p)
	return len(p), nil
}

// plainly neither seals nor opens: the fuzzer reaches what is inside.
func plainly(w io.Writer) (io.WriteCloser, error) { return nopCloser{w}, nil }

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

func FuzzRead(f *testing.F) {
	var file bytes.Buffer
	unsigned := func([32]byte) ([]byte, error) { return make([]byte, signatureSize), nil }
	w, err := NewWriter(&file, Head{Kind: Requests, Name: Name{3}}, plainly, unsigned)
	if err != nil {
		f.Fatal(err)
	}
	if err := errors.Join(w.Item([]byte("one")), w.Item(nil), w.Close()); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Add(file.Bytes()[:200])
	f.Add([]byte(magic))
	f.Add([]byte{})
	believing := func([32]byte, []byte) error { return nil }
	f.Fuzz(func(t *testing.T, raw []byte) {
		items, err := readAll(bytes.NewReader(raw), func(r io.Reader) (io.Reader, error) { return r, nil }, believing)
		if err != nil {
			return
		}
		size := 0
		for _, item := range items {
			size += len(item)
		}
		if size > len(raw) {
			t.Errorf("%d bytes of items from %d", size, len(raw))
		}
	})
}

func FuzzReadSealed(f *testing.F) {
	from, to := newParty(f), newParty(f)
	f.Add(bundle(f, from, to, []byte("page")), 0, byte(0))
	f.Fuzz(func(t *testing.T, raw []byte, at int, flip byte) {
		if len(raw) > 0 {
			raw = bytes.Clone(raw)
			raw[uint(at)%uint(len(raw))] ^= flip
		}
		if items, err := readAll(bytes.NewReader(raw), to.open, from.verify); err == nil && (len(items) != 1 || string(items[0]) != "page") {
			t.Error("other items than were signed")
		}
	})
}
