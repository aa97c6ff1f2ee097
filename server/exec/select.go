package exec

import (
	"strconv"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

// checkSelect refuses the clauses that this version does not run.
func checkSelect(s *sqlparser.Select) error {
	for _, c := range []struct {
		has  bool
		what string
	}{
		{s.With != nil, "WITH"},
		{s.QueryOpts.Distinct, "DISTINCT"},
		{s.QueryOpts.SQLCalcFoundRows, "SQL_CALC_FOUND_ROWS"},
		{len(s.GroupBy) > 0, "GROUP BY"},
		{s.Having != nil, "HAVING"},
		{len(s.Window) > 0, "window function"},
		{s.Into != nil, "SELECT ... INTO"},
		{s.Lock == sqlparser.ForUpdateSkipLockedStr, "SKIP LOCKED"},
	} {
		if c.has {
			return unsupported(c.what)
		}
	}
	return nil
}

func (c *call) selectRows(s *sqlparser.Select) (*Result, error) {
	if err := checkSelect(s); err != nil {
		return nil, err
	}
	if len(s.From) == 0 || isDual(s.From) {
		return c.selectNothing(s)
	}
	name, alias, err := singleTable(s.From)
	if err != nil {
		return nil, err
	}
	mode := map[string]catalog.Mode{sqlparser.ForUpdateStr: catalog.Exclusive, sqlparser.ShareModeStr: catalog.Shared}[s.Lock]
	if mode == 0 && c.env.Serializable {
		mode = catalog.Shared
	}
	t, err := c.open(name, mode == 0)
	if err != nil {
		return nil, err
	}
	p := &projection{call: c, table: t, alias: alias}
	if err := p.compile(s.SelectExprs); err != nil {
		return nil, err
	}
	if len(p.aggregates) > 0 && p.bare != "" {
		return nil, mysqlerr.New(mysqlerr.MixOfGroupFunc, p.bareAt, p.bare)
	}
	if len(p.aggregates) > 0 {
		return c.selectAggregates(s, p, mode)
	}
	q, err := c.newQuery(t, alias, mode, clauses{where: s.Where, order: s.OrderBy, limit: s.Limit, names: p.names()})
	if err != nil {
		return nil, err
	}
	out := &Result{Columns: p.columns, Rows: [][]binlog.Value{}}
	err = q.each(func(r found) error {
		row, err := p.row(&record{row: r.row})
		if err != nil {
			return err
		}
		out.Rows = append(out.Rows, row)
		return q.hold(rowBytes(row))
	})
	return out, err
}

// selectAggregates answers one row, whatever ORDER BY says; LIMIT counts it.
func (c *call) selectAggregates(s *sqlparser.Select, p *projection, mode catalog.Mode) (*Result, error) {
	q, err := c.newQuery(p.table, p.alias, mode, clauses{where: s.Where})
	if err != nil {
		return nil, err
	}
	offset, limit, err := c.limits(s.Limit)
	if err != nil {
		return nil, err
	}
	err = q.each(func(r found) error {
		for _, a := range p.aggregates {
			if err := a.add(&record{row: r.row}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := &Result{Columns: p.columns, Rows: [][]binlog.Value{}}
	if offset > 0 || limit == 0 {
		return out, nil
	}
	row, err := p.row(nil)
	out.Rows = append(out.Rows, row)
	return out, err
}

func isDual(list sqlparser.TableExprs) bool {
	name, _, err := singleTable(list)
	return err == nil && name.DbQualifier.IsEmpty() && strings.EqualFold(name.Name.String(), "dual")
}

// selectNothing runs a SELECT without a table: one row of constants.
func (c *call) selectNothing(s *sqlparser.Select) (*Result, error) {
	if s.Where != nil {
		return nil, unsupported("WHERE without a table")
	}
	p := &projection{call: c}
	if err := p.compile(s.SelectExprs); err != nil {
		return nil, err
	}
	if len(p.aggregates) > 0 {
		return nil, unsupported("aggregate without a table")
	}
	offset, limit, err := c.limits(s.Limit)
	if err != nil {
		return nil, err
	}
	out := &Result{Columns: p.columns, Rows: [][]binlog.Value{}}
	if offset > 0 || limit == 0 {
		return out, nil
	}
	row, err := p.row(nil)
	out.Rows = append(out.Rows, row)
	return out, err
}

// A projection is the select list.
type projection struct {
	*call
	table      *catalog.Table
	alias      string
	exprs      []*expr
	columns    []Column
	aggregates []*aggregate
	bare       string // a column outside of any aggregate
	bareAt     int    // in which item, from 1
}

func (p *projection) compile(list sqlparser.SelectExprs) error {
	for i, item := range list {
		var err error
		switch item := item.(type) {
		case *sqlparser.StarExpr:
			err = p.star(item, i)
		case *sqlparser.AliasedExpr:
			err = p.item(item, i)
		default:
			err = unsupported("NEXT VALUE")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *projection) star(n *sqlparser.StarExpr, at int) error {
	if p.table == nil {
		return mysqlerr.New(mysqlerr.NoTablesUsed)
	}
	k := p.compiler()
	if !k.qualifies(n.TableName) {
		return mysqlerr.New(mysqlerr.BadTable, n.TableName.String())
	}
	for i := range p.table.Columns {
		name := p.table.Columns[i].Name
		e, err := k.column(sqlparser.NewColName(name))
		if err != nil {
			return err
		}
		p.add(e, name)
	}
	p.sawBare(k, at)
	return nil
}

func (p *projection) compiler() *compiler {
	return &compiler{
		call: p.call, table: p.table, alias: p.alias, clause: "field list", aggregates: &p.aggregates,
	}
}

func (p *projection) sawBare(k *compiler, at int) {
	if p.bare == "" && k.bare != "" {
		p.bare, p.bareAt = k.bare, at+1
	}
}

func (p *projection) item(n *sqlparser.AliasedExpr, at int) error {
	k := p.compiler()
	e, err := k.compile(n.Expr)
	if err != nil {
		return err
	}
	p.sawBare(k, at)
	name := n.As.String()
	if name == "" {
		name = n.InputExpression
	}
	if n.As.IsEmpty() {
		switch tree := n.Expr.(type) {
		case *sqlparser.ColName:
			name = tree.Name.String()
		case *sqlparser.NullVal:
			name = "NULL"
		}
	}
	p.add(e, name)
	return nil
}

func (p *projection) add(e *expr, name string) {
	p.exprs = append(p.exprs, e)
	p.columns = append(p.columns, p.column(e, name))
}

// names is what ORDER BY may call the results: by name, or by place.
func (p *projection) names() map[string]*expr {
	out := make(map[string]*expr)
	for i, e := range p.exprs {
		out[strconv.Itoa(i+1)] = e
		lower := strings.ToLower(p.columns[i].Name)
		if _, twice := out[lower]; !twice {
			out[lower] = e
		}
	}
	return out
}

func (p *projection) row(rec *record) ([]binlog.Value, error) {
	out := make([]binlog.Value, len(p.exprs))
	for i, e := range p.exprs {
		v, err := e.eval(rec)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

// column describes a result's column as MySQL does: a table's own with its
// origin and key flags, an expression with its type.
func (p *projection) column(e *expr, name string) Column {
	w := e.typ.Wire()
	out := Column{Name: name, Type: w.Type, Charset: w.Charset, Length: w.Length, Decimals: w.Decimals, Flags: w.Flags}
	if !e.nullable {
		out.Flags |= types.FlagNotNull
	}
	if e.col < 0 {
		if e.typ.IsNumber() {
			out.Flags |= types.FlagBinary
		}
		if e.typ.IsString() {
			out.Decimals = 31
		}
		if e.width > 0 {
			out.Length = e.width
		}
		return out
	}
	c := &p.table.Columns[e.col]
	out.OrgName, out.Table, out.OrgTable, out.DB = c.Name, p.alias, p.table.Name, p.table.DB
	if p.table.IsPrimary(e.col) {
		out.Flags |= types.FlagPrimaryKey | types.FlagPartOfKey
	}
	if !c.Nullable && c.Default == nil {
		out.Flags |= types.FlagNoDefault
	}
	if c.Type.Kind == types.Timestamp && c.Default != nil && c.Default.Now {
		out.Flags |= types.FlagTimestamp
	}
	if c.OnUpdateNow {
		out.Flags |= types.FlagOnUpdateNow
	}
	return out
}
