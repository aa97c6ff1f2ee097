package engine

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/xadb/xadb/engine/lock"
	"github.com/xadb/xadb/xid"
)

// Keys, values and names have these limits, in bytes.
const (
	KeyMax   = 16 << 10
	ValueMax = 16 << 20
	NameMax  = 256 // of a table or database
)

// Table IDs that have a fixed owner, and where each catalog's IDs begin.
const (
	TableDatabases = 1       // the server's catalog of databases
	TableTables    = 2       // the server's catalog of tables
	TableNames     = 3       // the embedding API's table names
	TableDecisions = 5       // what its coordinators decided
	TableAccounts  = 6       // the server's users
	FirstUserTable = 16      // tables made with SQL
	FirstKVTable   = 1 << 31 // tables of the embedding API
)

// A Table is a key space. Its names are what Recover reports; only the ID
// places its rows.
type Table struct {
	ID       uint32
	DB, Name string
}

func (t Table) name() xid.TableName { return xid.TableName{DB: t.DB, Name: t.Name} }

const (
	prefixSys  = 0x00
	prefixRow  = 0x01
	prefixSize = 5
)

var appliedKey = []byte("\x00applied")

// fullKey is where the row is in pebble.
func (t Table) fullKey(key []byte) []byte {
	return t.appendFullKey(make([]byte, 0, prefixSize+len(key)), key)
}

func (t Table) appendFullKey(b, key []byte) []byte {
	b = append(b, prefixRow)
	b = binary.BigEndian.AppendUint32(b, t.ID)
	return append(b, key...)
}

// appendEnd appends the full key where a range of the table ends; a nil end is
// the end of the table.
func (t Table) appendEnd(b, end []byte) []byte {
	switch {
	case end != nil:
		return t.appendFullKey(b, end)
	case t.ID == math.MaxUint32:
		return append(b, prefixRow+1)
	}
	return Table{ID: t.ID + 1}.appendFullKey(b, nil)
}

// bounds is the range of full keys for [start, end); a nil end is the end of
// the table.
func (t Table) bounds(start, end []byte) (lower, upper []byte) {
	return t.fullKey(start), t.appendEnd(nil, end)
}

// tableOfKey is the ID in a full key.
func tableOfKey(full []byte) uint32 { return binary.BigEndian.Uint32(full[1:]) }

// lockOf is what is locked for the row of a full key.
func lockOf(full []byte) lock.Target { return lock.OfRow(tableOfKey(full), full[prefixSize:]) }

func checkSizes(tbl Table, key, val []byte) error {
	if len(tbl.DB) > NameMax || len(tbl.Name) > NameMax {
		return fmt.Errorf("%w: table name of %d and %d bytes, limit %d", ErrKey, len(tbl.DB), len(tbl.Name), NameMax)
	}
	if err := checkKey(key); err != nil {
		return err
	}
	if len(val) > ValueMax {
		return fmt.Errorf("%w: value of %d bytes, limit %d", ErrKey, len(val), ValueMax)
	}
	return nil
}

// checkKey is for what is locked, too: a prepared branch logs its locks.
func checkKey(keys ...[]byte) error {
	for _, key := range keys {
		if len(key) > KeyMax {
			return fmt.Errorf("%w: key of %d bytes, limit %d", ErrKey, len(key), KeyMax)
		}
	}
	return nil
}
