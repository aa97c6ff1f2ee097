package rows

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

// A Txn is what rows need of a transaction.
type Txn interface {
	catalog.Store
	// Scan is the snapshot's rows of [start, end) with the transaction's own
	// writes, as of the statement's beginning.
	Scan(t catalog.Space, start, end []byte) catalog.Iterator
	ScanReverse(t catalog.Space, start, end []byte) catalog.Iterator
	// ScanNow is the newest committed rows with all of the transaction's own
	// writes, without locks.
	ScanNow(t catalog.Space, start, end []byte) catalog.Iterator
	// KeepLock makes a prepared branch hold the lock of a key until its outcome
	// (C15).
	KeepLock(t catalog.Space, key []byte)
	// LockRange keeps others from changing rows of [start, end) and from adding
	// any; TryLock locks a key if nobody is in the way.
	LockRange(ctx context.Context, t catalog.Space, start, end []byte, m catalog.Mode) error
	TryLock(t catalog.Space, key []byte, m catalog.Mode) (bool, error)
	// LogRows logs a statement's changes of one table.
	LogRows(t *binlog.Table, kind binlog.RowsKind, rows []binlog.RowChange) error
	// LogKey says that a row which is logged has, or had, a unique key, or points
	// to it: the key of an index as it is stored.
	LogKey(index uint32, key []byte)
}

// BytesMax bounds a stored row; the engine takes no larger value.
const BytesMax = 16 << 20

// A Row is a row, and where it is.
type Row struct {
	Key    []byte         // primary key, or the hidden row ID
	Values []binlog.Value // as stored
	Entry  []byte         // its key in the index that found it; Key without one
}

func encode(t *catalog.Table, values []binlog.Value) ([]byte, error) {
	b, err := types.AppendRow(nil, t.Schema, t.Types(), values)
	if err != nil {
		return nil, fmt.Errorf("rows: table %s.%s: %w", t.DB, t.Name, err)
	}
	if len(b) > BytesMax {
		return nil, mysqlerr.New(mysqlerr.NotSupportedYet, fmt.Sprintf("a row of %d bytes (limit %d)", len(b), BytesMax))
	}
	return b, nil
}

// Decode reads the bytes of a table's row; its values are parts of b.
func Decode(t *catalog.Table, b []byte) ([]binlog.Value, error) {
	values, err := types.DecodeRow(b, t.Schema, t.Types())
	if err != nil {
		return nil, fmt.Errorf("rows: table %s.%s: %w", t.DB, t.Name, err)
	}
	return values, nil
}

// A DuplicateError says that a key is taken. It is a *mysqlerr.Error (1062).
type DuplicateError struct {
	Index string // catalog.PrimaryName, or the index's name
	Entry string // the key as text
	Key   []byte // of the row that has it
	err   *mysqlerr.Error
}

func (e *DuplicateError) Error() string { return e.err.Error() }

// Unwrap makes it a *mysqlerr.Error.
func (e *DuplicateError) Unwrap() error { return e.err }

func duplicate(t *catalog.Table, index string, values []binlog.Value, typs []types.Type, key []byte) error {
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = shown(types.Text(v, typs[i]))
	}
	entry := strings.Join(parts, "-")
	return &DuplicateError{
		Index: index, Entry: entry, Key: key, err: mysqlerr.New(mysqlerr.DupEntry, entry, t.Name+"."+index),
	}
}

// shownMax bounds a value in an error's text, in bytes.
const shownMax = 64

func shown(b []byte) string {
	if len(b) <= shownMax && utf8.Valid(b) {
		return string(b)
	}
	return strings.ToValidUTF8(string(b[:min(len(b), shownMax)]), "?")
}
