package server

import (
	"errors"
	"io"
	"net/http"
	"os"
	"slices"
	"syscall"
	"time"

	"raksa/carrier"
	"raksa/syncengine"
	"raksa/web"
)

// stickFilesMax is how many files a session remembers; the oldest go first, and
// their answers with them. Taking a file in again makes its answer anew.
const stickFilesMax = 32

// stickFile is a file that somebody took in at the desk, with the answer for
// the way back. It lasts as long as the session.
type stickFile struct {
	view   web.StickFile
	name   carrier.Name // of the answer
	device syncengine.RecordID
	answer *spool // nil: there is none
}

func (f *stickFile) drop() {
	if f.answer != nil {
		f.answer.file.Close()
		f.answer = nil
	}
}

// keepStickFile remembers what came of a file, newest first. It reports whether
// the session still lasts; the answer of one that has ended is the caller's.
func (s *sessions) keepStickFile(one *session, file *stickFile) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, open := range s.open {
		if open != one {
			continue
		}
		one.stick = slices.Insert(one.stick, 0, file)
		for len(one.stick) > stickFilesMax {
			one.stick[len(one.stick)-1].drop()
			one.stick = one.stick[:len(one.stick)-1]
		}
		return true
	}
	return false
}

// stickFiles gives what the session took in, newest first.
func (s *sessions) stickFiles(one *session) []*stickFile {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(one.stick)
}

// spool is an answer on its way to a browser: sealed bytes in a file that has
// no name, so that nothing of it outlives the process.
type spool struct {
	file *os.File
	size int64
}

func newSpool() (*spool, error) {
	file, err := os.CreateTemp("", "raksa-answer-")
	if err != nil {
		return nil, roomOr(err)
	}
	if err := os.Remove(file.Name()); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &spool{file: file}, nil
}

func (s *spool) Write(p []byte) (int, error) {
	n, err := s.file.Write(p)
	s.size += int64(n)
	return n, roomOr(err)
}

func (s *spool) reader() io.ReadSeeker { return io.NewSectionReader(s.file, 0, s.size) }

func roomOr(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return errors.Join(carrier.ErrFull, err)
	}
	return err
}

// openLine keeps a connection open as long as something moves on it: a big file
// on a slow line takes longer than the listener grants one request.
type openLine struct {
	control *http.ResponseController
	next    time.Time
}

func newOpenLine(w http.ResponseWriter) *openLine {
	return &openLine{control: http.NewResponseController(w)}
}

func (l *openLine) keep() {
	now := time.Now()
	if now.Before(l.next) {
		return
	}
	l.next = now.Add(time.Second)
	// A writer without deadlines, as in a test, has none to move.
	_ = l.control.SetReadDeadline(now.Add(readTimeout))
	_ = l.control.SetWriteDeadline(now.Add(readTimeout + writeTimeout))
}

// reading is a reader that keeps the line while it gives.
func (l *openLine) reading(r io.Reader) io.Reader { return movingReader{l, r} }

type movingReader struct {
	line *openLine
	from io.Reader
}

func (m movingReader) Read(p []byte) (int, error) {
	m.line.keep()
	return m.from.Read(p)
}
