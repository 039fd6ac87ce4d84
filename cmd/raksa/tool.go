package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"raksa/casefile"
	"raksa/syncengine"
	"raksa/vault"
	"raksa/vault/enginekeys"
)

// toolCommand looks inside. None of its tools prints an answer, a name or a place.
type toolCommand struct {
	History        historyCommand    `cmd:"" help:"List the changes of a record, or of every record: who, when, where, which classes."`
	Fold           foldCommand       `cmd:"" help:"Fold every record anew from the log and compare it with what is stored (needs the office key)."`
	Doctor         doctorCommand     `cmd:"" help:"Examine a database: hashes, chains, streams, marks. Says what is wrong and what to do."`
	CopyDB         copyCommand       `cmd:"" name:"copy-db" help:"Move an office from a file to PostgreSQL, or back: all of it, compared, or nothing."`
	Form           formTools         `cmd:"" help:"The forms as workbooks: compile, check, diff, export."`
	Carry          carryCommand      `cmd:"" help:"Bring what devices saved to the office on a stick, and the answers back."`
	ServiceKey     serviceKeyCommand `cmd:"" help:"Make a key and an identity with which a service starts by itself."`
	Restored       restoredCommand   `cmd:"" help:"Tell an office that it was put back from a backup, before it serves again."`
	ImportArrivals listCommand       `cmd:"" help:"Check an arrivals list before it is imported on a tablet: says line by line what is wrong."`
	Link           linkCommand       `cmd:"" help:"Group the records of a list into persons with the office's linker; measure it, explain a pair."`
	Encode         encodeCommand     `cmd:"" help:"Without names: turn a list into filters that only the linkage unit can compare."`
	Overlap        overlapCommand    `cmd:"" help:"Without names: keys, and how many persons are on two lists."`
}

// database is the argument of every tool that opens one.
type database struct {
	DB string `arg:"" help:"Database file of a device or the office, or the postgres:// URL of the office."`
}

func (d database) view(ctx context.Context, fn func(syncengine.Tx) error) error {
	store, err := openExisting(ctx, d.DB)
	if err != nil {
		return err
	}
	return errors.Join(store.View(ctx, fn), store.Close())
}

type historyCommand struct {
	database
	Record string `arg:"" optional:"" help:"Record id, 32 hex digits."`
}

// Run lists changes in the order of their arrival.
func (c *historyCommand) Run(ctx context.Context) error {
	list := func(tx syncengine.Tx, id syncengine.RecordID) error {
		changes, err := tx.Record(id)
		for _, change := range changes {
			held, err := syncengine.Quarantine(tx, change.ID())
			if err != nil {
				return err
			}
			fmt.Println(describe(change, held))
		}
		if covers, failed := syncengine.Covered(tx, id); failed == nil && len(covers) > 0 {
			fmt.Printf("record %s: %d changes are here as one folded state; they lie at the office\n", id, len(covers))
		}
		return err
	}
	return c.view(ctx, func(tx syncengine.Tx) error {
		if c.Record != "" {
			id, err := syncengine.ParseRecordID(c.Record)
			if err != nil {
				return err
			}
			return list(tx, id)
		}
		return syncengine.Records(tx, func(id syncengine.RecordID, _ syncengine.Kind) error { return list(tx, id) })
	})
}

func describe(c *syncengine.Change, held syncengine.QuarantineState) string {
	text := fmt.Sprintf("%s record %s kind %d node %s seq %d author %s %s form %q",
		c.ID(), c.Record, c.Kind, c.Node, c.Seq, c.Author, time.UnixMilli(c.DeviceMillis).UTC().Format(time.RFC3339), c.Form)
	for _, d := range c.Digests {
		if sealed, here := c.Blocks[d.Class]; here {
			text += fmt.Sprintf(" class %d: %d bytes", d.Class, len(sealed))
		} else {
			text += fmt.Sprintf(" class %d: withheld", d.Class)
		}
	}
	if held.Op != "" {
		text += fmt.Sprintf(" [%s %s]", held.Op, held.Reason)
	}
	return text
}

type foldCommand struct {
	database
	Key string `help:"The office's key file." type:"existingfile" required:""`
	opener
}

// Run compares stored folds with the log.
func (c *foldCommand) Run(ctx context.Context) error {
	keys, err := c.load(c.Key)
	if err != nil {
		return err
	}
	defer keys.Close()
	d := doctorCommand{database: c.database, Witness: "none"}
	return d.examine(ctx, enginekeys.Keys{Ring: vault.NewKeyring(keys.Wrapper, rand.Reader), Random: rand.Reader})
}

type listCommand struct {
	File string `arg:"" help:"Arrivals list: CSV with a heading line, in any usual encoding, or an Excel workbook." type:"existingfile"`
}

// Run reads the list and reports by line and column, never what stands there.
func (c *listCommand) Run(ctx context.Context) error {
	info, err := os.Stat(c.File)
	if err != nil {
		return err
	}
	if info.Size() > casefile.ListFileMax {
		return &failed{what: "the list is larger than 4 MiB"}
	}
	data, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	list, err := casefile.OpenList(ctx, filepath.Base(c.File), data, readArrivals)
	if err != nil {
		return &failed{what: err.Error()}
	}
	fmt.Printf("%d lines can be taken\n", len(list.Lines))
	if list.Encoding != "" && list.Encoding != casefile.UTF8 {
		fmt.Printf("read as %s\n", list.Encoding)
	}
	for _, fault := range list.Faults {
		fmt.Println(where(fault) + ": " + fault.Code)
	}
	if n := len(list.Faults); n > 0 {
		return &failed{what: fmt.Sprintf("%d things to mend", n)}
	}
	return nil
}

// where names the place of a fault as the file's own program does.
func where(fault *casefile.LineError) string {
	if fault.Sheet == "" {
		return fmt.Sprintf("line %d, column %q", fault.Line, fault.Column)
	}
	return fmt.Sprintf("sheet %q, row %d, column %s %q", fault.Sheet, fault.Line, fault.Letter, fault.Column)
}
