package main

import (
	"context"
	"errors"
	"io"
	"log/slog"

	"github.com/xadb/xadb"
	"github.com/xadb/xadb/groupcommit"
	"github.com/xadb/xadb/xid"
)

// xadbStore is ours.
type xadbStore struct {
	ctx   context.Context
	db    *xadb.DB
	table *xadb.Table
	op    func(i int64) error
}

func openXadb(s site, binlog bool) (*xadbStore, error) {
	ctx := context.Background()
	db, err := xadb.Open(ctx, s.dir, xadb.Options{
		FS: s.disk, Binlog: binlog, CacheSize: cacheSize,
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	if err != nil {
		return nil, err
	}
	t, err := db.Table(ctx, "t")
	if err != nil {
		return nil, errors.Join(err, db.Close(ctx))
	}
	return &xadbStore{ctx: ctx, db: db, table: t}, nil
}

func (x *xadbStore) run(s *slice, h *histogram) error { return loop(s, h, x.op) }
func (x *xadbStore) close() error                     { return x.db.Close(x.ctx) }

// groups is how many commit groups there were.
func (x *xadbStore) groups() int64 {
	m, err := x.db.Metrics()
	if err != nil {
		return 0
	}
	return int64(m.Groups.Stages[groupcommit.Sync].Groups)
}

func (x *xadbStore) begin(i int64) (*xadb.Tx, error) {
	tx, err := x.db.Begin(x.ctx, xadb.TxOptions{})
	if err != nil {
		return nil, err
	}
	val := value(i)
	if err := tx.Put(x.table, key('a', i), val); err != nil {
		return nil, err
	}
	return tx, tx.Put(x.table, key('b', i), val)
}

func xadbCommits(binlog bool) func(site) (store, error) {
	return func(s site) (store, error) {
		x, err := openXadb(s, binlog)
		if err != nil {
			return nil, err
		}
		x.op = func(i int64) error {
			tx, err := x.begin(i)
			if err != nil {
				return err
			}
			return tx.Commit(x.ctx)
		}
		return x, nil
	}
}

func xadbBranches(binlog bool) func(site) (store, error) {
	return func(s site) (store, error) {
		x, err := openXadb(s, binlog)
		if err != nil {
			return nil, err
		}
		x.op = func(i int64) error {
			tx, err := x.begin(i)
			if err != nil {
				return err
			}
			id, err := xid.New(1, key('x', i), nil)
			if err != nil {
				return err
			}
			p, err := tx.Prepare(x.ctx, id)
			if err != nil {
				return err
			}
			return p.Commit(x.ctx)
		}
		return x, nil
	}
}

// loadedXadb opens a store that holds the rows to be read.
func loadedXadb(s site) (*xadbStore, error) {
	x, err := openXadb(s, false)
	if err != nil {
		return nil, err
	}
	return x, load(s.rows, func(from, to int64) error {
		return x.db.Update(x.ctx, func(tx *xadb.Tx) error {
			for i := from; i < to; i++ {
				if err := tx.Put(x.table, key('r', i), value(i)); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

func xadbGets(s site) (store, error) {
	x, err := loadedXadb(s)
	if err != nil {
		return nil, err
	}
	x.op = func(i int64) error {
		val, _, err := x.db.Get(x.ctx, x.table, key('r', pick(i, s.rows)))
		return errors.Join(err, checkValue(val))
	}
	return x, nil
}

func xadbTxGets(s site) (store, error) {
	x, err := loadedXadb(s)
	if err != nil {
		return nil, err
	}
	x.op = func(i int64) error {
		return x.db.View(x.ctx, func(snap *xadb.Snap) error {
			val, _, err := snap.Get(x.table, key('r', pick(i, s.rows)))
			return errors.Join(err, checkValue(val))
		})
	}
	return x, nil
}

func xadbScans(s site) (store, error) {
	x, err := loadedXadb(s)
	if err != nil {
		return nil, err
	}
	x.op = func(i int64) error {
		return x.db.View(x.ctx, func(snap *xadb.Snap) error {
			n := 0
			for row, err := range snap.Scan(x.table, xadb.Range{Start: key('r', pick(i, s.rows-scanLen))}) {
				if err == nil {
					err = checkValue(row.Value)
				}
				if err != nil {
					return err
				}
				if n++; n == scanLen {
					break
				}
			}
			return checkCount(n)
		})
	}
	return x, nil
}
