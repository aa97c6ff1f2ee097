// Package codes has the codes that MySQL's character sets give to characters, both
// ways, as a MySQL 9 tells them: CONVERT() of every code and of every character.
//
// A Set is a character set. The codes of utf16, utf16le, utf32 and ucs2 are computed;
// the others' are tables, read when they are first used. A code is a number, that of
// its bytes, the first one highest.
//
// # The files
//
// data/NAME.gz is a table as text, compressed with gzip, lines of
//
//	@CODE RUNE COUNT   so many codes, from CODE on, of so many characters, from RUNE on
//	=CODE TEXT         the codes from CODE on are those of the characters of TEXT
//	?CODE COUNT        so many codes that are open
//	>RUNE CODE         the code that a character becomes, where that is not the first
//	                   one of those which are read as it; "-" if it becomes none
//
// with numbers in hexadecimal. A code that the set leaves open is read as a question
// mark; one that no line has is not even a code. They are made by a test
// (TestCodes in fuzz/peers, with -codes.write), and compared with a server there.
package codes
