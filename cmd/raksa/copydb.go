package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"raksa/syncengine/sqlstore"
)

// copyCommand moves an office from one store to another.
type copyCommand struct {
	From     string `arg:"" help:"Where the office is: its file, or a postgres:// URL. Nothing may serve it."`
	To       string `arg:"" help:"Where it goes: a file or a postgres:// URL, empty or not there yet."`
	Rehearse bool   `help:"Copy and compare, and leave the source in use."`
}

// Run copies everything, in one transaction of the target, and says what was
// compared.
func (c *copyCommand) Run(ctx context.Context) error {
	for _, where := range []string{c.From, c.To} {
		if err := checkShown(os.Args, where); err != nil {
			return err
		}
	}
	began, shown := time.Now(), time.Now()
	done, err := sqlstore.Copy(ctx, c.From, c.To, sqlstore.Move{Rehearse: c.Rehearse, Progress: func(now sqlstore.Copied) {
		if time.Since(shown) >= time.Second {
			shown = time.Now()
			fmt.Fprintf(os.Stderr, "%d of %d changes, %d of %d cells\n", now.Changes, now.AllChanges, now.Cells, now.AllCells)
		}
	}})
	if err != nil {
		return copyAdvice(err)
	}
	fmt.Printf("%d changes and %d cells in %s; both sides have the digest %x\n",
		done.Changes, done.Cells, time.Since(began).Round(time.Millisecond), done.Digest[:16])
	if c.Rehearse {
		fmt.Println("this was a rehearsal: the source stays in use")
	} else {
		fmt.Println("the source is marked as moved and opens no more; serve the target from now on")
	}
	return nil
}

// copyAdvice says what to do where that is known.
func copyAdvice(err error) error {
	var other *sqlstore.TargetDiffers
	switch {
	case errors.As(err, &other):
		return fmt.Errorf("%w; give an empty one", err)
	case errors.Is(err, sqlstore.ErrNotCopied):
		return fmt.Errorf("%w; nothing was kept of it: look at the disk, and try again", err)
	}
	return err
}
