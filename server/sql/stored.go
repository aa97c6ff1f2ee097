package sql

import (
	"cmp"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/walk"
	"github.com/xadb/xadb/server/types"
)

// storeAll converts what is stored in columns before the library does: it
// has other errors, loses digits of numbers in documents, and an UPDATE of its
// takes a number that is out of range for what is left of it.
func (c *call) storeAll(node gms.Node) (gms.Node, error) {
	node, _, err := transform.NodeWithOpaque(node, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		into, ok := n.(*plan.InsertInto)
		if !ok {
			return n, transform.SameTree, nil
		}
		return c.storeInto(into)
	})
	if err != nil {
		return nil, err
	}
	aliases := aliasedTables(node)
	return walk.Exprs(node, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
		set, ok := e.(*expression.SetField)
		if !ok {
			return e, transform.SameTree, nil
		}
		field, ok := set.LeftChild.(*expression.GetField)
		if !ok {
			return e, transform.SameTree, nil
		}
		t := c.tableOf(field, aliases)
		if t == nil {
			return e, transform.SameTree, nil
		}
		at, ok := t.def.Column(field.Name())
		if !ok {
			return e, transform.SameTree, nil
		}
		value := set.RightChild
		if n := c.storedNumber(value); n != nil && expr.IsNumeric(t.def.Columns[at].Type) {
			value = n
		} else if isWide(t.def.Columns[at].Type) {
			value = cmp.Or(c.givenTo(t.def.Columns[at].Type, value), value)
		}
		return expression.NewSetField(wideField(field), c.storing(value, t, at, false)), transform.NewTree, nil
	})
}

// tableOf is the table of a column that a statement sets: the one that has the
// name, or the only one that it changes.
func (c *call) tableOf(field *expression.GetField, aliases map[string]*table) *table {
	if t := aliases[strings.ToLower(field.Table())]; t != nil {
		return t
	}
	var only *table
	for id, t := range c.tables {
		if id.name == field.Table() {
			return t
		}
		if t.target && only == nil {
			only = t
		} else if t.target {
			return nil
		}
	}
	return only
}

func (c *call) storeInto(into *plan.InsertInto) (gms.Node, transform.TreeIdentity, error) {
	project, ok := into.Source.(*plan.Project)
	target := gms.Node(nil)
	if ok {
		target = into.Destination
	}
	t := c.destination(target)
	if t == nil || len(project.Projections) != len(t.def.Columns) {
		return into, transform.SameTree, nil
	}
	into, err := wideInsert(into)
	if err != nil {
		return nil, transform.SameTree, err
	}
	if project, ok = into.Source.(*plan.Project); !ok {
		return into, transform.NewTree, nil
	}
	source := c.ofRows(project, t)
	list, tables := append([]gms.Expression(nil), project.Projections...), c.origins(into.Source)
	oneRow := c.oneRow()
	for i := range list {
		if n := c.storedNumber(given(list[i], project.Child)); n != nil && expr.IsNumeric(t.def.Columns[i].Type) {
			list[i] = n
		}
		if dated := datesGiven(tables, list[i], given(list[i], project.Child), t.def.Columns[i].Type); dated != nil {
			list[i] = dated
		}
		switch d, isDefault := list[i].(*gms.ColumnDefaultValue); {
		case list[i] == nil:
		case isDefault && d != nil && t.def.Columns[i].Generated != "":
			list[i] = toCome(t.schema[i])
		case isDefault && d != nil && t.def.Columns[i].Default != nil && t.def.Columns[i].Default.Expr != "":
			computed := *d
			computed.Expr = c.storing(d.Expr, t, i, oneRow)
			list[i] = &computed
		case isDefault && d != nil && c.cuts() && noDefault(&t.def.Columns[i]):
			list[i] = &undefined{stored: c.storing(list[i], t, i, oneRow)}
		case t.def.Columns[i].Type.IsSpecial(), !isDefault && (c.cuts() || !t.def.Columns[i].Type.IsText() || t.def.Columns[i].Type.Recoded()):
			list[i] = c.storing(c.inBytes(list[i], given(list[i], project.Child), t.def.Columns[i].Type), t, i, oneRow)
		}
	}
	return into.WithSource(plan.NewProject(list, c.givenVectors(list, t, source))), transform.NewTree, nil
}

// datesGiven is a date or a time as the text, or a DATE as the number, that a column stores; of
// is what tells its type. It is nil of others, and where the column has it as it is.
func datesGiven(tables map[string]*catalog.Table, e, of gms.Expression, t types.Type) gms.Expression {
	if of == nil || t.IsTemporal() || t.Kind == types.Year {
		return nil
	}
	if f, is := of.(*expression.GetField); is && f.Table() == "" {
		return nil // the library calls it what its column is
	}
	from, known := convert.FromType(of.Type())
	if literal, is := of.(*expression.Literal); is && from.FSP > 0 {
		from.FSP = expr.LiteralDigits(literal.Value())
	} else if from.Kind == types.Time {
		from.FSP = digits(tables, of)
	}
	switch {
	case !known || !from.IsTemporal():
	case t.IsString() || t.IsNamed():
		return newTimeText(e, from)
	case t.IsNumber() && from.Kind == types.Date:
		return &temporalNumber{expression.UnaryExpression{Child: e}, from, false}
	}
	return nil
}

// toCome stands for a generated column until its row is written.
func toCome(col *gms.Column) gms.Expression {
	if col.Nullable {
		return expression.NewLiteral(nil, gtypes.Null)
	}
	return expression.NewLiteral(col.Type.Zero(), col.Type)
}

// given is the expression of a SELECT that an INSERT stores.
func given(e gms.Expression, query gms.Node) gms.Expression {
	f, ok := e.(*expression.GetField)
	if list := projected(query); ok && f.Index() < len(list) {
		e = list[f.Index()]
	}
	if a, is := e.(*expression.Alias); is {
		e = a.Child
	}
	return e
}

// destination is the table that an INSERT is into.
func (c *call) destination(n gms.Node) (found *table) {
	if n == nil {
		return nil
	}
	transform.Inspect(n, func(n gms.Node) bool {
		if r, ok := n.(*plan.ResolvedTable); ok {
			found, _ = gms.GetUnderlyingTable(r.UnderlyingTable()).(*table)
		}
		return found == nil
	})
	return found
}

// stored is a value as a column of a special type stores it.
type stored struct {
	expression.UnaryExpression
	c      *call
	column *catalog.Column
	table  string
	typ    gms.Type
	oneRow bool // of an INSERT of one row, for which NULL is refused in any mode
}

func (c *call) storing(e gms.Expression, t *table, at int, oneRow bool) *stored {
	typ := t.def.Columns[at].Type
	if e = c.inBytes(e, e, typ); typ.Kind == types.Vector {
		e = c.storedBytes(e)
	}
	return &stored{expression.UnaryExpression{Child: e}, c, &t.def.Columns[at], t.def.Name, t.schema[at].Type, oneRow}
}

// inBytes is a value, made of another one, as the bytes that a column stores.
func (c *call) inBytes(e, of gms.Expression, t types.Type) gms.Expression {
	if !t.TakesBytes() {
		return e
	}
	return cmp.Or(encoded(c.context(), e, of), e)
}

// Type implements gms.Expression.
func (s *stored) Type() gms.Type { return s.typ }

// String implements gms.Expression.
func (s *stored) String() string { return s.Child.String() }

// WithChildren implements gms.Expression.
func (s *stored) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 1 {
		return nil, gms.ErrInvalidChildrenNumber.New(s, len(children), 1)
	}
	out := *s
	out.Child = children[0]
	return &out, nil
}

// Eval implements gms.Expression.
func (s *stored) Eval(ctx *gms.Context, row gms.Row) (any, error) {
	v, err := s.Child.Eval(ctx, row)
	if err != nil {
		return nil, err
	}
	if v == nil {
		return s.null()
	}
	from := s.Child.Type()
	if f, ok := s.Child.(*expression.GetField); ok && f.Table() == "" {
		from = nil // the library calls what an INSERT gives what its column is
	}
	value, t, err := convert.DownAny(ctx, v, from)
	if err != nil {
		return nil, err
	}
	value, err = s.c.storeOrCut(value, t, types.Target{Name: s.column.Name, Table: s.table, Type: s.column.Type, Row: s.c.rowNumber()})
	if err != nil {
		return nil, err
	}
	return convert.Up(value, s.column.Type, s.c.env.Location)
}
