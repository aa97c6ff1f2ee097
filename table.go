package xadb

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/engine/lock"
	"github.com/xadb/xadb/tclog"
)

// tableDB is the database under which the tables of this API appear in the
// binlog and in a branch's list of tables.
const tableDB = "xadb"

// Limits in bytes. Beyond the first two the error is ErrKey, beyond the third
// ErrTableName.
const (
	KeyMax   = engine.KeyMax   // 16 KiB
	ValueMax = engine.ValueMax // 16 MiB
	NameMax  = 64              // of a table
)

var (
	names = engine.Table{ID: engine.TableNames, DB: tableDB, Name: "tables"}
	// countKey holds the number of tables made so far; no name is empty.
	countKey = []byte{}
)

// A Table is a named space of keys in one store. It is safe for concurrent
// use, and good for a later opening of the store, too.
type Table struct {
	of   storeID
	rows engine.Table
	log  *binlog.Table
}

// Name is the table's name.
func (t *Table) Name() string { return t.rows.Name }

// owns refuses a table of another store: its number means another table here.
func (db *DB) owns(t *Table) error {
	if t == nil || t.of != db.id() {
		return ErrForeignTable
	}
	return nil
}

// Table returns the named table, creating it if there is none, in a
// transaction of its own. ErrTableName if the name is none.
func (db *DB) Table(ctx context.Context, name string) (*Table, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	if err := db.calls.enter(); err != nil {
		return nil, err
	}
	defer db.calls.exit()
	tx := db.log.Begin()
	id, ok, err := tx.Get(names, []byte(name))
	if rerr := db.log.Rollback(tx); err == nil {
		err = rerr
	}
	if err != nil {
		return nil, err
	}
	if ok {
		return db.newTable(name, binary.BigEndian.Uint32(id)), nil
	}
	return db.createTable(ctx, name)
}

func checkName(name string) error {
	if name == "" || len(name) > NameMax || strings.ContainsAny(name, "`\x00") {
		return fmt.Errorf("%w: %.70q: it must have 1 to %d bytes, no backquote, no NUL", ErrTableName, name, NameMax)
	}
	return nil
}

func (db *DB) newTable(name string, id uint32) *Table {
	return &Table{
		of:   db.id(),
		rows: engine.Table{ID: id, DB: tableDB, Name: name},
		log: &binlog.Table{
			ID: uint64(id), DB: tableDB, Name: name, PrimaryKey: []int{0},
			Columns: []binlog.Column{
				{Name: "k", Type: binlog.TypeVarchar, Length: engine.KeyMax, Collation: 63},
				{Name: "v", Type: binlog.TypeBlob, Length: 4, Nullable: true, Collation: 63},
			},
		},
	}
}

// createTable gives the name a number. The row of the count is locked first,
// so two creators take turns and the second finds the first's table.
func (db *DB) createTable(ctx context.Context, name string) (*Table, error) {
	if db.log.BinlogOn() {
		if err := db.logDatabase(ctx); err != nil {
			return nil, err
		}
	}
	tx := db.log.Begin()
	t, err := db.addTable(ctx, tx, name)
	if err == nil {
		err = db.log.Commit(ctx, tx)
	}
	return t, errors.Join(err, db.log.Rollback(tx))
}

// logDatabase tells readers of the binlog of the database before its tables.
func (db *DB) logDatabase(ctx context.Context) error {
	tx := db.log.Begin()
	err := tx.LogQuery(tableDB, "CREATE DATABASE IF NOT EXISTS `"+tableDB+"`")
	if err == nil {
		err = db.log.Commit(ctx, tx)
	}
	return errors.Join(err, db.log.Rollback(tx))
}

func (db *DB) addTable(ctx context.Context, tx *tclog.Txn, name string) (*Table, error) {
	count, ok, err := tx.GetForUpdate(ctx, names, countKey, lock.Exclusive)
	if err != nil {
		return nil, err
	}
	var n uint32
	if ok {
		n = binary.BigEndian.Uint32(count)
	}
	id, exists, err := tx.GetForUpdate(ctx, names, []byte(name), lock.Exclusive)
	if err != nil {
		return nil, err
	}
	if exists {
		return db.newTable(name, binary.BigEndian.Uint32(id)), nil
	}
	t := db.newTable(name, engine.FirstKVTable+n)
	if err := tx.Put(ctx, names, countKey, binary.BigEndian.AppendUint32(nil, n+1)); err != nil {
		return nil, err
	}
	if err := tx.Put(ctx, names, []byte(name), binary.BigEndian.AppendUint32(nil, t.rows.ID)); err != nil {
		return nil, err
	}
	return t, tx.LogQuery(tableDB, fmt.Sprintf("CREATE TABLE `%s`.`%s` (k VARBINARY(%d) NOT NULL, v LONGBLOB, PRIMARY KEY (k(3072)))",
		tableDB, name, engine.KeyMax))
}
