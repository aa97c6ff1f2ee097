package main

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/go-sql-driver/mysql"
)

const (
	demoAccounts = 10
	demoBalance  = 100
	demoTotal    = demoAccounts * demoBalance // of one bank
)

// A demoBank is the demo's accounts on one server.
type demoBank struct{ db *sql.DB }

func openDemoBank(addr string) (*demoBank, error) {
	cfg := mysql.NewConfig()
	cfg.User, cfg.Net, cfg.Addr = "root", "tcp", addr
	cfg.Params = map[string]string{"innodb_lock_wait_timeout": "5"}
	cfg.Logger = &mysql.NopLogger{} // the demo kills the server itself
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, err
	}
	return &demoBank{sql.OpenDB(connector)}, nil
}

func (b *demoBank) close() { _ = b.db.Close() } // only connections are lost

func (b *demoBank) create(ctx context.Context) error {
	rows := make([]string, demoAccounts)
	for i := range rows {
		rows[i] = fmt.Sprintf("(%d,%d)", i, demoBalance)
	}
	return runAll(ctx, b.db, "CREATE DATABASE demo", "CREATE TABLE demo.accounts (id INT PRIMARY KEY, balance BIGINT NOT NULL)",
		"INSERT INTO demo.accounts VALUES "+strings.Join(rows, ","))
}

// total is the sum of all balances.
func (b *demoBank) total(ctx context.Context) (sum int64, err error) {
	err = b.db.QueryRowContext(ctx, "SELECT SUM(balance) FROM demo.accounts").Scan(&sum)
	return sum, err
}

// prepare changes an account in a branch of its own, up to XA PREPARE.
func prepare(ctx context.Context, conn *sql.Conn, branch string, account, amount int) error {
	return runAll(ctx, conn, "XA START "+branch,
		fmt.Sprintf("UPDATE demo.accounts SET balance = balance + %d WHERE id = %d", amount, account),
		"XA END "+branch, "XA PREPARE "+branch)
}

// runAll runs statements one after the other.
func runAll(ctx context.Context, db interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
}, statements ...string,
) error {
	for _, s := range statements {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}
