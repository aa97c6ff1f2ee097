package updatable

import (
	"strings"
	"testing"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/catalog"
)

// fakes are tables, by their columns, and views, by their queries; all are in d.
type fakes struct {
	tables map[string]string
	views  map[string]string
}

func (f fakes) Table(n Name) (*catalog.Table, error) {
	text, ok := f.tables[n.Table]
	if !ok || n.DB != "d" {
		return nil, nil
	}
	t := &catalog.Table{DB: "d", Name: n.Table}
	for _, c := range strings.Fields(text) {
		t.Columns = append(t.Columns, catalog.Column{Name: c})
	}
	return t, nil
}

func (fakes) Made(Name) []string { return nil }

func (fakes) Parse(text string) (sqlparser.Statement, error) { return sqlparser.Parse(text) }

func (f fakes) Temporary(Name) *catalog.Table { return nil }

func (f fakes) View(n Name) (catalog.View, bool, error) {
	create, ok := f.views[n.Table]
	_, query, _ := strings.Cut(create, " AS ")
	query, _, _ = strings.Cut(query, " WITH ")
	return catalog.View{Name: n.Table, Query: query, Create: create}, ok, nil
}

var world = fakes{
	tables: map[string]string{"t": "id a b", "u": "id x secret"},
	views: map[string]string{
		"v":    "CREATE VIEW v (i, n) AS SELECT id, a FROM t AS q WHERE q.a < 9 WITH CHECK OPTION",
		"w":    "CREATE VIEW w AS SELECT i FROM v WHERE n > 1",
		"j":    "CREATE VIEW j AS SELECT * FROM t NATURAL JOIN u",
		"sub":  "CREATE VIEW sub AS SELECT id, a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.id = t.id)",
		"ring": "CREATE VIEW ring AS SELECT id FROM ring",
	},
}

func TestRewrite(t *testing.T) {
	for text, want := range map[string]string{
		"UPDATE t SET a = 1":     "",
		"UPDATE v SET n = i + 1": "update d.t as q set q.a = q.id + 1 where q.a < 9",
		"UPDATE v x SET x.n = 1 WHERE x.i IN (SELECT id FROM u WHERE secret = n)": "update d.t as q set q.a = 1 where q.a < 9 and q.id in (select id from u where secret = q.a)",
		"UPDATE v SET n = secret": "Unknown column 'secret' in 'field list'",
		"UPDATE v SET n = 1 WHERE EXISTS (SELECT 1 FROM t AS q WHERE q.id = i)": "update d.t as q__1 set q__1.a = 1 where q__1.a < 9 and exists (select 1 from t as q where q.id = q__1.id)",
		"DELETE FROM w WHERE i = 1": "delete from d.t as q where q.a < 9 and q.a > 1 and q.id = 1",
		"DELETE FROM j":             "Can not delete from join view 'd.j'",
		"UPDATE j SET x = a":        "update (d.t as t join d.u as u on t.id = u.id) set u.x = t.a",
		"UPDATE j SET x = 1, a = 2": "Can not modify more than one base table through a join view 'd.j'",
		"UPDATE sub SET a = 1":      "update d.t as t set t.a = 1 where exists (select 1 from d.u as u where u.id = t.id)",
		"INSERT INTO v VALUES (1, DEFAULT), (2, 3) ON DUPLICATE KEY UPDATE n = VALUES(n) + n": "insert into d.t(id, a) values (1, default), (2, 3) on duplicate key update t.a = values(a) + t.a",
		"INSERT INTO v (n) SELECT x FROM u":                                                   "insert into d.t(a) select x from u",
		"INSERT INTO v VALUES (1)":                                                            "Column count doesn't match value count at row 1",
		"INSERT INTO j VALUES (1, 2, 3, 4, 5)":                                                "Can not insert into join view 'd.j' without fields list",
		"INSERT INTO j (x) VALUES (1)":                                                        "insert into d.u(x) values (1)",
		"UPDATE ring SET id = 1":                                                              "`d`.`ring` contains view recursion",
	} {
		s, err := sqlparser.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		before := sqlparser.String(s)
		change, err := Rewrite(world, "d", s)
		got := ""
		switch {
		case err != nil:
			got = err.Error()
		case change != nil:
			got = strings.ReplaceAll(sqlparser.String(change.Statement), "`", "")
		}
		if !strings.HasSuffix(got, want) || want == "" && got != "" {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
		if after := sqlparser.String(s); after != before {
			t.Errorf("%s has become %s", before, after) // U4
		}
	}
}
