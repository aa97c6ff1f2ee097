package xadbsql_test

import (
	"context"
	"database/sql"
	"fmt"
	"log"
	"os"
	"path/filepath"

	_ "github.com/xadb/xadb/xadbsql"
)

func Example() {
	dir, err := os.MkdirTemp("", "xadbsql-")
	check(err)
	defer os.RemoveAll(dir)

	db, err := sql.Open("xadb", filepath.Join(dir, "bank"))
	check(err)
	defer db.Close()
	ctx := context.Background()
	for _, statement := range []string{
		"CREATE DATABASE bank",
		"CREATE TABLE bank.accounts (name VARCHAR(20) PRIMARY KEY, balance DECIMAL(12,2))",
	} {
		_, err = db.ExecContext(ctx, statement)
		check(err)
	}
	_, err = db.ExecContext(ctx, "INSERT INTO bank.accounts VALUES (?, ?)", "alice", "90.50")
	check(err)
	var balance string
	check(db.QueryRowContext(ctx, "SELECT balance FROM bank.accounts WHERE name = ?", "alice").Scan(&balance))
	fmt.Println("alice:", balance)
	// Output: alice: 90.50
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
