// Package sets gives the SQL library what it lacks of MySQL's character sets and
// collations: it refuses those that have no encoder or no weights in its own tables,
// which are closed. Importing the package completes them.
//
// The weights are code points: nothing compares texts by them, as package sql does it by
// those of package types.
package sets
