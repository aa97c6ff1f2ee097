// Package spell writes a statement so that the library reads in it what MySQL does. It
// works on the parser's tree, before anything is bound: the library, dolthub/go-mysql-server,
// takes some names for other columns than MySQL, knows fewer window functions, and
// mistakes aggregates of two queries for one.
//
//	Namer       which column or answer a name in GROUP BY, HAVING and ORDER BY means
//	Aggregates  where there may be none, and ANY_VALUE where it is nothing
//	Out         windows, groups, aggregates and UNIONs
//
// What is not here: words that the parser does not know (package reword), types, plans,
// and the transaction, of which a Namer sees tables and views only through package
// updatable.
package spell

import "github.com/xadb/xadb/server/mysqlerr"

func unsupported(what string) error { return mysqlerr.New(mysqlerr.NotSupportedYet, what) }
