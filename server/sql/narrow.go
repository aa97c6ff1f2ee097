package sql

import (
	"slices"
	"strconv"
	"strings"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/exec"

	"github.com/xadb/xadb/binlog"
)

// The library lists all columns of all tables for each query of information_schema, with
// a search among all of them for each table. Dumps and ORMs ask table by table, so with
// some thousand tables they would never come to an end. A query of one such table whose
// WHERE names databases and tables therefore finds no others: the condition itself
// would leave them out.

// A narrowing is what a query can only be about; nil lists are about everything.
type narrowing struct {
	databases []string
	tables    []string
}

// narrowed are the tables whose rows are about a table that they name, with the columns
// that do.
var narrowed = map[string]namingColumns{
	"columns": tableNamed, "tables": tableNamed, "statistics": tableNamed, "key_column_usage": tableNamed, "table_constraints": tableNamed,
	"triggers": {"event_object_schema", "event_object_table"},
}

var tableNamed = namingColumns{"table_schema", "table_name"}

type namingColumns struct{ database, table string }

func (n narrowing) hasDatabase(name string) bool {
	return n.databases == nil || slices.Contains(n.databases, name)
}

// leaveTables takes those out of a list that the query is not about.
func (n narrowing) leaveTables(list []string) []string {
	if n.tables == nil {
		return list
	}
	return slices.DeleteFunc(list, func(name string) bool { return !slices.Contains(n.tables, name) })
}

// narrow finds out what the statement can only be about.
func (c *call) narrow(args []binlog.Value) (n narrowing) {
	s, is := c.stmt.tree.Statement.(*sqlparser.Select)
	if !is || s.Where == nil || len(s.From) != 1 || countTables(s) != 1 {
		return n
	}
	if by, ok := c.narrowedBy(s.From[0]); ok {
		c.take(s.Where.Expr, by, args, &n)
	}
	return n
}

func (c *call) narrowedBy(e sqlparser.TableExpr) (by namingColumns, ok bool) {
	from, is := e.(*sqlparser.AliasedTableExpr)
	if !is {
		return by, false
	}
	name, is := from.Expr.(sqlparser.TableName)
	db := name.DbQualifier.String()
	if db == "" {
		db = c.env.DB
	}
	if !is || !strings.EqualFold(db, gms.InformationSchemaDatabaseName) {
		return by, false
	}
	by, ok = narrowed[strings.ToLower(name.Name.String())]
	return by, ok
}

// countTables counts what the FROM clauses of a statement name.
func countTables(s sqlparser.Statement) (count int) {
	_ = exec.Walk(func(n sqlparser.SQLNode) (bool, error) {
		switch n.(type) {
		case *sqlparser.AliasedTableExpr, *sqlparser.TableFuncExpr, *sqlparser.JSONTableExpr:
			count++
		}
		return true, nil
	}, s)
	return count
}

// take takes what must hold.
func (c *call) take(e sqlparser.Expr, by namingColumns, args []binlog.Value, n *narrowing) {
	switch e := e.(type) {
	case *sqlparser.ParenExpr:
		c.take(e.Expr, by, args, n)
	case *sqlparser.AndExpr:
		c.take(e.Left, by, args, n)
		c.take(e.Right, by, args, n)
	case *sqlparser.ComparisonExpr:
		column, is := e.Left.(*sqlparser.ColName)
		list := sqlparser.ValTuple{e.Right}
		switch {
		case !is:
			return
		case e.Operator == sqlparser.InStr:
			if list, is = e.Right.(sqlparser.ValTuple); !is {
				return
			}
		case e.Operator != sqlparser.EqualStr:
			return
		}
		if names, ok := c.namesOf(list, args); ok {
			switch column.Name.Lowered() {
			case by.database:
				n.databases = names
			case by.table:
				n.tables = names
			}
		}
	}
}

// namesOf are the texts of a list; ok is false if one is something else.
func (c *call) namesOf(list sqlparser.ValTuple, args []binlog.Value) (names []string, ok bool) {
	for _, e := range list {
		var name string
		switch e := e.(type) {
		case *sqlparser.SQLVal:
			switch e.Type {
			case sqlparser.StrVal:
				name = string(e.Val)
			case sqlparser.ValArg:
				at, err := strconv.Atoi(strings.TrimPrefix(string(e.Val), ":v"))
				if err != nil || at < 1 || at > len(args) {
					return nil, false
				}
				text, is := args[at-1].([]byte)
				if !is {
					return nil, false
				}
				name = string(text)
			default:
				return nil, false
			}
		case *sqlparser.FuncExpr:
			if len(e.Exprs) > 0 || e.Over != nil || !e.Name.EqualString("database") && !e.Name.EqualString("schema") {
				return nil, false
			}
			name = c.env.DB
		default:
			return nil, false
		}
		names = append(names, strings.TrimRight(name, " ")) // which the comparison does not see
	}
	return names, true
}
