package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// A session is one connection with its statements prepared, because preparing
// costs more than running. One transaction at a time uses it.
//
// Its statements run under no context of their own: one that is broken off would
// take the whole transaction with it, the others of a group too. The buffer
// asks the caller's context between two of them.
type session struct {
	conn     *sql.Conn
	prepared map[string]*sql.Stmt
}

func newSession(ctx context.Context, db *sql.DB) (*session, error) {
	conn, err := db.Conn(ctx)
	return &session{conn: conn, prepared: map[string]*sql.Stmt{}}, err
}

func (s *session) close() error {
	for _, one := range s.prepared {
		one.Close()
	}
	return s.conn.Close()
}

func (s *session) statement(query string) (*sql.Stmt, error) {
	if one := s.prepared[query]; one != nil {
		return one, nil
	}
	one, err := s.conn.PrepareContext(context.Background(), query)
	if err == nil {
		s.prepared[query] = one
	}
	return one, err
}

func (s *session) ExecContext(_ context.Context, query string, args ...any) (sql.Result, error) {
	one, err := s.statement(query)
	if err != nil {
		return nil, err
	}
	return one.ExecContext(context.Background(), args...)
}

func (s *session) QueryContext(_ context.Context, query string, args ...any) (*sql.Rows, error) {
	one, err := s.statement(query)
	if err != nil {
		return nil, err
	}
	return one.QueryContext(context.Background(), args...)
}

func (s *session) QueryRowContext(_ context.Context, query string, args ...any) *sql.Row {
	one, err := s.statement(query)
	if err != nil {
		// The same text fails again, in the way that a row can tell.
		return s.conn.QueryRowContext(context.Background(), query, args...)
	}
	return one.QueryRowContext(context.Background(), args...)
}

// transact runs fn between begin and commit; an error or a panic of fn rolls
// back, and so does a disk that failed under fn, whatever fn made of it.
func (s *session) transact(ctx context.Context, begin string, fn func(*tx) error) (err error) {
	if _, err := s.ExecContext(ctx, begin); err != nil {
		return wrap("begin", err)
	}
	committed := false
	defer func() {
		if !committed {
			// It fails where SQLite has rolled back by itself; only a disk counts.
			_, back := s.ExecContext(ctx, "rollback")
			err = errors.Join(err, meant(wrap("roll back", back)))
		}
	}()
	t := &tx{ctx: ctx, sql: s}
	err = fn(t)
	if t.diskFailed() {
		return errors.Join(t.failed, err)
	}
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	_, err = s.ExecContext(ctx, "commit")
	committed = err == nil
	return wrap("commit", err)
}

// sessions are those of one pool of connections, until it is closed.
type sessions struct {
	begin string
	free  chan *session

	mu     sync.Mutex
	closed bool
}

func openSessions(db *sql.DB, begin string, count int) (*sessions, error) {
	all := &sessions{begin: begin, free: make(chan *session, count)}
	for range count {
		one, err := newSession(context.Background(), db)
		if err != nil {
			return nil, errors.Join(wrap("open", err), all.close())
		}
		all.free <- one
	}
	return all, nil
}

// use hands a session that is free to fn.
func (s *sessions) use(ctx context.Context, fn func(*session) error) error {
	var one *session
	select {
	case one = <-s.free:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer s.give(one)
	return fn(one)
}

func (s *sessions) transact(ctx context.Context, fn func(*tx) error) error {
	return s.use(ctx, func(one *session) error { return one.transact(ctx, s.begin, fn) })
}

func (s *sessions) give(one *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		_ = one.close()
	}
	s.free <- one // whoever still waits learns from it that it is closed
}

// close closes those that are free; the others close when they are given back.
func (s *sessions) close() (failed error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	for range len(s.free) {
		one := <-s.free
		failed = errors.Join(failed, one.close())
		s.free <- one
	}
	return failed
}
