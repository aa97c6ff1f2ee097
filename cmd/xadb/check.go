package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/server"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/types"
	"github.com/xadb/xadb/tclog"
)

func newCheck() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use: "check", Short: "Verify the logs and tables of a stopped store", Args: exactly(0),
		Long: "Check reads every record, row and event of a stopped store and changes nothing, and compares indexes with\n" +
			"rows. Damage ends it with exit status 1, and the file and offset or the table and index.",
		RunE: func(c *cobra.Command, _ []string) error { return check(c, dir) },
	}
	dataFlag(c, &dir)
	return c
}

func check(c *cobra.Command, dir string) error {
	if err := needStore(c, dir); err != nil {
		return err
	}
	found, err := tclog.Check(c.Context(), dir, storeOptions(quiet()))
	if err != nil {
		if at, ok := place(dir, err); ok {
			return fmt.Errorf("%s: damaged: %w; restore the file from a backup", at, err)
		}
		return fmt.Errorf("checking %s: %w", dir, err)
	}
	tables, err := checkTables(c, dir)
	if err != nil {
		return err
	}
	out := c.OutOrStdout()
	e := found.Engine
	fmt.Fprintf(out, "log      LSN %d to %d, epoch %d\n", e.KeepFrom, e.End, e.Epoch)
	fmt.Fprintf(out, "tables   %d rows, commit %d, %d commits to redo\n", e.Rows, e.CommitNo, e.Redo)
	fmt.Fprintln(out, tables)
	if found.HasBinlog {
		b := found.Binlog
		fmt.Fprintf(out, "binlog   %d files, end %s, %d bytes of an unfinished write, GTIDs %q\n",
			len(b.Files), b.End, b.Torn, b.GTIDs.String())
	} else {
		fmt.Fprintln(out, "binlog   none")
	}
	fmt.Fprintf(out, "prepared %d branches; the next start commits %d and rolls back %d transactions\n",
		len(found.Prepared), found.ToCommit, found.ToRollback)
	fmt.Fprintln(out, "ok")
	return nil
}

// checkTables compares the indexes of tables made with SQL with their rows, and
// returns the line that says so. Without recovery the tables of a store that has
// much to redo cannot be looked at.
func checkTables(c *cobra.Command, dir string) (line string, err error) {
	l, err := tclog.OpenReadOnly(c.Context(), dir, storeOptions(quiet()))
	if errors.Is(err, engine.ErrNeedsRecovery) {
		return "indexes  not compared: the store needs recovery, which xadb serve does", nil
	}
	if err != nil {
		return "", fmt.Errorf("opening %s to compare indexes: %w", dir, damaged(dir, err))
	}
	defer l.Abandon()
	n, err := server.CheckTables(c.Context(), l)
	if errors.Is(err, catalog.ErrCorrupt) || errors.Is(err, types.ErrCorrupt) {
		return "", fmt.Errorf("damaged: %w; restore a backup, or drop the index and create it again", err)
	}
	if err != nil {
		return "", fmt.Errorf("comparing indexes of %s: %w", dir, damaged(dir, err))
	}
	return fmt.Sprintf("indexes  %d of %d tables with %d rows", n.Indexes, n.Tables, n.Rows), nil
}
