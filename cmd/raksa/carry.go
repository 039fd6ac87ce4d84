package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"raksa/carrier"
	"raksa/device"
	"raksa/server"
)

// carryCommand brings what a device saved to the office, and the answers back,
// on a stick.
type carryCommand struct {
	Out carryOutCommand `cmd:"" help:"Write what the office has not confirmed onto a stick, sealed and signed. Works while the tablet is locked."`
	In  carryInCommand  `cmd:"" help:"Take in what a stick brought: at the office the devices' files, on a device the office's answers."`
}

type carryOutCommand struct {
	Stick string `arg:"" help:"Folder to write to, as a rule on the stick." type:"path"`
	Dir   string `help:"Folder of the device's database." default:"raksa-field" type:"existingdir"`
	All   bool   `help:"Everything that this device ever saved, not only what the office has not confirmed."`
	Part  int64  `help:"Begin another file after so many MB, to split over several sticks." placeholder:"MB"`
}

// Run writes the files and says their names.
func (c *carryOutCommand) Run(ctx context.Context) error {
	d, err := openDevice(ctx, c.Dir)
	if err != nil {
		return err
	}
	defer d.Close()
	show := newProgress(os.Stderr)
	out, err := d.CarryOut(ctx, device.CarryOrder{
		To:  func(name carrier.Name) (device.CarryFile, error) { return carrier.Create(c.Stick, name) },
		All: c.All, PartBytes: c.Part << 20,
		Progress: func(p device.CarriedOut) {
			show.say("%d changes, %d KB, file %d", p.Changes, p.Bytes>>10, len(p.Parts))
		},
	})
	if err != nil {
		return &failed{what: carryReason(err)}
	}
	for _, name := range out.Parts {
		fmt.Println(filepath.Join(c.Stick, name.File()))
	}
	fmt.Fprintf(os.Stderr, "raksa: %d changes in %d files. They are at the office only when its answer has come back.\n", out.Changes, len(out.Parts))
	return nil
}

// openDevice opens a device's database that is there already.
func openDevice(ctx context.Context, dir string) (*device.Device, error) {
	if _, err := os.Stat(filepath.Join(dir, "raksa.db")); err != nil {
		return nil, err
	}
	return device.Open(ctx, device.Config{Dir: dir, Now: time.Now, Random: rand.Reader, Log: logger()})
}

type carryInCommand struct {
	Files      []string `arg:"" help:"Files, or folders with files." type:"path"`
	Dir        string   `help:"On a device: folder of its database." type:"existingdir" xor:"where" required:""`
	DB         string   `help:"At the office: its database, a file or a postgres:// URL; it may be in use by serve." xor:"where" required:""`
	Key        string   `help:"The office's key file." type:"existingfile"`
	Passphrase string   `help:"File that holds its passphrase." type:"existingfile" xor:"opener"`
	Identity   string   `help:"File that holds its identity, where it is sealed to one." type:"existingfile" xor:"opener"`
	Back       string   `help:"Folder for the answers; beside each file when empty." type:"path"`
	Most       int64    `help:"Most MB of news in one answer." default:"64"`
}

// Run takes every file, in any order.
func (c *carryInCommand) Run(ctx context.Context) error {
	files, err := bundlesIn(c.Files)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return &failed{what: "no file of ours is there (they end in " + carrier.Ending + ")"}
	}
	if c.Dir != "" {
		return c.onDevice(ctx, files)
	}
	return c.atOffice(ctx, files)
}

// bundlesIn lists the files that are named, and those in folders that are named.
func bundlesIn(named []string) (files []string, err error) {
	for _, path := range named {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			files = append(files, path)
			continue
		}
		inside, err := carrier.List(path)
		if err != nil {
			return nil, err
		}
		for _, one := range inside {
			files = append(files, one.Path)
		}
	}
	return files, nil
}

func (c *carryInCommand) onDevice(ctx context.Context, files []string) error {
	d, err := openDevice(ctx, c.Dir)
	if err != nil {
		return err
	}
	defer d.Close()
	show := newProgress(os.Stderr)
	return inAnyOrder(files, func(path string) (gap bool, err error) {
		var in device.CarriedIn
		err = withFile(path, func(r io.Reader) (err error) {
			in, err = d.CarryIn(ctx, r, func(p device.CarriedIn) { show.say("%d answers, %d changes", p.Answers, p.Changes) })
			return err
		})
		switch {
		case err != nil:
			return false, err
		case in.Gap:
			fmt.Printf("%s: follows an answer that has not come here\n", filepath.Base(path))
		case in.Stale:
			fmt.Printf("%s: all of it was here already\n", filepath.Base(path))
		default:
			fmt.Printf("%s: %d answers, %d new changes, %d own changes set aside\n", filepath.Base(path), in.Answers, in.New, in.Held)
		}
		return in.Gap, nil
	})
}

func (c *carryInCommand) atOffice(ctx context.Context, files []string) error {
	if c.Key == "" || c.Passphrase == "" && c.Identity == "" {
		return errors.New("the office needs --key, and --passphrase or --identity")
	}
	keys, err := opener{Passphrase: c.Passphrase, Identity: c.Identity}.load(c.Key)
	if err != nil {
		return err
	}
	defer keys.Close()
	if !strings.Contains(c.DB, "://") { // a mistyped name must not become a new office
		if _, err := os.Stat(c.DB); err != nil {
			return err
		}
	}
	store, err := openDatabase(ctx, c.DB)
	if err != nil {
		return err
	}
	defer store.Close()
	office, err := server.Open(ctx, server.Config{
		Store: store, Keys: keys, Forms: knownForms, Now: time.Now, Random: rand.Reader, Log: logger(),
	})
	if err != nil {
		return err
	}
	show := newProgress(os.Stderr)
	return inAnyOrder(files, func(path string) (gap bool, err error) {
		in, err := c.takeAtOffice(ctx, office, path, show)
		if in.Pages > 0 || err == nil {
			fmt.Printf("%s: device %s, %d changes, %d of them new, %d set aside\n", filepath.Base(path), in.Device, in.Changes, in.New, in.Held)
		}
		if in.Gap {
			fmt.Printf("%s: follows a part that has not come here: bring that one, then this one again\n", filepath.Base(path))
		}
		if in.Fork {
			fmt.Printf("%s: this device has a twin; a supervisor finds it at the desk under Devices\n", filepath.Base(path))
		}
		return in.Gap, err
	})
}

func (c *carryInCommand) takeAtOffice(ctx context.Context, office *server.Office, path string, show *progress) (in server.Carried, err error) {
	var back *carrier.File
	err = withFile(path, func(r io.Reader) error {
		in, err = office.TakeCarried(ctx, r, func(head carrier.Head) (io.Writer, error) {
			folder := c.Back
			if folder == "" {
				folder = filepath.Dir(path)
			}
			if err := office.CarriedByHand(ctx, head.To); err != nil {
				return nil, err
			}
			var err error
			back, err = carrier.Create(folder, head.Name)
			return back, err
		}, c.Most<<20, func(p server.Carried) { show.say("%d changes taken, %d answers written", p.Changes, p.Answers) })
		return err
	})
	switch {
	case back == nil:
		return in, err
	case in.Answers == 0 || errors.Is(err, carrier.ErrFull):
		back.Discard()
		return in, err
	}
	kept := back.Keep()
	if kept == nil {
		fmt.Printf("%s: the answer for the way back\n", back.Path())
	}
	return in, errors.Join(err, kept)
}

func withFile(path string, fn func(io.Reader) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(fn(file), file.Close())
}

// inAnyOrder takes files, and takes those again that followed another one which
// came after them. What is refused does not hold up the others.
func inAnyOrder(files []string, take func(path string) (gap bool, err error)) error {
	refused := 0
	for len(files) > 0 {
		var again []string
		for _, path := range files {
			gap, err := take(path)
			if err != nil {
				refused++
				fmt.Printf("%s: %s\n", filepath.Base(path), carryReason(err))
			} else if gap {
				again = append(again, path)
			}
		}
		if len(again) == len(files) {
			return &failed{what: fmt.Sprintf("%d files follow a part that is missing", len(again))}
		}
		files = again
	}
	if refused > 0 {
		return &failed{what: fmt.Sprintf("%d files were refused", refused)}
	}
	return nil
}

// carryReason says in a sentence what is wrong with a file and what to do.
func carryReason(err error) string {
	for _, row := range []struct {
		err  error
		text string
	}{
		{carrier.ErrForeign, "not a file of ours, or written by a later version"},
		{carrier.ErrCut, "cut off: the copy was broken off. What came is kept; copy it again and take it again"},
		{carrier.ErrDamaged, "damaged: bytes of it were altered. Copy it again from where it was written"},
		{carrier.ErrOtherReceiver, "for somebody else: another office or device, or its beginning is damaged"},
		{carrier.ErrSender, "not signed by a device that belongs here"},
		{carrier.ErrKind, "holds something that is not taken here (an answer at the office, or a device's file on a device)"},
		{carrier.ErrTooLong, "over the limit"},
		{carrier.ErrFull, "no room left on the stick or disk: nothing was kept of this file"},
		{device.ErrNotEnrolled, "this device belongs to no office yet"},
		{device.ErrOfficeSignature, "not signed by the office of this device"},
	} {
		if errors.Is(err, row.err) {
			return row.text
		}
	}
	return err.Error()
}

// progress says at most once a second how far it is.
type progress struct {
	to   io.Writer
	next time.Time
}

func newProgress(to io.Writer) *progress {
	return &progress{to: to, next: time.Now().Add(time.Second)}
}

func (p *progress) say(format string, args ...any) {
	if now := time.Now(); now.After(p.next) {
		p.next = now.Add(time.Second)
		fmt.Fprintf(p.to, "raksa: "+format+"\n", args...)
	}
}
