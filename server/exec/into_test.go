package exec

import "testing"

// INTO and its variables are taken off a query, and nothing else.
func TestInto(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT 1 INTO @a":                   "SELECT 1  ",
		"SELECT a INTO @A, @`b` FROM t":      "SELECT a   FROM t",
		"INSERT INTO t SELECT 1":             "INSERT INTO t SELECT 1",
		"SELECT 1 INTO OUTFILE 'x'":          "SELECT 1 INTO OUTFILE 'x'",
		"SELECT (SELECT 1 INTO @a)":          "SELECT (SELECT 1 INTO @a)",
		"WITH c AS (SELECT 1) INSERT INTO t": "WITH c AS (SELECT 1) INSERT INTO t",
	} {
		if got, _, err := takeInto(sql); got != want || err != nil {
			t.Errorf("%s: %q, want %q, %v", sql, got, want, err)
		}
	}
	for _, sql := range []string{"SELECT 1 INTO a", "SELECT 1 INTO @a, b", "SELECT 1 INTO @a FROM t INTO @b"} {
		if got, names, err := takeInto(sql); err == nil {
			t.Errorf("%s: %q, %q", sql, got, names)
		}
	}
}
