package sql

import (
	"maps"
	"slices"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
)

// eachColumn runs the columns' clauses: at once, or one by one if an expression may
// read a column that another clause makes. Columns take their places when all is done:
// the library would read rows of several clauses by places that columns have no more.
func (a *alteration) eachColumn() error {
	list, moves := a.columns, []exec.Clause(nil)
	if len(list) > 1 {
		list, moves = unplaced(list)
	}
	if err := a.columnsOf(list); err != nil {
		return err
	}
	for i := range moves {
		if err := a.library(moves[i : i+1]); err != nil {
			return err
		}
	}
	return nil
}

func (a *alteration) columnsOf(list []exec.Clause) error {
	reads := func(r redefinition) bool { return r.GeneratedExpr != nil || r.Default != nil }
	if !slices.ContainsFunc(slices.Collect(maps.Values(a.redefined)), reads) {
		return a.library(list)
	}
	for i := range list {
		if err := a.library(list[i : i+1]); err != nil {
			return err
		}
	}
	return nil
}

// unplaced takes FIRST and AFTER off clauses, and makes clauses of them that do nothing else.
func unplaced(list []exec.Clause) (out, moves []exec.Clause) {
	for _, c := range list {
		if c.ColumnOrder == nil || c.TableSpec == nil || len(c.TableSpec.Columns) != 1 {
			out = append(out, c)
			continue
		}
		d, move := *c.DDL, *c.DDL
		d.ColumnOrder = nil
		def := *c.TableSpec.Columns[0]
		def.Type.KeyOpt = 0
		move.ColumnAction, move.Column, move.ToColumn = sqlparser.ModifyStr, def.Name, sqlparser.ColIdent{}
		m := c
		m.DDL = withColumn(&move, &def)
		c.DDL = &d
		out, moves = append(out, c), append(moves, m)
	}
	return out, moves
}

// inPrimaryIndex reports whether a column is in a primary key that is an index. MODIFY
// names it by its new name alone.
func inPrimaryIndex(t *catalog.Table, from, to string) bool {
	if from == "" {
		from = to
	}
	col, ok := t.Column(from)
	at, primary := t.Index(catalog.PrimaryName)
	return ok && primary && slices.ContainsFunc(t.Indexes[at].Columns, func(p catalog.Part) bool { return p.Column == col })
}

func withoutNull(d *sqlparser.ColumnDefinition) *sqlparser.ColumnDefinition {
	out := *d
	out.Type.NotNull = true
	return &out
}

func withColumn(d *sqlparser.DDL, column *sqlparser.ColumnDefinition) *sqlparser.DDL {
	out, spec := *d, *d.TableSpec
	spec.Columns = []*sqlparser.ColumnDefinition{column}
	out.TableSpec = &spec
	return &out
}
