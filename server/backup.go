package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"raksa/casefile"
	"raksa/syncengine"
	"raksa/syncengine/sqlstore"
)

// BackupsKept is how many verified backups count: what all of them hold is
// stable, whichever of them the office should be put back to.
const BackupsKept = 3

// backupRow is what one verified backup holds.
type backupRow struct {
	Millis  int64                   `json:"ms"`
	Keeper  string                  `json:"keeper,omitempty"` // machine and folder
	Streams map[string]backupStream `json:"streams"`
}

type backupStream struct {
	Position uint64  `json:"position"`
	Salt     [8]byte `json:"salt"`
	Digest   uint64  `json:"digest"`
	People   uint64  `json:"people"` // interviews in it
}

const backups syncengine.Table[backupRow] = "backup" // number: row

// ErrNoBackup: this store is backed up by other means.
var ErrNoBackup = errors.New("server: this store makes no backups of itself")

// OtherBacksUp: several processes serve one store, and another folder has its
// backups. Those of two folders would be counted together, and each folder would
// hold some that count no longer.
type OtherBacksUp struct {
	Keeper string
	Since  time.Duration // its latest was made
}

func (e *OtherBacksUp) Error() string {
	return fmt.Sprintf("server: the backups of this office are kept in %s, the latest %s ago; give --backups to one process only, or wait until it is older than %s",
		e.Keeper, e.Since.Round(time.Second), keeperLife)
}

// keeperLife is how long a folder is waited for before another takes over: two
// daily backups that it did not make.
const keeperLife = 48 * time.Hour

// keeper names the folder in which a backup lies, among all machines.
func keeper(path string) (string, error) {
	folder, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return "", err
	}
	machine, err := os.Hostname()
	return machine + ":" + folder, err
}

// ownBackups is OtherBacksUp while another folder is at it.
func (o *Office) ownBackups(tx syncengine.Tx, keeper string) error {
	if !o.shared() {
		return nil
	}
	var last backupRow
	if err := backups.Each(tx, nil, func(_ []byte, row backupRow) error { last = row; return nil }); err != nil {
		return err
	}
	since := o.Now().Sub(time.UnixMilli(last.Millis))
	if last.Keeper != "" && last.Keeper != keeper && since < keeperLife {
		return &OtherBacksUp{Keeper: last.Keeper, Since: since}
	}
	return nil
}

// BackupDamaged is the answer to a backup that is not as it should be. It does
// not count, and the office's own file is to be examined.
type BackupDamaged struct{ Findings []syncengine.Finding }

func (e *BackupDamaged) Error() string {
	return fmt.Sprintf("server: the backup has %d faults, the first: %s at %s", len(e.Findings), e.Findings[0].Code, e.Findings[0].About)
}

// Backup writes a copy of the store into a new file, opens the copy, and reads
// every change, chain and stream in it. Only then does it count.
func (o *Office) Backup(ctx context.Context, path string) error {
	store, can := o.Store.(interface {
		Backup(ctx context.Context, path string) error
	})
	if !can {
		return ErrNoBackup
	}
	keeper, err := keeper(path)
	if err != nil {
		return err
	}
	if err := o.Store.View(ctx, func(tx syncengine.Tx) error { return o.ownBackups(tx, keeper) }); err != nil {
		return err
	}
	if err := store.Backup(ctx, path); err != nil {
		return fmt.Errorf("server: backup: %w", err)
	}
	row, err := verifyBackup(ctx, path)
	if err != nil {
		return err
	}
	row.Millis, row.Keeper = o.Now().UnixMilli(), keeper
	return o.Store.Update(ctx, func(tx syncengine.Tx) error {
		if err := o.ownBackups(tx, keeper); err != nil {
			return err
		}
		return countBackup(tx, row)
	})
}

func verifyBackup(ctx context.Context, path string) (row backupRow, err error) {
	copied, err := sqlstore.Open(path)
	if err != nil {
		return row, err
	}
	defer func() { err = errors.Join(err, copied.Close()) }()
	if err := copied.Check(ctx); err != nil {
		return row, err
	}
	err = copied.View(ctx, func(tx syncengine.Tx) error {
		report, err := (&syncengine.Engine{}).Examine(tx)
		if err != nil {
			return err
		}
		if len(report.Findings) > 0 {
			return &BackupDamaged{Findings: report.Findings}
		}
		row, err = standing(tx)
		return err
	})
	return row, err
}

// standing tells where every stream stands.
func standing(tx syncengine.Tx) (row backupRow, err error) {
	row.Streams = map[string]backupStream{}
	streams, err := syncengine.Streams(tx)
	if err != nil {
		return row, err
	}
	for _, stream := range streams {
		head, digest, err := syncengine.StreamHead(tx, stream)
		if err != nil {
			return row, err
		}
		one := backupStream{Position: head.Position, Salt: head.Salt, Digest: digest}
		prefix := firstKey(stream, syncengine.RecordID{})
		err = firstIn.Each(tx, prefix[:len(stream)+1], func(key []byte, _ uint64) error {
			kind, err := syncengine.KindOf(tx, syncengine.RecordID(key[len(stream)+1:]))
			if kind == casefile.KindInterview {
				one.People++
			}
			return err
		})
		if err != nil {
			return row, err
		}
		row.Streams[stream] = one
	}
	return row, nil
}

// countBackup lets a backup count, and the oldest of too many no longer.
func countBackup(tx syncengine.Tx, row backupRow) error {
	var known [][]byte
	if err := backups.Each(tx, nil, func(key []byte, _ backupRow) error { known = append(known, key); return nil }); err != nil {
		return err
	}
	next := int64(1)
	if len(known) > 0 {
		next = fromNumber(known[len(known)-1]) + 1
	}
	for len(known) >= BackupsKept {
		if err := backups.Delete(tx, known[0]); err != nil {
			return err
		}
		known = known[1:]
	}
	return backups.Put(tx, number(next), row)
}

// stableOf gives what every backup holds of a stream: that of the oldest one.
func stableOf(tx syncengine.Tx, stream string) (at backupStream, here bool, err error) {
	first := true
	err = backups.Each(tx, nil, func(_ []byte, row backupRow) error {
		if first {
			at, here = row.Streams[stream]
			first = false
		}
		return nil
	})
	return at, here && at.Position > 0, err
}
