package main

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/go-sql-driver/mysql"
)

const (
	demoAccounts = 10
	demoBalance  = 100
	demoTotal    = demoAccounts * demoBalance
	demoClients  = 4
	// demoParked is how many branches are prepared and not finished before the
	// kill. Each locks two accounts, which the clients leave alone.
	demoParked = 2
)

// A demoBank is the demo's accounts on a server.
type demoBank struct {
	db        *sql.DB
	plain, xa atomic.Int64 // acknowledged
}

func openDemoBank(addr string) (*demoBank, error) {
	cfg := mysql.NewConfig()
	cfg.User, cfg.Net, cfg.Addr = "root", "tcp", addr
	cfg.Params = map[string]string{"innodb_lock_wait_timeout": "1"}
	cfg.Logger = &mysql.NopLogger{} // the demo kills the server itself
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, err
	}
	return &demoBank{db: sql.OpenDB(connector)}, nil
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

// move are the statements that take from one account and give to another.
func move(src, dst, amount int) []string {
	const update = "UPDATE demo.accounts SET balance = balance + %d WHERE id = %d"
	legs := []string{fmt.Sprintf(update, -amount, src), fmt.Sprintf(update, amount, dst)}
	if dst < src { // all clients lock in one order
		legs[0], legs[1] = legs[1], legs[0]
	}
	return legs
}

// park prepares the i-th branch that stays prepared.
func (b *demoBank) park(ctx context.Context, i int) (text string, err error) {
	conn, err := b.db.Conn(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	text = fmt.Sprintf("'demo','left-alone-%d'", i)
	return text, branch(ctx, conn, text, move(2*i, 2*i+1, 10))
}

// branch runs statements up to XA PREPARE.
func branch(ctx context.Context, conn *sql.Conn, text string, statements []string) error {
	all := append([]string{"XA START " + text}, statements...)
	return runAll(ctx, conn, append(all, "XA END "+text, "XA PREPARE "+text)...)
}

// run lets clients move money until their connections break; stop waits for
// them.
func (b *demoBank) run(ctx context.Context, clients int) (stop func() (plain, xa int64)) {
	var wg sync.WaitGroup
	for i := range clients {
		wg.Add(1)
		go func() {
			defer wg.Done()
			conn, err := b.db.Conn(ctx)
			if err != nil {
				return
			}
			defer conn.Close()
			for n := 0; err == nil; n++ {
				err = b.transfer(ctx, conn, fmt.Sprintf("'demo','client-%d-%d'", i, n))
			}
		}()
	}
	return func() (int64, int64) {
		wg.Wait()
		return b.plain.Load(), b.xa.Load()
	}
}

// transfer moves money between two accounts that no parked branch locks.
func (b *demoBank) transfer(ctx context.Context, conn *sql.Conn, text string) error {
	first, free := 2*demoParked, demoAccounts-2*demoParked
	src := first + rand.IntN(free)
	dst := first + (src-first+1+rand.IntN(free-1))%free
	legs := move(src, dst, 1+rand.IntN(demoBalance/10))
	if rand.IntN(2) == 0 {
		all := append([]string{"START TRANSACTION"}, legs...)
		if err := runAll(ctx, conn, append(all, "COMMIT")...); err != nil {
			return err
		}
		b.plain.Add(1)
		return nil
	}
	if err := branch(ctx, conn, text, legs); err != nil {
		return err
	}
	if err := runAll(ctx, conn, "XA COMMIT "+text); err != nil {
		return err
	}
	b.xa.Add(1)
	return nil
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
