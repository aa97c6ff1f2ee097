package sql

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/spell"
)

// newRows is what the library calls the rows that an INSERT brings.
const newRows = "__new_ins"

// nameSelected gives the columns of INSERT ... SELECT names, if ON DUPLICATE KEY
// UPDATE asks for them with VALUES(), or for those of the query's tables (sourceColumns):
// the library knows those of VALUES only. The
// names are nobody's, so that no other column becomes ambiguous. It changes the
// statement, once.
func (c *call) nameSelected(s sqlparser.Statement) error {
	ins, ok := s.(*sqlparser.Insert)
	if !ok || len(ins.OnDup) == 0 {
		return nil
	}
	asked := valuesAsked(ins.OnDup)
	if err := c.ownValues(ins, asked); err != nil {
		return err
	}
	query, ok := ins.Rows.(sqlparser.SelectStatement)
	if !ok || len(asked) > 0 && asked[0].Name.Qualifier.Name.String() != "" {
		return nil
	}
	for p, is := query.(*sqlparser.ParenSelect); is; p, is = query.(*sqlparser.ParenSelect) {
		query = p.Select
	}
	one, _ := query.(*sqlparser.Select)
	var sources []*sqlparser.ColName
	if one != nil {
		var err error
		if sources, err = c.sourceColumns(ins, one); err != nil {
			return err
		}
		asked = valuesAsked(ins.OnDup) // which are others if sources are
	}
	if len(asked) == 0 && len(sources) == 0 {
		return nil
	}
	columns, err := c.insertedColumns(ins)
	if err != nil {
		return err
	}
	if one != nil && len(columns) > 0 && len(one.SelectExprs) != len(columns) && !spell.HasStar(one.SelectExprs) {
		return mysqlerr.New(mysqlerr.WrongValueCountOnRow, 1)
	}
	names, own := sqlparser.Columns{}, map[string]sqlparser.ColIdent{}
	for i, col := range columns {
		own[col.Lowered()] = sqlparser.NewColIdent(newRows + strconv.Itoa(i))
		names = append(names, own[col.Lowered()])
	}
	for _, v := range asked {
		name, ok := own[v.Name.Name.Lowered()]
		if !ok {
			return mysqlerr.New(mysqlerr.BadField, v.Name.Name.String(), "field list")
		}
		v.Name = &sqlparser.ColName{Name: name, Qualifier: sqlparser.TableName{Name: sqlparser.NewTableIdent(newRows)}}
	}
	if len(sources) > 0 && len(names) > 0 {
		query = keepingQuery(one, sources, names)
	}
	ins.Rows = &sqlparser.Select{SelectExprs: sqlparser.SelectExprs{&sqlparser.StarExpr{}}, From: rowsTable(query, newRows, names)}
	return nil
}

// rowsTable reads a query as a table.
func rowsTable(query sqlparser.SelectStatement, name string, columns sqlparser.Columns) sqlparser.TableExprs {
	return sqlparser.TableExprs{&sqlparser.AliasedTableExpr{
		Expr: &sqlparser.Subquery{Select: query, Columns: columns}, As: sqlparser.NewTableIdent(name),
	}}
}

// ownValues leaves out the table where VALUES() names its column in full: the library would
// take the value that is stored. No other table's columns have new values. The library
// writes its name of the new rows into the statement when it runs.
func (c *call) ownValues(ins *sqlparser.Insert, asked []*sqlparser.ValuesFuncExpr) error {
	name := newRows
	if rows, is := ins.Rows.(*sqlparser.AliasedValues); is && !rows.As.IsEmpty() {
		name = rows.As.String()
	}
	if len(asked) == 0 || asked[0].Name.Qualifier.Name.String() == name {
		return nil
	}
	t, err := c.tableNamed(ins.Table)
	if err != nil || t == nil {
		return err
	}
	for _, v := range asked {
		q := v.Name.Qualifier
		_, known := t.Column(v.Name.Name.String())
		db := cmp.Or(q.DbQualifier.String(), t.DB)
		if !known || cmp.Or(q.Name.String(), t.Name) != t.Name || db != t.DB {
			return mysqlerr.New(mysqlerr.BadField, spell.FullText(v.Name), "field list")
		}
		v.Name = &sqlparser.ColName{Name: v.Name.Name}
	}
	return nil
}

func valuesAsked(list sqlparser.OnDup) (out []*sqlparser.ValuesFuncExpr) {
	for _, a := range list {
		_ = exec.Walk(func(n sqlparser.SQLNode) (bool, error) { // fails never
			if v, is := n.(*sqlparser.ValuesFuncExpr); is {
				out = append(out, v)
			}
			return true, nil
		}, a.Expr)
	}
	return out
}

// insertedColumns is those that an INSERT names, or all.
func (c *call) insertedColumns(ins *sqlparser.Insert) (sqlparser.Columns, error) {
	if len(ins.Columns) > 0 {
		return ins.Columns, nil
	}
	t, err := c.tableNamed(ins.Table)
	if err != nil || t == nil {
		return nil, err
	}
	var out sqlparser.Columns
	for i := range t.Columns {
		out = append(out, sqlparser.NewColIdent(strings.ToLower(t.Columns[i].Name)))
	}
	return out, nil
}
