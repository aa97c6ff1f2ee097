// Package reword writes SQL that the parser does not know in words that it does.
//
//	a > ALL (SELECT ..)   ->   `> all`(a, (SELECT ..))
//	~a                    ->   `~`(a)
//	x IS UNKNOWN          ->   x IS NULL
//
//	Clauses, Statement    whole forms of statements: clauses, definitions, hints, VALUES
//	SQL                   signs and words in expressions, with a way back for each place
//
// Each works on tokens. Where a sign or a word takes operands, it finds how far they
// reach by MySQL's precedences (operand.go). Names in back quotes that nobody would
// give a function stand for operators: package sql computes them, and package exec
// writes them as operators again where a definition keeps them.
//
// # What holds
//
//	P1  a text without such words comes back as it is, without an allocation.
//	P2  no text makes it panic; one that makes no sense is left for the parser to
//	    complain about.
//	P3  each token is looked at a bounded number of times, however deep operators
//	    are nested.
//	P4  SQL's Map leads from each place in the new text to the one in the old text. Clauses
//	    and Statement have none: errors and names of columns quote what they have made.
package reword

// The operators that are written as functions.
const (
	BitNot   = "~"
	Assign   = ":="
	Interval = "interval"
	Member   = "member of"
	Weights  = "weight_string"
	Default  = "default" // of the row that VALUES make
	// DefaultOf is that of a column of a table.
	DefaultOf = "default of"
	Match     = "match against"
)
