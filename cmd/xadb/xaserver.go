package main

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/spf13/cobra"

	"github.com/xadb/xadb/xid"
)

// dialTimeout bounds how long a server may take to accept a connection.
const dialTimeout = 5 * time.Second

// serverBranches are those of a running server.
type serverBranches struct {
	addr string
	db   *sql.DB
}

// loginFlags say as whom a command logs in to a running server.
type loginFlags struct{ user, passwordFile string }

func (l *loginFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&l.user, "user", "root", "account on a running server")
	c.Flags().StringVar(&l.passwordFile, "password-file", "", "file with its password; readable by its owner alone")
}

// dialBranches connects, with TLS if the server has it: who is on the way must
// not see the password.
func dialBranches(ctx context.Context, addr string, login loginFlags) (branches, error) {
	cfg := mysql.NewConfig()
	if login.passwordFile != "" {
		var err error
		if cfg.Passwd, err = readPasswordFile(login.passwordFile); err != nil {
			return nil, fmt.Errorf("--password-file: %w", err)
		}
	}
	cfg.User, cfg.Net, cfg.Addr, cfg.Timeout = login.user, "tcp", addr, dialTimeout
	cfg.TLSConfig = "preferred"
	cfg.Logger = &mysql.NopLogger{} // what fails is returned
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, fmt.Errorf("address %q: %w (%w)", addr, err, errUsage)
	}
	db := sql.OpenDB(connector)
	if err := db.PingContext(ctx); err != nil {
		db.Close()
		if denied := new(mysql.MySQLError); errors.As(err, &denied) {
			return nil, fmt.Errorf("the server on %s refuses %s: %w; give --user and --password-file", addr, cfg.User, err)
		}
		return nil, fmt.Errorf("no server answers on %s: %w; name a running server with --addr, or a stopped store with --data", addr, err)
	}
	return &serverBranches{addr, db}, nil
}

func (b *serverBranches) list(ctx context.Context) (list []xid.Prepared, err error) {
	rows, err := b.db.QueryContext(ctx, "XA RECOVER CONVERT XID")
	if err != nil {
		return nil, fmt.Errorf("asking %s: %w", b.addr, err)
	}
	defer rows.Close()
	for rows.Next() {
		var formatID, gtridLen, bqualLen int64
		var data string
		if err := rows.Scan(&formatID, &gtridLen, &bqualLen, &data); err != nil {
			return nil, fmt.Errorf("reading the answer of %s: %w", b.addr, err)
		}
		x, err := fromRecover(formatID, gtridLen, bqualLen, data)
		if err != nil {
			return nil, fmt.Errorf("reading the answer of %s: %w", b.addr, err)
		}
		list = append(list, xid.Prepared{XID: x})
	}
	return list, rows.Err()
}

// fromRecover is the XID of one row of XA RECOVER CONVERT XID.
func fromRecover(formatID, gtridLen, bqualLen int64, data string) (xid.XID, error) {
	raw, err := hex.DecodeString(strings.TrimPrefix(data, "0x"))
	if err != nil {
		return xid.XID{}, err
	}
	if gtridLen < 0 || bqualLen < 0 || gtridLen+bqualLen != int64(len(raw)) {
		return xid.XID{}, fmt.Errorf("%w: %d and %d bytes in %s", xid.ErrInvalid, gtridLen, bqualLen, data)
	}
	return xid.New(formatID, raw[:gtridLen], raw[gtridLen:])
}

func (b *serverBranches) decide(ctx context.Context, x xid.XID, commit bool) error {
	if err := xid.CheckSQL(x); err != nil {
		return fmt.Errorf("%w; stop the server and use --data", err)
	}
	statement := "XA ROLLBACK "
	if commit {
		statement = "XA COMMIT "
	}
	_, err := b.db.ExecContext(ctx, statement+x.String())
	return err
}

func (b *serverBranches) close() error { return b.db.Close() }

func (b *serverBranches) where() string { return "the server on " + b.addr }

func (b *serverBranches) flag() string { return "--addr " + b.addr }
