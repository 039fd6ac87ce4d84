package sqlstore

import (
	"context"
	"errors"
	"sync"

	"raksa/syncengine"
)

// A group lets those who wait to write share one transaction, and so one flush
// of the disk: whoever comes to an idle store goes at once and alone; those who
// come meanwhile go together next. Each has a savepoint of its own, so one that
// fails takes nobody with it, and none returns before the commit that holds it.
type group struct {
	transact func(ctx context.Context, fn func(*tx) error) error

	mu      sync.Mutex
	leading bool
	waiting []*member
}

// groupMax bounds how many share one transaction: a failed commit costs them all.
const groupMax = 64

// member is one Update on its way.
type member struct {
	ctx    context.Context
	fn     func(syncengine.Tx) error
	lead   chan struct{} // its turn to run a transaction for itself and others
	done   chan struct{}
	err    error
	panics any
}

// errLeft is the answer to those whose leader's goroutine ended on the way.
var errLeft = errors.New("sqlstore: the transaction ended early")

func (g *group) update(ctx context.Context, fn func(syncengine.Tx) error) error {
	m := &member{ctx: ctx, fn: fn, lead: make(chan struct{}), done: make(chan struct{})}
	g.mu.Lock()
	g.waiting = append(g.waiting, m)
	if !g.leading {
		g.leading = true
		close(m.lead)
	}
	g.mu.Unlock()
	select {
	case <-m.lead:
		g.run()
	case <-m.done:
	case <-ctx.Done():
		if g.leave(m) {
			return ctx.Err()
		}
		select { // too late to leave
		case <-m.lead:
			g.run()
		case <-m.done:
		}
	}
	<-m.done
	if m.panics != nil {
		panic(m.panics)
	}
	return m.err
}

// leave takes a member out that nobody has begun to work on.
func (g *group) leave(m *member) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-m.lead:
		return false
	default:
	}
	for i, one := range g.waiting {
		if one == m {
			g.waiting = append(g.waiting[:i], g.waiting[i+1:]...)
			return true
		}
	}
	return false
}

// run works for those who wait now, and passes the lead on.
func (g *group) run() {
	g.mu.Lock()
	count := min(len(g.waiting), groupMax)
	members := append([]*member{}, g.waiting[:count]...)
	g.waiting = g.waiting[count:]
	g.mu.Unlock()
	ended := false
	defer func() {
		for _, m := range members {
			if !ended && m.err == nil && m.panics == nil {
				m.err = errLeft
			}
			close(m.done)
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.leading = len(g.waiting) > 0; g.leading {
			close(g.waiting[0].lead)
		}
	}()
	if len(members) == 1 {
		g.alone(members[0])
	} else {
		g.together(members)
	}
	ended = true
}

func (g *group) alone(m *member) {
	m.err = g.transact(m.ctx, m.run)
}

func (g *group) together(members []*member) {
	broken := false
	err := g.transact(context.WithoutCancel(members[0].ctx), func(shared *tx) error {
		for _, m := range members {
			if err := m.within(shared); err != nil {
				broken = true
				return err
			}
		}
		return nil
	})
	for _, m := range members {
		if broken || err != nil && m.err == nil && m.panics == nil {
			m.err = err
		}
	}
}

// within runs one member in a savepoint. It gives only what ends them all: a
// disk that failed under one of them, whatever that one made of it, or a
// savepoint that is gone, because SQLite itself has rolled everything back.
func (m *member) within(shared *tx) error {
	if m.err = m.ctx.Err(); m.err != nil {
		return nil
	}
	if _, err := shared.sql.ExecContext(shared.ctx, "savepoint member"); err != nil {
		return shared.wrap("begin", err)
	}
	m.err = m.run(shared)
	if shared.diskFailed() {
		return shared.failed
	}
	if m.err == nil && m.panics == nil {
		return shared.savepoint("end", "release savepoint member")
	}
	return errors.Join(
		shared.savepoint("roll back", "rollback to savepoint member"),
		shared.savepoint("roll back", "release savepoint member"))
}

// savepoint runs a statement without which the transaction cannot go on. Its
// error says also why, where the store has said it before.
func (t *tx) savepoint(doing, statement string) error {
	if _, err := t.sql.ExecContext(t.ctx, statement); err != nil {
		return errors.Join(t.wrap(doing, err), t.failed)
	}
	return nil
}

// run keeps a panic for the goroutine that it belongs to.
func (m *member) run(t *tx) (err error) {
	defer func() {
		if m.panics = recover(); m.panics != nil {
			err = errLeft
		}
	}()
	return buffered(m.ctx, t, false, m.fn)
}
