// Package exec runs SQL statements on one table, and the DDL for it, inside a
// transaction that the caller holds: Parse once, Execute as often as wanted.
//
// What it runs: CREATE, DROP DATABASE, TABLE and INDEX, ALTER TABLE of indexes and
// foreign keys, TRUNCATE; INSERT, UPDATE, DELETE, SELECT with DISTINCT, COUNT, SUM, MIN, MAX
// over one table or none; SHOW of databases, tables, columns and indexes. Anything else is ER_NOT_SUPPORTED_YET (1235)
// with the name of what is missing, never a different answer.
//
// # Life of a statement
//
//	Parse      the text becomes a tree; the tree's depth is bounded first
//	open       the locks of definition and table (Shared; DDL: Exclusive)
//	plan       expressions are compiled; the WHERE clause gives key ranges
//	run        rows are read, changed, logged to the binlog: one call a kind
//
// Recall finds a statement by its text apart from its literals, and Execute then
// runs the plan that was compiled for it (P1 to P3 at type plan).
//
// A statement that fails leaves no trace: its writes go back to the mark taken
// at its start. Locks stay.
//
// # Who sees what
//
//	E1  A plain SELECT reads the transaction's snapshot and its own writes.
//	E2  UPDATE, DELETE and locking reads see the newest committed rows. With
//	    Env.Ranges they lock each key range before they read it, so what
//	    they read stays and nothing is added to it; a LIMIT locks no further
//	    than it reaches. Without, and with SKIP LOCKED, they first collect
//	    the keys of rows that match, then lock each key, read it again and
//	    ask again: they never change a row that has stopped matching. No scan
//	    meets the statement's own writes (C17).
//	E3  INSERT locks the new keys, primary and unique, before it asks whether
//	    they are taken (package rows).
//	E4  A row that an UPDATE leaves as it was is counted as matched, and
//	    neither written nor logged.
//	E5  A TIMESTAMP is in UTC in rows, keys and the binlog, and in the
//	    session's zone in expressions and results.
//	E6  Rows are found by the key that the WHERE clause binds best: the whole
//	    primary key, a whole unique key, the beginning of the primary key, that
//	    of an index, a range of one of them, all rows. No row is read or locked
//	    beyond that key's ranges. Result.RowsRead counts the rows fetched.
//	E7  The whole WHERE clause is asked of every row, whatever ranges were
//	    derived from it: ranges may be too wide, never too narrow.
//
//	E8  Describe compiles a statement against the newest definition, without
//	    parameters, locks or rows. Execute opens the table anew, so it may
//	    answer with other columns, or refuse.
//
//	E9  A column of ENUM, SET, BIT, JSON, GEOMETRY or VECTOR stands in the select list, ORDER BY,
//	    COUNT, IS NULL and comparisons (special.go); elsewhere it is 1235, and
//	    package sql's.
//
// What is stored is converted as MySQL's strict mode does, or cut with a warning
// where the session's is not strict.
package exec
