package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/spf13/cobra"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/internal/clock"
	"github.com/xadb/xadb/tclog"
)

const (
	dataDefault = "./xadb-data"
	// walFolder is the folder of the engine's log inside a store.
	walFolder = "wal"
)

// storeOptions are those of a store on this machine's disk.
func storeOptions(log *slog.Logger) tclog.Options {
	return tclog.Options{
		Engine:   engine.Options{FS: vfs.Default, Clock: clock.Real, Rand: rand.Reader, Logger: log},
		ServerID: 1,
	}
}

// dataFlag adds --data, the folder of a store that must exist.
func dataFlag(c *cobra.Command, dir *string) {
	c.Flags().StringVar(dir, "data", "", "folder of the store")
}

// archiveFlag adds --archive to what opens a stopped store.
func archiveFlag(c *cobra.Command, dir *string) {
	c.Flags().StringVar(dir, "archive", "", "folder that xadb serve --archive was given; without it the archive gets a gap")
}

// needStore refuses a folder that holds no store, before anything could make
// one there.
func needStore(c *cobra.Command, dir string) error {
	if dir == "" {
		return fmt.Errorf("%s needs --data, the folder of a store (%w)", c.CommandPath(), errUsage)
	}
	if _, err := os.Stat(filepath.Join(dir, walFolder)); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no store in %s: it has no folder %s; name the folder that xadb serve --data was given", dir, walFolder)
	} else if err != nil {
		return fmt.Errorf("cannot look into %s: %w", dir, err)
	}
	return nil
}

// quiet discards what a store tells its operator: commands that only look
// print what they find.
func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }
