package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/xadb/xadb/tclog"
)

// stdStream is the file name that stands for standard input or output.
const stdStream = "-"

func newBackup() *cobra.Command {
	var dir, archive string
	c := &cobra.Command{
		Use: "backup FILE|-", Short: "Write a stopped store to one file", Args: exactly(1),
		Long: "Backup recovers the stopped store, as a start does, and writes it to a tar file with checksums, prepared\n" +
			"branches included. A program that embeds a store backs it up while it runs: see DB.Backup.",
		RunE: func(c *cobra.Command, args []string) error { return backup(c, dir, archive, args[0]) },
	}
	dataFlag(c, &dir)
	archiveFlag(c, &archive)
	return c
}

func newRestore() *cobra.Command {
	var p tclog.Point
	var until string
	c := &cobra.Command{
		Use: "restore FILE|- DIR", Short: "Make a store of a backup and check it", Args: exactly(2),
		Long: "Restore makes a new store, with an identity of its own, in a folder that is empty or not there. A file that\n" +
			"is cut or damaged ends it with exit status 1, and the folder is as empty as before. With --archive the store is\n" +
			"brought to a later moment: as far as the archive reaches, or until a transaction or a time.",
		RunE: func(c *cobra.Command, args []string) (err error) {
			if until != "" {
				if p.Time, err = time.Parse(time.RFC3339Nano, until); err != nil {
					return fmt.Errorf("--until-time: %w (%w)", err, errUsage)
				}
			}
			if p.Archive == "" && (p.Index != 0 || until != "") {
				return fmt.Errorf("--until-index and --until-time need --archive (%w)", errUsage)
			}
			return restore(c, args[0], args[1], p)
		},
	}
	c.Flags().StringVar(&p.Archive, "archive", "", "folder that the store archived its logs to")
	c.Flags().Int64Var(&p.Index, "until-index", 0, "last transaction to restore: its index, or without a binlog its commit number")
	c.Flags().StringVar(&until, "until-time", "", "leave out what is later, such as 2006-01-02T15:04:05Z")
	return c
}

func backup(c *cobra.Command, dir, archive, file string) (err error) {
	if err := needStore(c, dir); err != nil {
		return err
	}
	out, done, err := backupFile(c, file)
	if err != nil {
		return err
	}
	info, err := backupStore(c.Context(), dir, archive, out)
	if err = done(err); err != nil {
		return damaged(dir, fmt.Errorf("backing up %s: %w", dir, err))
	}
	fmt.Fprintln(c.ErrOrStderr(), describeBackup(info))
	return nil
}

// backupStore opens the store, which recovers it, and writes it to w.
func backupStore(ctx context.Context, dir, archive string, w io.Writer) (info tclog.BackupInfo, err error) {
	found, err := tclog.Inspect(ctx, dir, storeOptions(quiet()))
	if err != nil {
		return info, err
	}
	keepPrivate()
	o := storeOptions(quiet())
	o.Binlog, o.ArchiveDir = found.HasBinlog, archive
	log, err := tclog.Open(ctx, dir, o)
	if err != nil {
		return info, err
	}
	defer func() { err = errors.Join(err, log.Close(context.Background())) }()
	return log.Backup(ctx, w, tclog.BackupOptions{})
}

// backupFile opens the file that a backup goes to, which must not exist. Done
// makes it durable, or removes it if there was an error.
func backupFile(c *cobra.Command, name string) (w io.Writer, done func(error) error, err error) {
	if name == stdStream {
		out := bufio.NewWriter(c.OutOrStdout())
		return out, func(err error) error { return errors.Join(err, out.Flush()) }, nil
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot make the file: %w", err)
	}
	return f, func(err error) error {
		if err == nil {
			err = f.Sync()
		}
		if err = errors.Join(err, f.Close()); err == nil {
			err = syncDir(filepath.Dir(name))
		}
		if err != nil {
			err = errors.Join(err, os.Remove(name))
		}
		return err
	}, nil
}

func syncDir(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func restore(c *cobra.Command, file, dir string, p tclog.Point) (err error) {
	in := c.InOrStdin()
	if file != stdStream {
		f, err := os.Open(file)
		if err != nil {
			return fmt.Errorf("cannot read the backup: %w", err)
		}
		defer closing(f.Close, &err)
		in = f
	}
	keepPrivate()
	info, err := tclog.Restore(c.Context(), bufio.NewReader(in), dir, storeOptions(quiet()), p)
	if err != nil {
		return fmt.Errorf("restoring %s into %s: %w", file, dir, err)
	}
	fmt.Fprintln(c.OutOrStdout(), describeBackup(info))
	return check(c, dir)
}

func describeBackup(info tclog.BackupInfo) string {
	return fmt.Sprintf("backup   of %s, index %d, commit %d, %d bytes",
		info.Time.Format(time.RFC3339), info.Index, info.CommitNo, info.Bytes)
}
