package sqlstore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"raksa/syncengine"
)

// Primary result codes, the low byte of what SQLite answers
// (https://www.sqlite.org/rescode.html).
const (
	codeReadOnly = 8
	codeIO       = 10
	codeCorrupt  = 11
	codeFull     = 13
	codeCantOpen = 14
	codeNotADB   = 26
)

// failures says in the engine's words what a code means. The operating system's
// "file too large" (a quota) comes as an I/O error.
var failures = map[int]error{
	codeReadOnly: syncengine.ErrReadOnly, codeIO: syncengine.ErrDisk, codeCorrupt: syncengine.ErrFile,
	codeFull: syncengine.ErrNoRoom, codeCantOpen: syncengine.ErrDisk, codeNotADB: syncengine.ErrFile,
}

// whyClosed tells a disk that may only be read from one that failed: SQLite says
// "unable to open" of both.
func whyClosed(path string, err error) error {
	if !errors.Is(err, syncengine.ErrDisk) {
		return err
	}
	file, closed := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(closed, syscall.EROFS) || errors.Is(closed, fs.ErrPermission) {
		return fmt.Errorf("%w: %w", syncengine.ErrReadOnly, err)
	}
	if closed == nil {
		closed = file.Close()
	}
	return errors.Join(err, closed)
}

// wrap says what was being done, and what the store's answer means.
func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	var coded interface{ Code() int }
	if errors.As(err, &coded) {
		if meaning := failures[coded.Code()&0xff]; meaning != nil {
			return fmt.Errorf("sqlstore: %s: %w: %w", doing, meaning, err)
		}
	}
	return fmt.Errorf("sqlstore: %s: %w", doing, err)
}

// meant gives err when the table of failures has a meaning for it, else nil.
func meant(err error) error {
	for _, meaning := range failures {
		if errors.Is(err, meaning) {
			return err
		}
	}
	return nil
}
