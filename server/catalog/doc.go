// Package catalog knows the databases and tables: what they are, under which
// numbers their rows live, and who may look at a definition while another
// changes it.
//
// # Layout
//
// The catalog is rows of the engine, in two reserved tables, written by the
// same transaction as the rows that a statement of DDL touches. So DDL is
// atomic, and after a crash there is either all of it or nothing.
//
//	table 1, databases    name                      -> 1 (u8) | collation (u16 LE)
//	table 2, tables       "i"                       -> next table ID (u32 LE)
//	                      "r" | table ID (u32 BE)   -> next hidden row ID (u64 LE)
//	                      "a" | table ID (u32 BE)   -> next AUTO_INCREMENT (u64 LE)
//	                      "o" | table ID (u32 BE)   -> nothing: an abandoned ID
//	                      "f" | parent's database 00 table 00 database 00 table -> nothing:
//	                            a table with a foreign key to a parent that is not there
//	                      "t" | database 00 table   -> 2 (u8) | definition, JSON
//	                      "v" | database 00 view    -> 1 (u8) | definition, JSON
//
// The first byte of a value is its format. Names are UTF-8 without 00, so
// that "t" rows list database by database. Names are compared byte by byte,
// as MySQL does on Linux.
//
// Rows live in the engine's table of the table's ID, under their primary key
// (package types), or a hidden ID, u64 big endian. The entries of an index live
// in an engine's table of their own:
//
//	unique, no column NULL    columns            -> 1 (u8) | primary key
//	all others                columns | primary  -> 0 (u8) | length of columns (uvarint)
//
// An expression's values are a column, too, which is Hidden.
//
//	a column      [00 NULL, or 01 and the value: only if it is nullable] key
//	              as in package types, of its first characters if the index
//	              has a prefix; all bits inverted if it descends
//
// # What holds
//
//	G1  table IDs are given out once, to tables and to indexes; DROP does not
//	    give one back.
//	G2  a definition does not change while a transaction holds the locks that
//	    Open took, on the definition's row and on the table: DDL takes both
//	    exclusively. A prepared branch keeps that on the table only, which is
//	    enough: DDL asks for it, too.
//	G3  hidden row IDs and AUTO_INCREMENT values of committed rows and of
//	    prepared branches are below their counters, which only Reset lowers (C20):
//	    a number is given out only once the counter above it is committed, so
//	    that it is ahead in the log of whatever uses the number.
//	G4  a plain read sees a definition only together with the rows it was
//	    made for: if the table was replaced since the snapshot, Open says so
//	    (ER_TABLE_DEF_CHANGED) instead of reading rows by the wrong columns.
//	    An index that is younger than the snapshot is not there.
//	G5  rows under an ID that no definition names are garbage, noted as
//	    abandoned before the first of them is written, in a transaction of its
//	    own. Whoever is to make a definition name the ID takes the note back,
//	    and holds its lock, before there are rows; whoever removes them has the
//	    lock, too.
//	T1  the keys of two entries of an index sort as the columns do, NULL first;
//	    no column's bytes are a proper prefix of another's.
//
// # Lock order
//
// Database's row, definition's row, table lock, counters' rows.
//
// A *Table is shared between sessions and never written to once returned.
package catalog
