package witness

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"raksa/syncengine"
)

// The file is two slots, written by turns:
//
//	magic(8) generation(8) count(2) then for each: node(16) seq(8) id(32), then sum(16)
//
// Numbers are big-endian. The sum is SHA-256 over all before it, cut to 16 bytes.
const (
	magic      = "RKWITNS1"
	slotBytes  = 4096
	markBytes  = 16 + 8 + 32
	headBytes  = 8 + 8 + 2
	sumBytes   = 16
	marksMax   = 64 // the newest nodes; 3,618 bytes of a slot
	syncEvery  = 50 // saves
	slotsCount = 2
)

// ErrDamaged: the file is there and neither of its slots can be believed.
var ErrDamaged = errors.New("witness: neither slot can be believed")

// File is an open witness. It is safe for use by many goroutines.
type File struct {
	mu         sync.Mutex
	file       *os.File
	generation uint64
	marks      []syncengine.Own
	unsynced   int
	syncing    sync.WaitGroup
}

// Open opens the witness at path, making it if it is not there. A file that
// cannot be believed is opened as an empty one; Read tells the difference.
func Open(path string) (*File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("witness: open: %w", err)
	}
	w := &File{file: file}
	if w.generation, w.marks, err = read(file); err != nil && !errors.Is(err, ErrDamaged) {
		return nil, errors.Join(fmt.Errorf("witness: open: %w", err), file.Close())
	}
	return w, errors.Join(w.grow(path))
}

// grow gives the file its whole size now, so that a full disk is no reason to
// miss a note later.
func (w *File) grow(path string) error {
	info, err := w.file.Stat()
	if err != nil || info.Size() >= slotsCount*slotBytes {
		return err
	}
	_, err = w.file.WriteAt(make([]byte, slotsCount*slotBytes-info.Size()), info.Size())
	if err == nil {
		err = w.file.Sync()
	}
	if dir, opened := os.Open(filepath.Dir(path)); opened == nil {
		err = errors.Join(err, dir.Sync(), dir.Close()) // the name, too, must be there after a power cut
	}
	return err
}

// Read gives the marks of the witness at path without touching it. The error is
// fs.ErrNotExist when there is none, ErrDamaged when it cannot be believed.
func Read(path string) ([]syncengine.Own, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	_, marks, err := read(file)
	return marks, errors.Join(err, file.Close())
}

// read believes the newer of the two slots that are whole. A file that was never
// written is no damage.
func read(file io.ReaderAt) (generation uint64, marks []syncengine.Own, err error) {
	raw := make([]byte, slotsCount*slotBytes)
	n, err := file.ReadAt(raw, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, nil, err
	}
	written := false
	for at := range slotsCount {
		slot := raw[at*slotBytes : (at+1)*slotBytes]
		written = written || n > at*slotBytes && string(slot[:len(magic)]) != string(make([]byte, len(magic)))
		if here, found, whole := parse(slot); whole && here > generation {
			generation, marks = here, found
		}
	}
	if written && generation == 0 {
		return 0, nil, ErrDamaged
	}
	return generation, marks, nil
}

func parse(slot []byte) (generation uint64, marks []syncengine.Own, whole bool) {
	if string(slot[:8]) != magic {
		return 0, nil, false
	}
	generation = binary.BigEndian.Uint64(slot[8:])
	count := int(binary.BigEndian.Uint16(slot[16:]))
	end := headBytes + count*markBytes
	if count > marksMax || !bytesEqual(slot[end:end+sumBytes], checksum(slot[:end])) {
		return 0, nil, false
	}
	for at := headBytes; at < end; at += markBytes {
		mark := syncengine.Own{Node: syncengine.NodeID(slot[at : at+16])}
		mark.Seq = binary.BigEndian.Uint64(slot[at+16:])
		mark.ID = syncengine.ChangeID(slot[at+24 : at+markBytes])
		marks = append(marks, mark)
	}
	return generation, marks, true
}

func checksum(b []byte) []byte { sum := sha256.Sum256(b); return sum[:sumBytes] }

func bytesEqual(a, b []byte) bool { return string(a) == string(b) }

// Marks gives what is noted.
func (w *File) Marks() []syncengine.Own {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]syncengine.Own(nil), w.marks...)
}

// Note writes where the database's own chains stand, the present node last. It
// takes the place of what was noted before, unless that is further on the same
// chain: two saves may come here in the wrong order.
func (w *File) Note(marks []syncengine.Own) error {
	marks = marks[max(0, len(marks)-marksMax):]
	w.mu.Lock()
	defer w.mu.Unlock()
	if older(marks, w.marks) {
		return nil
	}
	b := make([]byte, 0, headBytes+len(marks)*markBytes+sumBytes)
	b = append(b, magic...)
	b = binary.BigEndian.AppendUint64(b, w.generation+1)
	b = binary.BigEndian.AppendUint16(b, uint16(len(marks)))
	for _, m := range marks {
		b = binary.BigEndian.AppendUint64(append(b, m.Node[:]...), m.Seq)
		b = append(b, m.ID[:]...)
	}
	b = append(b, checksum(b)...)
	if _, err := w.file.WriteAt(b, int64((w.generation+1)%slotsCount)*slotBytes); err != nil {
		return fmt.Errorf("witness: note: %w", err)
	}
	w.generation++
	w.marks = append(w.marks[:0], marks...)
	if w.unsynced++; w.unsynced >= syncEvery {
		w.unsynced = 0
		w.syncing.Go(func() { _ = w.file.Sync() }) // a save does not wait for it; the next one is due soon
	}
	return nil
}

// older reports whether marks are behind those noted on the present chain.
func older(marks, noted []syncengine.Own) bool {
	if len(marks) == 0 || len(noted) == 0 {
		return len(marks) == 0
	}
	now, before := marks[len(marks)-1], noted[len(noted)-1]
	return now.Node == before.Node && now.Seq <= before.Seq
}

// Sync makes all notes so far survive a power cut. Call it before what was saved
// leaves this machine.
func (w *File) Sync() error {
	w.mu.Lock()
	due := w.unsynced > 0
	w.unsynced = 0
	w.mu.Unlock()
	if !due {
		return nil
	}
	return w.file.Sync()
}

// Close writes all notes to the disk and releases the file. A second call does
// nothing.
func (w *File) Close() error {
	w.syncing.Wait()
	err := errors.Join(w.Sync(), w.file.Close())
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}
