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
		{s.QueryOpts.SQLCalcFoundRows, "SQL_CALC_FOUND_ROWS"},
		{len(s.GroupBy) > 0, "GROUP BY"},
		{s.Having != nil, "HAVING"},
		{len(s.Window) > 0, "window function"},
		{s.Into != nil, "SELECT ... INTO"},
	} {
		if c.has {
			return unsupported(c.what)
		}
	}
	return nil
}

// A selection is a SELECT ready to run: what it gives, and of which rows.
type selection struct {
	*projection
	query *query // nil: no table
	// The window that is left to take of the rows; all, if the query does.
	offset, limit int
	distinct      bool
}

// planSelect finds the table, if there is one, and compiles a SELECT.
func (c *call) planSelect(s *sqlparser.Select) (*selection, error) {
	if err := checkSelect(s); err != nil {
		return nil, err
	}
	sel := &selection{projection: &projection{call: c}, distinct: s.QueryOpts.Distinct, limit: -1}
	mode := map[string]catalog.Mode{sqlparser.ForUpdateStr: catalog.Exclusive, sqlparser.ShareModeStr: catalog.Shared}[s.Lock]
	if mode == 0 && c.env.Serializable {
		mode = catalog.Shared
	}
	hasTable := !FromNothing(s)
	if hasTable {
		name, alias, err := singleTable(s.From)
		if err != nil {
			return nil, err
		}
		sel.alias = alias
		for _, of := range c.stmt.lock.of {
			if s.Lock != "" && of != alias {
				return nil, mysqlerr.New(mysqlerr.UnresolvedTableLock, of)
			}
		}
		if sel.table, err = c.open(name, mode == 0); err != nil {
			return nil, err
		}
	}
	err := sel.compile(s.SelectExprs)
	if sel.distinct && hasTable {
		sel.keepDistinct()
	}
	single := !hasTable || len(sel.aggregates) > 0
	switch {
	case err != nil:
		return nil, err
	case !hasTable && len(s.OrderBy) > 0:
		return nil, unsupported("ORDER BY without a table")
	case !hasTable && s.Where != nil:
		return nil, unsupported("WHERE without a table")
	case !hasTable && len(sel.aggregates) > 0:
		return nil, unsupported("aggregate without a table")
	case len(sel.aggregates) > 0 && sel.bare != "" && !c.env.Mode("ONLY_FULL_GROUP_BY"):
		return nil, unsupported("a column beside an aggregate")
	case len(sel.aggregates) > 0 && sel.bare != "":
		return nil, mysqlerr.New(mysqlerr.MixOfGroupFunc, sel.bareAt, sel.bare)
	case single || sel.distinct:
		sel.offset, sel.limit, err = c.limits(s.Limit)
	}
	if err != nil || !hasTable {
		return sel, err
	}
	from := clauses{where: s.Where}
	if !single { // ORDER BY means nothing to one row
		from.order, from.names = s.OrderBy, sel.names()
		if !sel.distinct {
			from.limit = s.Limit
		}
	}
	sel.query, err = c.newQuery(sel.table, sel.alias, mode, from)
	if err == nil && s.Lock != "" {
		sel.query.noWait, sel.query.skipLocked = c.stmt.lock.noWait, c.stmt.lock.skipLocked
	}
	if err == nil && sel.distinct && !single {
		err = sel.orderIsGiven(s.OrderBy)
	}
	return sel, err
}

func (c *call) selectRows(s *sqlparser.Select) (*Result, error) {
	sel, err := c.planSelect(s)
	if err != nil {
		return nil, err
	}
	out := &Result{Columns: sel.columns}
	if sel.query == nil || len(sel.aggregates) > 0 {
		out.Rows, err = sel.single()
		return out, err
	}
	if c.env.Sink != nil && !sel.distinct {
		return out, sel.stream()
	}
	out.Rows, err = sel.rows()
	if err == nil && sel.distinct {
		out.Rows = sel.window(sel.unique(out.Rows))
	}
	return out, err
}

// stream hands the result's rows to the sink.
func (sel *selection) stream() error {
	if err := sel.env.Sink.Columns(sel.columns); err != nil {
		return err
	}
	row := make([]binlog.Value, 0, len(sel.exprs))
	return sel.query.each(func(r found) error {
		var err error
		if row, err = sel.appendRow(row[:0], &record{row: r.row}); err != nil {
			return err
		}
		return sel.env.Sink.Row(row)
	})
}

// rows is the result's rows, one for each that the query finds.
func (sel *selection) rows() ([][]binlog.Value, error) {
	out := [][]binlog.Value{}
	err := sel.query.each(func(r found) error {
		row, err := sel.row(&record{row: r.row})
		if err != nil {
			return err
		}
		out = append(out, row)
		return sel.query.hold(rowBytes(row))
	})
	return out, err
}

// single is the one row of a SELECT of aggregates, or without a table. LIMIT
// counts it.
func (sel *selection) single() ([][]binlog.Value, error) {
	if sel.query != nil {
		err := sel.query.each(func(r found) error {
			for _, a := range sel.aggregates {
				if err := a.add(&record{row: r.row}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	if sel.offset > 0 || sel.limit == 0 {
		return [][]binlog.Value{}, nil
	}
	row, err := sel.row(nil)
	return [][]binlog.Value{row}, err
}

// FromNothing reports whether a SELECT asks no table, or DUAL.
func FromNothing(s *sqlparser.Select) bool { return len(s.From) == 0 || isDual(s.From) }

func isDual(list sqlparser.TableExprs) bool {
	name, _, err := singleTable(list)
	return err == nil && name.DbQualifier.IsEmpty() && strings.EqualFold(name.Name.String(), "dual")
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
		if p.table.Columns[i].Invisible {
			continue
		}
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
	e, err := k.compileAny(n.Expr)
	if err != nil {
		return err
	}
	p.sawBare(k, at)
	if p.describing && e.typ.Kind == types.Null {
		if params, err := countParams(n.Expr); err != nil {
			return err
		} else if params > 0 {
			e.typ = paramType
		}
	}
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

// names is what ORDER BY may call the results: by name, or by place. A name of several is
// nil: package sql knows what it means.
func (p *projection) names() map[string]*expr {
	out := make(map[string]*expr)
	for i, e := range p.exprs {
		out[placeName(strconv.Itoa(i+1))] = e
		lower := strings.ToLower(p.columns[i].Name)
		first, twice := out[lower]
		switch {
		case !twice:
			out[lower] = e
		case first != nil && (first.col < 0 || first.col != e.col):
			out[lower] = nil
		}
	}
	return out
}

// placeName is what a place is called, which no result is: not even SELECT 1's.
func placeName(number string) string { return "\x00" + number }

func (p *projection) row(rec *record) ([]binlog.Value, error) {
	return p.appendRow(make([]binlog.Value, 0, len(p.exprs)), rec)
}

func (p *projection) appendRow(row []binlog.Value, rec *record) ([]binlog.Value, error) {
	for _, e := range p.exprs {
		v, err := e.shown(rec)
		if err != nil {
			return nil, err
		}
		row = append(row, v)
	}
	return row, nil
}

// column describes a result's column as MySQL does: a table's own with its
// origin and key flags, an expression with its type.
func (p *projection) column(e *expr, name string) Column {
	if e.col >= 0 {
		out := TableColumn(p.table, e.col)
		out.Name, out.Table = name, p.alias
		return out
	}
	w := e.typ.Wire()
	out := Column{Name: name, Type: w.Type, Charset: w.Charset, Own: w.Own, Decimals: w.Decimals, Flags: w.Flags}
	if !e.nullable {
		out.Flags |= types.FlagNotNull
	}
	if e.typ.IsNumber() {
		out.Flags |= types.FlagBinary
	}
	if e.typ.IsString() {
		out.Decimals = 31
	}
	if e.hex {
		out.Decimals = 0
		out.Flags |= types.FlagUnsigned
	}
	out.Length = e.length()
	return out
}
