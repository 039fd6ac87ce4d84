package night

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"raksa/casefile"
	"raksa/device"
	"raksa/screening"
	"raksa/server"
	"raksa/syncengine"
	"raksa/syncengine/sqlstore"
	"raksa/syncengine/witness"
	"raksa/vault"
)

var (
	killSeed = flag.Uint64("kill-seed", 0, "when processes are killed; 0 draws one")
	kills    = flag.Int("kills", 50, "how often the tablet, and the office, are killed")
)

// The child processes of the kill tests are this test binary, told by the
// environment what to be.
const (
	childRole   = "RAKSA_TEST_CHILD" // tablet, office
	childDir    = "RAKSA_TEST_DIR"
	childPerson = "RAKSA_TEST_PERSON"
	childPublic = "RAKSA_TEST_PUBLIC"
	childDB     = "RAKSA_TEST_DB"
	keyPhrase   = "made up, protects nothing"
)

func TestMain(m *testing.M) {
	switch os.Getenv(childRole) {
	case "":
		// These tests wait for disks and processes more than they compute. What is
		// said on the command line still counts.
		if err := flag.Set("test.parallel", "8"); err != nil {
			exitWith(err)
		}
		os.Exit(m.Run())
	case "tablet":
		exitWith(tabletChild(context.Background()))
	case "disk":
		if err := diskChild(context.Background()); err != nil {
			exitWith(err)
		}
		os.Exit(0)
	case "office":
		exitWith(officeChild(context.Background()))
	}
}

func exitWith(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// tabletChild saves for ever, and says what was kept, each after it was. In
// between it exchanges with the office, and now and then closes an interview.
func tabletChild(ctx context.Context) error {
	person, err := syncengine.ParsePersonID(os.Getenv(childPerson))
	if err != nil {
		return err
	}
	dir := os.Getenv(childDir)
	store, err := openFated(ctx, filepath.Join(dir, "raksa.db"))
	if err != nil {
		return err
	}
	d, err := device.Open(ctx, device.Config{
		Dir: dir, Now: later.now, Random: rand.Reader, Log: zerolog.Nop(), Forms: forms, SecretCost: cheap,
		Store: store, Witness: filepath.Join(dir, "raksa.witness"),
	})
	if err != nil {
		return err
	}
	err = d.SignIn(ctx, person, []byte(Secret))
	var wait *device.Wait
	if errors.As(err, &wait) { // the last life ended in the middle of signing in, which counts as a wrong try
		later.by = time.Duration(wait.Seconds+1) * time.Second
		err = d.SignIn(ctx, person, []byte(Secret))
	}
	if err != nil {
		return err
	}
	fmt.Println("ready")
	saved := make(chan struct{}, 1)
	go func() {
		for range saved {
			_ = d.SyncOnce(ctx) // failing is ordinary
		}
	}()
	for {
		id, err := d.NewInterview(ctx, device.Opening{})
		if err != nil {
			return err
		}
		for hours := range 5 {
			kept, err := saveHours(ctx, d, id, hours+1)
			if err != nil {
				return err
			}
			fmt.Println("kept", kept)
			select {
			case saved <- struct{}{}:
			default: // an exchange is under way
			}
		}
		if err := d.CloseInterview(ctx, id); err != nil {
			return err
		}
		fmt.Println("closed", id)
	}
}

// later is the clock of a child that does not wait.
var later laterClock

type laterClock struct{ by time.Duration }

func (c *laterClock) now() time.Time { return time.Now().Add(c.by) }

func saveHours(ctx context.Context, d *device.Device, id syncengine.RecordID, hours int) (syncengine.ChangeID, error) {
	seen, err := d.Record(ctx, id)
	if err != nil {
		return syncengine.ChangeID{}, err
	}
	edit := device.Edit{
		Basis:   casefile.BasisOf(seen.Record, "wrk_hours_day", "asm_view"),
		Answers: screening.Answers{"wrk_hours_day": screening.Of(screening.Int(hours)), "asm_view": screening.Of(screening.Code("unclear"))},
	}
	kept, err := d.SaveAnswers(ctx, id, edit)
	if err != nil {
		return syncengine.ChangeID{}, err
	}
	return last(kept.Basis["wrk_hours_day"]), nil
}

// officeChild serves until it is killed, and says where.
func officeChild(ctx context.Context) error {
	dir := os.Getenv(childDir)
	file, err := os.Open(filepath.Join(dir, "office.key"))
	if err != nil {
		return err
	}
	keys, err := vault.Load(file, keyPhrase)
	if err != nil {
		return err
	}
	db := os.Getenv(childDB)
	if db == "" {
		db = filepath.Join(dir, "office.db")
	}
	store, err := openFated(ctx, db)
	if err != nil {
		return err
	}
	noted, err := witness.Open(filepath.Join(dir, "office.witness"))
	if err != nil {
		return err
	}
	armed.Store(false)
	office, err := server.Open(ctx, server.Config{
		Store: store, Keys: keys, Forms: forms, Now: time.Now, Random: rand.Reader, Log: zerolog.Nop(), SecretCost: cheap,
		Witness: noted,
	})
	if err != nil {
		return err
	}
	listening, err := office.Listen(ctx, server.Addresses{Sync: "127.0.0.1:0", Desk: "127.0.0.1:0", Public: os.Getenv(childPublic)})
	if err != nil {
		return err
	}
	armed.Store(true)
	fmt.Println("serving", listening.SyncAddr)
	<-ctx.Done()
	return nil
}

// openFated opens a database under the point at which this child is killed.
func openFated(ctx context.Context, path string) (syncengine.Store, error) {
	store, err := sqlstore.OpenAt(ctx, path)
	if err != nil {
		return nil, err
	}
	return fated(store)
}

// child is one life of a process.
type child struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner
}

func spawn(t *testing.T, role string, env ...string) *child {
	t.Helper()
	return spawnUnder(t, nil, role, env...)
}

// spawnUnder lets another program run the child.
func spawnUnder(t *testing.T, program []string, role string, env ...string) *child {
	t.Helper()
	run := append(program, os.Args[0])
	c := &child{cmd: exec.Command(run[0], run[1:]...)}
	c.cmd.Env = append(append(os.Environ(), childRole+"="+role), env...)
	c.cmd.Stderr = os.Stderr
	out, err := c.cmd.StdoutPipe()
	must(t, err)
	must(t, c.cmd.Start())
	t.Cleanup(func() { c.cmd.Process.Kill() })
	c.lines = bufio.NewScanner(out)
	return c
}

// line waits for the next line of the child.
func (c *child) line(t *testing.T) string {
	t.Helper()
	if !c.lines.Scan() {
		t.Fatalf("the %v ended by itself", c.cmd.Env[len(c.cmd.Env)-1])
	}
	return c.lines.Text()
}

// end waits until the child is gone, and gives what it had still said.
func (c *child) end() (said []string) {
	for c.lines.Scan() {
		said = append(said, c.lines.Text())
	}
	c.cmd.Wait()
	return said
}

// killTimes draws when to kill, under a printed seed.
func killTimes(t *testing.T) (random *mathrand.Rand, times int) {
	seed := *killSeed
	if seed == 0 {
		seed = mathrand.Uint64()
	}
	t.Logf("-kill-seed %d", seed)
	if times = *kills; testing.Short() {
		times = min(times, 5)
	}
	return mathrand.New(mathrand.NewPCG(seed, 1)), times
}

// A tablet is killed at random points of its work. What it said was kept is
// there, what was closed stays closed, and the office gets all of it once.
func TestAKilledTabletLosesNothingThatItShowedAsKept(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	random, times := killTimes(t)
	dir := n.folder("PTC-1")
	must(t, n.PTC1.Close())
	person := n.Staff[hallOfficer].ID
	var kept []syncengine.ChangeID
	var closed []syncengine.RecordID
	for life := range times {
		at := drawKill(random, life, 60)
		tablet := spawn(t, "tablet", childDir+"="+dir, childPerson+"="+person.String(), childKill+"="+at)
		var said []string
		if at == "" {
			said = append(said, tablet.line(t))
			for range random.IntN(8) {
				said = append(said, tablet.line(t))
			}
			time.AfterFunc(time.Duration(random.IntN(15_000))*time.Microsecond, func() { tablet.cmd.Process.Kill() })
		}
		said = append(said, tablet.end()...) // at a named point it kills itself
		for _, line := range said {
			word, id, _ := strings.Cut(line, " ")
			switch word {
			case "kept":
				change, err := syncengine.ParseChangeID(id)
				if err == nil { // the last line may be cut
					kept = append(kept, change)
				}
			case "closed":
				if record, err := syncengine.ParseRecordID(id); err == nil {
					closed = append(closed, record)
				}
			}
		}
	}
	again := n.open(t, dir)
	n.PTC1 = again
	nothingWrong(t, "the tablet", again.Store, nil)
	n.signIn(t, again, hallOfficer)
	n.meet(t)
	if len(kept) < times {
		t.Errorf("only %d saves in %d lives: the kills came too early to prove anything", len(kept), times)
	}
	for _, id := range kept {
		if err := hasChange(again.Store, id); err != nil {
			t.Errorf("kept on the tablet, and gone: %v", err)
		}
		if err := hasChange(n.store, id); err != nil {
			t.Errorf("kept on the tablet, and not at the office: %v", err)
		}
	}
	for _, id := range closed {
		if iv := n.officeReads(t, id); !iv.Closed {
			t.Error("closed on the tablet, and open at the office")
		}
		if held := wraps(t, again.Store, id)[vault.BucketRecordKeys+" "+string(id[:])]; held != nil {
			t.Error("closed on the tablet, and the key is back")
		}
	}
	t.Logf("%d lives, %d saves kept, %d interviews closed", times, len(kept), len(closed))
	n.nothingDoubled(t, again)
	n.allWell(t)
}

func hasChange(store syncengine.Store, id syncengine.ChangeID) error {
	return store.View(context.Background(), func(tx syncengine.Tx) error {
		_, err := tx.Change(id)
		return err
	})
}

// nothingDoubled holds the chain of a device against the office's: the same
// changes, each once, no gap, no fork.
func (n *Night) nothingDoubled(t *testing.T, d *device.Device) {
	t.Helper()
	nodes, own := 0, map[syncengine.NodeID][]*syncengine.Change{}
	view(t, d.Store, func(tx syncengine.Tx) error {
		ids, err := syncengine.OwnNodes(tx)
		must(t, err)
		for _, node := range ids {
			own[node], err = tx.Chain(node, 0, 1_000_000)
			must(t, err)
		}
		nodes = len(ids)
		return nil
	})
	if nodes != 1 || len(n.leaves(t, "fork")) != 0 {
		t.Errorf("the device has been %d nodes and made %d forks: it is one chain that was killed", nodes, len(n.leaves(t, "fork")))
	}
	records := map[syncengine.RecordID]bool{}
	view(t, n.store, func(tx syncengine.Tx) error {
		for node, chain := range own {
			there, err := tx.Chain(node, 0, 1_000_000)
			must(t, err)
			if len(there) != len(chain) {
				t.Errorf("%d changes on the device, %d of it at the office", len(chain), len(there))
			}
			for i, c := range there {
				records[c.Record] = true
				if c.Seq != uint64(i+1) || i >= len(chain) || c.ID() != chain[i].ID() {
					t.Errorf("the office's change %d of the device is another", i+1)
				}
			}
		}
		count, err := n.Office.Count(tx, server.CountQuery{})
		must(t, err)
		if count.Records != len(records) {
			t.Errorf("%d records were made, the office counts %d", len(records), count.Records)
		}
		return nil
	})
}

// The office is killed while a tablet pushes to it. Whatever it had confirmed
// to the tablet it still holds, and the tablet goes on where it was.
func TestAKilledOfficeLosesNothingThatItConfirmed(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	random, times := killTimes(t)
	public := n.link.address()
	n.leaveOffice(t)
	db := filepath.Join(n.Dir, "office.db")
	confirmed := 0
	for life := range times {
		point := drawKill(random, life, 6)
		office := spawn(t, "office", childDir+"="+n.Dir, childPublic+"="+public, childKill+"="+point)
		if point != "" && !office.lines.Scan() { // what it does by itself came to that point first
			office.end()
			confirmed += n.stillHolds(t, db)
			continue
		} else if point == "" {
			office.line(t)
		}
		at, _ := strings.CutPrefix(office.lines.Text(), "serving ")
		n.link.to(at)
		n.workUntilKilled(t, office, random.IntN(3), time.Duration(random.IntN(25_000))*time.Microsecond)
		confirmed += n.stillHolds(t, db)
	}
	n.returnToOffice(t, db)
	n.meet(t)
	if confirmed < times/2 {
		t.Errorf("only %d of %d lives confirmed anything: the kills came too early to prove anything", confirmed, times)
	}
	t.Logf("%d lives, %d of them ended with changes confirmed", times, confirmed)
	n.nothingDoubled(t, n.PTC2)
	n.allWell(t)
}

// leaveOffice stops the office of this process and leaves its key in a file.
func (n *Night) leaveOffice(t *testing.T) {
	t.Helper()
	must(t, n.Listening.Stop())
	n.Listening = nil
	must(t, n.store.Close())
	n.store = nil
	file, err := os.Create(filepath.Join(n.Dir, "office.key"))
	must(t, err)
	must(t, errors.Join(n.keys.Save(file, keyPhrase, 1), file.Close()))
}

// returnToOffice opens the office in this process again.
func (n *Night) returnToOffice(t *testing.T, db string) {
	t.Helper()
	var err error
	n.store, err = sqlstore.OpenAt(t.Context(), db)
	must(t, err)
	n.Office, err = server.Open(t.Context(), server.Config{
		Store: n.store, Keys: n.keys, Forms: forms, Now: time.Now, Random: rand.Reader, Log: n.Log, SecretCost: cheap,
	})
	must(t, err)
	n.Listening, err = n.Office.Listen(t.Context(), server.Addresses{Sync: "127.0.0.1:0", Desk: "127.0.0.1:0", Public: n.link.address()})
	must(t, err)
	n.link.to(n.Listening.SyncAddr)
}

// workUntilKilled saves and exchanges on PTC-2. After some exchanges, and a
// moment more, the office is killed in whatever it does.
func (n *Night) workUntilKilled(t *testing.T, office *child, exchanges int, moment time.Duration) {
	t.Helper()
	gone := make(chan struct{})
	for done := 0; ; {
		if done == exchanges {
			time.AfterFunc(moment, func() { office.cmd.Process.Kill(); office.end(); close(gone) })
		}
		done++
		id := n.begin(t, n.PTC2)
		_, err := saveHours(t.Context(), n.PTC2, id, 8)
		must(t, err)
		_ = n.PTC2.SyncOnce(t.Context()) // fails when the office goes
		select {
		case <-gone:
			return
		default:
		}
	}
}

// stillHolds gives 1 if the killed office had confirmed changes, and fails the
// test if it holds less than it confirmed.
func (n *Night) stillHolds(t *testing.T, db string) int {
	t.Helper()
	store, err := sqlstore.OpenAt(t.Context(), db)
	must(t, err)
	defer store.Close()
	var acked syncengine.Mark
	view(t, n.PTC2.Store, func(tx syncengine.Tx) error {
		self, err := syncengine.LoadSelf(tx)
		must(t, err)
		acked, err = syncengine.Acked(tx, self.Node)
		return err
	})
	if acked.Seq == 0 {
		return 0
	}
	if err := hasChange(store, acked.ID); err != nil {
		t.Errorf("confirmed up to seq %d, and not held: %v", acked.Seq, err)
	}
	return 1
}
