package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rs/zerolog"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"

	"raksa/casefile"
	"raksa/cmd/raksa/night"
	"raksa/device"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/screening/form/formtest"
	"raksa/server"
	"raksa/syncengine"
	"raksa/syncengine/sqlstore"
	"raksa/syncengine/witness"
	"raksa/vault"
	"raksa/vault/enginekeys"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"raksa": main})
}

// The stories in testdata are played with the real program.
func TestStories(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Condition: func(name string) (bool, error) {
			return name == "long" && !testing.Short(), nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"database": makeDatabase, "damage": damage, "witness": makeWitness, "writenext": writeNext, "writeform": writeForm, "away": officeAway, "arrivalsbook": writeArrivalsBook, "rewritten": rewritten, "leaves": countLeaves, "people": writePeople,
		},
	})
}

// makeDatabase writes a database with the number of made-up interviews: database FILE COUNT.
func makeDatabase(ts *testscript.TestScript, _ bool, args []string) {
	store, err := sqlstore.Open(ts.MkAbs(args[0]))
	ts.Check(err)
	own, err := vault.NewVault(rand.Reader)
	ts.Check(err)
	ring := vault.NewKeyring(own.Wrapper, rand.Reader)
	engine := &syncengine.Engine{Keys: enginekeys.Keys{Ring: ring, Random: rand.Reader}, Codec: casefile.Codec(knownForms)}
	ts.Check(store.Update(context.Background(), func(tx syncengine.Tx) error {
		if err := syncengine.BecomeNode(tx, syncengine.NodeID{1}); err != nil {
			return err
		}
		for i := range len(args[1]) { // one interview a stroke
			if err := saveInterview(tx, engine, ring, syncengine.RecordID{byte(i + 1)}); err != nil {
				return err
			}
		}
		return nil
	}))
	ts.Check(store.Close())
}

func saveInterview(tx syncengine.Tx, engine *syncengine.Engine, ring vault.Keyring, id syncengine.RecordID) error {
	key, err := vault.NewRecordKey(rand.Reader)
	if err != nil {
		return err
	}
	if err := ring.PutRecordKey(tx, id, key); err != nil {
		return err
	}
	draft, err := casefile.OpeningDraft(form.Builtin(), casefile.Opening{
		Record: id, Center: "PTC", Commit: vault.Commitment(key),
		Answers: map[string]screening.Answer{"wrk_employer": screening.Of(screening.TextOf("Sea Dragon Number Nine"))},
	})
	if err != nil {
		return err
	}
	_, err = engine.Save(tx, draft, syncengine.Moment{WallMillis: 1, Random: rand.Reader})
	return err
}

// damage flips one bit of a sealed block in the file, as a bad disk does: damage FILE.
func damage(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	store, err := sqlstore.Open(path)
	ts.Check(err)
	var sealed []byte
	ts.Check(store.View(context.Background(), func(tx syncengine.Tx) error {
		changes, err := tx.Record(syncengine.RecordID{1})
		if err == nil {
			sealed = changes[0].Blocks[syncengine.Class(screening.Testimony)]
		}
		return err
	}))
	ts.Check(store.Close())
	raw, err := os.ReadFile(path)
	ts.Check(err)
	at := bytes.Index(raw, sealed)
	if at < 0 {
		ts.Fatalf("the block is not in the file")
	}
	raw[at+len(sealed)/2] ^= 1
	ts.Check(os.WriteFile(path, raw, 0o600))
}

// countLeaves fails unless an office's audit log has as many leaves of an act:
// leaves FILE ACT COUNT.
func countLeaves(ts *testscript.TestScript, _ bool, args []string) {
	store, err := sqlstore.Open(ts.MkAbs(args[0]))
	ts.Check(err)
	defer store.Close()
	found := 0
	ts.Check(store.View(context.Background(), func(tx syncengine.Tx) error {
		return syncengine.Table[server.Leaf]("audit-leaf").Each(tx, nil, func(_ []byte, leaf server.Leaf) error {
			if leaf.What == args[1] {
				found++
			}
			return nil
		})
	}))
	if strconv.Itoa(found) != args[2] {
		ts.Fatalf("%d leaves of %q, want %s", found, args[1], args[2])
	}
}

// makeWitness notes in FILE.witness how far the database has come: witness FILE.
func makeWitness(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	store, err := sqlstore.Open(path)
	ts.Check(err)
	var marks []syncengine.Own
	ts.Check(store.View(context.Background(), func(tx syncengine.Tx) (err error) {
		marks, err = syncengine.OwnMarks(tx)
		return err
	}))
	file, err := witness.Open(path + ".witness")
	ts.Check(err)
	ts.Check(errors.Join(file.Note(marks), file.Close(), store.Close()))
}

// writeForm copies the built-in form definition: writeform FILE.
func writeForm(ts *testscript.TestScript, _ bool, args []string) {
	raw, err := os.ReadFile("../../screening/form/data/vif-1.json")
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), raw, 0o600))
}

// writeNext writes a version 2 that somebody made of the built-in form:
// writenext FILE.
func writeNext(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), formtest.Next(), 0o600))
}

// officeAway plays a night whose office is away: away DIR. There are the office's
// database and key, and the devices' folders; PTC-2 has an interview that nobody
// else has. The passphrase is the folder's name.
func officeAway(ts *testscript.TestScript, _ bool, args []string) {
	ctx, dir := context.Background(), ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o700))
	n, err := night.Start(ctx, night.Options{
		Dir: dir, Forms: knownForms, Log: zerolog.Nop(), SecretCost: vault.Params{Passes: 1, MemoryKiB: 64, Threads: 1},
	})
	ts.Check(err)
	ts.Check(n.Meet(ctx))
	n.Cut(true)
	_, err = n.PTC2.NewInterview(ctx, device.Opening{Answers: map[string]screening.Answer{
		"idn_family_latin": screening.Of(screening.TextOf("Sea Dragon")),
	}})
	ts.Check(err)
	key, err := os.Create(filepath.Join(dir, "office.key"))
	ts.Check(err)
	ts.Check(errors.Join(n.SaveKey(key, args[0]), key.Close(), n.Close()))
	ts.Check(os.WriteFile(filepath.Join(dir, "passphrase"), []byte(args[0]), 0o600))
}

// writeArrivalsBook writes a made-up list as it comes from the Thai side, as a
// workbook: a title, merged headings and a merged province, dates as a
// spreadsheet keeps them, a formula, and one age in words: arrivalsbook FILE.
func writeArrivalsBook(ts *testscript.TestScript, _ bool, args []string) {
	file := excelize.NewFile()
	ts.Check(file.SetSheetName("Sheet1", "ส่งกลับ"))
	for i, row := range [][]any{
		{"รายชื่อผู้ถูกส่งกลับ"},
		{"ที่", "ชื่อ - สกุล", nil, "เพศ", "วันเกิด", "อายุ", "ภูมิลำเนา"},
		{1, "โสเพีย", "สุข", "ชาย", "12/05/2541", nil, "ไพรแวง"},
		{2, "ดารา", "ลี", "หญิง", 35927, 27, nil},
		{3, "សុខ ចាន់ធី", nil, "ស្រី", 2542, "CANARYseven", nil},
		{4, "Sok Dara", nil, "m", nil, "๓๐", nil},
	} {
		ts.Check(file.SetSheetRow("ส่งกลับ", fmt.Sprintf("A%d", i+1), &row))
	}
	for _, m := range [][2]string{{"A1", "G1"}, {"B2", "C2"}, {"G3", "G6"}} {
		ts.Check(file.MergeCell("ส่งกลับ", m[0], m[1]))
	}
	ts.Check(file.SetCellFormula("ส่งกลับ", "A6", "=A5+1"))
	ts.Check(errors.Join(file.SaveAs(ts.MkAbs(args[0])), file.Close()))
}

// rewritten writes a file as something else does: half of it, or in the letters
// of old Windows: rewritten HOW FROM TO.
func rewritten(ts *testscript.TestScript, _ bool, args []string) {
	raw, err := os.ReadFile(ts.MkAbs(args[1]))
	ts.Check(err)
	if args[0] == "half" {
		raw = raw[:len(raw)/2]
	} else {
		raw, err = charmap.Windows874.NewEncoder().Bytes(raw)
		ts.Check(err)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), raw, 0o600))
}
