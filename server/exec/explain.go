package exec

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/rows"
	"github.com/xadb/xadb/server/types"
)

// How a table's rows are found, in MySQL's words (manual, EXPLAIN Output Format).
const (
	AccessAll    = "ALL"
	AccessIndex  = "index"
	AccessRange  = "range"
	AccessRef    = "ref"
	AccessEqRef  = "eq_ref"
	AccessConst  = "const"
	UsingWhere   = "Using where"
	UsingSort    = "Using filesort"
	UsingTemp    = "Using temporary"
	NoTables     = "No tables used"
	SimpleSelect = "SIMPLE"
)

// An Access is a line of EXPLAIN: how a statement comes to the rows of one table.
type Access struct {
	ID       int    // of the query
	Select   string // its kind
	Table    string // its alias; "" for none
	Type     string // one of the Accesses; "" for none
	Possible []string
	Key      string // "" for none
	KeyLen   int
	Ref      []string
	Def      *catalog.Table // nil: it is no table of the catalog
	Rows     uint64         // about; 0: of all the table's
	Extra    []string
}

// Note adds to what Extra says, once.
func (a *Access) Note(extra string) {
	if !slices.Contains(a.Extra, extra) {
		a.Extra = append(a.Extra, extra)
	}
}

// Explain is how the statement would come to its rows. It reads the newest
// definitions, and counts keys.
func (e *Executor) Explain(ctx context.Context, env Env, s *Stmt) ([]Access, error) {
	c, err := e.describing(ctx, env, s)
	if err != nil {
		return nil, err
	}
	a, err := c.explain()
	return []Access{a}, err
}

func (c *call) explain() (Access, error) {
	a := Access{ID: 1, Select: SimpleSelect}
	switch s := c.stmt.tree.(type) {
	case *sqlparser.Select:
		sel, err := c.planSelect(s)
		if err != nil {
			return a, err
		}
		if sel.query == nil {
			a.Note(NoTables)
			return a, nil
		}
		if sel.distinct {
			a.Note(UsingTemp)
		}
		return a, sel.query.explain(&a)
	case *sqlparser.Update:
		a.Select = "UPDATE"
		_, q, err := c.planUpdate(s)
		if err != nil {
			return a, err
		}
		return a, q.explain(&a)
	case *sqlparser.Delete:
		a.Select = "DELETE"
		q, err := c.planDelete(s)
		if err != nil {
			return a, err
		}
		return a, q.explain(&a)
	case *sqlparser.Insert:
		ins, err := c.planInsert(s)
		if err != nil {
			return a, err
		}
		a.Select, a.Table, a.Type, a.Def = strings.ToUpper(s.Action), ins.table.Name, AccessAll, ins.table
	}
	return a, nil
}

// explain says how the query finds its rows.
func (q *query) explain(a *Access) (err error) {
	a.Def, a.Table, a.Type, a.Possible = q.table, q.alias, AccessAll, q.possible
	switch {
	case q.by.rank == primaryPoint, q.by.rank == uniquePoint:
		if a.Type = AccessConst; len(q.ranges) != 1 || q.mode == catalog.Exclusive {
			a.Type = AccessRange // a change looks for all of them
		}
	case q.by.equal > 0 && len(q.ranges) == 1:
		a.Type = AccessRef
	case q.by.rank != everything:
		a.Type = AccessRange
	case q.index != nil:
		a.Type = AccessIndex
	}
	if a.Type != AccessAll {
		used := q.by.equal
		if a.Type == AccessRange && used < len(q.by.parts) && !(q.by.rank == primaryPoint || q.by.rank == uniquePoint) {
			used++
		}
		if a.Type == AccessIndex {
			used = len(q.index.Columns)
		}
		a.Key, a.KeyLen = KeyName(q.index), KeyLength(q.table, q.index, used)
	}
	if a.Type == AccessConst || a.Type == AccessRef {
		a.Ref = slices.Repeat([]string{"const"}, q.by.equal)
	}
	if q.where != nil && a.Type != AccessConst {
		a.Note(UsingWhere)
	}
	if len(q.order) > 0 {
		a.Note(UsingSort)
	}
	if a.Type != AccessAll && a.Type != AccessIndex {
		a.Rows, err = CountKeys(q.env.Txn, q.table, q.index, q.ranges)
	}
	return err
}

// countedMax bounds the keys that are counted for one line of EXPLAIN.
const countedMax = 1000

// CountKeys is how many keys of an index, or rows, are in ranges: countedMax for that
// many and more, and 1 for none, as in MySQL.
func CountKeys(txn Txn, t *catalog.Table, ix *catalog.Index, ranges []rows.Range) (n uint64, err error) {
	space := t.Space()
	if ix != nil {
		space = t.IndexSpace(ix)
	}
	for _, r := range ranges {
		it := txn.ScanNow(space, r.Start, r.End)
		for n < countedMax && it.Next() {
			n++
		}
		if err := errors.Join(it.Err(), it.Close()); err != nil {
			return 0, err
		}
	}
	return max(n, 1), nil
}

// KeyName is what an index is called; nil is the primary key.
func KeyName(ix *catalog.Index) string {
	if ix == nil {
		return "PRIMARY"
	}
	return ix.Name
}

// possibleKeys are the keys that the conditions bind something of.
func (k *compiler) possibleKeys(bounds map[int][]bound) (out []string) {
	p := path{table: k.table, parts: k.table.PrimaryParts()}
	if p.derive(bounds); p.rank != everything && len(p.parts) > 0 {
		out = append(out, KeyName(nil))
	}
	for i := range k.table.Indexes {
		ix := &k.table.Indexes[i]
		p := path{table: k.table, index: ix, parts: ix.Columns}
		if k.table.Finds(ix) {
			if p.derive(bounds); p.rank != everything {
				out = append(out, ix.Name)
			}
		}
	}
	return out
}

// KeyLength is the bytes that the first columns of an index have at most, as MySQL
// counts them.
func KeyLength(t *catalog.Table, ix *catalog.Index, used int) int {
	parts := t.PrimaryParts()
	if ix != nil {
		parts = ix.Columns
	}
	n := 0
	for _, p := range parts[:min(used, len(parts))] {
		col := &t.Columns[p.Column]
		if col.Nullable {
			n++
		}
		n += partLength(col.Type, p.Prefix)
	}
	return n
}

// partLength is MySQL's (manual, Data Type Storage Requirements).
func partLength(t types.Type, prefix int) int {
	wide := 1
	if t.IsString() && t.Collation != types.CollationBinary {
		wide = t.Collation.BytesPerChar()
	}
	length := t.Length
	if prefix > 0 {
		length = prefix
	}
	fraction := (int(t.FSP) + 1) / 2
	switch t.Kind {
	case types.TinyInt, types.Year:
		return 1
	case types.SmallInt:
		return 2
	case types.MediumInt, types.Date:
		return 3
	case types.Int, types.Float:
		return 4
	case types.BigInt, types.Double:
		return 8
	case types.Decimal:
		whole, digits := int(t.Precision)-int(t.Scale), []int{0, 1, 1, 2, 2, 3, 3, 4, 4}
		return whole/9*4 + digits[whole%9] + int(t.Scale)/9*4 + digits[int(t.Scale)%9]
	case types.Char:
		return length * wide
	case types.VarChar, types.Blob:
		return length*wide + 2
	case types.DateTime:
		return 5 + fraction
	case types.Timestamp:
		return 4 + fraction
	case types.Time:
		return 3 + fraction
	case types.Enum:
		return 1 + len(t.Members)/256
	case types.Set:
		return (len(t.Members) + 7) / 8
	case types.Bit:
		return (t.Length + 7) / 8
	}
	return 0
}
