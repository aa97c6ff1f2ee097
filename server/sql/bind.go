package sql

import (
	"strconv"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/expression"
	"github.com/dolthub/go-mysql-server/sql/planbuilder"
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/group"
	"github.com/xadb/xadb/server/sql/spell"
	"github.com/xadb/xadb/server/types"
	"github.com/xadb/xadb/server/updatable"
)

// bind resolves the statement's names.
func (c *call) bind(ctx *gms.Context, s sqlparser.Statement, text string, args []binlog.Value) (gms.Node, *gms.QueryFlags, error) {
	b := planbuilder.New(ctx, c.lib.Analyzer.Catalog, nil, c.lib.Parser)
	if c.env.Literals == types.CharsetBinary && c.stmt.Kind != ddlKind { // not those of views and their like, see Session.GetCollation
		s = updatable.Introduce(s, sqlparser.UBinaryStr, func([]byte) bool { return true })
	}
	if len(c.bound) > 0 {
		b.SetBindingsWithExpr(c.bound)
	}
	if len(args) > 0 {
		values := make(map[string]gms.Expression, len(args))
		for i, v := range args {
			e, err := c.argument(v, c.env.Bytes != nil && c.env.Bytes[i] || c.env.IsBytes(v))
			if err != nil {
				return nil, nil, err
			}
			values["v"+strconv.Itoa(i+1)] = e
		}
		b.SetBindingsWithExpr(values)
	}
	c.binding = true
	node, flags, err := b.BindOnly(smallTargets(s), text, nil)
	if gms.ErrRecursiveCTENotUnion.Is(err) { // a view reads itself
		s = updatable.Copy(s)
		spell.ConcealKinds(s)
		node, flags, err = b.BindOnly(smallTargets(s), text, nil)
	}
	c.binding = false
	switch {
	case gms.ErrInvalidColumnNumber.Is(err) && c.stmt.Kind == ddlKind: // of a view
		err = mysqlerr.New(mysqlerr.ViewWrongList)
	case err != nil:
		err = c.nameError(s, err)
	}
	if err != nil || c.stmt.Kind == ddlKind {
		return node, flags, err
	}
	for _, change := range c.rules(ctx) {
		if node, err = change(node); err != nil {
			return nil, nil, err
		}
	}
	if c.stmt.Kind == writeKind {
		node, err = c.ownQueries(node, flags)
	}
	return node, flags, err
}

// bindKept has the library resolve the names in a text that a definition keeps.
func (c *call) bindKept(ctx *gms.Context, s sqlparser.Statement, text string) (gms.Node, *gms.QueryFlags, error) {
	defer func(before bool) { c.keeping = before }(c.keeping)
	c.keeping = true
	return planbuilder.New(ctx, c.lib.Analyzer.Catalog, nil, c.lib.Parser).BindOnly(s, text, nil)
}

// analyze has the library plan what is bound; it binds the triggers' bodies now.
func (c *call) analyze(ctx *gms.Context, node gms.Node, flags *gms.QueryFlags) (gms.Node, error) {
	defer func(before bool) { c.keeping = before }(c.keeping)
	c.keeping = true
	return c.lib.Analyzer.Analyze(ctx, node, nil, flags)
}

// rules are what a bound plan goes through, in an order that matters:
//
//   - what checks operators and functions sees those that the client wrote
//   - a rule that looks at types comes behind those that settle them, so retype follows
//     each change of types
//   - groups are by aliases before it is asked what may be answered of them
//   - comparisons and arithmetic get operands of the right kind before they are guarded, and
//     sums become exact behind that, as they look through the guards
//   - columns are made of expressions, for groups and windows, when those stay what they are
//   - which comparisons may use an index is asked of the final ones, and what the columns
//     of recursive queries are
func (c *call) rules(ctx *gms.Context) []func(gms.Node) (gms.Node, error) {
	hidden := func(node gms.Node) (gms.Node, error) { return otherCollations(ctx, node) }
	values := func(node gms.Node) (gms.Node, error) { return bytesOfValues(ctx, node) }
	codes := func(node gms.Node) (gms.Node, error) { return c.textsAndBytes(ctx, node) }
	agreed := func(node gms.Node) (gms.Node, error) { return checkMixes(ctx, node) }
	unions := func(node gms.Node) (gms.Node, error) { return checkUnions(ctx, node) }
	noted := func(node gms.Node) (gms.Node, error) { return c.chooseRecursions(ctx, node) }
	return []func(gms.Node) (gms.Node, error){
		distinctColumns, globalVariables, c.checkVectors, agreed, unions, c.divisions, c.defaults, revealKinds, keepSources,
		liftQueries, singleTable, ownSums, values, retype, c.compareRows, codes, retype, zeroDates,
		group.ShowColumns, group.ByAliases, c.checkFullGroups,
		c.drafts, c.matches, changingVariables, c.likes,
		truths, c.mixedCompares, numberBytes,
		expr.MixedChoices, c.numberTemporals, c.numberTexts, group.AliasesOnce, nameEnums,
		expr.Casts, expr.Replace, namedTexts, retype,
		truths, c.mixedCompares, numberBytes, expr.Casts, // of what has its type only now
		expr.CheckArithmetic, exactSums, retype,
		askedAnew, group.Mend, throughNames, textOfConstants, deepOuters, askedOnce, hidden, noted, apartRecursive, c.keepDigits,
	}
}

// argument is a parameter's value as a literal; one that has come as bytes is no text.
func (c *call) argument(v binlog.Value, isBytes bool) (gms.Expression, error) {
	if c.params == nil {
		c.params = make(map[*expression.Literal]bool)
	}
	if isBytes {
		out := expr.GivenBytes(v)
		c.params[out] = true
		return out, nil
	}
	t, err := types.OfValue(v)
	if err != nil {
		return nil, err
	}
	typ, err := c.s.userVarType(t)
	if err != nil {
		return nil, err
	}
	value, err := convert.Up(v, t, nil)
	out := expression.NewLiteral(value, typ)
	c.params[out] = true
	return out, err
}

// checkFullGroups refuses queries that answer what differs within a group, if the session
// asks for that.
func (c *call) checkFullGroups(node gms.Node) (gms.Node, error) {
	if !c.env.Mode("ONLY_FULL_GROUP_BY") {
		return node, nil
	}
	return node, group.CheckFull(node)
}
