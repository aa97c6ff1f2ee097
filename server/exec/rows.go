package exec

import (
	"slices"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/rows"
	"github.com/xadb/xadb/server/types"
)

// A query is which rows of one table a statement is about, and in what order.
type query struct {
	*call
	table  *catalog.Table
	alias  string
	where  *expr          // nil: all
	index  *catalog.Index // by which rows are found; nil: by the primary key
	ranges []rows.Range
	order  []orderKey // empty: the order of keys, or any
	limit  int        // rows to hand on; -1: all
	offset int
	held   int          // bytes of rows kept in memory
	mode   catalog.Mode // 0: read the snapshot; else current reads under this lock
	desc   bool         // of a snapshot: in the order of keys, backwards
	// A row that another transaction has locked is an error, or passed over.
	noWait, skipLocked bool
	aliases            map[string]*expr
	// For EXPLAIN: the way to the rows, and the keys that it was chosen of.
	by       path
	possible []string
}

type orderKey struct {
	e    *expr
	desc bool
}

// A found row: its key, that of the index, and its values as stored.
type found struct {
	key    []byte
	entry  []byte
	row    []binlog.Value
	sorted []binlog.Value // the values of the order's expressions
}

// checkEvery is how many rows pass between two looks at the context.
const checkEvery = 1024

// matches reports whether the WHERE clause is true of a row.
func (q *query) matches(row []binlog.Value) (bool, error) {
	if q.where == nil {
		return true, nil
	}
	is, known, err := q.truth(q.where, &record{row: row})
	return is && known, err
}

// fetched counts a row that was read.
func (q *query) fetched() error {
	q.read++
	if q.read%checkEvery == 0 && q.ctx.Err() != nil {
		return interrupted(q.ctx.Err())
	}
	return nil
}

// hold counts bytes that stay in memory until the statement ends.
func (q *query) hold(n int) error {
	q.held += n
	if q.held > q.opts.ResultBytesMax {
		return mysqlerr.New(mysqlerr.OutOfSortMemory)
	}
	return nil
}

// each hands on the rows that match, in order, within the limit.
func (q *query) each(f func(found) error) error {
	if q.limit == 0 {
		return nil
	}
	if q.noWait {
		defer q.env.Txn.SetLockTimeout(q.env.Txn.LockTimeout())
		q.env.Txn.SetLockTimeout(0)
	}
	source := q.straight
	if q.mode != 0 && (q.skipLocked || !q.env.Ranges) {
		source = q.current
	} else if len(q.order) > 0 {
		source = q.sorted
	}
	return q.window(source, f)
}

// errEnough stops a source that has no more to give.
type errEnough struct{}

func (errEnough) Error() string { return "exec: enough rows" }

// window takes offset and limit off a source of rows.
func (q *query) window(source func(func(found) error) error, f func(found) error) error {
	skip, left := q.offset, q.limit
	err := source(func(r found) error {
		if skip > 0 {
			skip--
			return nil
		}
		if err := f(r); err != nil {
			return err
		}
		if left--; left == 0 {
			return errEnough{}
		}
		return nil
	})
	if _, ok := err.(errEnough); ok {
		return nil
	}
	return err
}

// straight reads each range, in the order of keys or against it, and hands on
// what matches. For a current read it locks the range first, so what it reads
// stays, and nothing is added to it (E2).
func (q *query) straight(f func(found) error) error {
	if q.mode == 0 {
		return q.walk(q.cursor(rows.Snapshot, q.ranges...), f)
	}
	for _, r := range q.ranges {
		err := error(nil)
		if r.Point {
			err = q.walk(q.cursor(q.locking(), r), f)
		} else {
			err = q.lockedRange(r, f)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (q *query) locking() rows.Mode {
	if q.mode == catalog.Exclusive {
		return rows.Update
	}
	return rows.Share
}

// cursor walks over ranges of the query's path.
func (q *query) cursor(m rows.Mode, ranges ...rows.Range) *rows.Cursor {
	return rows.Read{Txn: q.env.Txn, Table: q.table, Index: q.index, Mode: m, Desc: q.desc}.Open(q.ctx, ranges...)
}

// walk hands on the rows of a cursor that match, and closes it.
func (q *query) walk(c *rows.Cursor, f func(found) error) (err error) {
	defer func() {
		if cerr := c.Close(); err == nil {
			err = cerr
		}
	}()
	for c.Next() {
		if err := q.fetched(); err != nil {
			return err
		}
		r := c.Row()
		ok, err := q.matches(r.Values)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if err := f(found{key: r.Key, entry: r.Entry, row: r.Values}); err != nil {
			return err
		}
	}
	return c.Err()
}

func (q *query) sorted(f func(found) error) error {
	var list []found
	err := q.straight(func(r found) error {
		list = append(list, r)
		return q.evalOrder(&list[len(list)-1])
	})
	if err != nil {
		return err
	}
	q.sort(list)
	return handOn(list, f)
}

func handOn(list []found, f func(found) error) error {
	for _, r := range list {
		if err := f(r); err != nil {
			return err
		}
	}
	return nil
}

func (q *query) evalOrder(r *found) error {
	for _, o := range q.order {
		v, err := o.e.eval(&record{row: r.row})
		if err != nil {
			return err
		}
		r.sorted = append(r.sorted, v)
	}
	return q.hold(len(r.key) + rowBytes(r.row) + rowBytes(r.sorted))
}

// rowBytes is about how much memory a row takes.
func rowBytes(row []binlog.Value) int {
	n := 16 * len(row)
	for _, v := range row {
		if b, ok := v.([]byte); ok {
			n += len(b)
		}
	}
	return n
}

func (q *query) sort(list []found) {
	slices.SortStableFunc(list, func(a, b found) int {
		for i, o := range q.order {
			c := types.Compare(a.sorted[i], b.sorted[i], o.e.typ)
			if o.desc {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
		return 0
	})
}

// open locks a table that a statement names, and finds its definition.
func (c *call) open(name sqlparser.TableName, snapshot bool) (*catalog.Table, error) {
	db, err := c.database(name)
	if err != nil {
		return nil, err
	}
	t, ok, err := c.env.Temporary(db, name.Name.String())
	switch {
	case ok || err != nil:
		return t, err
	case c.describing:
		t, ok, err = c.catalog.Find(c.env.Txn, db, name.Name.String())
	case snapshot:
		t, ok, err = c.catalog.OpenSnapshot(c.ctx, c.env.Txn, db, name.Name.String())
	default:
		t, ok, err = c.catalog.Open(c.ctx, c.env.Txn, db, name.Name.String(), catalog.Shared)
	}
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, c.missing(db, name.Name.String())
	}
	return t, nil
}

// database is the one that a name is in: its own, or the session's.
func (c *call) database(name sqlparser.TableName) (string, error) {
	if !name.SchemaQualifier.IsEmpty() {
		return "", unsupported("schema in a table's name")
	}
	if db := name.DbQualifier.String(); db != "" {
		return db, nil
	}
	if c.env.DB == "" {
		return "", mysqlerr.New(mysqlerr.NoDB)
	}
	return c.env.DB, nil
}

// missing says what is not there: the database, or the table in it.
func (c *call) missing(db, table string) error {
	_, ok, err := c.catalog.Database(c.env.Txn, db)
	if err != nil {
		return err
	}
	if !ok {
		return mysqlerr.New(mysqlerr.BadDB, db)
	}
	return mysqlerr.New(mysqlerr.NoSuchTable, db, table)
}

// singleTable is the one table that a statement is about, and its alias.
func singleTable(list sqlparser.TableExprs) (sqlparser.TableName, string, error) {
	var none sqlparser.TableName
	if len(list) != 1 {
		return none, "", unsupported("JOIN")
	}
	a, ok := list[0].(*sqlparser.AliasedTableExpr)
	if !ok {
		return none, "", unsupported("JOIN")
	}
	name, ok := a.Expr.(sqlparser.TableName)
	switch {
	case !ok:
		return none, "", unsupported("derived table")
	case len(a.Partitions) > 0:
		return none, "", unsupported("PARTITION")
	case a.AsOf != nil:
		return none, "", unsupported("AS OF")
	}
	alias := a.As.String()
	if alias == "" {
		alias = name.Name.String()
	}
	return name, alias, nil
}
