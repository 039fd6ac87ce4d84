package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"raksa/server"
	"raksa/syncengine"
)

// restoredCommand tells an office that it was put back from a backup, before it
// serves again. Without it the first device that is ahead, or the witness, tells.
type restoredCommand struct {
	DB  string `arg:"" help:"The office's database: the restored file, or a postgres:// URL. Nothing may serve it."`
	Key string `help:"The office's key file." type:"existingfile" required:""`
	opener
}

// Run gives the office another node and lets it hold referrals back until it has
// heard its devices (decision 0016).
func (c *restoredCommand) Run(ctx context.Context) error {
	keys, err := c.load(c.Key)
	if err != nil {
		return err
	}
	defer keys.Close()
	store, err := openExisting(ctx, c.DB)
	if err != nil {
		return err
	}
	defer store.Close()
	if err := store.View(ctx, isOffice); err != nil {
		return err
	}
	office, err := server.Open(ctx, server.Config{
		Store: store, Keys: keys, Forms: knownForms, Now: time.Now, Random: rand.Reader, Log: logger(),
	})
	if err != nil {
		return err
	}
	if err := office.NoteRestored(ctx, server.RestoredByOperator); err != nil {
		return err
	}
	return store.View(ctx, func(tx syncengine.Tx) error {
		now, err := office.Restoration(tx)
		if err != nil || now == nil {
			return err
		}
		fmt.Printf("noted: this office comes from a backup. It asks its devices for what it lost, and releases no referral before it has heard %d devices.\n", len(now.Silent))
		fmt.Println("now serve it; the desk shows under \"Devices\" which ones are waited for")
		return nil
	})
}

var errNoOffice = errors.New("this is not the database of an office; nothing was written")

// isOffice refuses a device's database and an empty one, before either is taken
// for an office: opening would make it one.
func isOffice(tx syncengine.Tx) error {
	device, err := tx.Get("device/self", []byte("self"))
	if err != nil {
		return err
	}
	if _, err := syncengine.LoadSelf(tx); errors.Is(err, syncengine.ErrNoNode) || device != nil {
		return errNoOffice
	} else if err != nil {
		return err
	}
	return nil
}
