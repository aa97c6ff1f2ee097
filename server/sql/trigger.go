package sql

import (
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/spell"
)

// The library keeps no trigger, and runs none (fire.go). To it, triggers are names, with
// a body that says nothing: what SHOW and information_schema tell of them is completed.

var _ gms.TriggerDatabase = (*database)(nil)

// GetTriggers implements gms.TriggerDatabase.
func (d *database) GetTriggers(*gms.Context) ([]gms.TriggerDefinition, error) {
	if d.c.stmt.Kind == writeKind {
		return nil, nil
	}
	d.c.enter(d.def.Name)
	var out []gms.TriggerDefinition
	err := d.eachTable(func(t *catalog.Table) error {
		for i := range t.Triggers {
			g := &t.Triggers[i]
			head, _, err := partTrigger(g.Create)
			if err != nil {
				return err
			}
			out = append(out, gms.TriggerDefinition{
				Name: g.Name, CreateStatement: head.on(name(t.DB)+"."+name(t.Name)) + " BEGIN END", CreatedAt: g.Created, SqlMode: g.SQLMode,
			})
		}
		return nil
	})
	return out, err
}

func (d *database) eachTable(f func(*catalog.Table) error) error {
	names, err := d.c.catalog().Tables(d.c.env.Txn, d.def.Name)
	for _, name := range d.c.about.leaveTables(names) {
		t, ok, ferr := d.c.catalog().Find(d.c.env.Txn, d.def.Name, name)
		if err == nil {
			err = ferr
		}
		if err == nil && ok {
			err = f(t)
		}
		if err != nil {
			return err
		}
	}
	return err
}

// trigger finds a trigger's table, nil if there is no trigger of this name.
func (d *database) trigger(name string) (table *catalog.Table, at int, err error) {
	err = d.eachTable(func(t *catalog.Table) error {
		for i := range t.Triggers {
			if strings.EqualFold(t.Triggers[i].Name, name) {
				table, at = t, i
			}
		}
		return nil
	})
	return table, at, err
}

// CreateTrigger implements gms.TriggerDatabase; nobody comes here, see createTrigger.
func (d *database) CreateTrigger(*gms.Context, gms.TriggerDefinition) error {
	return unsupported("CREATE TRIGGER here")
}

// plainText is the end of a statement, without the marks of version comments, in which
// dumps wrap it: one may have begun before.
func plainText(text string, from int) string {
	var out strings.Builder
	l, last := lex.New(text), 0
	for t := l.Next(); t.Kind != lex.EOF && t.Kind != lex.Bad; t = l.Next() {
		if t.Pos >= from {
			gap := text[last:t.Pos]
			if strings.Contains(gap, "/*!") || strings.Contains(gap, "*/") {
				gap = " "
			}
			if out.Len() > 0 {
				out.WriteString(gap)
			}
			out.WriteString(text[t.Pos:t.End])
		}
		last = t.End
	}
	return out.String()
}

// DropTrigger implements gms.TriggerDatabase.
func (d *database) DropTrigger(_ *gms.Context, name string) error {
	t, at, err := d.trigger(name)
	if err != nil {
		return err
	}
	if t == nil {
		if ddl, is := d.c.stmt.tree.Statement.(*sqlparser.DDL); is && ddl.IfExists {
			note := mysqlerr.New(mysqlerr.TriggerDoesNotExist)
			d.c.s.Warn(&gms.Warning{Level: "Note", Code: int(note.Code), Message: note.Message})
		}
		return gms.ErrTriggerDoesNotExist.New(name)
	}
	return d.changeTriggers(t.Name, func(t *catalog.Table) error {
		t.Triggers = append(t.Triggers[:at:at], t.Triggers[at+1:]...)
		return nil
	})
}

func (d *database) changeTriggers(table string, change func(*catalog.Table) error) error {
	t, ok, err := d.c.catalog().Open(d.c.ctx, d.c.env.Txn, d.def.Name, table, catalog.Exclusive)
	if err != nil {
		return err
	}
	if !ok {
		return d.c.absent(tableID{d.def.Name, table})
	}
	t = t.Copy()
	if err := change(t); err != nil {
		return err
	}
	if err := d.c.catalog().Alter(d.c.ctx, d.c.env.Txn, t); err != nil {
		return err
	}
	d.c.define(tableID{t.DB, t.Name})
	return nil
}

func triggerTree(g *catalog.Trigger) (*sqlparser.DDL, error) {
	text := g.Create
	if set := g.Written.Literals(); set != "" {
		text = introduced(text, set)
	}
	tree, err := exec.ParseTree(text)
	if err != nil {
		return nil, err
	}
	d, ok := tree.Statement.(*sqlparser.DDL)
	if !ok || d.TriggerSpec == nil {
		return nil, gms.ErrTriggerCreateStatementInvalid.New(g.Create)
	}
	return d, spell.Out(d.TriggerSpec.Body)
}

// checkTrigger holds that the rows and columns that a new trigger names are there, and
// may be set.
func (c *call) checkTrigger(d *sqlparser.DDL, id tableID) error {
	if c.env.Temporaries != nil {
		if _, is := c.env.Temporaries.Find(id.db, id.name); is {
			return mysqlerr.New(mysqlerr.TriggerOnViewOrTemp, id.name)
		}
	}
	t, ok, err := c.catalog().Find(c.env.Txn, id.db, id.name)
	if err == nil && !ok {
		_, isView, verr := c.catalog().View(c.env.Txn, id.db, id.name)
		if err = verr; err == nil && isView {
			err = mysqlerr.New(mysqlerr.TriggerOnViewOrTemp, id.name)
		} else if err == nil {
			err = mysqlerr.New(mysqlerr.NoSuchTable, id.db, id.name)
		}
	}
	if err != nil {
		return err
	}
	spec := d.TriggerSpec
	if answers(spec.Body) {
		return mysqlerr.New(mysqlerr.NoResultSet, "a trigger")
	}
	declared := declaredNames(spec.Body)
	return exec.Walk(func(n sqlparser.SQLNode) (bool, error) {
		switch n := n.(type) {
		case *sqlparser.SetVarExpr:
			row := strings.ToUpper(n.Name.Qualifier.Name.String())
			switch {
			case row == "OLD":
				return false, mysqlerr.New(mysqlerr.TriggerCantChangeRow, row, "")
			case row == "NEW" && spec.Time == sqlparser.AfterStr && spec.Event != sqlparser.DeleteStr:
				return false, mysqlerr.New(mysqlerr.TriggerCantChangeRow, row, "after ")
			}
			return true, c.checkSet(n, declared)
		case *sqlparser.ColName:
			return true, checkRow(t, spec, n)
		}
		return true, nil
	}, spec.Body)
}

// declaredNames are the variables of a body, in lower case.
func declaredNames(body sqlparser.SQLNode) map[string]bool {
	names := map[string]bool{}
	_ = exec.Walk(func(n sqlparser.SQLNode) (bool, error) { // the visitor has no errors
		if d, is := n.(*sqlparser.Declare); is && d.Variables != nil {
			for _, name := range d.Variables.Names {
				names[name.Lowered()] = true
			}
		}
		return true, nil
	}, body)
	return names
}

// checkSet refuses to set what is neither a column, a user variable nor declared.
func (c *call) checkSet(e *sqlparser.SetVarExpr, declared map[string]bool) error {
	name := e.Name.Name.Lowered()
	if !e.Name.Qualifier.IsEmpty() || e.Scope == sqlparser.SetScope_User || strings.HasPrefix(name, "@") || declared[name] {
		return nil
	}
	if _, is := c.s.client.Variable(name); is {
		return unsupported("SET of a system variable in a trigger")
	}
	return mysqlerr.New(mysqlerr.UnknownSystemVariable, name)
}

// answers reports whether a statement of a trigger has a result.
func answers(list ...sqlparser.Statement) bool {
	for _, s := range list {
		var inside sqlparser.Statements
		switch s := s.(type) {
		case sqlparser.SelectStatement:
			if s.GetInto() == nil {
				return true
			}
		case *sqlparser.BeginEndBlock:
			inside = s.Statements
		case *sqlparser.IfStatement:
			inside = s.Else
			for _, c := range s.Conditions {
				inside = append(inside[:len(inside):len(inside)], c.Statements...)
			}
		case *sqlparser.CaseStatement:
			inside = s.Else
			for _, c := range s.Cases {
				inside = append(inside[:len(inside):len(inside)], c.Statements...)
			}
		case *sqlparser.While:
			inside = s.Statements
		case *sqlparser.Repeat:
			inside = s.Statements
		case *sqlparser.Loop:
			inside = s.Statements
		}
		if answers(inside...) {
			return true
		}
	}
	return false
}

// checkRow holds that a column of OLD or NEW is there.
func checkRow(t *catalog.Table, spec *sqlparser.TriggerSpec, n *sqlparser.ColName) error {
	row := strings.ToUpper(n.Qualifier.Name.String())
	if row != "NEW" && row != "OLD" {
		return nil
	}
	if row == "NEW" && spec.Event == sqlparser.DeleteStr || row == "OLD" && spec.Event == sqlparser.InsertStr {
		return mysqlerr.New(mysqlerr.NoSuchRowInTrigger, row, strings.ToUpper(spec.Event))
	}
	if _, ok := t.Column(n.Name.String()); !ok {
		return mysqlerr.New(mysqlerr.BadField, n.Name.String(), row)
	}
	return nil
}
