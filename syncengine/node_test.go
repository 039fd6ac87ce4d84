package syncengine_test

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"raksa/syncengine"
	"raksa/syncengine/memstore"
	"raksa/syncengine/storetest"
)

const (
	form      = "arrival/1"
	interview = syncengine.Kind(2)
	stream    = "center/1"

	identity  = syncengine.Class(2)
	indicator = syncengine.Class(4)
)

var someone = syncengine.PersonID{0xAA}

// words serves every form version but "unknown/1".
var words = syncengine.Codec{
	Dictionary: func(version string) []byte {
		if version == "unknown/1" {
			return nil
		}
		return []byte("passport held by employer; freedom of movement; yes no dont_know")
	},
	PadStep: func(class syncengine.Class) int { return map[syncengine.Class]int{5: 64}[class] },
}

// A node is a tablet, or the office, on a store in memory. Every failure that
// a test does not ask for ends it.
type node struct {
	*memstore.Store
	t          rapid.TB
	engine     *syncengine.Engine
	keys       *storetest.Keys
	wallMillis int64
	random     *rand.ChaCha8
}

func newNode(t rapid.TB, name byte) *node {
	n := &node{Store: &memstore.Store{}, t: t, wallMillis: 1_700_000_000_000, random: rand.NewChaCha8([32]byte{name})}
	n.keys = &storetest.Keys{}
	n.engine = &syncengine.Engine{Keys: n.keys, Codec: words}
	n.update(func(tx syncengine.Tx) error { return syncengine.BecomeNode(tx, syncengine.NodeID{name}) })
	return n
}

// clone is somebody's copy of the database, or a backup of it.
func (n *node) clone(seed byte) *node {
	c := *n
	c.Store, c.random, c.keys = n.Clone(), rand.NewChaCha8([32]byte{seed}), &storetest.Keys{}
	c.engine = &syncengine.Engine{Keys: c.keys, Codec: words}
	return &c
}

func (n *node) update(fn func(syncengine.Tx) error) {
	n.t.Helper()
	if err := n.Update(context.Background(), fn); err != nil {
		n.t.Fatalf("update: %v", err)
	}
}

func (n *node) view(fn func(syncengine.Tx) error) {
	n.t.Helper()
	if err := n.View(context.Background(), fn); err != nil {
		n.t.Fatalf("view: %v", err)
	}
}

func (n *node) read(record byte) *syncengine.Record {
	n.t.Helper()
	rec := &syncengine.Record{}
	n.view(func(tx syncengine.Tx) (err error) {
		rec, err = n.engine.Read(tx, syncengine.RecordID{record})
		if errors.Is(err, syncengine.ErrUnknownChange) {
			rec, err = &syncengine.Record{}, nil
		}
		return err
	})
	return rec
}

// classOf puts names into their own class.
func classOf(field string) syncengine.Class {
	if strings.HasPrefix(field, "name") {
		return identity
	}
	return indicator
}

// save writes one field as a person does who looks at all that is live.
func (n *node) save(record byte, field, value string) *syncengine.Change {
	n.t.Helper()
	return n.saveOver(record, field, value, n.read(record).Field(field).Basis()...)
}

// saveOver writes one field with the given versions on the screen.
func (n *node) saveOver(record byte, field, value string, basis ...syncengine.ChangeID) *syncengine.Change {
	n.t.Helper()
	c, err := n.try(syncengine.Draft{Writes: map[syncengine.Class][]syncengine.Write{
		classOf(field): {{Field: field, State: 1, Value: []byte(value), Supersedes: basis}},
	}, Record: syncengine.RecordID{record}})
	if err != nil {
		n.t.Fatalf("save: %v", err)
	}
	return c
}

// try saves a draft; kind, form and author have everyday values when unset.
func (n *node) try(d syncengine.Draft) (c *syncengine.Change, err error) {
	n.wallMillis++
	d.Kind, d.Form, d.Author = cmp.Or(d.Kind, interview), cmp.Or(d.Form, form), someone
	err = n.Update(context.Background(), func(tx syncengine.Tx) (err error) {
		c, err = n.engine.Save(tx, d, syncengine.Moment{WallMillis: n.wallMillis, Random: n.random})
		return err
	})
	return c, err
}

func (n *node) order(record byte, control syncengine.Control) *syncengine.Change {
	n.t.Helper()
	c, err := n.try(syncengine.Draft{Record: syncengine.RecordID{record}, Kind: syncengine.KindControl, Writes: control.Writes()})
	if err != nil {
		n.t.Fatalf("order %s: %v", control.Op, err)
	}
	return c
}

func (n *node) ingest(changes ...*syncengine.Change) {
	n.t.Helper()
	for _, c := range changes {
		n.update(func(tx syncengine.Tx) error { _, err := n.engine.Ingest(tx, c); return err })
	}
}

// live gives what stands in a field, oldest first.
func (n *node) live(record byte, field string) string {
	n.t.Helper()
	var values []string
	for _, v := range n.read(record).Field(field).Live() {
		values = append(values, string(v.Value))
	}
	return strings.Join(values, " ")
}

// folded gives the bytes of all that can be read of a record.
func (n *node) folded(record byte) string {
	n.t.Helper()
	rec := n.read(record)
	var out strings.Builder
	for _, class := range slices.Sorted(maps.Keys(rec.Classes)) {
		out.WriteByte(byte(class))
		out.Write(rec.Classes[class].Encode())
	}
	return out.String()
}

// page gives the next page of the chain that this node saves under.
func (n *node) page() (page *syncengine.Page) {
	n.t.Helper()
	n.view(func(tx syncengine.Tx) error {
		self, err := syncengine.LoadSelf(tx)
		if err != nil {
			return err
		}
		acked, err := syncengine.Acked(tx, self.Node)
		if err != nil {
			return err
		}
		page, err = syncengine.BuildPage(tx, self.Node, acked.Seq, syncengine.PageBytesMax)
		return err
	})
	return page
}

// receive takes a page in at the office and puts what is new into the stream.
func (n *node) receive(p *syncengine.Page) (receipt syncengine.Receipt, err error) {
	err = n.Update(context.Background(), func(tx syncengine.Tx) (err error) {
		if receipt, err = n.engine.Receive(tx, p, n.wallMillis); err != nil {
			return err
		}
		return publish(tx, receipt.New...)
	})
	return receipt, err
}

func publish(tx syncengine.Tx, changes ...*syncengine.Change) error {
	for _, c := range changes {
		if _, err := syncengine.AppendStream(tx, stream, c.ID()); err != nil {
			return err
		}
	}
	return nil
}

// push brings all that waits to the office, and gives the last receipt.
func (n *node) push(office *node) (last syncengine.Receipt) {
	n.t.Helper()
	for range 50 {
		page := n.page()
		if page == nil {
			return last
		}
		receipt, err := office.receive(page)
		if err != nil {
			n.t.Fatalf("receive: %v", err)
		}
		n.update(func(tx syncengine.Tx) error { return syncengine.Acknowledge(tx, page.Node, receipt) })
		last = receipt
	}
	n.t.Fatal("push does not end")
	return last
}

func (n *node) serve(positions []syncengine.Position, allowed func(*syncengine.Change, syncengine.Class) bool) (news syncengine.News) {
	n.t.Helper()
	if allowed == nil {
		allowed = func(*syncengine.Change, syncengine.Class) bool { return true }
	}
	n.view(func(tx syncengine.Tx) (err error) {
		news, err = syncengine.Serve(tx, stream, positions, 2000, allowed)
		return err
	})
	return news
}

func (n *node) ladder() (rungs []syncengine.Position) {
	n.t.Helper()
	n.view(func(tx syncengine.Tx) (err error) { rungs, err = syncengine.Ladder(tx, stream); return err })
	return rungs
}

func (n *node) take(news syncengine.News) (fresh []*syncengine.Change, err error) {
	err = n.Update(context.Background(), func(tx syncengine.Tx) (err error) {
		fresh, err = n.engine.Take(tx, news, n.wallMillis)
		return err
	})
	return fresh, err
}

// pull reads the office's stream to its end.
func (n *node) pull(office *node) {
	n.t.Helper()
	for range 200 {
		news := office.serve(n.ladder(), nil)
		if _, err := n.take(news); err != nil {
			n.t.Fatalf("take: %v", err)
		}
		agrees := false
		n.view(func(tx syncengine.Tx) (err error) { agrees, err = syncengine.Agrees(tx, news); return err })
		if agrees {
			return
		}
	}
	n.t.Fatal("pull does not end")
}
