package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"raksa/server"
)

const (
	backupEvery = 24 * time.Hour
	backupLook  = 10 * time.Minute // how often it is asked whether one is due
)

// keepBackups writes a verified backup into dir every day, the first at once
// when none is younger, and keeps as many as the office counts.
func keepBackups(ctx context.Context, office *server.Office, dir string, log zerolog.Logger) {
	for {
		if err := backUpIfDue(ctx, office, dir, time.Now()); err != nil && ctx.Err() == nil {
			log.Error().Err(err).Str("code", "backup_failed").Msg("no backup was made")
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(backupLook):
		}
	}
}

func backUpIfDue(ctx context.Context, office *server.Office, dir string, now time.Time) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	kept, err := filepath.Glob(filepath.Join(dir, "office-*.db"))
	if err != nil {
		return err
	}
	slices.Sort(kept) // their names are their times
	if len(kept) > 0 {
		if last, err := os.Stat(kept[len(kept)-1]); err != nil || now.Sub(last.ModTime()) < backupEvery {
			return err
		}
	}
	path := filepath.Join(dir, "office-"+now.UTC().Format("20060102-150405")+".db")
	if err := office.Backup(ctx, path); err != nil {
		// A backup that was not verified must not be taken for one.
		return errors.Join(err, dropBackup(path))
	}
	for kept = append(kept, path); len(kept) > server.BackupsKept; kept = kept[1:] {
		if err := dropBackup(kept[0]); err != nil {
			return err
		}
	}
	return nil
}

func dropBackup(path string) error {
	for _, one := range []string{path, path + "-wal", path + "-shm"} {
		if err := os.Remove(one); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}
