package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"raksa/casefile"
	"raksa/screening/form"
	"raksa/syncengine"
	"raksa/syncengine/sqlstore"
	"raksa/syncengine/witness"
	"raksa/vault"
)

// doctorCommand examines a database file and changes nothing of it. It exits
// with 0 when nothing is wrong, 2 when something is, 1 when it could not look.
type doctorCommand struct {
	database
	Witness string `help:"The database's witness. Beside it when empty; \"none\" for a database without one."`
	JSON    bool   `help:"Print the findings as JSON."`
}

// finding is one thing that is wrong, or worth knowing.
type finding struct {
	Code  string `json:"code"`
	About string `json:"about"`
	Note  bool   `json:"note,omitempty"` // worth knowing, and not wrong
	Means string `json:"means"`
	Do    string `json:"do"`
}

// checkup is what the doctor looked at and found.
type checkup struct {
	File     string    `json:"file"`
	Holder   string    `json:"holder"` // device, office, or new
	Schema   int       `json:"schema"`
	Bytes    int64     `json:"bytes"`
	Free     uint64    `json:"free_bytes"`
	Records  int       `json:"records"`
	Changes  int       `json:"changes"`
	Streams  int       `json:"streams"`
	Folds    int       `json:"folds_compared"`
	Items    int       `json:"items_verified"` // changes and cells, each against its hash or checksum
	Findings []finding `json:"findings"`
}

func (c *checkup) find(code, format string, about ...any) {
	known := diagnoses[code]
	c.Findings = append(c.Findings, finding{Code: code, About: fmt.Sprintf(format, about...), Note: known.note, Means: known.means, Do: known.do})
}

// Run examines without keys: a locked device can be examined too.
func (c *doctorCommand) Run(ctx context.Context) error { return c.examine(ctx, nil) }

func (c *doctorCommand) examine(ctx context.Context, keys syncengine.Keys) error {
	found := &checkup{File: c.DB, Findings: []finding{}}
	if err := c.look(ctx, keys, found); err != nil {
		return err
	}
	if err := found.print(c.JSON); err != nil {
		return err
	}
	wrong := 0
	for _, f := range found.Findings {
		if !f.Note {
			wrong++
		}
	}
	if wrong > 0 {
		return &failed{what: fmt.Sprintf("%d findings", wrong)}
	}
	return nil
}

// look does every check that the state of the file allows.
func (c *doctorCommand) look(ctx context.Context, keys syncengine.Keys, found *checkup) error {
	if !sqlstore.IsPostgres(c.DB) {
		found.disk(c.DB)
	}
	store, err := openToRead(ctx, c.DB)
	if errors.Is(err, sqlstore.ErrMoved) {
		found.find("moved", "the database")
		return nil
	}
	if err != nil {
		return found.unless(err, "the file")
	}
	defer store.Close()
	schema, known, err := store.Schema(ctx)
	if err != nil {
		return found.unless(err, "the file")
	}
	switch found.Schema = schema; {
	case schema == sqlstore.MovedVersion:
		found.find("moved", "the file")
		return nil
	case schema > known:
		found.find("schema_future", "version %d, this program knows %d", schema, known)
		return nil
	case schema == 0:
		return errors.New("the file holds no database of this program")
	}
	if err := found.unless(store.Check(ctx), "the file's structure"); err != nil {
		return err
	}
	if err := found.verify(ctx, store); err != nil {
		return err
	}
	err = store.View(ctx, func(tx syncengine.Tx) error {
		shelf, err := casefile.ReadShelf(tx, knownForms, form.Builtin())
		if err != nil {
			return err
		}
		engine := &syncengine.Engine{Keys: keys, Codec: casefile.Codec(shelf.Form)}
		report, err := engine.Examine(tx)
		found.Records, found.Changes, found.Streams, found.Folds = report.Records, report.Changes, report.Streams, report.Folds
		for _, f := range report.Findings {
			found.find(f.Code, "%s", f.About)
		}
		return err
	})
	if err := found.unless(err, "a read that the examination needs"); err != nil {
		return err
	}
	for _, check := range []func(syncengine.Tx) error{c.witnessed(found), found.wraps} {
		if err := found.unless(store.View(ctx, check), "a read that the examination needs"); err != nil {
			return err
		}
	}
	return nil
}

// unless turns damage into a finding and lets other errors through.
func (c *checkup) unless(err error, about string) error {
	switch {
	case errors.Is(err, syncengine.ErrFile):
		c.find("structure", "%s", about)
	case errors.Is(err, syncengine.ErrDamaged):
		c.find("damaged", "%s", about)
	case errors.Is(err, syncengine.ErrDisk):
		c.find("disk_failed", "%s", about)
	default:
		return err
	}
	return nil
}

// verify reads the whole file, each change against its hash and each cell
// against its checksum.
func (c *checkup) verify(ctx context.Context, store syncengine.Verifier) error {
	var place []byte
	for {
		part, err := store.Verify(ctx, place, 500)
		if err != nil {
			return c.unless(err, "a read from end to end")
		}
		c.Items += part.Items
		for _, damage := range part.Damaged {
			code := syncengine.FoundDamaged
			if !damage.Log() {
				code = "cell_damaged"
			}
			c.find(code, "%s", damage)
		}
		if place = part.Next; place == nil {
			return nil
		}
	}
}

// witnessed holds the database against its witness.
func (c *doctorCommand) witnessed(found *checkup) func(syncengine.Tx) error {
	return func(tx syncengine.Tx) error {
		marks, path, err := c.marks()
		switch {
		case c.Witness == "none", c.Witness == "" && sqlstore.IsPostgres(c.DB):
			return nil
		case errors.Is(err, fs.ErrNotExist):
			found.find("witness_missing", "%s", filepath.Base(path))
			return nil
		case errors.Is(err, witness.ErrDamaged):
			found.find("witness_damaged", "%s", filepath.Base(path))
			return nil
		case err != nil:
			return err
		}
		losses, err := syncengine.Losses(tx, marks)
		for _, loss := range losses {
			found.find("saves_lost", "node %s seq %d to %d", loss.Node, loss.From, loss.To)
		}
		return err
	}
}

// marks reads the witness where it was said to be, or where a device or an
// office keeps it.
func (c *doctorCommand) marks() (marks []syncengine.Own, path string, err error) {
	paths := []string{c.Witness}
	if c.Witness == "" {
		paths = []string{c.DB + ".witness", filepath.Join(filepath.Dir(c.DB), "raksa.witness")}
	}
	for _, path = range paths {
		if marks, err = witness.Read(path); !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return marks, path, err
}

// wraps looks whether every record of an office has its key there. A device
// drops keys on purpose.
func (c *checkup) wraps(tx syncengine.Tx) error {
	if c.Holder = "new"; c.Records > 0 {
		c.Holder = "office"
	}
	if self, err := tx.Get("device/self", []byte("self")); err != nil || self != nil {
		c.Holder = "device"
		return err
	}
	return syncengine.Records(tx, func(id syncengine.RecordID, _ syncengine.Kind) error {
		changes, err := tx.Record(id)
		if errors.Is(err, syncengine.ErrDamaged) {
			return nil // named already
		}
		sealed := false
		for _, change := range changes {
			_, clear := change.Digest(syncengine.ClassClear)
			sealed = sealed || !clear
		}
		if err != nil || !sealed {
			return err
		}
		held, err := tx.Get(vault.BucketRecordKeys, id[:])
		if err == nil && held == nil {
			if erased, _ := vault.NewKeyring(nil, nil).IsErased(tx, id); !erased {
				c.find("wrap_missing", "record %s", id)
			}
		}
		return err
	})
}

func (c *checkup) disk(path string) {
	if info, err := os.Stat(path); err == nil {
		c.Bytes = info.Size()
	}
	free, known := freeBytes(filepath.Dir(path))
	if c.Free = free; known && free < max(freeBytesLeast, uint64(c.Bytes)/10) {
		c.find("disk_low", "%d MB are free", free>>20)
	}
}

// freeBytesLeast: a night of interviews, its write-ahead log and a backup.
const freeBytesLeast = 200 << 20

func (c *checkup) print(asJSON bool) error {
	if asJSON {
		text, err := json.MarshalIndent(c, "", "  ")
		if err == nil {
			fmt.Println(string(text))
		}
		return err
	}
	fmt.Printf("%d records, %d changes, %d streams, %d folded states compared\n", c.Records, c.Changes, c.Streams, c.Folds)
	fmt.Printf("%d stored items verified; database of %s, schema %d, %d KB, %d MB free\n", c.Items, c.Holder, c.Schema, c.Bytes>>10, c.Free>>20)
	wrong := false
	for _, f := range c.Findings {
		mark := ""
		if wrong = wrong || !f.Note; f.Note {
			mark = "note, "
		}
		fmt.Printf("%s%s: %s\n  %s\n  %s\n", mark, f.Code, f.About, f.Means, f.Do)
	}
	if !wrong {
		fmt.Println("nothing wrong was found")
	}
	return nil
}
