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
		if plan := s.plan(query); !strings.Contains(plan, " eq_ref ") && !strings.Contains(plan, " ref ") {
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

// S3: a query that is asked for each row of another looks up by that row, also if
// it binds a value besides, joins, or has no index for it.
func TestS3_OuterLookups(t *testing.T) {
	s := open(t)
	s.numbered(2000)
	s.must("create table sale (w int, d int, id int, k int, primary key (w, d, id), key (w, d, k, id))")
	s.must("insert into sale select 1, id % 10, id, id % 200 from a") // 10 of each d and k
	s.must("create table line (w int, d int, id int, n int, primary key (w, d, id, n))")
	s.must("insert into line select w, d, sale.id, b.id from sale, b where b.id < 3")
	const lines = "line.w = sale.w and line.d = sale.d and line.id = sale.id and line.n is not null"
	for query, want := range map[string]struct {
		read   int
		answer string
	}{
		// An index by a value and two outer columns, and what is joined to it.
		"select sum((select count(*) from sale where w = 1 and d = o.d and k = o.k)) from sale as o where w = 1 and d = 3":                                                {200 + 200*10, "2000"},
		"select sum((select count(*) from sale straight_join line where " + lines + " and sale.w = 1 and sale.d = o.d and k = o.k)) from sale as o where w = 1 and d = 3": {200 + 200*(10+30), "6000"},
		"select sum((select count(*) from line join sale on " + lines + " and sale.w = 1 and sale.d = o.d and k = o.k)) from sale as o where w = 1 and d = 3":             {200 + 200*(10+30), "6000"},
		// With an alias it is asked once all the same.
		"select id, (select max(id) from b where b.id = a.other) as x from a where id < 1":                                                                                               {1 + 1, "0,1999"},
		"select x from (select (select max(id) from b where b.id = a.other) as x from a where id < 1) as t":                                                                              {1 + 1, "1999"},
		"select (select (select max(id) from b where b.id = a.other) as y) as x from a where id < 1":                                                                                     {1 + 1, "1999"},
		"select (select max(id) from b where b.id = a.other) as x from a where id < 1 having x > 0 order by x":                                                                           {1 + 1, "1999"},
		"select (select max(id) from b where b.id = a.other) as x from a where id < 1 union all select (select max(id) from b where b.id = a.other) as x from a where id = 1 order by x": {4, "1998|1999"},
		// None: all is read for the first, and once more.
		"select sum((select count(*) from b where other = a.id)) from a":                                                {2000 + 2*2000, "2000"},
		"select sum((select count(*) from b where other = a.id and k + 0 >= 0)) from a where id < 1":                    {1 + 2000, "1"},
		"select sum((select count(*) from sale where w = 1 and d = a.id % 10 and k = a.k)) from a where id < 20":        {20 + 2*2000, "20"},
		"select sum((select count(*) from line where w = 1 and d = 3 and n = a.id)) from a where id < 50":               {50 + 2*600, "600"},
		"select sum((select count(*) from b join a as c on c.id = b.k where b.other = a.id)) from a where id < 50":      {50 + 2*2000 + 50, "50"},
		"select count(*) from a, lateral (select id from b where b.other = a.id) as x where a.id < 50":                  {50 + 2*2000, "50"},
		"select sum((select count(*) from (select id from b where b.other = a.id) as x)) from a where a.id < 50":        {50 + 2*2000, "50"},
		"select count(*) from a where id < 50 and k = (select k from b where other = a.other order by id desc limit 1)": {50 + 2*2000, "50"},
	} {
		r := s.must(query)
		if got := resultText(r); r.RowsRead != want.read || got != want.answer {
			t.Errorf("%s: %s of %d rows read, want %s of %d\n%s", query, got, r.RowsRead, want.answer, want.read, s.plan(query))
		}
	}
}

// S3: an index that would be too large for memory is not made, and a change makes
// none: the rows are read each time.
func TestS3_NoInterim(t *testing.T) {
	s := open(t)
	s.numbered(500)
	const query = "select sum((select count(*) from b where other = a.id)) from a where id < 10"
	read := func(query string, want int) {
		t.Helper()
		if r := s.must(query); r.RowsRead != want {
			t.Errorf("%s: %d rows read, want %d", query, r.RowsRead, want)
		}
	}
	read(query, 10+2*500)
	read("update a set k = (select count(*) from b where other = a.id) where id < 10", 10+10*500)
	s.full.max = 16 << 10
	answer := s.must(query)
	if got := resultText(answer); got != "10" || answer.RowsRead <= 10+9*500 {
		t.Errorf("%s of %d rows read", got, answer.RowsRead)
	}
}
