package exec

import (
	"slices"
	"strings"
	"testing"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/auth"
)

// twoTables are t (a, b, c) and u (a, x).
type twoTables struct{}

func (twoTables) Columns(_, table string) (all, plain []string, err error) {
	switch table {
	case "t":
		return []string{"a", "b", "c"}, []string{"a", "b"}, nil
	case "u":
		return []string{"a", "x"}, []string{"a", "x"}, nil
	}
	return nil, nil, nil // a view, of which nothing is known
}

func (twoTables) Temporary(string, string) bool { return false }

// What a statement uses: a name in any part, wherever the parser keeps it.
func TestUses(t *testing.T) {
	for query, want := range map[string]string{
		"SELECT a, t.b FROM t":   "t.a t.b",
		"SELECT * FROM t, u":     "t.* u.*",
		"SELECT t.* FROM t, u":   "t.*",
		"SELECT COUNT(*) FROM t": "",
		"SELECT 1 FROM t WHERE EXISTS (SELECT * FROM u WHERE x = b)": "t.b u.x",
		"SELECT a FROM t WHERE a IN (SELECT a FROM u)":               "t.a u.a",
		"SELECT 1 FROM t WHERE b IN (SELECT a FROM u WHERE b)":       "t.b u.a",
		"SELECT a AS b FROM t ORDER BY b":                            "t.a",
		"SELECT a AS b FROM t ORDER BY b + 1":                        "t.a t.b",
		"SELECT v.k, z FROM v":                                       "v.k v.z",
		"SELECT nope FROM t":                                         "t.nope",
		"SELECT y.b FROM t":                                          "t.b",
		"SELECT @a, @@version FROM t":                                "",
		"SELECT 1 FROM t JOIN u USING (a)":                           "t.a u.a",
		"SELECT 1 FROM t NATURAL JOIN u":                             "t.a u.a",
		"SELECT GROUP_CONCAT(a ORDER BY b) FROM t":                   "t.a t.b",
		"SELECT SUM(a) OVER (PARTITION BY b ORDER BY c) FROM t":      "t.a t.b t.c",
		"SELECT MATCH (b) AGAINST ('x') FROM t":                      "t.b",
		"SELECT DEFAULT(c) FROM t":                                   "t.c",
		"WITH t AS (SELECT x FROM u) SELECT x, b FROM t":             "u.x",
		"TABLE t":                      "t.*",
		"INSERT INTO t VALUES (1, 2)":  "t+*",
		"INSERT INTO t (a) VALUES (b)": "t+a t.b",
		"INSERT INTO t (a) SELECT x FROM u ON DUPLICATE KEY UPDATE b = x":             "t+a t=b u.x",
		"INSERT INTO t (a, b) VALUES (1, 2) AS n(p, q) ON DUPLICATE KEY UPDATE c = q": "t+a t+b t.b t=c",
		"UPDATE t SET b = c + 1 WHERE a = 1":                                          "t.a t.c t=b",
		"UPDATE t, u SET b = x WHERE t.a = u.a":                                       "t.a t=b u.a u.x",
		"DELETE FROM t WHERE b = 1 ORDER BY a":                                        "t.a t.b",
		"CREATE VIEW w AS SELECT b FROM t":                                            "t.b",
		"CREATE TABLE n (x INT, FOREIGN KEY (x) REFERENCES t (b))":                    "",
		"SHOW COLUMNS FROM t WHERE Field IN (SELECT x FROM u)":                        "u.x",
	} {
		uses, err := usesOf(query)("d", twoTables{})
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		if got := shownUses(uses); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}

func shownUses(uses []auth.Use) string {
	var out []string
	for _, u := range uses {
		sign := map[auth.Privilege]string{auth.Select: ".", auth.Insert: "+", auth.Update: "="}[u.All]
		if u.Every {
			u.Column = "*"
		}
		out = append(out, u.Table+sign+u.Column)
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), " ")
}

// A name that only the text has counts as a use.
func TestHiddenUses(t *testing.T) {
	u := &using{db: "d", tables: twoTables{}, seen: map[string]int{"b": 1}}
	if _, err := u.table(sqlparser.TableName{Name: sqlparser.NewTableIdent("t")}, ""); err != nil {
		t.Fatal(err)
	}
	u.hidden("SELECT b FROM t SOMETHING (`B`, 'c') -- a")
	if got := shownUses(u.uses); got != "t.b" {
		t.Error(got)
	}
}
