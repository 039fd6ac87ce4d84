package trial

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"os"
	"sync"
	"time"

	"raksa/casefile"
	"raksa/screening"
	"raksa/server"
	"raksa/syncengine"
	"raksa/vault"
	"raksa/vault/enginekeys"
)

// officeHost is the office with its process and its file.
type officeHost struct {
	*server.Office
	world     *world
	keys      *vault.Office
	dir       string
	store     *store
	listening *server.Listening
	devices   *listener
	backups   []string
	noted     map[syncengine.NodeID]uint64

	mu    sync.Mutex
	lives int // counts restores: what an earlier life confirmed may be lost in the next
	up    bool
}

func (o *officeHost) life() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.lives
}

func (o *officeHost) isUp() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.up && !o.store.isDead()
}

// officeListener gives where the office listens, or nil while it is away.
func (w *world) officeListener() *listener {
	if o := w.office; o != nil && o.isUp() {
		return o.devices
	}
	return nil
}

func (w *world) cutAll() {
	for _, t := range w.tablets {
		t.link.cut()
	}
}

// boot starts the office over a folder.
func (o *officeHost) boot(dir string) error {
	w := o.world
	s, err := openStore(dir, w.Hands.AckBeforeCommit, w.cutAll)
	if err != nil {
		return err
	}
	o.mu.Lock()
	o.dir, o.store = dir, s
	o.mu.Unlock()
	o.Office, err = server.Open(w.ctx, server.Config{
		Store: s, Keys: o.keys, Forms: w.Forms, Now: time.Now, Random: w.random(), Log: w.Log, SecretCost: w.cost(),
	})
	if err != nil {
		return err
	}
	o.devices = newListener()
	o.listening, err = o.Serve(w.ctx, server.Addresses{Public: officeAddress}, o.devices, newListener())
	o.mu.Lock()
	o.up = err == nil
	o.mu.Unlock()
	return err
}

// bury ends the process and gives its files as the kill left them.
func (o *officeHost) bury() (image string, err error) {
	o.store.end()
	o.mu.Lock()
	o.up = false
	o.mu.Unlock()
	o.world.cutAll()
	image = o.world.folder("office")
	return image, errors.Join(o.listening.Stop(), o.store.image(o.world.ctx, image), o.store.Store.Close(), os.RemoveAll(o.dir))
}

func (o *officeHost) backup() error {
	dir := o.world.folder("backup-office")
	o.backups = append(o.backups, dir)
	return o.store.image(o.world.ctx, dir)
}

// restoreFrom puts an older copy in place of the office's file.
func (o *officeHost) restoreFrom(backup string) error {
	o.note(nil) // what it does by itself, a device may have taken
	now, err := o.bury()
	if err != nil {
		return err
	}
	image := o.world.folder("office")
	if err := os.MkdirAll(image, 0o700); err != nil {
		return err
	}
	if err := errors.Join(copyFiles(backup, image, func(string) bool { return true }), os.RemoveAll(now)); err != nil {
		return err
	}
	o.mu.Lock()
	o.lives++
	o.mu.Unlock()
	o.noted = map[syncengine.NodeID]uint64{}
	return o.boot(image)
}

// lacks reports whether the office's file, as it is now, has no such change.
func (o *officeHost) lacks(id syncengine.ChangeID) bool {
	o.mu.Lock()
	s := o.store
	o.mu.Unlock()
	err := view(s, func(tx syncengine.Tx) error { _, err := tx.Change(id); return err })
	return errors.Is(err, syncengine.ErrUnknownChange)
}

// do runs one act of the office's own in a transaction. It reports whether the
// act was carried out; a refusal is no failure, a dead process neither.
func (o *officeHost) do(fn func(syncengine.Tx) error) bool {
	return o.isUp() && o.store.Update(o.world.ctx, fn) == nil
}

// engine reads what lies at the office with the office's keys.
func (o *officeHost) engine() *syncengine.Engine {
	return &syncengine.Engine{
		Keys:  enginekeys.Keys{Ring: vault.NewKeyring(o.keys.Wrapper, rand.Reader), Random: rand.Reader},
		Codec: casefile.Codec(o.world.Forms),
	}
}

// interview reads one interview within a transaction.
func (o *officeHost) interview(tx syncengine.Tx, id syncengine.RecordID) (*casefile.Interview, error) {
	rec, err := o.engine().Read(tx, id)
	if err != nil {
		return nil, err
	}
	return casefile.OpenInterview(rec, o.world.Forms)
}

// viewer is a supervisor at the desk, and signer what their secret signs with.
func viewer(s casefile.Staff) casefile.Viewer {
	return casefile.Viewer{Person: s.ID, Viewer: screening.Viewer{Role: s.Role, Agency: s.Agency, Profile: screening.Desk}}
}

func (o *officeHost) signer(tx syncengine.Tx, s casefile.Staff) (func([]byte) ([]byte, error), error) {
	slot, err := tx.Get("desk-slot", s.ID[:])
	if err != nil {
		return nil, err
	}
	keys, err := vault.OpenSlotAtLeast(o.world.cost(), slot, []byte(secret))
	if err != nil {
		return nil, err
	}
	return func(message []byte) ([]byte, error) { return keys.SignAct(sha256.Sum256(message)) }, nil
}

// view runs fn over a store of the trial, whoever it belongs to.
func view(s *store, fn func(syncengine.Tx) error) error {
	return s.Store.View(context.Background(), fn)
}
