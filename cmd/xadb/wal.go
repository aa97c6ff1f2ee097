package main

import (
	"bufio"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/tclog"
	"github.com/xadb/xadb/wal"
)

func newWAL() *cobra.Command {
	var dir string
	var from uint64
	dump := &cobra.Command{
		Use: "dump", Short: "Print the records of a stopped store's write-ahead log", Args: exactly(0),
		Long: "One line a record: segment, LSN, epoch, type, transaction, content. Nothing is changed.",
		RunE: func(c *cobra.Command, _ []string) error { return walDump(c, dir, wal.LSN(from)) },
	}
	dataFlag(dump, &dir)
	dump.Flags().Uint64Var(&from, "from", 0, "first LSN to print")
	return group("wal", "Look into the write-ahead log", dump)
}

func walDump(c *cobra.Command, dir string, from wal.LSN) (err error) {
	if err := needStore(c, dir); err != nil {
		return err
	}
	// Whoever runs the store writes into the files that are read here.
	o := storeOptions(quiet())
	if _, err := tclog.Inspect(c.Context(), dir, o); errors.Is(err, engine.ErrLocked) {
		return err
	}
	log, err := wal.OpenReadOnly(filepath.Join(dir, walFolder), wal.Options{FS: o.Engine.FS, Logger: quiet()})
	if err != nil {
		return damaged(dir, err)
	}
	defer closing(log.Close, &err)
	segments := log.Segments()
	out := bufio.NewWriter(c.OutOrStdout())
	defer closing(out.Flush, &err)
	err = log.Replay(0, func(r *wal.Record) error {
		for len(segments) > 1 && segments[1].First <= r.LSN {
			segments = segments[1:]
		}
		if r.LSN < from {
			return nil
		}
		_, err := fmt.Fprintf(out, "%d\t%d\t%d\t%s\n", segments[0].Number, r.LSN, r.Epoch, engine.DescribeRecord(r))
		return errors.Join(err, c.Context().Err())
	})
	return damaged(dir, err)
}
