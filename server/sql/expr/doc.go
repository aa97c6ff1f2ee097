// Package expr has the expressions of SQL that the library, dolthub/go-mysql-server, lacks or
// computes otherwise than MySQL: functions (Function, by Named), CAST, CASE and the like,
// arithmetic, and the conversions between.
//
//	Named      the function of a name, for who binds a statement
//	Replace    ours in the place of what the library makes without asking by name
//	Casts, CheckArithmetic, MixedChoices
//	           the same for what depends on the types of operands
//
// An expression sees its arguments, the row, and of the session what the interface Session
// says: no table, no plan, no right. Comparisons of texts and moments, aggregates, windows
// and what else depends on the plan around is package sql's.
package expr

import "github.com/xadb/xadb/server/mysqlerr"

func unsupported(what string) error { return mysqlerr.New(mysqlerr.NotSupportedYet, what) }
