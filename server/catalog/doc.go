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
//	                      "t" | database 00 table   -> 1 (u8) | definition, JSON
//
// The first byte of a value is its format. Names are UTF-8 without 00, so
// that "t" rows list database by database. Names are compared byte by byte,
// as MySQL does on Linux.
//
// # What holds
//
//	G1  table IDs are given out once; DROP does not give one back.
//	G2  a definition does not change while a transaction holds the locks that
//	    Open took, on the definition's row and on the table: DDL takes both
//	    exclusively. A prepared branch keeps that on the table only, which is
//	    enough: DDL asks for it, too.
//	G3  hidden row IDs of committed rows never repeat.
//	G4  a plain read sees a definition only together with the rows it was
//	    made for: if the table was replaced since the snapshot, Open says so
//	    (ER_TABLE_DEF_CHANGED) instead of reading rows by the wrong columns.
//
// # Lock order
//
// Database's row, definition's row, table lock, counters' rows.
//
// A *Table is shared between sessions and never written to once returned.
package catalog
