package xadb_test

import (
	"errors"
	"testing"

	"github.com/xadb/xadb"
)

// A table of one store given to a transaction of another, as happens to who has
// several: its number means some table there, which must not be touched.
func TestTableOfAnotherStore(t *testing.T) {
	a, b := openMem(t), openMem(t)
	mine, err := a.Table(bg, "mine")
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := b.Table(bg, "theirs")
	if err != nil {
		t.Fatal(err)
	}
	key := []byte("k")
	if err := a.Update(bg, func(tx *xadb.Tx) error { return tx.Put(mine, key, key) }); err != nil {
		t.Fatal(err)
	}
	for _, table := range []*xadb.Table{theirs, nil, {}} {
		for name, call := range map[string]func(tx *xadb.Tx) error{
			"Get":          func(tx *xadb.Tx) error { _, _, err := tx.Get(table, key); return err },
			"GetForUpdate": func(tx *xadb.Tx) error { _, _, err := tx.GetForUpdate(table, key); return err },
			"GetForShare":  func(tx *xadb.Tx) error { _, _, err := tx.GetForShare(table, key); return err },
			"LockRange":    func(tx *xadb.Tx) error { return tx.LockRange(table, xadb.Range{}, xadb.Shared) },
			"TryLock":      func(tx *xadb.Tx) error { _, err := tx.TryLock(table, key, xadb.Shared); return err },
			"Put":          func(tx *xadb.Tx) error { return tx.Put(table, key, nil) },
			"Delete":       func(tx *xadb.Tx) error { return tx.Delete(table, key) },
			"DeleteRange":  func(tx *xadb.Tx) error { _, err := tx.DeleteRange(table, xadb.Range{}); return err },
			"Scan":         func(tx *xadb.Tx) error { return firstError(tx.Scan(table, xadb.Range{})) },
		} {
			if err := a.Update(bg, call); !errors.Is(err, xadb.ErrForeignTable) {
				t.Errorf("%s of table %v: %v", name, table, err)
			}
		}
		err := a.View(bg, func(s *xadb.Snap) error {
			_, _, err := s.Get(table, key)
			return errors.Join(firstError(s.Scan(table, xadb.Range{})), err)
		})
		if !errors.Is(err, xadb.ErrForeignTable) {
			t.Errorf("a Snap, table %v: %v", table, err)
		}
		if _, _, err := a.Get(bg, table, key); !errors.Is(err, xadb.ErrForeignTable) {
			t.Errorf("without a transaction, table %v: %v", table, err)
		}
	}
	if err := a.View(bg, func(s *xadb.Snap) error {
		if _, ok, err := s.Get(mine, key); !ok || err != nil {
			t.Errorf("the row that was there: %v, %v", ok, err)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func openMem(t *testing.T) *xadb.DB {
	t.Helper()
	db, err := xadb.OpenMem(bg, xadb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close(bg) })
	return db
}

func firstError(rows xadb.RowSeq) error {
	for _, err := range rows {
		return err
	}
	return nil
}

func TestTwoLogsWithoutBinlog(t *testing.T) {
	if _, err := xadb.OpenMem(bg, xadb.Options{TwoLog: true}); err == nil {
		t.Error("opened")
	}
}

func TestUnknownIsolation(t *testing.T) {
	db := openMem(t)
	o := xadb.TxOptions{Isolation: xadb.Serializable + 1}
	if _, err := db.Begin(bg, o); err == nil {
		t.Error("Begin took it")
	}
	if err := db.UpdateWith(bg, o, func(*xadb.Tx) error { return nil }); err == nil {
		t.Error("UpdateWith took it")
	}
}
