package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"strings"
	"time"

	"raksa/casefile"
	"raksa/screening"
	"raksa/server"
	"raksa/syncengine"
	"raksa/syncengine/witness"
)

// serveCommand runs the office.
type serveCommand struct {
	DB      string `help:"The office's database: a file, or a postgres:// URL without its password." default:"office.db" env:"RAKSA_DB"`
	Witness string `help:"File that notices when the database has lost orders; keep it out of every backup. The database's name with .witness when empty; \"none\" for none."`
	Key     string `help:"The office's key, an age file under a passphrase or for an identity; keep it apart from the database and its backups." default:"office.key.age"`
	opener
	Sync     string   `help:"Where devices are answered (TLS)." default:"127.0.0.1:7443"`
	Public   string   `help:"Host and port by which devices reach this office, for tickets and the certificate."`
	Desk     string   `help:"Where people are answered; plain HTTP, so loopback or behind a TLS proxy." default:"127.0.0.1:7080"`
	DeskHost []string `help:"Host by which browsers reach the desk, when it is not the address of --desk (a TLS proxy)."`
	Backups  string   `help:"Folder for verified daily backups, the latest three. With them a new tablet begins with a snapshot. Of several processes on one PostgreSQL database give it to one."`
	Eligible string   `help:"File that says which agency classes may decide formally, and from which day; the officials of the guidelines when empty." type:"existingfile"`
	First    string   `help:"Name of the first supervisor, entered when the office is new; the secret is asked from the passphrase file's second line."`
}

// Run serves until it is interrupted, then stops gracefully.
func (c *serveCommand) Run(ctx context.Context) error {
	server.UseMemory()
	keys, err := c.loadOrMake(c.Key)
	if err != nil {
		return err
	}
	defer keys.Close()
	store, err := openWhenUp(ctx, c.DB, databaseWait, os.Stderr)
	if err != nil {
		return err
	}
	defer store.Close()
	file, err := officeWitness(c.Witness, c.DB)
	if err != nil {
		return err
	}
	if file != nil {
		defer file.Close()
	}
	eligible, err := eligibility(c.Eligible)
	if err != nil {
		return err
	}
	office, err := server.Open(ctx, server.Config{
		Store: store, Keys: keys, Forms: knownForms, Now: time.Now, Random: rand.Reader, Log: logger(), Witness: file,
		Eligible: eligible, Workbook: readArrivals, WriteWorkbook: writeWorkbook,
	})
	if err != nil {
		return err
	}
	if err := c.enterFirst(ctx, store, office); err != nil {
		return err
	}
	listening, err := office.Listen(ctx, server.Addresses{Sync: c.Sync, Desk: c.Desk, Public: c.Public, DeskHosts: c.DeskHost})
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "raksa: the desk is at %s, devices reach the office at %s\n", listening.DeskURL, listening.SyncURL)
	if c.Backups != "" {
		go keepBackups(ctx, office, c.Backups, logger())
	}
	<-ctx.Done()
	return listening.Stop()
}

// officeWitness opens the witness of a database file. A database elsewhere has
// one only when it is named.
func officeWitness(path, db string) (*witness.File, error) {
	switch {
	case path == "none" || path == "" && strings.Contains(db, "://"):
		return nil, nil
	case path == "":
		path = db + ".witness"
	}
	return witness.Open(path)
}

// enterFirst enters the first supervisor where that is asked for, with the secret
// on the second line of the passphrase file.
func (c *serveCommand) enterFirst(ctx context.Context, store syncengine.Store, office *server.Office) error {
	if c.First == "" || c.Passphrase == "" {
		return nil
	}
	secrets, err := readSecrets(c.Passphrase)
	if err != nil || len(secrets) < 2 {
		return err
	}
	return firstSupervisor(ctx, store, office, c.First, secrets[1])
}

// firstSupervisor enters the first person of a new office.
func firstSupervisor(ctx context.Context, store syncengine.Store, office *server.Office, name, secret string) error {
	return store.Update(ctx, func(tx syncengine.Tx) error {
		empty, err := office.NobodyYet(tx)
		if err != nil || !empty {
			return err
		}
		_, err = office.AddStaff(tx, casefile.Staff{
			Name: name, Role: screening.Supervisor, Agency: screening.SocialAffairs,
		}, []byte(secret), syncengine.PersonID{})
		return err
	})
}

// eligibility reads who may decide formally; no file is the default.
func eligibility(path string) (screening.Eligibility, error) {
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return screening.LoadEligibility(data)
}
