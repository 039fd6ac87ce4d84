package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"sync"
	"sync/atomic"

	"modernc.org/sqlite"

	"raksa/syncengine"
)

// Store is a syncengine.Store in an SQLite file. One connection writes, a few
// others read. Those who wait to write go together.
type Store struct {
	path string
	// failed: the disk failed under the writer. What the system still holds in
	// memory may never have reached the disk, so the file is opened anew first.
	failed atomic.Bool

	mu          sync.Mutex
	file        connections
	group       group
	checkpoints checkpoints
}

// connections are those to one opening of the file.
type connections struct {
	writerDB, readersDB, moverDB *sql.DB
	writer, readers, mover       *sessions
}

// readerCount is how many read at the same time.
const readerCount = 4

func (c connections) Close() error {
	if c.writerDB == nil {
		return errors.Join(c.readers.close(), c.readersDB.Close())
	}
	// The writer last: the last one to close moves the log into the main file.
	return errors.Join(c.readers.close(), c.mover.close(), c.writer.close(), c.readersDB.Close(), c.moverDB.Close(), c.writerDB.Close())
}

var processSettings sync.Once

func setUp() {
	processSettings.Do(func() {
		// A value of _pragma is run as SQL text: refuse all but plain settings.
		sqlite.StrictPragmas(true)
		// Ordinary POSIX locks vanish when any copy of the file is closed in the
		// process; locks on the open file description do not.
		sqlite.OFDLocking(true)
	})
}

// Open opens the file at path, making it if it is not there.
func Open(path string) (*Store, error) {
	setUp()
	file, err := connect(path)
	if err != nil {
		return nil, whyClosed(path, err)
	}
	s := &Store{path: path, file: file}
	s.group.transact = s.transact
	return s, nil
}

// OpenToRead opens a file that is there, to look at it. Nothing of it is
// changed, its write-ahead log stays as it lies, and Update is ErrReadOnly.
func OpenToRead(path string) (*Store, error) {
	setUp()
	readers, err := openPool(path, "mode=ro", readerCount)
	if err != nil {
		return nil, err
	}
	c := connections{readersDB: readers}
	if c.readers, err = openSessions(readers, "begin", readerCount); err != nil {
		return nil, errors.Join(wrap("open", err), readers.Close())
	}
	s := &Store{path: path, file: c}
	s.group.transact = func(context.Context, func(*tx) error) error { return syncengine.ErrReadOnly }
	return s, nil
}

func connect(path string) (c connections, err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, c.abandon())
		}
	}()
	if c.writerDB, err = openPool(path, "_txlock=immediate&_pragma=wal_autocheckpoint("+checkpointPages+")", 1); err != nil {
		return c, err
	}
	if err := prepare(c.writerDB); err != nil {
		return c, err
	}
	if c.moverDB, err = openPool(path, "_txlock=immediate", 1); err != nil {
		return c, err
	}
	if c.readersDB, err = openPool(path, "mode=ro", readerCount); err != nil {
		return c, err
	}
	if c.writer, err = openSessions(c.writerDB, "begin immediate", 1); err != nil {
		return c, err
	}
	if c.mover, err = openSessions(c.moverDB, "begin", 1); err != nil {
		return c, err
	}
	c.readers, err = openSessions(c.readersDB, "begin", readerCount)
	return c, err
}

// abandon closes what was opened of connections that are not complete.
func (c connections) abandon() (failed error) {
	for _, opened := range []*sessions{c.writer, c.mover} {
		if opened != nil {
			failed = errors.Join(failed, opened.close())
		}
	}
	for _, opened := range []*sql.DB{c.readersDB, c.moverDB, c.writerDB} {
		if opened != nil {
			failed = errors.Join(failed, opened.Close())
		}
	}
	return failed
}

func (s *Store) now() connections {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.file
}

// Reopen opens the file anew if the disk has failed since it was opened.
func (s *Store) Reopen() error {
	if !s.failed.Load() {
		return nil
	}
	_, err := s.reopen()
	return err
}

// reopen takes new connections after the disk failed. The old ones end when
// those who still use them do.
func (s *Store) reopen() (connections, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.failed.Load() {
		return s.file, nil
	}
	file, err := connect(s.path)
	if err != nil {
		return s.file, err
	}
	old := s.file
	s.file = file
	s.failed.Store(false)
	_ = old.Close() // it has failed already
	return file, nil
}

func openPool(path, setting string, connections int) (*sql.DB, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	// A plain file name would ignore mode=ro in silence: always a file: URL.
	dsn := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(absolute)}).EscapedPath()}).String() +
		"?" + setting + "&_defensive=1&_dqs=0" +
		"&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(5000)" +
		"&_pragma=secure_delete(1)&_pragma=temp_store(memory)&_pragma=trusted_schema(0)"
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(connections)
	return db, nil
}

// prepare brings the tables up to date. Where they are, it writes nothing.
func prepare(db *sql.DB) error {
	var version int
	if err := db.QueryRow(sqliteDialect.version).Scan(&version); err != nil {
		return wrap("open", err)
	}
	if version == schemaVersion {
		return nil
	}
	tx, err := db.Begin()
	if err != nil {
		return wrap("make tables", err)
	}
	defer tx.Rollback()
	if err := migrate(context.Background(), tx, sqliteDialect); err != nil {
		return wrap("make tables", err)
	}
	return wrap("make tables", tx.Commit())
}

// Close releases the file.
func (s *Store) Close() error {
	s.checkpoints.work.Wait()
	return s.now().Close()
}

// Update implements syncengine.Store.
func (s *Store) Update(ctx context.Context, fn func(syncengine.Tx) error) error {
	return s.group.update(ctx, fn)
}

// transact runs one writing transaction.
func (s *Store) transact(ctx context.Context, fn func(*tx) error) error {
	file := s.now()
	if s.failed.Load() {
		var err error
		if file, err = s.reopen(); err != nil {
			return err
		}
	}
	rows := int64(0)
	err := file.writer.transact(ctx, func(t *tx) error {
		defer func() { // also when the goroutine of fn ends in it
			rows = t.rows
			if t.diskFailed() {
				s.failed.Store(true)
			}
		}()
		return fn(t)
	})
	if err == nil {
		s.wrote(file, rows)
	}
	return s.mark(err)
}

// mark remembers a disk that failed under the writer.
func (s *Store) mark(err error) error {
	if errors.Is(err, syncengine.ErrDisk) {
		s.failed.Store(true)
	}
	return err
}

// View implements syncengine.Store.
func (s *Store) View(ctx context.Context, fn func(syncengine.Tx) error) error {
	return s.now().readers.transact(ctx, func(t *tx) error { return buffered(ctx, t, true, fn) })
}

// Scour moves everything into the main file and empties the write-ahead log, so
// that no older copy of a deleted cell is left in it. Hosts call it after keys
// were dropped or erased.
func (s *Store) Scour(ctx context.Context) error {
	var busy, frames, moved int
	err := s.now().writer.use(ctx, func(one *session) error {
		return one.conn.QueryRowContext(ctx, "pragma wal_checkpoint(truncate)").Scan(&busy, &frames, &moved)
	})
	if err != nil {
		return s.mark(wrap("checkpoint", err))
	}
	if busy != 0 {
		return errors.New("sqlstore: checkpoint: a reader is in the way")
	}
	return nil
}

// Backup writes a consistent copy of the whole store into a new file.
func (s *Store) Backup(ctx context.Context, path string) error {
	return s.now().writer.use(ctx, func(one *session) error {
		_, err := one.conn.ExecContext(ctx, "vacuum into ?", path)
		return err
	})
}

// Check asks SQLite whether the file's structure is sound. It says nothing of
// values: hashes do, on every read.
func (s *Store) Check(ctx context.Context) error {
	var verdict string
	err := s.now().readers.use(ctx, func(one *session) error {
		return one.conn.QueryRowContext(ctx, "pragma integrity_check(1)").Scan(&verdict)
	})
	if err != nil {
		return wrap("integrity check", err)
	}
	if verdict != "ok" {
		return fmt.Errorf("%w: integrity check: %s", syncengine.ErrFile, verdict)
	}
	return nil
}
