package main

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
)

// sqlRowsMax bounds the rows of the table: they are loaded through SQL.
const sqlRowsMax = 100_000

// A sqlStore is a server, and its clients with what they do.
type sqlStore struct {
	*sqlServer
	rows int64
	op   func(c *sqlConn, rows, i int64) error

	mu   sync.Mutex
	free []*sqlConn // logged in, and not in use
}

// A starter starts a server of one make.
type starter func(site) (*sqlServer, error)

// sqlClients opens a server with one table, on which clients do op.
func sqlClients(start starter, op func(c *sqlConn, rows, i int64) error) func(site) (store, error) {
	return func(s site) (store, error) { return openSQL(start, op, s) }
}

func openSQL(start starter, op func(c *sqlConn, rows, i int64) error, s site) (*sqlStore, error) {
	srv, err := start(s)
	if err != nil {
		return nil, err
	}
	st := &sqlStore{sqlServer: srv, rows: min(s.rows, sqlRowsMax), op: op}
	if err := st.fill(); err != nil {
		return nil, errors.Join(err, st.close())
	}
	return st, nil
}

func (st *sqlStore) fill() error {
	c, err := dialSQL(st.addr, "")
	if err != nil {
		return err
	}
	for _, sql := range []string{
		"CREATE DATABASE b", "USE b",
		"CREATE TABLE t (id INT NOT NULL PRIMARY KEY, n INT NOT NULL, pad VARCHAR(100) NOT NULL)",
	} {
		if err := c.exec(sql); err != nil {
			return errors.Join(fmt.Errorf("%s: %w", sql, err), c.close())
		}
	}
	err = load(st.rows, func(from, to int64) error {
		q := append(c.query(), "INSERT INTO t VALUES "...)
		for i := from; i < to; i++ {
			if i > from {
				q = append(q, ',')
			}
			q = fmt.Appendf(q, "(%d,%d,'%x')", i, i, value(i)[:valLen/2])
		}
		_, err := c.run(q)
		return err
	})
	return errors.Join(err, c.close())
}

// client takes a connection that is free, or makes one.
func (st *sqlStore) client() (*sqlConn, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if n := len(st.free); n > 0 {
		c := st.free[n-1]
		st.free = st.free[:n-1]
		return c, nil
	}
	return dialSQL(st.addr, "b")
}

func (st *sqlStore) run(s *slice, h *histogram) error {
	c, err := st.client()
	if err != nil {
		return err
	}
	err = loop(s, h, func(i int64) error { return st.op(c, st.rows, i) })
	st.mu.Lock()
	defer st.mu.Unlock()
	st.free = append(st.free, c)
	return err
}

func (st *sqlStore) close() error {
	var errs []error
	for _, c := range st.free {
		errs = append(errs, c.close())
	}
	return errors.Join(append(errs, st.stop())...)
}

func sqlSelectOne(c *sqlConn, _, _ int64) error {
	_, err := c.run(append(c.query(), "SELECT 1"...))
	return err
}

func sqlSelect(c *sqlConn, rows, i int64) error {
	q := append(c.query(), "SELECT pad FROM t WHERE id = "...)
	n, err := c.run(strconv.AppendInt(q, pick(i, rows), 10))
	if err == nil && n != 1 {
		err = fmt.Errorf("%d rows, not 1", n)
	}
	return err
}

func sqlUpdate(c *sqlConn, rows, i int64) error {
	q := append(c.query(), "UPDATE t SET n = n + 1 WHERE id = "...)
	_, err := c.run(strconv.AppendInt(q, pick(i, rows), 10))
	return err
}

// sqlBranch is an XA transaction of five statements.
func sqlBranch(c *sqlConn, rows, i int64) error {
	for _, verb := range []string{"XA START '", "", "XA END '", "XA PREPARE '", "XA COMMIT '"} {
		if verb == "" {
			if err := sqlUpdate(c, rows, i); err != nil {
				return err
			}
			continue
		}
		q := strconv.AppendInt(append(append(c.query(), verb...), "branch-"...), i, 10)
		if _, err := c.run(append(q, '\'')); err != nil {
			return fmt.Errorf("%s: %w", verb, err)
		}
	}
	return nil
}
