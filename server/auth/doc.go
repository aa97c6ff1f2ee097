// Package auth knows who may log in to the server, and what each may do:
// accounts with their passwords and privileges, the statements that change
// them, and how fast passwords may be guessed.
//
// # Layout
//
// Accounts are rows of the engine, in a reserved table:
//
//	table 6, accounts    "i"                -> 1 (u8): the first account was made
//	                     "u" | user 00 host -> 1 (u8) | account, JSON
//
// The first byte of a value is its format. An account's row has its verifier
// and its privileges, so that a statement about an account changes one row.
//
// # Who may do what
//
// A statement says what it needs (Needs): privileges at the server, on databases,
// on tables. They are compared with what the session's account has as of now
// (Rights): its privileges at *.*, and those of the database's row, and those of
// the table's row. Of rows whose pattern matches a database, the most specific
// counts alone, as in MySQL.
//
// Privileges on columns count where those on the table do not do: then the statement is
// read for the names of columns (UsesOf), and each must be granted.
//
// A role is an account, locked as it is made, that was granted to others. What it may
// do, and the roles that it has, adds to what a session may do that has made it active:
// SET ROLE, or at the login, the default ones. What a session chooses is asked again
// of the accounts as they are, so a role that is revoked is gone at once.
//
// An account with SUPER, be it by a role, is changed, and its connections are killed, only by one
// with SUPER; GRANT gives and takes only what its account has, with the GRANT
// OPTION. What is granted on a table stays when the table is dropped.
//
// # Statements
//
// A statement is one transaction, and one QUERY event in the binlog: the
// statement written anew, with verifiers in the place of passwords
// (CREATE USER … IDENTIFIED WITH 'plugin' AS 'verifier').
//
// # Verifiers
//
//	caching_sha2_password  $A$005$ | salt, 20 bytes | SHA-crypt of 5000 rounds, 43 characters
//	mysql_native_password  * | SHA1(SHA1(password)), 40 hex digits
//	no password            empty
//
// The first is what MySQL 8.0 stores. SHA-crypt is slow on purpose; who has
// once logged in with the password itself is known by SHA256(SHA256(password))
// in memory from then on, until the account changes.
//
// # Policies
//
// What an account says of its passwords and of how much it may do is its Policy. What is
// counted, logins that failed and statements of the hour, is in memory (usage), outlives
// changes of the account, and begins anew with the server, as in MySQL.
//
// # What holds
//
//	A1  no password is stored, logged or shown: it ends in Verifier or in a
//	    comparison.
//	A2  a login that fails does not tell why: an account that does not exist
//	    goes through the same exchange and the same work as one that does; but for
//	    accounts of FAILED_LOGIN_ATTEMPTS, as they ask for it, and of two passwords,
//	    which take longer to refuse.
//	A3  accounts in memory are those committed; what a session may do is looked
//	    up there with each statement, so that REVOKE works at once.
//	A4  an account without a password is for this machine only.
//	A6  it fails closed: Needs that nobody has stated, an account that is gone, and
//	    the zero Rights all mean no. Only who may do everything passes the first.
//	A5  what is kept about failed logins is bounded (dampedMax).
//
// An *Account is shared between sessions and never written to once published.
package auth
