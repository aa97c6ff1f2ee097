package spell

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/reword"
	"github.com/xadb/xadb/server/types"
)

// CastPrecision is how many digits CAST AS DECIMAL has without saying it.
const CastPrecision = 10

// Out writes into a statement what the library would get wrong: the windows
// that OVER names, and what they are of, the expressions that ORDER BY numbers where
// rows are distinct, whose aggregates are whose, and the digits of a DECIMAL without them.
func Out(n sqlparser.SQLNode) error {
	if d, is := n.(*sqlparser.DDL); is && d.ViewSpec != nil {
		d.ViewSpec.CheckOption = sqlparser.ViewCheckOptionUnspecified // see package updatable
	}
	n = queryOf(n)
	if err := flatUnions(n); err != nil {
		return err
	}
	if recursive, err := checkRecursions(n); err != nil {
		return err
	} else if recursive {
		ConcealKinds(n)
	}
	NameCollections(n)
	spellSums(n)
	return exec.Walk(func(n sqlparser.SQLNode) (bool, error) {
		switch n := n.(type) {
		case *sqlparser.ColName:
			// In capitals it is the library's own question, which hears another answer.
			if rest, is := strings.CutSuffix(n.Name.String(), "SQL_MODE"); is && strings.HasPrefix(rest, "@@") {
				n.Name = sqlparser.NewColIdent(rest + "sql_mode")
			}
		case *sqlparser.Select:
			apartTables(n, n.With)
			apartNames(n, n.With)
			return true, spellOutSelect(n)
		case *sqlparser.SetOp:
			apartTables(n, n.With)
			apartNames(n, n.With)
			orderUnion(n)
		case *sqlparser.Subquery:
			nameAnswers(n)
		case sqlparser.TableExprs:
			return true, checkTables(n)
		case *sqlparser.Update:
			apartTables(n, n.With)
			return true, noWindows(n.TableExprs, n.Exprs, n.Where, n.OrderBy)
		case *sqlparser.Delete:
			apartTables(n, n.With)
			return true, noWindows(n.TableExprs, n.Where, n.OrderBy)
		case *sqlparser.AliasedExpr:
			n.InputExpression = reword.AsIntroduced(exec.ClientWords(n.InputExpression)) // the column's name
			n.InputExpression = introducedName(n.Expr, n.InputExpression)
			if _, null := n.Expr.(*sqlparser.NullVal); null {
				n.InputExpression = "NULL"
			}
		case *sqlparser.GroupConcatExpr:
			for _, o := range n.OrderBy { // a number is that of an argument, not of a column
				if at, ok := columnNumber(o.Expr); ok && at <= len(n.Exprs) {
					if e, is := n.Exprs[at-1].(*sqlparser.AliasedExpr); is {
						o.Expr = e.Expr
					}
				}
			}
		case *sqlparser.SQLVal:
			spellBits(n)
		case *sqlparser.UnaryExpr:
			return true, introduce(n)
		case *sqlparser.JoinTableExpr:
			if n.Condition.On == sqlparser.BoolVal(true) && n.Join != sqlparser.JoinStr { // the library takes it for a cross join
				one := sqlparser.NewIntVal([]byte("1"))
				n.Condition.On = &sqlparser.ComparisonExpr{Operator: sqlparser.EqualStr, Left: one, Right: one}
			}
		case *sqlparser.ConvertExpr:
			if n.Type != nil && n.Type.Charset != "" && strings.EqualFold(n.Type.Type, "char") {
				if err := checkCharset(n.Type.Charset); err != nil {
					return false, err
				}
				n.Expr, n.Type.Charset = &sqlparser.ConvertUsingExpr{Expr: n.Expr, Type: n.Type.Charset}, ""
			}
			if n.Type != nil && (n.Type.Length != nil && strings.EqualFold(n.Type.Type, "char") || strings.EqualFold(n.Type.Type, "time")) {
				n.Expr = castOperand(n.Expr)
			}
			if n.Type != nil && strings.EqualFold(n.Type.Type, "signed") && isBits(n.Expr) { // the library takes it for signed
				n.Expr = &sqlparser.ConvertExpr{Expr: n.Expr, Type: &sqlparser.ConvertType{Type: "unsigned"}}
			}
			if n.Type != nil && strings.EqualFold(n.Type.Type, "decimal") {
				return true, castDecimal(n)
			}
		case *sqlparser.FuncExpr:
			if n.Name.EqualString("name_const") && len(n.Exprs) == 2 {
				negativeConstant(n.Exprs[1])
			}
		}
		return true, nil
	}, n)
}

// queryOf is the query that a definition is made of, and any other statement itself.
func queryOf(n sqlparser.SQLNode) sqlparser.SQLNode {
	d, is := n.(*sqlparser.DDL)
	switch {
	case is && d.ViewSpec != nil:
		return d.ViewSpec.ViewExpr
	case is && d.OptSelect != nil:
		return d.OptSelect.Select
	}
	return n
}

// castDecimal has digits for a DECIMAL that says none, and refuses too many.
func castDecimal(n *sqlparser.ConvertExpr) error {
	if n.Type.Length == nil {
		n.Type.Length = sqlparser.NewIntVal([]byte(strconv.Itoa(CastPrecision)))
	}
	digits, err := strconv.Atoi(string(n.Type.Length.Val))
	if err != nil || digits > types.DecimalPrecisionMax {
		return mysqlerr.New(mysqlerr.TooBigPrecision, digits, sqlparser.String(n.Expr), types.DecimalPrecisionMax)
	}
	if n.Type.Scale == nil {
		return nil
	}
	if scale, err := strconv.Atoi(string(n.Type.Scale.Val)); err != nil || scale > types.DecimalScaleMax {
		return mysqlerr.New(mysqlerr.TooBigScale, scale, sqlparser.String(n.Expr), types.DecimalScaleMax)
	}
	return nil
}

// negativeConstant makes a literal of the number behind a sign, which the library takes for
// no constant of NAME_CONST.
func negativeConstant(e sqlparser.SelectExpr) {
	value, is := e.(*sqlparser.AliasedExpr)
	if !is {
		return
	}
	minus, is := value.Expr.(*sqlparser.UnaryExpr)
	if !is || minus.Operator != sqlparser.UMinusStr {
		return
	}
	if number, is := minus.Expr.(*sqlparser.SQLVal); is && (number.Type == sqlparser.FloatVal || number.Type == sqlparser.IntVal) {
		value.Expr = &sqlparser.SQLVal{Type: number.Type, Val: append([]byte("-"), number.Val...)}
	}
}

// CastOperand is the name of a function that gives back its operand: around that of a CAST it
// keeps the library from leaving the CAST out where the two have one type to it, which tells
// neither how many characters a text has, nor how many digits a TIME.
const CastOperand = "cast operand"

func castOperand(e sqlparser.Expr) sqlparser.Expr {
	if f, is := e.(*sqlparser.FuncExpr); is && f.Name.EqualString(CastOperand) {
		return e
	}
	return &sqlparser.FuncExpr{Name: sqlparser.NewColIdent(CastOperand), Exprs: sqlparser.SelectExprs{&sqlparser.AliasedExpr{Expr: e}}}
}

// checkCharset refuses the character sets that the library knows, but this server does not.
func checkCharset(name string) error {
	name = strings.ToLower(name)
	if _, _, ours := types.CharsetByName(name); ours {
		return nil
	}
	if _, err := gms.ParseCharacterSet(name); err != nil {
		return nil // it says so
	}
	return mysqlerr.New(mysqlerr.NotSupportedYet, "CAST CHARACTER SET "+name)
}

// isBits reports whether an expression is an operation on bits, whose value has no sign.
func isBits(e sqlparser.Expr) bool {
	switch e := e.(type) {
	case *sqlparser.ParenExpr:
		return isBits(e.Expr)
	case *sqlparser.BinaryExpr:
		switch e.Operator {
		case sqlparser.BitAndStr, sqlparser.BitOrStr, sqlparser.BitXorStr, sqlparser.ShiftLeftStr, sqlparser.ShiftRightStr:
			return true
		}
	}
	return false
}

func spellOutSelect(s *sqlparser.Select) error {
	if err := nameWindows(s); err != nil {
		return err
	}
	if err := checkWindows(s); err != nil {
		return err
	}
	if err := checkGroups(s); err != nil {
		return err
	}
	if err := cutWindows(s); err != nil {
		return err
	}
	for _, f := range windowsIn(s.SelectExprs, s.OrderBy) {
		if len(f.Over.PartitionBy) == 0 && len(f.Over.OrderBy) == 0 { // the library loses FIRST_VALUE(x) OVER ()
			over := *f.Over
			over.PartitionBy = sqlparser.Exprs{&sqlparser.NullVal{}}
			f.Over = &over
		}
		if err := nameOver(f); err != nil {
			return err
		}
	}
	if s.QueryOpts.Distinct {
		orderByName(s)
	} else {
		tellWindows(s)
	}
	return nil
}

// tellWindows gives the windows of ORDER BY words of their own, by constants that rows are
// divided by: the library does not know which one is meant if the answer has one of the
// same words.
func tellWindows(s *sqlparser.Select) {
	var words sqlparser.Exprs
	for _, f := range windowsIn(s.OrderBy) {
		words = append(words, &sqlparser.NullVal{})
		over := *f.Over
		over.PartitionBy = slices.Concat(over.PartitionBy, words)
		f.Over = &over
	}
}

// orderByName puts names in the place of numbers: the library does not find what those
// stand for below DISTINCT. What has no name gets that which the client sees.
func orderByName(s *sqlparser.Select) {
	for _, o := range s.OrderBy {
		e := numbered(s.SelectExprs, o.Expr)
		if e == nil {
			continue
		}
		if _, column := e.Expr.(*sqlparser.ColName); e.As.IsEmpty() && (column || !isOnlyName(s.SelectExprs, e.InputExpression)) {
			o.Expr = e.Expr
			continue
		}
		if e.As.IsEmpty() {
			e.As = sqlparser.NewColIdent(e.InputExpression)
		}
		o.Expr = &sqlparser.ColName{Name: e.As}
	}
}

// isOnlyName reports whether a name can be that of an answer without one, and no other has it.
func isOnlyName(list sqlparser.SelectExprs, name string) bool {
	return name != "" && !slices.ContainsFunc(list, func(e sqlparser.SelectExpr) bool {
		a, is := e.(*sqlparser.AliasedExpr)
		return is && strings.EqualFold(a.As.String(), name)
	})
}

// columnNumber is the number of a column in ORDER BY.
func columnNumber(e sqlparser.Expr) (at int, ok bool) {
	v, is := e.(*sqlparser.SQLVal)
	if !is || v.Type != sqlparser.IntVal {
		return 0, false
	}
	at, err := strconv.Atoi(string(v.Val))
	return at, err == nil && at > 0
}

// numbered is the expression of an answer that a number stands for; nil if it is
// none, or if there is a * that has more columns ahead.
func numbered(list sqlparser.SelectExprs, number sqlparser.Expr) *sqlparser.AliasedExpr {
	at, ok := columnNumber(number)
	if !ok || at > len(list) || HasStar(list[:at]) {
		return nil
	}
	e, _ := list[at-1].(*sqlparser.AliasedExpr)
	return e
}

// HasStar reports whether an answer has a *.
func HasStar(list sqlparser.SelectExprs) bool {
	return slices.ContainsFunc(list, func(e sqlparser.SelectExpr) bool { _, is := e.(*sqlparser.StarExpr); return is })
}

// nameWindows writes what a query's WINDOW defines into the OVERs that name it:
// the library loses the order of a window that has a name, and takes an unknown
// name for all rows. OVER w keeps w's place among the windows for a name, as these are
// computed in their order.
func nameWindows(s *sqlparser.Select) error {
	list, err := newWindowList(s.Window)
	if err != nil {
		return err
	}
	for place, def := range s.Window {
		def.Name = sqlparser.NewColIdent(strconv.Itoa(place))
	}
	s.Window = nil
	return exec.Walk(func(n sqlparser.SQLNode) (bool, error) {
		switch n := n.(type) {
		case *sqlparser.Subquery:
			return false, nil
		case *sqlparser.Over:
			if n != nil {
				return true, list.inherit((*sqlparser.WindowDef)(n), true)
			}
		}
		return true, nil
	}, s.SelectExprs, s.OrderBy)
}

// A windowList is the windows of a WINDOW clause by name.
type windowList map[string]*sqlparser.WindowDef

func newWindowList(clause sqlparser.Window) (windowList, error) {
	list := windowList{}
	for _, def := range clause {
		if list[def.Name.Lowered()] != nil {
			return nil, mysqlerr.New(mysqlerr.WindowTwice, def.Name.String())
		}
		list[def.Name.Lowered()] = def
	}
	for range clause { // a chain of references is no longer than the clause
		for _, def := range clause {
			if base := list[def.NameRef.Lowered()]; base != nil && !base.NameRef.IsEmpty() {
				continue
			}
			if err := list.inherit(def, false); err != nil {
				return nil, err
			}
		}
	}
	for _, def := range clause {
		if !def.NameRef.IsEmpty() {
			return nil, mysqlerr.New(mysqlerr.WindowCircle)
		}
	}
	return list, nil
}

// inherit gives a window what the one that it names has. An OVER that is a name
// and nothing else takes the frame, too.
func (list windowList) inherit(def *sqlparser.WindowDef, over bool) error {
	if def.NameRef.IsEmpty() {
		return nil
	}
	base := list[def.NameRef.Lowered()]
	name, bare := def.NameRef.String(), over && len(def.PartitionBy) == 0 && len(def.OrderBy) == 0 && def.Frame == nil
	child := def.Name.String()
	if child == "" {
		child = UnnamedWindow
	}
	switch {
	case base == nil:
		return mysqlerr.New(mysqlerr.WindowUnknown, name)
	case len(def.PartitionBy) > 0:
		return mysqlerr.New(mysqlerr.WindowPartitions)
	case len(def.OrderBy) > 0 && len(base.OrderBy) > 0:
		return mysqlerr.New(mysqlerr.WindowOrders, child, name)
	case base.Frame != nil && !bare:
		return mysqlerr.New(mysqlerr.WindowFrames, name)
	}
	def.PartitionBy = base.PartitionBy
	if len(def.OrderBy) == 0 {
		def.OrderBy = base.OrderBy
	}
	if bare {
		def.Frame, def.Name = base.Frame, base.Name
	}
	def.NameRef = sqlparser.ColIdent{}
	return nil
}

// spellBits writes B'01' as X'01', which is the same to MySQL: the library takes the one for
// a number everywhere.
func spellBits(v *sqlparser.SQLVal) {
	if v.Type != sqlparser.BitVal {
		return
	}
	n, ok := new(big.Int).SetString("0"+string(v.Val), 2)
	if !ok {
		return
	}
	v.Type, v.Val = sqlparser.HexVal, fmt.Appendf(nil, "%0*x", (len(v.Val)+7)/8*2, n)
	if len(v.Val) == 1 { // of no bits
		v.Val = nil
	}
}
