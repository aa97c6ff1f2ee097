package sql

import (
	"slices"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/types"
)

// mergeSides gives the columns of a UNION, INTERSECT or EXCEPT types that have the values
// of all parts. The library converts what differs to text or whole numbers, two sides at
// a time, and forgets which columns those are that it sorts by. Recursive queries stay as
// they are.
func mergeSides(s *plan.SetOp) (gms.Node, error) {
	parts, converted := unionLeaves(s, nil)
	if !converted && parts.alike() {
		out := *s
		return &out, sortByPlace(&out, parts[0], nil)
	}
	first := parts[0]
	sorted := map[int]gms.Type{} // to sort by
	for i, column := range first.columns {
		all := make([]gms.Expression, len(parts))
		same := true
		for n, part := range parts {
			c := part.columns[i]
			all[n] = part.sources.of(i, c)
			same = same && c.Type().Equals(column.Type())
		}
		if err := expr.CheckMixed(all); err != nil {
			return nil, err
		}
		to := expr.MergeTypes(all)
		if to == nil && !same {
			to = unlike(all)
		}
		if to == nil || to.Same && same {
			continue
		}
		for _, part := range parts {
			c, one := part.columns[i], *to
			one.Union, one.Digits = true, part.digits(i)
			part.list[i] = part.called(i, &expr.Conversion{UnaryExpression: expression.UnaryExpression{Child: c}, To: &one})
		}
		sorted[i] = to.Type
	}
	out, err := parts.rebuild(s)
	if err != nil {
		return nil, err
	}
	return out, sortByPlace(out, first, sorted)
}

// sortByPlace has a UNION be sorted by its columns' places. typed are the types of those that
// are converted.
func sortByPlace(s *plan.SetOp, first *unionLeaf, typed map[int]gms.Type) error {
	s.SortFields = slices.Clone(s.SortFields)
	for i, f := range s.SortFields {
		e, _, err := transform.Expr(f.Column, func(e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
			field, is := e.(*expression.GetField)
			if !is {
				return e, transform.SameTree, nil
			}
			at := first.placeOfNamed(field.Id())
			if at < 0 {
				at = first.place(field.Id())
			}
			if at < 0 {
				return e, transform.SameTree, nil
			}
			typ := field.Type()
			if t := typed[at]; t != nil {
				typ = t
			}
			return &unionKey{at, len(first.columns), typ, field.Name()}, transform.NewTree, nil
		})
		if err != nil {
			return err
		}
		s.SortFields[i].Column = e
	}
	return nil
}

// A unionKey is the column of a UNION that it is sorted by, by its place: the library
// loses the numbers of columns that are converted, and takes others of their names.
type unionKey struct {
	at, width int
	typ       gms.Type
	name      string
}

// Resolved implements gms.Expression.
func (*unionKey) Resolved() bool { return true }

// String implements gms.Expression.
func (k *unionKey) String() string { return k.name }

// Type implements gms.Expression.
func (k *unionKey) Type() gms.Type { return k.typ }

// IsNullable implements gms.Expression.
func (*unionKey) IsNullable() bool { return true }

// Children implements gms.Expression.
func (*unionKey) Children() []gms.Expression { return nil }

// WithChildren implements gms.Expression.
func (k *unionKey) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	if len(children) != 0 {
		return nil, gms.ErrInvalidChildrenNumber.New(k, len(children), 0)
	}
	return k, nil
}

// CollationCoercibility implements gms.CollationCoercible.
func (k *unionKey) CollationCoercibility(ctx *gms.Context) (gms.CollationID, byte) {
	c, _ := k.typ.CollationCoercibility(ctx)
	return c, 2
}

// Eval implements gms.Expression.
func (k *unionKey) Eval(_ *gms.Context, row gms.Row) (any, error) {
	return row[len(row)-k.width+k.at], nil // those of outer queries are in front
}

// unlike is the type of columns that only the library knows, such as a parameter before
// it has a value: their own if they differ from NULL only, else text, or bytes where
// geometry is among them.
func unlike(list []gms.Expression) *expr.Merged {
	text, typ := types.CollationGeneralCI, gms.Type(gtypes.LongText)
	var only gms.Type
	alike := true
	for _, e := range list {
		if t, ok := convert.FromType(e.Type()); ok && t.Kind == types.Geometry {
			text, typ = types.CollationBinary, gtypes.LongBlob
		}
		if e.Type() == gtypes.Null {
			continue
		}
		alike = alike && (only == nil || only.Equals(e.Type()))
		only = e.Type()
	}
	if own, ok := convert.FromType(only); ok && alike {
		return &expr.Merged{Own: own, Type: only, Same: true}
	}
	return &expr.Merged{Own: types.Type{Kind: types.Blob, Length: 4, Collation: text}, Type: typ, Same: false}
}

// sources are the expressions that the columns of a side come from.
type sources struct {
	list []gms.Expression
	sums map[gms.ColumnId]gms.Type // of aggregates that become exact later on
}

func newSources(n gms.Node) sources {
	s := sources{projected(n), map[gms.ColumnId]gms.Type{}}
	transform.InspectExpressions(n, func(e gms.Expression) bool {
		if a, is := e.(gms.WindowAdaptableExpression); is && len(a.Children()) > 0 {
			if _, result := exactTypes(a); result != nil {
				s.sums[a.Id()] = result
			}
		}
		return true
	})
	return s
}

// of is a column with the type that it will have; a constant itself, of which more is
// known.
func (s sources) of(i int, column *expression.GetField) gms.Expression {
	if i >= len(s.list) {
		return column
	}
	e := s.list[i]
	if a, is := e.(*expression.Alias); is {
		e = a.Child
	}
	switch e := e.(type) {
	case *expression.Literal:
		if e.Type().Equals(column.Type()) {
			return e
		}
	case *expression.GetField:
		if t := s.sums[e.Id()]; t != nil && e.Table() == "" {
			return expression.NewGetFieldWithTable(int(column.Id()), 0, t, "", "", column.Name(), true)
		}
	}
	return column
}
