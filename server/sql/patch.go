package sql

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/plan"
	"github.com/dolthub/go-mysql-server/sql/transform"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"
	"github.com/dolthub/vitess/go/sqltypes"
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
)

// A patch completes a row that the library has made of the catalog.
type patch func(ctx *gms.Context, row gms.Row) error

// patchedRows are rows that are completed.
type patchedRows struct {
	gms.RowIter
	patch patch
}

// Next implements gms.RowIter.
func (r patchedRows) Next(ctx *gms.Context) (gms.Row, error) {
	for {
		row, err := r.RowIter.Next(ctx)
		if err == nil {
			err = r.patch(ctx, row)
		}
		if err != errHidden {
			return row, err
		}
	}
}

// errHidden is what a patch says of a row that nobody is told of.
var errHidden = errors.New("sql: a hidden column")

// A patched is a node of the library whose rows are completed.
type patched struct {
	gms.Node
	patch  patch
	schema gms.Schema                 // nil: the node's
	less   func(a, b gms.Row) (n int) // nil: rows come as they are
}

// Schema implements gms.Node.
func (p patched) Schema() gms.Schema {
	if p.schema != nil {
		return p.schema
	}
	return p.Node.Schema()
}

var _ gms.ExecSourceRel = patched{}

// Children implements gms.Node: the node's own are its own business.
func (patched) Children() []gms.Node { return nil }

// WithChildren implements gms.Node.
func (p patched) WithChildren(children ...gms.Node) (gms.Node, error) {
	return plan.NillaryWithChildren(p, children...)
}

// RowIter implements gms.ExecSourceRel.
func (p patched) RowIter(ctx *gms.Context, row gms.Row) (gms.RowIter, error) {
	iter, err := callOf(ctx).lib.Analyzer.ExecBuilder.Build(ctx, p.Node, row)
	if err != nil {
		return nil, err
	}
	rows := patchedRows{iter, p.patch}
	if p.less == nil {
		return rows, nil
	}
	list, err := gms.RowIterToRows(ctx, rows)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(list, p.less)
	return gms.RowsToRowIter(list...), nil
}

// Where rows of SHOW COLUMNS have what is completed.
const (
	showColumnsType      = 1
	showColumnsCollation = 2 // with FULL
	showColumnsNull      = 2
	showColumnsDefault   = 4
	showColumnsFew       = 6 // columns without FULL
	showColumnsRights    = 7
)

// Where rows about triggers have what is completed; -1: nowhere.
var (
	showTriggerPlaces   = triggerPlaces{name: 0, statement: 3, created: 5, mode: 6, definer: 7, client: 8}
	createTriggerPlaces = triggerPlaces{name: 0, create: 2, mode: 1, created: 6, statement: -1, definer: -1, client: 3}
	schemaTriggerPlaces = triggerPlaces{name: 2, order: 7, statement: 9, created: 16, mode: 17, definer: 18, client: 19}
)

// A triggerPlaces says where a row about a trigger has what; create and order 0: nowhere. Behind
// the client's character set comes the collation of its connection.
type triggerPlaces struct{ name, order, statement, create, created, mode, definer, client int }

// triggerTime is a trigger's time as it is shown, in hundredths of a second.
var triggerTime = gtypes.MustCreateDatetimeType(sqltypes.Timestamp, 2)

const triggerTimeStep = 10 * time.Millisecond

// schema is one of rows about triggers.
func (p triggerPlaces) schema(s gms.Schema) gms.Schema {
	out := slices.Clone(s)
	c := *out[p.created]
	c.Type = triggerTime
	out[p.created] = &c
	return out
}

// patch completes a row about a trigger of a database.
func (p triggerPlaces) patch(d *database, row gms.Row) error {
	name, ok := row[p.name].(string)
	if !ok {
		return nil
	}
	t, i, err := d.trigger(name)
	if err != nil || t == nil {
		return err
	}
	g := &t.Triggers[i]
	head, body, err := partTrigger(g.Create)
	if err != nil {
		return err
	}
	if d.c.env.AsWritten {
		body = g.Written.Text(body)
	}
	row[p.mode] = g.SQLMode
	row[p.client], row[p.client+1] = g.Written.Names()
	if at, is := row[p.created].(time.Time); is {
		row[p.created] = at.Truncate(triggerTimeStep)
	}
	if p.order > 0 {
		row[p.order] = int64(1 + earlier(t.Triggers[:i], head))
	}
	if p.create > 0 {
		head.definer = g.Definer
		row[p.create] = head.text(t.Name) + " " + body
	}
	if p.statement > 0 {
		row[p.statement] = body
	}
	if p.definer > 0 && g.Definer != (catalog.Definer{}) {
		row[p.definer] = g.Definer.User + "@" + g.Definer.Host
	}
	return nil
}

// patchShow completes what SHOW answers.
func (c *call) patchShow(node gms.Node) (gms.Node, error) {
	node, _, err := transform.Node(node, func(n gms.Node) (gms.Node, transform.TreeIdentity, error) {
		switch n := n.(type) {
		case *plan.ShowTriggers:
			p := showTriggerPlaces
			return patched{n, patchTriggers(n.Database(), p), p.schema(n.Schema()), byOccasion}, transform.NewTree, nil
		case *plan.ShowCreateTrigger:
			p := createTriggerPlaces
			return patched{n, patchTriggers(n.Database(), p), p.schema(n.Schema()), nil}, transform.NewTree, nil
		case *plan.ShowColumns:
			view, is := n.Child.(*plan.SubqueryAlias)
			if def := listedTable(n.Child); def != nil {
				return patched{Node: n, patch: patchDefaults(def)}, transform.NewTree, nil
			}
			if !is {
				break
			}
			return patched{Node: n, patch: c.patchShownView(view)}, transform.NewTree, nil
		}
		return n, transform.SameTree, nil
	})
	return node, err
}

// earlier is how many triggers fire at the same occasion.
func earlier(list []catalog.Trigger, head triggerHead) (n int) {
	for i := range list {
		if h, _, err := partTrigger(list[i].Create); err == nil && h.time == head.time && h.event == head.event {
			n++
		}
	}
	return n
}

// byOccasion orders SHOW TRIGGERS: by table, by what the trigger is for, and when it
// fires.
func byOccasion(a, b gms.Row) int {
	const table, event, timing = 2, 1, 4
	text := func(r gms.Row, at int) string { s, _ := r[at].(string); return s }
	return cmp.Or(
		strings.Compare(text(a, table), text(b, table)),
		cmp.Compare(slices.Index(triggerEvents, text(a, event)), slices.Index(triggerEvents, text(b, event))),
		-strings.Compare(text(a, timing), text(b, timing)), // BEFORE, AFTER
	)
}

var triggerEvents = []string{"INSERT", "UPDATE", "DELETE"}

// patchTriggers completes rows about triggers of a database.
func patchTriggers(db gms.Database, places triggerPlaces) patch {
	d, is := db.(*database)
	return func(_ *gms.Context, row gms.Row) error {
		if !is {
			return nil
		}
		return places.patch(d, row)
	}
}

// listedTable is the table whose columns SHOW lists; nil if it is none.
func listedTable(n gms.Node) *catalog.Table {
	r, is := n.(*plan.ResolvedTable)
	if !is {
		return nil
	}
	switch t := gms.GetUnderlyingTable(r.UnderlyingTable()).(type) {
	case *table:
		return t.def
	case listed:
		return t.def
	}
	return nil
}

// patchShownView has SHOW COLUMNS tell of a view's columns what it would of a table's.
func (c *call) patchShownView(view *plan.SubqueryAlias) patch {
	var def *catalog.Table
	return func(_ *gms.Context, row gms.Row) (err error) {
		if def == nil {
			if def = c.viewColumns(c.shownDatabase(), view.Name()); def == nil {
				def = &catalog.Table{}
			}
		}
		name, _ := row[0].(string)
		if !c.env.Rights.SeesColumn(c.shownDatabase(), view.Name(), name) {
			return errHidden
		}
		at := slices.IndexFunc(def.Columns, func(c catalog.Column) bool { return strings.EqualFold(c.Name, name) })
		if at < 0 {
			return nil
		}
		col := &def.Columns[at]
		row[showColumnsType] = col.Type.SQL()
		place := showColumnsNull
		if len(row) > showColumnsFew {
			place++ // behind the collation
			row[showColumnsCollation] = nil
			if col.Type.IsText() {
				row[showColumnsCollation] = col.Type.Collation.Name()
			}
			row[showColumnsRights] = c.env.Rights.ShownOnColumn(c.shownDatabase(), view.Name(), name)
		}
		row[place] = "NO"
		if col.Nullable {
			row[place] = "YES"
		}
		row[place+3] = exec.Extra(col)
		row[place+2], err = exec.ShownDefault(col) // behind the key
		return err
	}
}

// shownDatabase is the database that SHOW COLUMNS is about.
func (c *call) shownDatabase() string {
	s, is := c.stmt.tree.Statement.(*sqlparser.Show)
	switch {
	case is && s.ShowTablesOpt != nil && s.ShowTablesOpt.DbName != "":
		return s.ShowTablesOpt.DbName
	case is && !s.Table.DbQualifier.IsEmpty():
		return s.Table.DbQualifier.String()
	}
	return c.env.DB
}

// patchDefaults completes the defaults of columns.
func patchDefaults(def *catalog.Table) patch {
	return func(ctx *gms.Context, row gms.Row) error {
		name, _ := row[0].(string)
		at, ok := def.Column(name)
		if !ok {
			return nil
		}
		rights := "select,insert,update,references"
		if !def.Temporary {
			rights = callOf(ctx).env.Rights.ShownOnColumn(def.DB, def.Name, name)
		}
		if rights == "" {
			return errHidden
		}
		place := showColumnsDefault
		if len(row) > showColumnsFew {
			place++ // behind the collation
			row[showColumnsRights] = rights
		}
		var err error
		row[place], err = exec.ShownDefault(&def.Columns[at])
		return err
	}
}
