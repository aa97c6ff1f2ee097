// Package rows changes and finds rows: it keeps a table's indexes as its rows
// are, holds unique keys unique, and foreign keys kept, gives out AUTO_INCREMENT values and hidden row
// IDs, and logs what has changed. Statements of every tier go through it.
//
//	w := rows.NewWriter(ctx, txn, table, options)
//	for each row { err = w.Insert(row) }       // or Update, Delete
//	err = w.Close()                            // logs them
//
//	c := rows.Read{Txn: txn, Table: table, Index: ix}.Open(ctx, ranges...)
//	defer c.Close()
//	for c.Next() { use(c.Row()) }
//	return c.Err()
//
// The table is locked, as catalog.Open does it, and the statement is begun.
// The layout of rows and entries is catalog's.
//
// # What holds
//
//	W1  every row has exactly one entry in each index of its table, and every
//	    entry a row.
//	W2  a unique key is locked, there or not, before anybody asks whether it
//	    is taken. So of two who insert one, the second waits for the first.
//	W3  a change that is refused as a duplicate has written nothing: it is
//	    refused before the first write. Other errors leave it to the caller to
//	    undo the statement.
//	W4  an AUTO_INCREMENT value or hidden row ID is given out once, whatever
//	    becomes of the transaction. The counter above it is committed first, in
//	    a transaction of its own, and never goes down: the log has it ahead of
//	    any record of who uses the number, so after a crash no committed row and
//	    no prepared branch has a number that is given out again (C20). Reset is for
//	    who has the table Exclusive, so that neither a running transaction nor a
//	    prepared branch has changed it, and has looked at all rows.
//	W5  a cursor that locks takes the index's range, then each row; an entry
//	    whose row has changed since is passed over. What is read under a locked
//	    range stays, and nothing is added to it.
//	F1  a row that points to a parent is written only while that parent's row is
//	    locked Shared, as it is now; a prepared branch keeps that lock (C15).
//	F2  a row that others point to goes, or gets another key, only while it is
//	    locked exclusively, after its children have been looked for, locked and
//	    seen to. So no child is ever without its parent, unless its writer was told
//	    not to ask (foreign_key_checks=0).
//	F3  what foreign keys change is logged ahead of the change that asked for it.
//	W6  a cursor meets the transaction's writes as they were when the statement
//	    began (C17); the checks of unique keys meet all.
//
// # Lock order
//
// Table; index entries or ranges, then rows, while finding; rows, then entries,
// while changing. The two can deadlock, which the engine finds.
//
// A Writer and a Cursor belong to one goroutine. Counters are for all.
package rows
