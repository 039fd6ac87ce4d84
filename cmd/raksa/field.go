package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"raksa/device"
)

// fieldCommand runs one device.
type fieldCommand struct {
	Dir     string `help:"Folder of this device's database." default:"raksa-field" type:"path"`
	Witness string `help:"File that notices lost saves; keep it out of every backup. raksa.witness in the folder when empty." type:"path"`
	Listen  string `help:"Where its pages are served: loopback only." default:"127.0.0.1:0"`
	Box     string `help:"Also be the box of this center: where other devices of it reach this one on the local network, as 192.168.1.5:7444." placeholder:"HOST:PORT"`
	Meet    string `help:"Where the box of this center is, for when the office cannot be reached; empty forgets nothing." placeholder:"HOST:PORT"`
	Stick   string `help:"Folder that stands for a stick on the page that carries work to the office, as /media/stick; empty is a folder beside the database." type:"path"`
	Profile string `help:"What this device is meant to be; a device enrolled as something else is refused." enum:"any,capture,case,partner" default:"any"`
}

// Run serves the device's pages and keeps in step with the office until it is
// interrupted.
func (c *fieldCommand) Run(ctx context.Context) error {
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return err
	}
	d, err := device.Open(ctx, device.Config{Dir: c.Dir, Witness: c.Witness, Stick: c.Stick, Now: time.Now, Random: rand.Reader, Log: logger()})
	if err != nil {
		return err
	}
	defer d.Close()
	if is := string(d.Profile()); d.Enrolled() && c.Profile != "any" && is != c.Profile {
		return fmt.Errorf("this device is enrolled as %s, not %s", is, c.Profile)
	}
	pages, err := servePages(ctx, d, c.Listen)
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stderr, "raksa: open "+pages.url)
	if c.Meet != "" {
		if err := d.SetCenterBox(ctx, c.Meet); err != nil {
			return errors.Join(err, pages.stop())
		}
	}
	serving, err := c.serveBox(ctx, d)
	if err != nil {
		return errors.Join(err, pages.stop())
	}
	err = d.Run(ctx)
	if ctx.Err() != nil {
		err = nil
	}
	return errors.Join(err, <-serving, pages.stop())
}

// serveBox lets this device be its center's box, if it is to be one. The channel
// gives how it ended.
func (c *fieldCommand) serveBox(ctx context.Context, d *device.Device) (<-chan error, error) {
	done := make(chan error, 1)
	if c.Box == "" {
		close(done)
		return done, nil
	}
	box, err := d.Box(filepath.Join(c.Dir, "box"))
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", c.Box)
	if err != nil {
		return nil, err
	}
	fmt.Fprintln(os.Stderr, "raksa: this is the center's box at "+listener.Addr().String())
	go func() { done <- box.Serve(ctx, listener) }()
	return done, nil
}

// pages is a device's listener.
type pages struct {
	url    string
	server *http.Server
	done   chan error
}

// servePages serves a device's pages on loopback.
func servePages(ctx context.Context, d *device.Device, at string) (*pages, error) {
	listener, err := net.Listen("tcp", at)
	if err != nil {
		return nil, err
	}
	if ip := listener.Addr().(*net.TCPAddr).IP; !ip.IsLoopback() {
		return nil, errors.Join(fmt.Errorf("%s is not a loopback address", ip), listener.Close())
	}
	handler, url, err := d.Pages(listener.Addr().String())
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	p := &pages{url: url, done: make(chan error, 1), server: &http.Server{
		Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: time.Minute, WriteTimeout: time.Minute,
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}}
	go func() { p.done <- p.server.Serve(listener) }()
	return p, nil
}

func (p *pages) stop() error {
	err := p.server.Close()
	if served := <-p.done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
