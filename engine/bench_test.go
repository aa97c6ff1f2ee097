package engine

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
)

const benchRows = 200_000

func benchKey(i int) []byte { return binary.BigEndian.AppendUint64(nil, uint64(i)) }

// BenchmarkRead compares reads, in a transaction and without, with pebble's own
// on the same tables: a row, and 100 rows.
func BenchmarkRead(b *testing.B) {
	o := testOptions(vfs.NewMem())
	o.MemTableSize, o.CacheSize = 64<<20, 256<<20
	e, err := Open(bg, "store", o)
	if err != nil {
		b.Fatal(err)
	}
	defer e.Abandon()
	for i := 0; i < benchRows; i += 1000 {
		txn := e.Begin()
		for k := range 1000 {
			if err := txn.Put(bg, accounts, benchKey(i+k), make([]byte, 100)); err != nil {
				b.Fatal(err)
			}
		}
		if err := e.Commit(txn, true); err != nil {
			b.Fatal(err)
		}
	}
	if err := e.Checkpoint(bg); err != nil {
		b.Fatal(err)
	}
	reads := map[string]func(key []byte) error{
		"get/pebble": func(key []byte) error {
			_, closer, err := e.db.Get(accounts.fullKey(key))
			if err != nil {
				return err
			}
			return closer.Close()
		},
		"get/txn": func(key []byte) error {
			txn := e.Begin()
			if _, ok, err := txn.Get(accounts, key); err != nil || !ok {
				return fmt.Errorf("%v %w", ok, err)
			}
			return e.Rollback(txn, true)
		},
		"get/direct": func(key []byte) error {
			_, ok, err := e.Get(accounts, key)
			if err == nil && !ok {
				err = fmt.Errorf("no row %x", key)
			}
			return err
		},
		"scan/pebble": func(key []byte) error {
			lower, upper := accounts.bounds(key, nil)
			it, err := e.db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
			if err != nil {
				return err
			}
			n := 0
			for it.First(); it.Valid() && n < 100; it.Next() {
				if _, err := it.ValueAndErr(); err != nil {
					return err
				}
				n++
			}
			return it.Close()
		},
		"scan/txn": func(key []byte) error {
			txn := e.Begin()
			it := txn.Scan(accounts, key, nil)
			for n := 0; n < 100 && it.Next(); n++ {
			}
			if err := it.Close(); err != nil {
				return err
			}
			return e.Rollback(txn, true)
		},
	}
	reads["scan/view"] = func(key []byte) error {
		v, err := e.ReadView()
		if err != nil {
			return err
		}
		defer v.Close()
		it := v.Scan(accounts, key, nil)
		for n := 0; n < 100 && it.Next(); n++ {
		}
		return it.Close()
	}
	for _, name := range []string{"get/pebble", "get/direct", "get/txn", "scan/pebble", "scan/view", "scan/txn"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := reads[name](benchKey(rand.IntN(benchRows - 100))); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}
