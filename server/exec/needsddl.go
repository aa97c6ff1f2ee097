package exec

import (
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/lex"
)

// ddl is false for what it does not know.
func (w *needing) ddl(s *sqlparser.DDL) bool {
	action := strings.ToLower(s.Action)
	switch {
	case s.ProcedureSpec != nil || s.EventSpec != nil:
		return false
	case s.TriggerSpec != nil:
		w.trigger(s)
	case s.ViewSpec != nil:
		p := auth.CreateView
		if s.OrReplace || action != sqlparser.CreateStr {
			p |= auth.Drop
		}
		w.need(s.ViewSpec.ViewName, p)
		w.query(s.ViewSpec.ViewExpr)
	case action == sqlparser.CreateStr && (s.TableSpec != nil || s.OptLike != nil || s.OptSelect != nil):
		w.createTable(s)
	case action == sqlparser.DropStr && len(s.FromTables)+len(s.FromViews) > 0:
		for _, name := range s.FromTables {
			w.own(name, auth.Drop)
		}
		for _, name := range s.FromViews {
			w.need(name, auth.Drop)
		}
	case action == sqlparser.TruncateStr:
		w.own(s.Table, auth.Drop)
	case action == sqlparser.RenameStr && len(s.ToTables) > 0:
		w.rename(s)
	default:
		return false
	}
	return true
}

// trigger: whoever makes one must be able to do by himself what it does, because
// it does that for everybody. DROP TRIGGER does not name the table.
func (w *needing) trigger(s *sqlparser.DDL) {
	if strings.ToLower(s.Action) != sqlparser.CreateStr {
		w.list = append(w.list, auth.Need{
			Level: auth.AtDatabase, DB: s.TriggerSpec.TrigName.Qualifier.String(), All: auth.Trigger,
		})
		return
	}
	w.need(s.Table, auth.Trigger)
	before := len(w.list)
	defer func() { // what is named there is no column of the statement
		for i := range w.list[before:] {
			w.list[before+i].Opens, w.list[before+i].Columns = false, false
		}
	}()
	_ = Walk(func(n sqlparser.SQLNode) (bool, error) { // its only errors are the visitor's
		switch n := n.(type) {
		case *sqlparser.Insert:
			w.insert(n)
		case *sqlparser.Update:
			w.update(n)
		case *sqlparser.Delete:
			w.delete(n)
		case sqlparser.SelectStatement:
			w.query(n)
		case *sqlparser.BeginEndBlock, *sqlparser.IfStatement, *sqlparser.CaseStatement, *sqlparser.Set, *sqlparser.Signal, *sqlparser.Resignal,
			*sqlparser.Declare, *sqlparser.Loop, *sqlparser.Repeat, *sqlparser.While, *sqlparser.Leave, *sqlparser.Iterate:
			return true, nil
		case sqlparser.Statement:
			w.unknown = true
		default:
			return true, nil
		}
		return false, nil
	}, s.TriggerSpec.Body)
}

func (w *needing) rename(s *sqlparser.DDL) {
	for _, name := range s.FromTables {
		w.need(name, auth.Alter|auth.Drop)
	}
	for _, name := range s.ToTables {
		w.need(name, auth.Create|auth.Insert)
	}
}

func (w *needing) createTable(s *sqlparser.DDL) {
	switch {
	case s.Temporary:
		w.list = append(w.list, auth.Need{
			Level: auth.AtDatabase, DB: s.Table.DbQualifier.String(), All: auth.CreateTemporary,
		})
	case s.OptSelect != nil:
		w.need(s.Table, auth.Create|auth.Insert)
	default:
		w.need(s.Table, auth.Create)
	}
	if s.OptLike != nil {
		for _, name := range s.OptLike.LikeTables {
			w.opens(name, auth.Select)
		}
	}
	if s.OptSelect != nil {
		w.query(s.OptSelect.Select)
	}
	w.references(s.Table, s.TableSpec)
}

// references: a foreign key needs REFERENCES on its parent, which is in the
// table's database if it names none.
func (w *needing) references(table sqlparser.TableName, spec *sqlparser.TableSpec) {
	if spec == nil {
		return
	}
	for _, c := range spec.Constraints {
		if fk, ok := c.Details.(*sqlparser.ForeignKeyDefinition); ok {
			parent := fk.ReferencedTable
			if parent.DbQualifier.String() == "" {
				parent.DbQualifier = table.DbQualifier
			}
			w.need(parent, auth.References)
		}
	}
}

// alterTable is ALTER TABLE, and what the parser makes one: CREATE INDEX and
// DROP INDEX. Only what is about indexes may take less.
func (w *needing) alterTable(s *sqlparser.AlterTable, sql string) {
	indexes := len(s.Statements) > 0 && len(s.PartitionSpecs) == 0
	for _, d := range s.Statements {
		indexes = indexes && d.IndexSpec != nil
	}
	if indexes && !lex.New(sql).Next().Is("ALTER") {
		w.own(s.Table, auth.Index)
		return
	}
	p := auth.Alter | auth.Create | auth.Insert
	for _, d := range s.Statements {
		if len(d.ToTables) > 0 {
			p |= auth.Drop
			for _, name := range d.ToTables {
				w.need(name, auth.Create|auth.Insert)
			}
		}
		w.references(s.Table, d.TableSpec)
	}
	if len(s.PartitionSpecs) > 0 {
		p |= auth.Drop
	}
	w.own(s.Table, p)
}

// own is need of a table that may be the session's own.
func (w *needing) own(name sqlparser.TableName, all auth.Privilege) {
	w.need(name, all)
	w.list[len(w.list)-1].Opens = true
}

// showNeeds: what SHOW tells of the catalog is for those who may do something
// with it.
func showNeeds(s *sqlparser.Show) auth.Needs {
	w := &needing{}
	dbs := []string{s.Table.DbQualifier.String(), s.Database}
	if s.ShowTablesOpt != nil {
		dbs = append(dbs, s.ShowTablesOpt.DbName)
		w.filter(s.ShowTablesOpt.Filter)
	}
	w.filter(s.Filter)
	if s.ShowIndexFilterOpt != nil {
		w.walk(s.ShowIndexFilterOpt)
	}
	table := auth.Need{Level: auth.AtTable, Table: s.Table.Name.String(), Seen: true, Opens: true}
	database := auth.Need{Level: auth.AtDatabase, Seen: true}
	switch strings.ToLower(s.Type) {
	case "databases", "schemas":
	case "create database", "create schema", "tables", "table status", "triggers", "events":
		w.named(database, dbs)
	case "columns", "fields", "index", "indexes", "keys":
		w.named(table, dbs)
	case "create table":
		table.Any, table.Opens = auth.OnTable, true
		w.named(table, dbs)
	case "create view":
		table.All, table.Columns, table.Opens = auth.Select|auth.ShowView, true, false
		w.named(table, dbs)
	case "procedure status", "function status", "collation", "charset", "engines", "plugins", "warnings", "errors",
		"variables", "status":
	default:
		w.unknown = true
	}
	return w.needs()
}

// named asks for each database that the statement names: SHOW COLUMNS FROM d.t
// FROM e names two, and one of them counts. Without any it is the current one.
func (w *needing) named(n auth.Need, dbs []string) {
	before := len(w.list)
	for _, n.DB = range dbs {
		if n.DB != "" {
			w.list = append(w.list, n)
		}
	}
	if len(w.list) == before {
		w.list = append(w.list, n)
	}
}

func (w *needing) filter(f *sqlparser.ShowFilter) {
	if f != nil && f.Filter != nil {
		w.walk(f.Filter)
	}
}
