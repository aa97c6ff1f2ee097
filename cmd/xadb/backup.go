package main

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/server"
	"github.com/xadb/xadb/tclog"
)

// stdStream is the file name that stands for standard input or output.
const stdStream = "-"

type backupFlags struct {
	data, archive string
	server        serverFlags
}

func newBackup() *cobra.Command {
	var o backupFlags
	c := &cobra.Command{
		Use: "backup FILE|-", Short: "Write a store to one file, while its server runs or while it is stopped", Args: exactly(1),
		Long: "Backup writes a store as it is at one moment to a tar file with checksums, prepared branches included. A running\n" +
			"server sends it (--addr) and goes on meanwhile; its account needs BACKUP_ADMIN. A stopped store (--data) is\n" +
			"recovered first, as a start does. A program that embeds a store has DB.Backup.",
		RunE: func(c *cobra.Command, args []string) error { return backup(c, o, args[0]) },
	}
	dataFlag(c, &o.data)
	archiveFlag(c, &o.archive)
	o.server.add(c)
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

func backup(c *cobra.Command, o backupFlags, file string) (err error) {
	running, err := runningServer(c, o.data)
	if err == nil && !running {
		err = needStore(c, o.data)
	}
	if err != nil {
		return err
	}
	write, of := func(w io.Writer) (tclog.BackupInfo, error) { return backupStore(c.Context(), o.data, o.archive, w) }, o.data
	if running {
		if c.Flag("archive").Changed {
			return fmt.Errorf("--archive is for a stopped store: a running server has its own (%w)", errUsage)
		}
		db, err := o.server.dial(c.Context())
		if err != nil {
			return err
		}
		defer closing(db.Close, &err)
		write, of = func(w io.Writer) (tclog.BackupInfo, error) { return backupServer(c.Context(), db, w) }, "the server on "+o.server.addr
	}
	out, done, err := backupFile(c, file)
	if err != nil {
		return err
	}
	info, err := write(out)
	if errors.Is(err, engine.ErrLocked) {
		err = fmt.Errorf("%w; a running server sends its backup: xadb backup --addr HOST:PORT", err)
	}
	if err = done(err); err != nil {
		return damaged(o.data, fmt.Errorf("backing up %s: %w", of, err))
	}
	fmt.Fprintln(c.ErrOrStderr(), describeBackup(info))
	return nil
}

// backupServer writes what a running server sends to w.
func backupServer(ctx context.Context, db *sql.DB, w io.Writer) (info tclog.BackupInfo, err error) {
	rows, err := db.QueryContext(ctx, server.BackupStatement)
	if err != nil {
		return info, err
	}
	defer closing(rows.Close, &err)
	whole := false
	for rows.Next() {
		var data sql.RawBytes
		var index, commitNo, size sql.NullInt64
		var at sql.NullString
		if err := rows.Scan(&data, &index, &commitNo, &at, &size); err != nil {
			return info, err
		}
		if data != nil {
			if _, err := w.Write(data); err != nil {
				return info, err
			}
			continue
		}
		info = tclog.BackupInfo{Index: index.Int64, CommitNo: uint64(commitNo.Int64), Bytes: size.Int64}
		if info.Time, err = time.Parse(time.RFC3339Nano, at.String); err != nil {
			return info, err
		}
		whole = true
	}
	if err := rows.Err(); err != nil {
		return info, err
	}
	if !whole {
		return info, errors.New("the answer has no end")
	}
	return info, nil
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
