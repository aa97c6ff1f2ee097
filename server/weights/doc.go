// Package weights has what MySQL's collations compare characters by: the weights
// that WEIGHT_STRING() of a MySQL 9 tells of each character.
//
// A Table is a collation's. At each of its levels a character has any number of
// weights: ß has those of two s in utf8mb4_0900_ai_ci, an accent of its own has
// none at the first level. Texts are compared by all weights of the first level,
// then by those of the second, and so on (Unicode Technical Standard #10). Some
// languages give weights to two or three characters that come together (ch in
// Spanish dictionaries); the longest such group counts.
//
// # The files
//
// data/NAME.gz is a table as text, compressed with gzip, lines of
//
//	rule R        how characters that no line names get their weights (rule.go);
//	              "code S": what their codes in the character set S are
//	base NAME     the table that this one changes
//	upper         capitals sort in front of small letters: what follows changes
//	              the weights that these have then (UpperFirst)
//	@HEX          the code point of the next line of weights
//	W W W         the weights of a character, a field a level, each weight four
//	              digits of hexadecimal, "-" for none; the next line is that of
//	              the next code point
//	&HEX,HEX W W W   those of a group of characters
//
// They are made of what a server told, by a test that asks it for every character
// (TestWeights in fuzz/peers, with -rewrite), and compared with it there.
//
// A table is read when it is first used, and stays in memory: 1 MiB that of
// utf8mb4_0900_ai_ci, the others less. A language has a few pages of 256 characters
// of its own, and shares the others with its base.
package weights
