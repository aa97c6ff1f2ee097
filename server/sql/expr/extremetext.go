package expr

import (
	"bytes"
	"context"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression/function/aggregation"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
)

// A maxText is the last of texts in their collation, or of DATEs. The library compares texts
// letter by letter.
type maxText struct {
	*aggregation.Max
	collation types.Collation // 0 of DATEs
}

// A minText is the first of texts, or of DATEs.
type minText struct {
	*aggregation.Min
	collation types.Collation
}

// CollateExtreme makes MIN and MAX of texts compare by their collation, and of DATEs as these
// are; everything else stays.
func CollateExtreme(ctx *gms.Context, e gms.Expression) (gms.Expression, transform.TreeIdentity, error) {
	switch m := e.(type) {
	case *aggregation.Max:
		if c, ok := CommonCollation(ctx, m.Child, m.Child); ok || isDATE(m.Child) {
			return &maxText{m, c}, transform.NewTree, nil
		}
	case *aggregation.Min:
		if c, ok := CommonCollation(ctx, m.Child, m.Child); ok || isDATE(m.Child) {
			return &minText{m, c}, transform.NewTree, nil
		}
	}
	return e, transform.SameTree, nil
}

// NewBuffer implements gms.Aggregation.
func (m *maxText) NewBuffer() (gms.AggregationBuffer, error) {
	return aggregation.NewMaxBuffer(inOrder(m.Child, m.collation)), nil
}

// WithWindow implements gms.WindowAdaptableExpression.
func (m *maxText) WithWindow(def *gms.WindowDefinition) gms.WindowAdaptableExpression {
	return &maxText{m.Max.WithWindow(def).(*aggregation.Max), m.collation}
}

// WithChildren implements gms.Expression.
func (m *maxText) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	e, err := m.Max.WithChildren(children...)
	if err != nil {
		return nil, err
	}
	return &maxText{e.(*aggregation.Max), m.collation}, nil
}

// NewBuffer implements gms.Aggregation.
func (m *minText) NewBuffer() (gms.AggregationBuffer, error) {
	return aggregation.NewMinBuffer(inOrder(m.Child, m.collation)), nil
}

// WithWindow implements gms.WindowAdaptableExpression.
func (m *minText) WithWindow(def *gms.WindowDefinition) gms.WindowAdaptableExpression {
	return &minText{m.Min.WithWindow(def).(*aggregation.Min), m.collation}
}

// WithChildren implements gms.Expression.
func (m *minText) WithChildren(children ...gms.Expression) (gms.Expression, error) {
	e, err := m.Min.WithChildren(children...)
	if err != nil {
		return nil, err
	}
	return &minText{e.(*aggregation.Min), m.collation}, nil
}

func inOrder(e gms.Expression, c types.Collation) gms.Expression {
	if c == 0 {
		return newExactDate(e)
	}
	return &ordered{e, c}
}

// An ordered is a text whose type compares by its collation.
type ordered struct {
	gms.Expression
	collation types.Collation
}

// Type implements gms.Expression.
func (o *ordered) Type() gms.Type { return orderedType{o.Expression.Type(), o.collation} }

type libraryType = gms.Type // a name beside its method Type

type orderedType struct {
	libraryType
	collation types.Collation
}

// Compare implements gms.Type.
func (t orderedType) Compare(ctx context.Context, a, b any) (int, error) {
	x, from, err := convert.Down(ctx, a, t.libraryType)
	if err != nil {
		return 0, err
	}
	y, to, err := convert.Down(ctx, b, t.libraryType)
	return t.collation.Compare(types.Text(x, from), types.Text(y, to)), err
}

// newExtremeText is GREATEST or LEAST of texts, and of what becomes a text among others: all
// but numbers alone, and times alone. It is nil of those.
func newExtremeText(name string, args []gms.Expression, sign int) gms.Expression {
	typ, numbers := gms.Type(gtypes.LongText), 0
	for _, e := range args {
		t, known := convert.FromType(e.Type())
		switch {
		case !known || t.Kind == types.Geometry || t.Kind == types.Vector:
			return nil
		case t.Kind == types.Null, t.IsNumber():
			numbers++
		case t.Kind == types.Bit:
			numbers++
			typ = gtypes.LongBlob
		case t.IsString() && !t.IsText():
			typ = gtypes.LongBlob
		}
	}
	if numbers == len(args) {
		return nil
	}
	return &Function{name, args, Recipe{TypeOf: Always(typ), Compute: func(ctx *gms.Context, f *Function, v []any) (any, error) {
		best, err := f.extremeText(ctx, v, sign)
		if err == nil && typ == gtypes.LongBlob {
			return []byte(best), nil
		}
		return best, err
	}}}
}

// extremeText is the last or the first of values as texts.
func (f *Function) extremeText(ctx *gms.Context, v []any, sign int) (best string, err error) {
	c := TextsCollation(ctx, f.Args)
	if f.Type() == gtypes.LongBlob {
		c = types.CollationBinary
	}
	for i := range v {
		s, err := f.text(ctx, i, v[i])
		if err != nil {
			return "", err
		}
		order := c.Compare([]byte(s), []byte(best)) * sign
		if i == 0 || order > 0 || order == 0 && sign > 0 { // the last of the greatest, the first of the least
			best = s
		}
	}
	return best, nil
}

// TextsCollation is the collation in which some texts are compared: by bytes if there
// is none.
func TextsCollation(ctx *gms.Context, args []gms.Expression) types.Collation {
	id, level := gms.GetCoercibility(ctx, args[0])
	for _, e := range args[1:] {
		next, nextLevel := gms.GetCoercibility(ctx, e)
		if level == nextLevel && (id == gms.Collation_binary || next == gms.Collation_binary) {
			id = gms.Collation_binary // bytes among texts that weigh the same
			continue
		}
		id, level = gms.ResolveCoercibility(id, level, next, nextLevel)
	}
	if c := types.Collation(id); c.Known() {
		return c
	}
	return types.CollationBinary
}

// strcmp is STRCMP.
func strcmp(ctx *gms.Context, f *Function, v []any) (any, error) {
	a, err := f.text(ctx, 0, v[0])
	if err != nil {
		return nil, err
	}
	b, err := f.text(ctx, 1, v[1])
	return int64(TextsCollation(ctx, f.Args).Compare([]byte(a), []byte(b))), err
}

// findInSet is FIND_IN_SET.
func findInSet(ctx *gms.Context, f *Function, v []any) (any, error) {
	s, err := f.text(ctx, 0, v[0])
	if err != nil {
		return nil, err
	}
	list, err := f.text(ctx, 1, v[1])
	if err != nil || list == "" || strings.Contains(s, ",") {
		return int64(0), err
	}
	c := TextsCollation(ctx, f.Args)
	for i, item := range strings.Split(list, ",") {
		if bytes.Equal(c.Weights([]byte(s)), c.Weights([]byte(item))) { // blanks at the end count
			return int64(i + 1), nil
		}
	}
	return int64(0), nil
}
