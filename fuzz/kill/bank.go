package kill

import (
	"fmt"
	"strings"

	"github.com/xadb/xadb/xid"
)

const (
	accountsPerTable = 20
	firstBalance     = 1000
	// lanes are the last accounts of each table. Branches that stay prepared
	// use them, so that their locks do not stop all others.
	lanes = 4
)

var accountTables = [2]string{"accounts_a", "accounts_b"}

const historyTable = "history"

// An account is table*100 + row, its number in the history.
type account int

func makeAccount(table, row int) account { return account(table*100 + row) }

func (a account) table() string { return accountTables[a/100] }

func (a account) row() int { return int(a % 100) }

// schema makes the bank.
func schema() []string {
	statements := []string{"CREATE DATABASE bank"}
	for _, t := range accountTables {
		statements = append(statements, "CREATE TABLE bank."+t+" (id INT NOT NULL PRIMARY KEY, balance BIGINT NOT NULL)")
		rows := make([]string, accountsPerTable)
		for i := range rows {
			rows[i] = fmt.Sprintf("(%d,%d)", i, firstBalance)
		}
		statements = append(statements, "INSERT INTO bank."+t+" VALUES "+strings.Join(rows, ","))
	}
	return append(statements, "CREATE TABLE bank."+historyTable+
		" (id BIGINT NOT NULL PRIMARY KEY, src INT NOT NULL, dst INT NOT NULL, amount BIGINT NOT NULL)")
}

// tables are the bank's rows: by table, then by primary key, all columns.
type tables map[string]map[int64][]int64

func emptyTables() tables {
	t := tables{historyTable: {}}
	for _, name := range accountTables {
		t[name] = map[int64][]int64{}
	}
	return t
}

// diff says where two sets of tables differ, or "".
func diff(want, got tables) string {
	for name := range want {
		for id, row := range want[name] {
			if other, ok := got[name][id]; !ok {
				return fmt.Sprintf("%s: row %v is missing", name, row)
			} else if fmt.Sprint(row) != fmt.Sprint(other) {
				return fmt.Sprintf("%s: row %v instead of %v", name, other, row)
			}
		}
		for id, row := range got[name] {
			if _, ok := want[name][id]; !ok {
				return fmt.Sprintf("%s: row %v should not be there", name, row)
			}
		}
	}
	return ""
}

// A transfer is one transaction's work.
type transfer struct {
	id       int64
	src, dst account
	amount   int64
	branch   xid.XID // zero: a plain transaction
	lane     int     // the lane that it holds, or -1
}

// statements are the transfer's three writes, the accounts in an order that
// all clients share.
func (t transfer) statements() []string {
	legs := []string{
		fmt.Sprintf("UPDATE bank.%s SET balance = balance - %d WHERE id = %d", t.src.table(), t.amount, t.src.row()),
		fmt.Sprintf("UPDATE bank.%s SET balance = balance + %d WHERE id = %d", t.dst.table(), t.amount, t.dst.row()),
	}
	if t.dst < t.src {
		legs[0], legs[1] = legs[1], legs[0]
	}
	return append(legs, fmt.Sprintf("INSERT INTO bank.%s VALUES (%d, %d, %d, %d)", historyTable, t.id, t.src, t.dst, t.amount))
}

// apply is what the transfer does to the tables.
func (t transfer) apply(to tables) {
	to[t.src.table()][int64(t.src.row())][1] -= t.amount
	to[t.dst.table()][int64(t.dst.row())][1] += t.amount
	to[historyTable][t.id] = []int64{t.id, int64(t.src), int64(t.dst), t.amount}
}

// start is the bank before the first transfer.
func start() tables {
	t := emptyTables()
	for _, name := range accountTables {
		for i := range int64(accountsPerTable) {
			t[name][i] = []int64{i, firstBalance}
		}
	}
	return t
}
