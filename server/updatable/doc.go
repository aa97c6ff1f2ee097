// Package updatable says which views take changes, and makes of a statement that
// changes one the same on the tables below it (MySQL manual, Updatable and Insertable
// Views).
//
//	flatten    a FROM clause whose views stand for their tables
//	shape      what a view is of its tables: rows, columns, what is asked of new rows
//	resolve    the statement's names become those of the tables' columns
//	rewrite    INSERT, REPLACE, UPDATE and DELETE, each in its own way
//
// # What holds
//
//	U1  only what can be written back is changed: a column of a view that is no
//	    column of a table is 1348, a view whose rows are none of a table 1288 or
//	    1471, and what this package does not understand 1235.
//	U2  no name of the statement comes to mean a column that the view hides.
//	U3  every view on the way down is told to the caller, with what its definer
//	    must be allowed to do (Change.Passes).
//	U4  the trees that it is given stay as they are.
package updatable

import (
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
)

// A Name is a table's or a view's name in full.
type Name struct{ DB, Table string }

// A Source finds what names mean.
type Source interface {
	// Table is a table's definition; nil if there is none of that name.
	Table(n Name) (*catalog.Table, error)
	// Made are the columns of a table that the server makes up; nil if it is none.
	Made(n Name) []string
	// Temporary is a table of the session; nil if there is none.
	Temporary(n Name) *catalog.Table
	// Parse reads a view's definition, or its query.
	Parse(text string) (sqlparser.Statement, error)
	// View is a view; ok is false if there is none.
	View(n Name) (v catalog.View, ok bool, err error)
}

// A Pass is a step from a view to what is below it.
type Pass struct {
	DB   string
	View catalog.View
	Onto Name
}

func unsupported(what string) error { return mysqlerr.New(mysqlerr.NotSupportedYet, what) }
