package main

import (
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
)

// Sizes, in bytes, and numbers that are equal for all stores that have them (C24).
const (
	memTableSize = 64 << 20
	cacheSize    = 256 << 20
	// memTables is how many may wait to be flushed before writes have to.
	memTables = 4
)

// pebbleStore is pebble itself, each transaction one synced batch.
type pebbleStore struct {
	db *pebble.DB
	op func(i int64) error
}

func openPebble(s site) (*pebbleStore, error) {
	cache := pebble.NewCache(cacheSize)
	defer cache.Unref()
	db, err := pebble.Open(s.dir, &pebble.Options{
		FS: s.disk, Cache: cache, MemTableSize: memTableSize,
		MemTableStopWritesThreshold: memTables, Logger: quiet{},
	})
	return &pebbleStore{db: db}, err
}

// quiet is a logger of pebble's that says nothing.
type quiet struct{}

func (quiet) Infof(string, ...any)              {}
func (quiet) Errorf(string, ...any)             {}
func (quiet) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func (p *pebbleStore) run(s *slice, h *histogram) error { return loop(s, h, p.op) }
func (p *pebbleStore) close() error                     { return p.db.Close() }

func pebbleWrites(s site) (store, error) {
	p, err := openPebble(s)
	if err != nil {
		return nil, err
	}
	p.op = func(i int64) error {
		b := p.db.NewBatch()
		val := value(i)
		err := errors.Join(b.Set(key('a', i), val, nil), b.Set(key('b', i), val, nil))
		if err == nil {
			err = b.Commit(pebble.Sync)
		}
		return errors.Join(err, b.Close())
	}
	return p, nil
}

// loaded opens a pebble that holds the rows to be read.
func loadedPebble(s site) (*pebbleStore, error) {
	p, err := openPebble(s)
	if err != nil {
		return nil, err
	}
	return p, load(s.rows, func(from, to int64) error {
		b := p.db.NewBatch()
		for i := from; i < to; i++ {
			if err := b.Set(key('r', i), value(i), nil); err != nil {
				return err
			}
		}
		return errors.Join(b.Commit(pebble.Sync), b.Close())
	})
}

func pebbleGets(s site) (store, error) {
	p, err := loadedPebble(s)
	if err != nil {
		return nil, err
	}
	p.op = func(i int64) error {
		val, closer, err := p.db.Get(key('r', pick(i, s.rows)))
		if err != nil {
			return err
		}
		return errors.Join(checkValue(val), closer.Close())
	}
	return p, nil
}

func pebbleScans(s site) (store, error) {
	p, err := loadedPebble(s)
	if err != nil {
		return nil, err
	}
	p.op = func(i int64) error {
		snap := p.db.NewSnapshot()
		it, err := snap.NewIter(&pebble.IterOptions{LowerBound: key('r', pick(i, s.rows-scanLen)), UpperBound: []byte("s")})
		if err != nil {
			return err
		}
		n := 0
		for ok := it.First(); ok && n < scanLen; ok = it.Next() {
			if err = checkValue(it.Value()); err != nil {
				break
			}
			n++
		}
		return errors.Join(err, checkCount(n), it.Close(), snap.Close())
	}
	return p, nil
}
