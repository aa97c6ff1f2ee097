// Package sql runs the statements that package exec does not: joins,
// subqueries, window functions, views, ALTER TABLE and so on. It puts
// dolthub/go-mysql-server (the library) over the catalog and the transactions
// that exec uses too, so both see the same tables.
//
//	Parse      the tree of package exec, and what the statement does to tables
//	bind       the library looks names up in provider, database, table
//	analyze    the library plans; index lookups are chosen here
//	iterate    the library pulls rows from scans and pushes them into editors
//
// What knows neither statements nor tables is in packages below:
//
//	convert    values and types, ours and the library's
//	spell      what is written into a statement before it is bound: names, windows, UNIONs
//	walk       ways over the library's plans
//	jsonpath   paths into documents
//	geo        what spatial functions compute
//	expr       functions, CAST, CASE, arithmetic
//	group      rules that make plans group as MySQL does
//	window     functions over windows
//
// What stays here is the call, which is one run of a statement, its tables, editors and
// triggers, ALTER TABLE, the types of results, and the rules over plans that ask for these.
//
// The transaction is the caller's: the library never begins, commits or rolls
// back one, because the session it gets offers none of it. Savepoints, XA, SET
// and the rest of a session's life are the server's.
//
// # What holds
//
//	S1  a statement that fails leaves no trace: all of it runs between
//	    BeginStatement and EndStatement or RollbackStatement.
//	S2  plain SELECTs read the snapshot. What a statement changes, and what
//	    SELECT ... FOR UPDATE and FOR SHARE read at its top, is read as of now,
//	    under locks of the mode that the statement's text says; tables that a
//	    change only reads are locked Shared under REPEATABLE READ and above.
//	S3  a key that is bound completely reads one row, a prefix or a range of
//	    it that range only (Result.RowsRead counts). A query that is asked for each
//	    row of another binds keys by that row; without an index to look them up in
//	    it reads its table twice at most (interim.go).
//	S4  every value that goes to or comes from the library goes through
//	    package convert; every value stored was made by types.Store, or by
//	    types.Cut where the statement cuts (cut.go).
//	S5  rows of all tables are logged to the binlog in the order in which they were
//	    changed (package rows); a statement of DDL is logged as its text.
//	S6  nothing here touches the files of the machine: LOAD_FILE, LOAD DATA and
//	    INTO OUTFILE are refused.
//	S7  an iterator that was opened is closed, whatever happened, and a panic
//	    of the library is an error of its statement.
//	S8  CHECKs are asked by the library, of each row that is written, and by
//	    ALTER TABLE of all; generated columns are computed when the row is written,
//	    after all else has been decided about it.
//	S9  scans of a statement that fires triggers, and of theirs, meet all that was
//	    written before the scan begins. Triggers run where rows are written, not in
//	    the library (fire.go, program.go).
//	S10 the client's rights are asked before a statement is bound, and again of
//	    each table that the library opens or edits. Views run with the rights
//	    that their definer has at that moment, or with SQL SECURITY INVOKER with
//	    the client's, also inside of another view.
//	S11 text is compared, grouped, sorted and hashed by package types' keys, of
//	    which the plan gets some after the analysis (collate.go).
//	S12 no plan of a join finds other rows than its conditions ask for, whatever
//	    the library takes for costs.
//	S13 an UPDATE changes each row of a table once at most, by the first of the joined
//	    rows that it is in; where tables are joined, after all of them are read
//	    (updating.go). So does a DELETE (delete.go).
//
// # Memory
//
// The library's own structures are made with the first statement that needs
// them; a Session costs about 2 KiB, because it reads the server's variables
// instead of holding a copy. Rows go to Env.Sink as they are found, but for the
// first settleBytes; a result without a Sink may hold Options.ResultBytesMax.
// What a sort or a hash join holds on the way is not counted; interim indexes may
// hold a quarter of that.
//
// # Tables that are made up
//
// Options.Made are tables without rows in the store: the inside of the server,
// in information_schema beside the library's own tables, and in databases of
// their own.
package sql
