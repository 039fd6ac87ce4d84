package trial

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"raksa/casefile"
	"raksa/device"
	"raksa/screening"
	"raksa/server"
	"raksa/syncengine"
)

// tablet is a device with the process that runs it and the files it leaves.
type tablet struct {
	world   *world
	name    string
	profile screening.Profile
	center  string
	person  casefile.Staff
	clock   *clock
	link    *link

	dir     string // of the present process
	store   *store
	dev     *device.Device
	stop    context.CancelFunc // of the loop; nil while it rests
	done    chan struct{}
	noted   map[syncengine.NodeID]uint64 // own chains, up to which seq the truth knows them
	pages   []page                       // that somebody has open
	backups []string
	revoked bool
	spell   int // counts switching on, so that an old end does not end a new one

	mu   sync.Mutex
	life int // of the office that last answered
}

// seededReader is a host's own random source.
type seededReader struct {
	mu sync.Mutex
	r  io.Reader
}

func (s *seededReader) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.r.Read(p)
}

// random gives a source that no other process of this run has.
func (w *world) random() io.Reader {
	var key [32]byte
	w.sources++
	binary.LittleEndian.PutUint64(key[:], w.Seed)
	binary.LittleEndian.PutUint64(key[8:], uint64(w.sources))
	return &seededReader{r: rand.NewChaCha8(key)}
}

func (w *world) newTablet(name string, profile screening.Profile, center string, person casefile.Staff) *tablet {
	t := &tablet{
		world: w, name: name, profile: profile, center: center, person: person,
		clock: &clock{}, noted: map[syncengine.NodeID]uint64{},
	}
	t.link = &link{world: w, count: w.count, mood: good, open: map[net.Conn]bool{}, luck: rand.New(rand.NewPCG(w.Seed, uint64(len(w.tablets)+1)))}
	w.tablets = append(w.tablets, t)
	return t
}

// folder gives a fresh folder for a process or a copy.
func (w *world) folder(of string) string {
	w.folders++
	return filepath.Join(w.Dir, fmt.Sprintf("%s.%d", of, w.folders))
}

// boot starts the program over a folder.
func (t *tablet) boot(dir string) error {
	w := t.world
	s, err := openStore(dir, w.Hands.KeptBeforeCommit, t.link.cut)
	if err != nil {
		return err
	}
	t.dir, t.store = dir, s
	s.hoards = w.Hands.KeepKeys
	t.dev, err = device.Open(w.ctx, device.Config{
		Dir: dir, Store: s, Now: t.clock.now, Random: w.random(), Log: w.Log, Forms: w.Forms, SecretCost: w.cost(),
		Connect: func(a device.Access) device.Office {
			return &watch{real: device.OverTLS(a, t.link.dial), tablet: t}
		},
	})
	return err
}

// enroll lets the tablet into the office by a ticket.
func (t *tablet) enroll() error {
	w := t.world
	if err := t.boot(w.folder(t.name)); err != nil {
		return err
	}
	order := server.TicketOrder{Name: t.name, Profile: t.profile, Center: t.center, Person: t.person.ID}
	if t.profile == screening.PartnerDevice {
		order.Organisation = w.partner.String()
	}
	var ticket string
	err := w.office.store.Update(w.ctx, func(tx syncengine.Tx) (err error) {
		ticket, err = w.office.IssueTicket(tx, order, w.supervisor().ID)
		return err
	})
	if err == nil {
		err = t.dev.Enroll(w.ctx, ticket, []byte(secret))
	}
	return err
}

// on lets the loop run.
func (t *tablet) on() {
	if t.stop != nil || t.store.isDead() {
		return
	}
	ctx, cancel := context.WithCancel(t.world.ctx)
	t.stop, t.done = cancel, make(chan struct{})
	dev, done := t.dev, t.done
	go func() { defer close(done); _ = dev.Run(ctx) }()
}

// off lets the loop rest.
func (t *tablet) off() {
	if t.stop == nil {
		return
	}
	t.stop()
	<-t.done
	t.stop = nil
	t.link.cut()
}

// signIn opens the device for its person. It fails while they must wait.
func (t *tablet) signIn() bool {
	status, err := t.dev.Status(t.world.ctx)
	if err != nil || status.Revoked {
		return false
	}
	return !status.Locked || t.dev.SignIn(t.world.ctx, t.person.ID, []byte(secret)) == nil
}

// bury ends the process and gives a copy of its files as the kill left them.
func (t *tablet) bury() (image string, err error) {
	t.store.end()
	t.off()
	image = t.world.folder(t.name)
	err = errors.Join(t.store.image(t.world.ctx, image), t.leave())
	return image, err
}

// leave closes the files of a process and removes them.
func (t *tablet) leave() error {
	t.off()
	t.dev.Lock()
	return errors.Join(t.store.Store.Close(), os.RemoveAll(t.dir))
}

// reboot starts the program anew over an image, and tells the truth what it
// finds there that nobody was told is kept.
func (t *tablet) reboot(image string) error {
	if err := t.boot(image); err != nil {
		return err
	}
	t.met(neverMet) // it may have died before it could note what it was told
	t.noted = map[syncengine.NodeID]uint64{}
	t.note(nil)
	return nil
}

// backup copies the files while the program runs.
func (t *tablet) backup() error {
	dir := t.world.folder("backup")
	t.backups = append(t.backups, dir)
	return t.store.image(t.world.ctx, dir)
}

// restoreFrom makes an image of an older copy of the database and whatever else
// lies beside it now.
func (t *tablet) restoreFrom(backup string) (image string, err error) {
	now, err := t.bury()
	if err != nil {
		return "", err
	}
	image = t.world.folder(t.name)
	if err := os.MkdirAll(image, 0o700); err != nil {
		return "", err
	}
	database := func(name string) bool { return strings.HasPrefix(name, dbName) }
	err = errors.Join(
		copyFiles(now, image, func(name string) bool { return !database(name) }),
		copyFiles(backup, image, database), os.RemoveAll(now))
	return image, err
}

const neverMet = -1

// met notes which life of the office answered.
func (t *tablet) met(life int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.life = life
}

func (t *tablet) lastMet() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.life
}
