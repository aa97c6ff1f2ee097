package engine

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/internal/hermitage"
)

// hermitageStore runs the cases on an engine.
type hermitageStore struct {
	e *Engine
	o TxnOptions
}

func (s hermitageStore) Begin() (hermitage.Session, error) {
	return hermitageTxn{s.e, s.e.BeginWith(s.o)}, nil
}

func (s hermitageStore) Waits() int { return waiting(s.e) }

func (s hermitageStore) Reason(err error) string {
	switch {
	case errors.Is(err, ErrConflict):
		return "conflict"
	case errors.Is(err, ErrDeadlock):
		return "deadlock"
	}
	return ""
}

type hermitageTxn struct {
	e   *Engine
	txn *Txn
}

func number(b []byte) int { n, _ := strconv.Atoi(string(b)); return n }

func (t hermitageTxn) Get(key int) (int, bool, error) {
	v, ok, err := t.txn.Get(accounts, []byte(strconv.Itoa(key)))
	return number(v), ok, err
}

func (t hermitageTxn) Scan() (map[int]int, error) {
	rows := map[int]int{}
	it := t.txn.Scan(accounts, nil, nil)
	for it.Next() {
		rows[number(it.Key())] = number(it.Value())
	}
	return rows, it.Close()
}

func (t hermitageTxn) Put(key, val int) error {
	return t.txn.Put(bg, accounts, []byte(strconv.Itoa(key)), []byte(strconv.Itoa(val)))
}

func (t hermitageTxn) Commit() error { return t.e.Commit(t.txn, true) }
func (t hermitageTxn) Abort() error  { return t.e.Rollback(t.txn, true) }

// TestHermitage: docs/isolation.md says of the embedded API what happens.
func TestHermitage(t *testing.T) {
	levels := map[string]TxnOptions{
		"READ COMMITTED":  {Isolation: ReadCommitted, LockTimeout: -1},
		"REPEATABLE READ": {LockTimeout: -1},
		"SERIALIZABLE":    {Isolation: Serializable, LockTimeout: -1},
	}
	got := hermitage.Table([]string{"READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"}, func(level string, c hermitage.Case) string {
		e := open(t, vfs.NewMem())
		defer e.Abandon()
		at(t, e, "1", "10")
		at(t, e, "2", "20")
		outcome, err := hermitage.Run(hermitageStore{e, levels[level]}, c)
		if err != nil {
			t.Error(level, err)
		}
		return outcome
	})
	doc, err := os.ReadFile("../docs/isolation.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(doc), got) {
		t.Errorf("docs/isolation.md does not have this table:\n%s", got)
	}
}
