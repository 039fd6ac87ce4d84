//go:build linux

package night

import (
	"errors"
	"strings"
	"testing"
	"time"

	"raksa/server"
	"raksa/syncengine"
	"raksa/syncengine/sqlstore/pgtest"
)

// The whole night, with the office on PostgreSQL: enrolment, offline work, two
// centers, pairs, a referral, a withdrawal.
func TestTheNightEndsAsItWasPutInOnPostgreSQL(t *testing.T) {
	t.Parallel()
	n, _ := beginOn(t, pgtest.Start(t).Database(t))
	n.playsOut(t)
}

// officesKilled is how many processes of the office are killed.
const officesKilled = 6

// Three processes serve one office. The one that a tablet speaks to is killed,
// again and again, and the tablet goes on with another. Nothing that was
// confirmed is lost, nothing is there twice, and the office is one node.
func TestAnyProcessOfTheOfficeMayDie(t *testing.T) {
	t.Parallel()
	url := pgtest.Start(t).Database(t)
	n, _ := beginOn(t, url)
	random, _ := killTimes(t)
	public := n.link.address()
	n.leaveOffice(t)
	type process struct {
		*child
		at string
	}
	serve := func() process {
		c := spawn(t, "office", childDir+"="+n.Dir, childPublic+"="+public, childDB+"="+url)
		at, _ := strings.CutPrefix(c.line(t), "serving ")
		return process{c, at}
	}
	offices := []process{serve(), serve(), serve()}
	confirmed := 0
	for range officesKilled {
		n.link.to(offices[0].at)
		n.workUntilKilled(t, offices[0].child, 1+random.IntN(2), time.Duration(random.IntN(25_000))*time.Microsecond)
		offices = append(offices[1:], serve())
		confirmed += n.stillHolds(t, url)
	}
	n.link.to(offices[0].at)
	must(t, n.PTC2.SyncOnce(t.Context())) // those that were there all the time serve on
	for _, one := range offices {
		must(t, one.cmd.Process.Kill())
		one.end()
	}
	n.returnToOffice(t, url)
	n.followsAgain(t)
	n.meet(t)
	if confirmed < officesKilled/2 {
		t.Errorf("only %d of %d lives confirmed anything: the kills came too early to prove anything", confirmed, officesKilled)
	}
	n.nothingDoubled(t, n.PTC2)
	n.oneOffice(t)
	n.allWell(t)
}

// followsAgain waits until the turn of a process that was killed at work can be
// taken over: it has not moved for as long as a turn lives.
func (n *Night) followsAgain(t *testing.T) {
	t.Helper()
	look := time.NewTicker(200 * time.Millisecond)
	defer look.Stop()
	for range 100 {
		err := n.Office.CatchUp(t.Context())
		var other *server.OtherFollows
		if !errors.As(err, &other) {
			must(t, err)
			return
		}
		<-look.C
	}
	t.Fatal("nobody can take over from a process that was killed")
}

// oneOffice holds that the office's own chain has no fork and no gap, whichever
// processes wrote it.
func (n *Night) oneOffice(t *testing.T) {
	t.Helper()
	view(t, n.store, func(tx syncengine.Tx) error {
		self, err := syncengine.LoadSelf(tx)
		must(t, err)
		chain, err := tx.Chain(self.Node, 0, 1_000_000)
		must(t, err)
		for i, c := range chain {
			if c.Seq != uint64(i+1) {
				t.Fatalf("change %d of the office has seq %d", i+1, c.Seq)
			}
		}
		if nodes, err := syncengine.OwnNodes(tx); err != nil || len(nodes) != 1 || self.Seq != uint64(len(chain)) {
			t.Errorf("the office has been %d nodes, with %d changes and an end at %d (%v)", len(nodes), len(chain), self.Seq, err)
		}
		_, _, err = server.VerifyAudit(tx)
		return err
	})
}
