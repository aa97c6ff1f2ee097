// Package xadbsql is a driver for database/sql whose server runs in the same
// process: no socket, no port.
//
//	sql.Open("xadb", "folder?parseTime=true")     opens the store, until the DB is closed
//	sql.OpenDB(NewConnector(srv, config))         a server that the program runs itself
//
// Under both is the client of go-sql-driver/mysql, on a pipe to the server: SQL,
// types, errors, XA statements and the parameters of its DSN are the same as
// over a network, and so are the accounts. A context that ends kills the
// statement that it was given to.
//
// # The name of a data source
//
//	folder[?parameter=value&…]
//
// The store in the folder is made if there is none. Parameters:
//
//	database      the current database at the start; none by default
//	user          root by default
//	password      empty by default
//	binlog        false: write no binary log
//
// and all parameters of go-sql-driver/mysql. A store is open once: a second
// sql.Open of the same folder fails at its first use.
package xadbsql
