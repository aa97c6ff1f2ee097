package sql

import (
	gms "github.com/dolthub/go-mysql-server/sql"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/rows"
)

// A checker knows the CHECK constraints that rows of a table must keep. They are
// not the library's business: of a join it would bind them to all its tables, and
// of what is inserted it would ask before a column has refused the value.
type checker struct {
	names []string
	exprs []gms.Expression
}

func (c *call) newChecker(ctx *gms.Context, t *table) (*checker, error) {
	k := &checker{}
	var texts []string
	for _, ch := range t.def.Checks {
		if ch.Enforced {
			texts, k.names = append(texts, ch.Expr), append(k.names, ch.Name)
		}
	}
	if len(texts) == 0 {
		return k, nil
	}
	var err error
	k.exprs, err = c.expressions(ctx, t, texts)
	return k, err
}

// check refuses a row that does not keep one of them (3819).
func (k *checker) check(ctx *gms.Context, row gms.Row) error {
	for i, e := range k.exprs {
		v, err := gms.EvaluateCondition(ctx, e, row)
		if err != nil {
			return err
		}
		if gms.IsFalse(v) {
			return gms.ErrCheckConstraintViolated.New(k.names[i])
		}
	}
	return nil
}

// check is that of the rows that the statement writes, made once.
func (t *table) check(ctx *gms.Context, row gms.Row) error {
	if t.checks == nil {
		var err error
		if t.checks, err = t.c.newChecker(t.c.context(), t); err != nil {
			return err
		}
	}
	return t.checks.check(ctx, row)
}

// checkRows refuses a table of which a row does not keep a CHECK.
func (c *call) checkRows(ctx *gms.Context, def *catalog.Table) (err error) {
	t, err := c.newTable(def)
	if err != nil {
		return err
	}
	k, err := c.newChecker(ctx, t)
	if err != nil || len(k.exprs) == 0 {
		return err
	}
	cursor := rows.Read{Txn: c.env.Txn, Table: def, Mode: rows.Latest}.Open(c.ctx, rows.All())
	defer func() {
		if cerr := cursor.Close(); err == nil {
			err = cerr
		}
	}()
	for cursor.Next() {
		row, err := t.row(cursor.Row())
		if err != nil {
			return err
		}
		if err := k.check(ctx, row); err != nil {
			return err
		}
	}
	return cursor.Err()
}
