package exec

import (
	"context"
	"slices"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
)

// With sql_safe_updates an UPDATE or DELETE has to say which rows it is about: by a
// LIMIT, or for each table that it changes by a condition on the first column of a key.
// MySQL asks its plan for that, which depends on what the tables hold. Here the words
// decide, so a statement is refused always or never.

// CheckSafe refuses a statement that may change all rows of a table, if the session
// wants that.
func (e *Executor) CheckSafe(ctx context.Context, env Env, s sqlparser.Statement) error {
	c := &call{Executor: e, ctx: ctx, env: env}
	return c.checkSafe(s)
}

func (c *call) checkSafe(s sqlparser.Statement) error {
	if !c.env.SafeUpdates {
		return nil
	}
	k := &keySearch{call: c}
	var targets []*source
	switch s := s.(type) {
	case *sqlparser.Update:
		if s.Limit != nil || k.read(s.TableExprs, s.Where) != nil {
			return nil
		}
		for _, a := range s.Exprs {
			targets = append(targets, k.sourceOf(a.Name))
		}
	case *sqlparser.Delete:
		if s.Limit != nil || k.read(s.TableExprs, s.Where) != nil {
			return nil
		}
		for _, name := range s.Targets {
			targets = append(targets, k.named(name.Name.String()))
		}
		if len(s.Targets) == 0 {
			targets = k.sources
		}
	}
	for _, t := range targets {
		if t != nil && t.table != nil && !k.bound(t) {
			return mysqlerr.New(mysqlerr.UpdateWithoutKey)
		}
	}
	return nil
}

// A keySearch looks for conditions on keys. What it does not find is for the statement
// itself to report.
type keySearch struct {
	*call
	sources    []*source
	conditions []bindingCondition
}

// A bindingCondition must hold for each joined row, but not for those that an outer join
// takes anyway.
type bindingCondition struct {
	sqlparser.Expr
	anyway []*source // whose rows are all taken
}

// A source is a table of a statement.
type source struct {
	alias string
	table *catalog.Table // nil: it is none that is stored
}

func (k *keySearch) read(list sqlparser.TableExprs, where *sqlparser.Where) error {
	if where != nil {
		k.conditions = append(k.conditions, bindingCondition{Expr: where.Expr})
	}
	return k.readTables(list)
}

func (k *keySearch) readTables(list sqlparser.TableExprs) error {
	for _, e := range list {
		var err error
		switch e := e.(type) {
		case *sqlparser.AliasedTableExpr:
			err = k.readTable(e)
		case *sqlparser.ParenTableExpr:
			err = k.readTables(e.Exprs)
		case *sqlparser.JoinTableExpr:
			err = k.readJoin(e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (k *keySearch) readTable(e *sqlparser.AliasedTableExpr) error {
	name, is := e.Expr.(sqlparser.TableName)
	if !is {
		k.sources = append(k.sources, &source{alias: e.As.String()})
		return nil
	}
	s := &source{alias: e.As.String()}
	if s.alias == "" {
		s.alias = name.Name.String()
	}
	k.sources = append(k.sources, s)
	db, err := k.database(name)
	if err != nil {
		return err
	}
	t, ok, err := k.env.Temporary(db, name.Name.String())
	if !ok && err == nil {
		t, ok, err = k.catalog.Find(k.env.Txn, db, name.Name.String())
	}
	if ok {
		s.table = t
	}
	return err
}

func (k *keySearch) readJoin(e *sqlparser.JoinTableExpr) error {
	first := len(k.sources)
	if err := k.readTables(sqlparser.TableExprs{e.LeftExpr}); err != nil {
		return err
	}
	second := len(k.sources)
	if err := k.readTables(sqlparser.TableExprs{e.RightExpr}); err != nil {
		return err
	}
	var anyway []*source
	switch e.Join {
	case sqlparser.LeftJoinStr, sqlparser.NaturalLeftJoinStr:
		anyway = k.sources[first:second]
	case sqlparser.RightJoinStr, sqlparser.NaturalRightJoinStr:
		anyway = k.sources[second:]
	}
	if e.Condition.On != nil {
		k.conditions = append(k.conditions, bindingCondition{Expr: e.Condition.On, anyway: anyway})
	}
	for _, name := range e.Condition.Using { // each table is found by the others
		for _, s := range k.sources[first:] {
			k.conditions = append(k.conditions, bindingCondition{anyway: anyway, Expr: &sqlparser.ComparisonExpr{
				Operator: sqlparser.EqualStr, Right: &sqlparser.NullVal{},
				Left: &sqlparser.ColName{Name: name, Qualifier: sqlparser.TableName{Name: sqlparser.NewTableIdent(s.alias)}},
			}})
		}
	}
	return nil
}

// bound reports whether some condition says which rows of a table are changed.
func (k *keySearch) bound(s *source) bool {
	return slices.ContainsFunc(k.conditions, func(c bindingCondition) bool {
		return !slices.Contains(c.anyway, s) && k.keyed(s, c.Expr)
	})
}

func (k *keySearch) named(alias string) *source {
	for _, s := range k.sources {
		if strings.EqualFold(s.alias, alias) {
			return s
		}
	}
	return nil
}

// sourceOf is the table that a column is of.
func (k *keySearch) sourceOf(name *sqlparser.ColName) *source {
	if !name.Qualifier.IsEmpty() {
		return k.named(name.Qualifier.Name.String())
	}
	for _, s := range k.sources {
		if s.table == nil {
			continue
		}
		if _, has := s.table.Column(name.Name.String()); has {
			return s
		}
	}
	return nil
}

// keyed reports whether only rows with certain values of a key meet a condition, or none.
func (k *keySearch) keyed(s *source, n sqlparser.Expr) bool {
	switch n := n.(type) {
	case *sqlparser.ParenExpr:
		return k.keyed(s, n.Expr)
	case *sqlparser.AndExpr:
		return k.keyed(s, n.Left) || k.keyed(s, n.Right)
	case *sqlparser.OrExpr:
		return k.keyed(s, n.Left) && k.keyed(s, n.Right)
	case *sqlparser.ComparisonExpr:
		return k.keyedComparison(s, n)
	case *sqlparser.RangeCond:
		return k.heads(s, n.Left, n.From) && !k.mentions(s, n.From) && !k.mentions(s, n.To)
	case *sqlparser.IsExpr:
		return n.Operator == sqlparser.IsNullStr && k.heads(s, n.Expr, nil)
	case sqlparser.BoolVal:
		return !bool(n)
	case *sqlparser.SQLVal:
		return n.Type == sqlparser.IntVal && string(n.Val) == "0"
	}
	return false
}

func (k *keySearch) keyedComparison(s *source, n *sqlparser.ComparisonExpr) bool {
	switch n.Operator {
	case sqlparser.EqualStr:
		a, isA := n.Left.(*sqlparser.SQLVal)
		b, isB := n.Right.(*sqlparser.SQLVal)
		if isA && isB && a.Type == sqlparser.IntVal && b.Type == sqlparser.IntVal {
			return string(a.Val) != string(b.Val) // 1 = 0: no row
		}
	case sqlparser.LikeStr:
		pattern, is := n.Right.(*sqlparser.SQLVal)
		return is && len(pattern.Val) > 0 && !strings.ContainsRune("%_", rune(pattern.Val[0])) && k.heads(s, n.Left, n.Right)
	case sqlparser.NullSafeEqualStr, sqlparser.NotEqualStr, sqlparser.LessThanStr, sqlparser.LessEqualStr,
		sqlparser.GreaterThanStr, sqlparser.GreaterEqualStr, sqlparser.InStr, sqlparser.NotInStr:
	default:
		return false
	}
	if sub, is := n.Right.(*sqlparser.Subquery); is {
		switch n.Operator {
		case sqlparser.InStr: // the rows of the query find those of the table
			return k.heads(s, n.Left, n.Right) && isJoinable(sub.Select)
		case sqlparser.NotInStr:
			return false
		}
	}
	return k.heads(s, n.Left, n.Right) && !k.mentions(s, n.Right) || k.heads(s, n.Right, n.Left) && !k.mentions(s, n.Left)
}

// isJoinable reports whether MySQL can join the query of an IN as if its tables stood in
// FROM: no UNION, no groups but those of GROUP BY alone, which an IN does without.
func isJoinable(s sqlparser.SelectStatement) bool {
	if p, is := s.(*sqlparser.ParenSelect); is {
		return isJoinable(p.Select)
	}
	q, is := s.(*sqlparser.Select)
	if !is || q.Having != nil {
		return false
	}
	joinable := true
	_ = Walk(func(n sqlparser.SQLNode) (bool, error) {
		switch n := n.(type) {
		case *sqlparser.Subquery:
			return false, nil
		case *sqlparser.FuncExpr:
			joinable = joinable && !n.IsAggregate() && n.Over == nil
		case *sqlparser.GroupConcatExpr:
			joinable = false
		}
		return joinable, nil
	}, q.SelectExprs)
	return joinable
}

// heads reports whether an expression is the first column of a key that finds rows by
// values such as other. A row of values is, if one of them is.
func (k *keySearch) heads(s *source, n, other sqlparser.Expr) bool {
	if row, is := n.(sqlparser.ValTuple); is {
		return slices.ContainsFunc(row, func(e sqlparser.Expr) bool { return k.heads(s, e, nil) })
	}
	name, is := n.(*sqlparser.ColName)
	if !is || k.sourceOf(name) != s {
		return false
	}
	at, has := s.table.Column(name.Name.String())
	if v, is := other.(*sqlparser.SQLVal); is && has && hasCharset(s.table.Columns[at].Type) &&
		(v.Type == sqlparser.IntVal || v.Type == sqlparser.FloatVal) {
		return false // each text is read as a number
	}
	if p := s.table.PrimaryParts(); has && len(p) > 0 && p[0].Column == at {
		return true
	}
	return has && slices.ContainsFunc(s.table.Indexes, func(ix catalog.Index) bool {
		return s.table.Finds(&ix) && ix.Columns[0].Column == at
	})
}

// mentions reports whether an expression has columns of the table itself. A name without
// a table in a subquery is taken for one of the subquery's.
func (k *keySearch) mentions(s *source, n sqlparser.Expr) (found bool) {
	inner := 0
	visit := func(n sqlparser.SQLNode) (bool, error) {
		if name, is := n.(*sqlparser.ColName); is && (inner == 0 || !name.Qualifier.IsEmpty()) && k.sourceOf(name) == s {
			found = true
		}
		return !found, nil
	}
	_ = Walk(func(n sqlparser.SQLNode) (bool, error) {
		if sub, is := n.(*sqlparser.Subquery); is {
			inner++
			defer func() { inner-- }()
			return false, Walk(visit, sub.Select)
		}
		return visit(n)
	}, n)
	return found
}
