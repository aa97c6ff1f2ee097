package sql

import (
	"bytes"

	gms "github.com/dolthub/go-mysql-server/sql"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/rows"
)

// Rows of a table without a primary key may hold the same. So that an UPDATE, and a DELETE of
// joined tables, knows which row a join has found, such a table has its rows' key for a last
// column in the statement, with a name that nobody can write.

// rowKey is how that column's name begins; the table's name follows, so that NATURAL JOIN
// finds none in common.
const rowKey = "\x00row "

// updateOf is the UPDATE that the statement is, or explains; nil if it is another.
func (c *call) updateOf() *sqlparser.Update {
	s := c.stmt.tree.Statement
	if e, is := s.(*sqlparser.Explain); is {
		s = e.Statement
	}
	u, _ := s.(*sqlparser.Update)
	return u
}

// showsKeys reports whether the statement has the keys of a table's rows.
func (c *call) showsKeys(def *catalog.Table) bool {
	if len(def.PrimaryKey) > 0 {
		return false
	}
	found := false
	eachTable(c.rowsJoined(), func(name sqlparser.TableName, _ string) {
		db := name.DbQualifier.String()
		found = found || name.Name.String() == def.Name && (db == def.DB || db == "" && c.env.DB == def.DB)
	})
	return found
}

// rowsJoined is the tables of an UPDATE, or of a DELETE that joins some.
func (c *call) rowsJoined() sqlparser.TableExprs {
	if u := c.updateOf(); u != nil {
		return u.TableExprs
	}
	s := c.stmt.tree.Statement
	if e, is := s.(*sqlparser.Explain); is {
		s = e.Statement
	}
	if d, is := s.(*sqlparser.Delete); is && len(d.Targets) > 0 {
		return d.TableExprs
	}
	return nil
}

// forUpdate makes the columns those that the library needs of a table whose rows are
// changed where they are. What is computed when rows change is none of its business.
func (t *table) forUpdate() {
	for _, col := range t.schema {
		col.Default, col.Generated, col.OnUpdate = nil, nil, nil
	}
	if t.keyed = t.c.showsKeys(t.def); t.keyed {
		t.schema = append(t.schema, &gms.Column{
			Name: rowKey + t.def.DB + "." + t.def.Name, Type: gtypes.LongBlob,
			Source: t.def.Name, DatabaseSource: t.def.DB, PrimaryKey: true,
		})
	}
}

// located is a row that a join has handed on, by its key; nil if an outer join has found
// none.
func (t *table) located(ctx *gms.Context, row gms.Row) (*rows.Row, error) {
	if t.keyed {
		key, err := gms.UnwrapAny(ctx, row[len(row)-1])
		if err != nil || key == nil {
			return nil, err
		}
		values, err := t.stored(ctx, row[:len(row)-1])
		switch key := key.(type) {
		case []byte:
			return &rows.Row{Key: bytes.Clone(key), Values: values}, err
		case string:
			return &rows.Row{Key: []byte(key), Values: values}, err
		}
		return nil, mysqlerr.New(mysqlerr.NotSupportedYet, "a row's key in this plan")
	}
	for _, at := range t.def.PrimaryKey {
		if row[at] == nil {
			return nil, nil
		}
	}
	r, _, err := t.old(ctx, row)
	return r, err
}
