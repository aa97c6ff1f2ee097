package sql

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// numbered makes tables a and b of n rows each, which point at each other's
// primary key and at an index.
func (s *shop) numbered(n int) {
	for _, name := range []string{"a", "b"} {
		s.must("create table " + name + " (id int primary key, other int, k int, key (k))")
		var lines []string
		for id := range n {
			lines = append(lines, fmt.Sprintf("(%d, %d, %d)", id, n-1-id, id/2))
		}
		s.must("insert into " + name + " values " + strings.Join(lines, ","))
	}
}

// S3, S12: a join of a few rows with a large table looks the others up.
func TestS12_LookupJoins(t *testing.T) {
	s := open(t)
	s.numbered(2000)
	for query, want := range map[string]struct{ read, rows int }{
		"select a.id, b.id from a join b on b.id = a.other where a.id < 3":                               {6, 3},
		"select a.id, b.id from a left join b on b.id = a.other where a.id < 3":                          {6, 3},
		"select a.id, b.id from b join a on b.id = a.other where a.id = 7":                               {2, 1},
		"select a.id, b.id from a join b on b.k = a.other where a.id in (1990, 1991)":                    {6, 4},
		"select a.id, c.id from a join b on b.id = a.other join a as c on c.id = b.other where a.id < 3": {9, 3},
	} {
		r := s.must(query)
		if r.RowsRead != want.read || len(r.Rows) != want.rows {
			t.Errorf("%s: %d rows of %d read, want %d of %d", query, len(r.Rows), r.RowsRead, want.rows, want.read)
		}
		if plan := s.plan(query); !strings.Contains(plan, "LookupJoin") {
			t.Errorf("%s: no lookup in\n%s", query, plan)
		}
	}
}

// S12: rows that came and went without a commit change no answer, though they are
// counted as changes.
func TestS12_RowsRolledBack(t *testing.T) {
	s := open(t)
	s.numbered(1200)
	answers := func(query, want string) {
		t.Helper()
		if got, err := s.sorted(query); err != nil || !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %q (%v), want %s", query, got, err, want)
		}
	}
	const join = "select count(*) from a join b on b.id = a.other"
	answers(join, "1200")
	for range 3 {
		if _, err := s.run(t.Context(), "insert into a select id + 5000 - 5001 * (id = 1199), other, k from b"); err == nil {
			t.Fatal("two rows have one key")
		}
		answers(join, "1200")
		answers("select count(*) from a", "1200")
	}
	s.must("delete from a where id >= 1")
	answers(join, "1")
	answers("select count(*) from a", "1")
}
