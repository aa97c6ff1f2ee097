package xadb

import (
	"errors"
	"testing"
)

func TestSavepoint(t *testing.T) {
	for _, on := range []bool{false, true} {
		db := openTest(t, Options{Binlog: on})
		tbl := tableOf(t, db, "t")
		tx := begin(t, db, TxOptions{})
		write := func(k string) {
			if err := tx.Put(tbl, []byte(k), []byte("v")); err != nil {
				t.Fatal(err)
			}
		}
		write("a")
		sp := tx.Savepoint()
		for range 2 {
			write("b")
			write("a")
			if err := tx.RollbackTo(sp); err != nil {
				t.Fatal(err)
			}
		}
		write("c")
		if err := tx.Commit(bg); err != nil {
			t.Fatal(err)
		}
		if s := listAll(t, db, tbl); s != "a=v c=v" {
			t.Error(s)
		}
	}
}

// A savepoint behind the place of a RollbackTo is gone, also when there are as
// many writes again; so is one of another transaction.
func TestSavepointIsGone(t *testing.T) {
	db := openTest(t, Options{})
	tbl := tableOf(t, db, "t")
	tx, other := begin(t, db, TxOptions{}), begin(t, db, TxOptions{})
	put := func(k string) {
		t.Helper()
		if err := tx.Put(tbl, []byte(k), []byte("v")); err != nil {
			t.Fatal(err)
		}
	}
	first := tx.Savepoint()
	put("a")
	second := tx.Savepoint()
	if err := tx.RollbackTo(first); err != nil {
		t.Fatal(err)
	}
	put("b")
	put("c")
	for _, sp := range []Savepoint{second, other.Savepoint(), {}} {
		if err := tx.RollbackTo(sp); !errors.Is(err, ErrSavepoint) {
			t.Errorf("a savepoint that is not there: %v", err)
		}
	}
	if err := tx.Commit(bg); err != nil {
		t.Fatal(err)
	}
	if s := listAll(t, db, tbl); s != "b=v c=v" {
		t.Error(s)
	}
}
