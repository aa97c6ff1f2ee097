package server

import (
	"strings"
	"sync/atomic"

	"github.com/xadb/xadb/server/lex"
)

// statementKinds are the kinds that statements are counted by: MySQL's names
// behind Com_, for SHOW STATUS and metrics. The last is for all others.
var statementKinds = [...]string{
	"admin_commands", "alter_table", "analyze", "begin", "call_procedure", "change_db", "check", "commit", "create_db",
	"create_index", "create_table", "create_user", "create_view", "dealloc_sql", "delete", "do", "drop_db", "drop_index",
	"drop_table", "drop_user", "drop_view", "execute_sql", "explain_other", "flush", "grant", "insert", "kill", "load",
	"lock_tables", "optimize", "prepare_sql", "release_savepoint", "rename_table", "replace", "revoke", "rollback",
	"rollback_to_savepoint", "savepoint", "select", "set_option", "show", "truncate", "unlock_tables", "update",
	"xa_commit", "xa_end", "xa_prepare", "xa_recover", "xa_rollback", "xa_start", "other",
}

// A StatementCount is how many statements of a kind were run.
type StatementCount struct {
	Kind  string
	Count uint64
}

// A statementCounter counts statements by kind.
type statementCounter [len(statementKinds)]atomic.Uint64

// wordKinds is the kind of a statement by its first word or, where the first
// word leaves it open, by the first two.
var wordKinds = map[string]string{
	"ALTER TABLE": "alter_table", "ANALYZE": "analyze", "BEGIN": "begin", "START": "begin", "CALL": "call_procedure",
	"USE": "change_db", "CHECK": "check", "COMMIT": "commit", "CREATE DATABASE": "create_db", "CREATE SCHEMA": "create_db",
	"CREATE INDEX": "create_index", "CREATE UNIQUE": "create_index", "CREATE TABLE": "create_table",
	"CREATE TEMPORARY": "create_table", "CREATE USER": "create_user", "CREATE VIEW": "create_view", "CREATE OR": "create_view",
	"DEALLOCATE": "dealloc_sql", "DROP PREPARE": "dealloc_sql", "DELETE": "delete", "DO": "do", "DROP DATABASE": "drop_db",
	"DROP SCHEMA": "drop_db", "DROP INDEX": "drop_index", "DROP TABLE": "drop_table", "DROP USER": "drop_user",
	"DROP VIEW": "drop_view", "EXECUTE": "execute_sql", "EXPLAIN": "explain_other", "DESC": "show", "DESCRIBE": "show",
	"FLUSH": "flush", "GRANT": "grant", "INSERT": "insert", "KILL": "kill", "LOAD": "load", "LOCK": "lock_tables",
	"OPTIMIZE": "optimize", "PREPARE": "prepare_sql", "RELEASE": "release_savepoint", "RENAME": "rename_table",
	"REPLACE": "replace", "REVOKE": "revoke", "ROLLBACK": "rollback", "ROLLBACK TO": "rollback_to_savepoint",
	"SAVEPOINT": "savepoint", "SELECT": "select", "(": "select", "WITH": "select", "VALUES": "select", "TABLE": "select",
	"SET": "set_option", "SHOW": "show", "TRUNCATE": "truncate", "UNLOCK": "unlock_tables", "UPDATE": "update",
	"XA COMMIT": "xa_commit", "XA END": "xa_end", "XA PREPARE": "xa_prepare", "XA RECOVER": "xa_recover",
	"XA ROLLBACK": "xa_rollback", "XA START": "xa_start", "XA BEGIN": "xa_start",
}

// kindIndexes is wordKinds with places in statementKinds; openWords are the
// first words that need the second.
var kindIndexes, openWords = func() (map[string]int, map[string]bool) {
	place := map[string]int{}
	for i, kind := range statementKinds {
		place[kind] = i
	}
	indexes, open := map[string]int{}, map[string]bool{}
	for words, kind := range wordKinds {
		indexes[words] = place[kind]
		if first, _, two := strings.Cut(words, " "); two {
			open[first] = true
		}
	}
	return indexes, open
}()

// kindOf is the place of a statement's kind in statementKinds. Every statement
// asks, so it allocates nothing.
func kindOf(sql string) int {
	l := lex.New(sql)
	t := l.Next()
	if t.Kind != lex.Word && !t.Is("(") {
		return len(statementKinds) - 1
	}
	var room [2 * wordMax]byte
	words, ok := appendUpper(room[:0], t.Text)
	if !ok {
		return len(statementKinds) - 1
	}
	first := len(words)
	if openWords[string(words)] {
		if words, ok = appendUpper(append(words, ' '), l.Next().Text); ok {
			if i, ok := kindIndexes[string(words)]; ok {
				return i
			}
		}
	}
	if i, ok := kindIndexes[string(words[:first])]; ok {
		return i
	}
	return len(statementKinds) - 1
}

// wordMax is more than the longest word in wordKinds has.
const wordMax = 16

// appendUpper appends a word in upper case, unless it is too long to matter.
func appendUpper(b []byte, word string) ([]byte, bool) {
	if len(word) >= wordMax {
		return b, false
	}
	for _, c := range []byte(word) {
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		b = append(b, c)
	}
	return b, true
}

// list is the counts, in the order of statementKinds.
func (c *statementCounter) list() []StatementCount {
	out := make([]StatementCount, len(c))
	for i := range c {
		out[i] = StatementCount{statementKinds[i], c[i].Load()}
	}
	return out
}
