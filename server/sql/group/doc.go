// Package group has the rules over plans that make the library, dolthub/go-mysql-server, group
// as MySQL does.
//
//	CheckFull             refuses what differs within a group
//	Mend, ByAliases       columns of their own for keys, windows and subqueries among groups
//	RollUp, FirstRows     WITH ROLLUP, and columns that are no keys
//	WhenAsked             groups that LIMIT 0 leaves unread
//	ShowColumns           names in HAVING
//	AliasesOnce           what has an alias is computed once
//
// A rule is given a plan whose names are bound, and gives back another. What a name in GROUP
// BY means is package spell's, and the functions of aggregates are package sql's.
package group

import "github.com/xadb/xadb/server/mysqlerr"

func unsupported(what string) error { return mysqlerr.New(mysqlerr.NotSupportedYet, what) }
