package peers

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
)

// sums is the number of rows of each table and view, and a checksum of all their
// values as text.
func sums(t *testing.T, addr, name string) map[string]string {
	t.Helper()
	db := dial(t, addr, name+"?charset=utf8mb4&time_zone=%27%2B00:00%27")
	out := make(map[string]string)
	for _, table := range tablesOf(t, db) {
		out[table] = sum(t, db, table)
	}
	return out
}

func tablesOf(t *testing.T, db *sql.DB) []string {
	t.Helper()
	rows, err := db.Query("SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY table_name")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		out = append(out, name)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// sum reads a table. The order in which the rows come is not the servers' to
// agree on: it is that of their bytes.
func sum(t *testing.T, db *sql.DB, table string) string {
	t.Helper()
	rows, err := db.Query("SELECT * FROM " + quoted(table))
	if err != nil {
		t.Fatalf("%s: %v", table, err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var lines [][]byte
	for rows.Next() {
		cells := make([]sql.RawBytes, len(names))
		into := make([]any, len(cells))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatalf("%s: %v", table, err)
		}
		var line []byte
		for _, c := range cells {
			if c == nil {
				line = append(line, "NULL,"...)
				continue
			}
			line = fmt.Appendf(line, "%d:%s,", len(c), c)
		}
		lines = append(lines, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", table, err)
	}
	slices.SortFunc(lines, bytes.Compare)
	hash := sha256.New()
	fmt.Fprintf(hash, "%q\n", names)
	for _, line := range lines {
		fmt.Fprintf(hash, "%s\n", line)
	}
	return fmt.Sprintf("%d rows %x", len(lines), hash.Sum(nil)[:12])
}

// definitions is what SHOW CREATE says of each table, view and trigger.
func definitions(t *testing.T, addr, name string) map[string]string {
	t.Helper()
	db := dial(t, addr, name)
	out := map[string]string{"database": column(t, db, "SHOW CREATE DATABASE "+quoted(name), 1)}
	for _, table := range tablesOf(t, db) {
		out[table] = column(t, db, "SHOW CREATE TABLE "+quoted(table), 1)
	}
	for _, trigger := range []string{"before_customer", "after_order", "after_order_gone"} {
		out[trigger] = column(t, db, "SHOW CREATE TRIGGER "+trigger, 2)
	}
	return out
}

// column is one of a row's columns.
func column(t *testing.T, db *sql.DB, query string, at int) string {
	t.Helper()
	_, cells := firstRow(t, db, query)
	return cells[at].String
}

func quoted(name string) string { return "`" + strings.ReplaceAll(name, "`", "``") + "`" }

// codeOf is the number of a server's error, or 0.
func codeOf(err error) uint16 {
	var e *mysql.MySQLError
	if errors.As(err, &e) {
		return e.Number
	}
	return 0
}

func writeSums(t *testing.T, file string, m map[string]string) {
	t.Helper()
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(m)) {
		fmt.Fprintf(&b, "%s: %s\n", name, m[name])
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

func readSums(t *testing.T, file string) map[string]string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := make(map[string]string)
	for lines := bufio.NewScanner(f); lines.Scan(); {
		name, sum, ok := strings.Cut(lines.Text(), ": ")
		if !ok {
			t.Fatalf("%s: %q", file, lines.Text())
		}
		out[name] = sum
	}
	return out
}
