package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/xadb/xadb/tclog"
)

func newCheck() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use: "check", Short: "Verify the logs and tables of a stopped store", Args: exactly(0),
		Long: "Check reads every record, row and event of a stopped store and changes nothing. Damage ends it with exit\n" +
			"status 1, the file and the offset.",
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
	out := c.OutOrStdout()
	e := found.Engine
	fmt.Fprintf(out, "log      LSN %d to %d, epoch %d\n", e.KeepFrom, e.End, e.Epoch)
	fmt.Fprintf(out, "tables   %d rows, commit %d, %d commits to redo\n", e.Rows, e.CommitNo, e.Redo)
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
