package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/spf13/cobra"

	"github.com/xadb/xadb/server"
)

// dialTimeout bounds how long a server may take to accept a connection.
const dialTimeout = 5 * time.Second

// serverFlags say which running server a command talks to, and as whom.
type serverFlags struct{ addr, user, passwordFile string }

func (f *serverFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.addr, "addr", server.ListenDefault, "address of a running server")
	c.Flags().StringVar(&f.user, "user", "root", "account on a running server")
	c.Flags().StringVar(&f.passwordFile, "password-file", "", "file with its password; readable by its owner alone")
}

// runningServer chooses between --data and --addr: what is on the command line
// wins.
func runningServer(c *cobra.Command, data string) (bool, error) {
	addr := c.Flag("addr").Changed
	if c.Flag("data").Changed && addr {
		return false, fmt.Errorf("--data is for a stopped store, --addr for a running server: give one of them (%w)", errUsage)
	}
	return data == "" || addr, nil
}

// dial connects, with TLS if the server has it: who is on the way must not see the
// password.
func (f serverFlags) dial(ctx context.Context) (*sql.DB, error) {
	cfg := mysql.NewConfig()
	if f.passwordFile != "" {
		var err error
		if cfg.Passwd, err = readPasswordFile(f.passwordFile); err != nil {
			return nil, fmt.Errorf("--password-file: %w", err)
		}
	}
	cfg.User, cfg.Net, cfg.Addr, cfg.Timeout = f.user, "tcp", f.addr, dialTimeout
	cfg.TLSConfig = "preferred"
	cfg.Logger = &mysql.NopLogger{} // what fails is returned
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, fmt.Errorf("address %q: %w (%w)", f.addr, err, errUsage)
	}
	db := sql.OpenDB(connector)
	if err := db.PingContext(ctx); err != nil {
		db.Close()
		if denied := new(mysql.MySQLError); errors.As(err, &denied) {
			return nil, fmt.Errorf("the server on %s refuses %s: %w; give --user and --password-file", f.addr, cfg.User, err)
		}
		return nil, fmt.Errorf("no server answers on %s: %w; name a running server with --addr, or a stopped store with --data", f.addr, err)
	}
	return db, nil
}
