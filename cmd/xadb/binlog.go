package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/spf13/cobra"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/tclog"
)

// binlogPattern matches the files of a store's binary log.
const binlogPattern = "binlog.[0-9][0-9][0-9][0-9][0-9][0-9]*"

func newBinlog() *cobra.Command {
	var dir string
	dump := &cobra.Command{
		Use: "dump [FILE...]", Short: "Print the events of a binary log",
		Long: "One line an event: offset, time, server, end, type, content; the rows of a rows event below it. Nothing is\n" +
			"changed, and a server may be running on the store.",
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, files []string) error { return binlogDump(c, dir, files) },
	}
	dataFlag(dump, &dir)
	return group("binlog", "Look into the binary log", dump)
}

func binlogDump(c *cobra.Command, dir string, files []string) (err error) {
	if len(files) == 0 {
		if err := needStore(c, dir); err != nil {
			return err
		}
		files, err = filepath.Glob(filepath.Join(dir, tclog.BinlogDir, binlogPattern))
		if err != nil {
			return err
		}
		if len(files) == 0 {
			return fmt.Errorf("the store in %s has no binary log", dir)
		}
		slices.SortFunc(files, byNumber)
	} else if c.Flag("data").Changed {
		return fmt.Errorf("give --data or files, not both (%w)", errUsage)
	}
	out := bufio.NewWriter(c.OutOrStdout())
	defer closing(out.Flush, &err)
	for i, name := range files {
		if err := dumpFile(c, out, name, i == len(files)-1); err != nil {
			return err
		}
	}
	return nil
}

// byNumber orders file names whose numbers may differ in length.
func byNumber(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	if a < b {
		return -1
	}
	return 1
}

// dumpFile prints one file. Incomplete bytes at the end of the last one, if
// it was not closed, are what a crash or a running server leaves.
func dumpFile(c *cobra.Command, out io.Writer, name string, last bool) (err error) {
	r, err := binlog.OpenReader(vfs.Default, name)
	if err != nil {
		return err
	}
	defer closing(r.Close, &err)
	fmt.Fprintf(out, "# %s\n", name)
	var d binlog.Describer
	for {
		ev, err := r.Next()
		var bad *binlog.EventError
		switch {
		case err == io.EOF:
			return nil
		case errors.As(err, &bad) && last && r.InUse():
			_, err = fmt.Fprintf(out, "# %s:%d: %s: the file was not closed, so a write may have ended here\n", name, bad.Offset, bad.Reason)
			return err
		case errors.As(err, &bad):
			return fmt.Errorf("%s:%d: damaged: %s; see xadb check", name, bad.Offset, bad.Reason)
		case err != nil:
			return err
		}
		if _, err := fmt.Fprintln(out, d.Describe(ev)); err != nil {
			return err
		}
		if err := c.Context().Err(); err != nil {
			return err
		}
	}
}
