package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/rs/zerolog"

	"raksa/cmd/raksa/night"
	"raksa/device"
)

// demoCommand plays a made-up night and serves it.
type demoCommand struct {
	Exit       bool   `help:"Play the night, hold the desk against what was put in, print a summary and end: 0 when all agrees."`
	QuietNight bool   `help:"Empty hosts, enrolled and signed in, to try by hand."`
	Dir        string `help:"Keep the databases in this folder; a temporary one, removed at the end, when empty." type:"path"`
	Seed       uint64 `help:"Which made-up people arrive." default:"20261123"`
	JSON       string `help:"Also write the addresses as JSON into this file, for tests." type:"path" hidden:""`
	Control    string `help:"Serve cut, restore and meet on this loopback address, for tests." placeholder:"ADDR" hidden:""`
}

// Run plays, checks, prints and serves.
func (c *demoCommand) Run(ctx context.Context) (err error) {
	dir := c.Dir
	if dir == "" {
		if dir, err = os.MkdirTemp("", "raksa-demo-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	} else if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "A made-up night: every person in it is invented. Seed %d, databases in %s\n", c.Seed, dir)
	n, err := night.Start(ctx, night.Options{
		Dir: dir, Forms: knownForms, Seed: c.Seed, Workbook: readArrivals, Log: zerolog.New(os.Stderr).Level(zerolog.ErrorLevel),
		Progress: func(text string) { fmt.Fprintln(os.Stderr, "  "+text) },
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	if !c.QuietNight {
		if err := n.Play(ctx); err != nil {
			return err
		}
		summary, differences, err := n.Check(ctx)
		if err != nil {
			return err
		}
		fmt.Println(summary)
		for _, difference := range differences {
			fmt.Println("DIFFERS: " + difference)
		}
		if len(differences) > 0 && c.Exit {
			return &failed{what: fmt.Sprintf("%d differences", len(differences))}
		}
	}
	if c.Exit {
		fmt.Println("everything that was put in is what the desk shows")
		return nil
	}
	return c.serve(ctx, n)
}

// serve opens the pages of every device, prints where to look, and waits.
func (c *demoCommand) serve(ctx context.Context, n *night.Night) (err error) {
	places := []place{{Name: "desk", URL: n.Listening.DeskURL, Who: n.Staff[0].Name}}
	ctx, cancel := context.WithCancel(ctx)
	loops := make(chan error, 4)
	running := 0
	defer func() {
		cancel()
		for range running {
			<-loops
		}
	}()
	for _, d := range []struct {
		name string
		is   *device.Device
		who  int
	}{{"PTC-1", n.PTC1, 2}, {"PTC-2", n.PTC2, 3}, {"KTC-1", n.KTC1, 4}, {"NGO-1", n.Partner, 5}} {
		d.is.Lock() // who looks signs in first, as on a real night
		pages, err := servePages(ctx, d.is, "127.0.0.1:0")
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, pages.stop()) }()
		running++
		go func() { loops <- d.is.Run(ctx) }()
		places = append(places, place{Name: d.name, URL: pages.url, Who: n.Staff[d.who].Name})
	}
	if c.Control != "" {
		url, stop, err := serveControl(ctx, n, c.Control)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, stop()) }()
		places = append(places, place{Name: "link", URL: url})
	}
	if c.JSON != "" {
		if err := writePlaces(c.JSON, places); err != nil {
			return err
		}
	}
	printPlaces(places)
	<-ctx.Done()
	return nil
}
