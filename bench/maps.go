package main

import (
	"errors"
	"path/filepath"

	"github.com/dgraph-io/badger/v4"
	"go.etcd.io/bbolt"
)

// boltStore is bbolt. Its Batch joins the transactions of many clients in one.
type boltStore struct{ db *bbolt.DB }

var boltBucket = []byte("t")

func boltWrites(s site) (store, error) {
	db, err := bbolt.Open(filepath.Join(s.dir, "bolt"), 0o600, nil)
	if err != nil {
		return nil, err
	}
	db.MaxBatchDelay = 0 // a client that is alone does not wait for others
	err = db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucket(boltBucket)
		return err
	})
	return &boltStore{db}, err
}

func (b *boltStore) run(s *slice, h *histogram) error {
	return loop(s, h, func(i int64) error {
		val := value(i)
		return b.db.Batch(func(tx *bbolt.Tx) error {
			t := tx.Bucket(boltBucket)
			return errors.Join(t.Put(key('a', i), val), t.Put(key('b', i), val))
		})
	})
}

func (b *boltStore) close() error { return b.db.Close() }

// badgerStore is Badger with synced writes.
type badgerStore struct{ db *badger.DB }

func badgerWrites(s site) (store, error) {
	db, err := badger.Open(badger.DefaultOptions(s.dir).WithSyncWrites(true).WithLogger(nil).
		WithMemTableSize(memTableSize).WithNumMemtables(memTables).WithBlockCacheSize(cacheSize))
	return &badgerStore{db}, err
}

func (b *badgerStore) run(s *slice, h *histogram) error {
	return loop(s, h, func(i int64) error {
		val := value(i)
		return b.db.Update(func(tx *badger.Txn) error {
			return errors.Join(tx.Set(key('a', i), val), tx.Set(key('b', i), val))
		})
	})
}

func (b *badgerStore) close() error { return b.db.Close() }
