package carrier

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// ErrFull: the stick or disk has no room left for the bundle.
var ErrFull = errors.New("carrier: no room left")

// File is a bundle on its way to a disk: under its name only once it is whole
// and synced, so that nobody carries half of one.
type File struct {
	file *os.File
	path string
}

// Create begins a file in a folder, making the folder if it is not there.
func Create(folder string, name Name) (*File, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fullOr(err)
	}
	path := filepath.Join(folder, name.File())
	file, err := os.OpenFile(path+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fullOr(err)
	}
	return &File{file: file, path: path}, nil
}

// Path is where the file will be.
func (f *File) Path() string { return f.path }

func (f *File) Write(p []byte) (int, error) {
	n, err := f.file.Write(p)
	return n, fullOr(err)
}

// Keep ends the writing: synced, closed, named, and the folder synced too.
func (f *File) Keep() error {
	err := errors.Join(f.file.Sync(), f.file.Close())
	if err == nil {
		err = os.Rename(f.path+".part", f.path)
	}
	if err == nil {
		err = syncFolder(filepath.Dir(f.path))
	}
	if err != nil {
		os.Remove(f.path + ".part")
	}
	return fullOr(err)
}

// Discard throws away what was written.
func (f *File) Discard() {
	f.file.Close()
	os.Remove(f.path + ".part")
}

// syncFolder makes a new name last. A file system that cannot (a stick with
// FAT) is no reason to fail.
func syncFolder(folder string) error {
	dir, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer dir.Close()
	if err := dir.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.ENOTSUP) {
		return err
	}
	return nil
}

func fullOr(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG) {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return err
}

// Save writes what comes from a reader as a file of a folder, at most mostBytes.
// ErrTooLong beyond them, and nothing is kept.
func Save(folder string, name Name, from io.Reader, mostBytes int64) (size int64, err error) {
	f, err := Create(folder, name)
	if err != nil {
		return 0, err
	}
	size, err = io.Copy(f, io.LimitReader(from, mostBytes+1))
	if err == nil && size > mostBytes {
		err = ErrTooLong
	}
	if err != nil {
		f.Discard()
		return size, err
	}
	return size, f.Keep()
}

// NameOf reads the name in the clear at the beginning of a bundle. ErrForeign.
func NameOf(bundle []byte) (Name, error) {
	line, is := strings.CutPrefix(string(bundle[:min(len(bundle), len(magic)+nameLine)]), magic)
	if !is {
		return Name{}, ErrForeign
	}
	return ParseName(strings.TrimSuffix(line, "\n"))
}

// Entry is a bundle that lies in a folder.
type Entry struct {
	Name     Name
	Path     string
	Bytes    int64
	Modified time.Time
}

// List gives the bundles in a folder, by name. A folder that is not there is empty.
func List(folder string) ([]Entry, error) {
	files, err := os.ReadDir(folder)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var found []Entry
	for _, file := range files {
		text, is := strings.CutSuffix(file.Name(), Ending)
		name, err := ParseName(text)
		if !is || err != nil {
			continue
		}
		info, err := file.Info()
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		found = append(found, Entry{Name: name, Path: filepath.Join(folder, file.Name()), Bytes: info.Size(), Modified: info.ModTime()})
	}
	return found, nil
}
