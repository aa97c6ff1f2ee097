package sql

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A groupRow is a row of what is grouped: two keys and a number; nil is NULL.
type groupRow struct{ a, b, v *int }

func smallInt(most int) *rapid.Generator[*int] { return rapid.Ptr(rapid.IntRange(0, most), true) }

var groupRows = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) groupRow {
	return groupRow{smallInt(2).Draw(t, "a"), smallInt(2).Draw(t, "b"), smallInt(5).Draw(t, "v")}
}), 0, 12)

func intText(p *int) string {
	if p == nil {
		return "NULL"
	}
	return strconv.Itoa(*p)
}

// compareInts sorts NULL first.
func compareInts(a, b *int) int {
	switch {
	case a == nil || b == nil:
		return cmp.Compare(btoi(a != nil), btoi(b != nil))
	}
	return cmp.Compare(*a, *b)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// groupShop is a shop with an empty table r (a, b, v), and what fills it.
func groupShop(t *testing.T) (*shop, func(rows []groupRow)) {
	s := open(t)
	s.must("create table r (a int, b int, v int)")
	return s, func(rows []groupRow) {
		s.must("delete from r")
		for _, r := range rows {
			s.must(fmt.Sprintf("insert into r values (%s, %s, %s)", intText(r.a), intText(r.b), intText(r.v)))
		}
	}
}

// sumOf is SUM and COUNT(*).
func sumOf(rows []groupRow) (sum *int, count int) {
	for _, r := range rows {
		if r.v != nil {
			total := *r.v
			if sum != nil {
				total += *sum
			}
			sum = &total
		}
	}
	return sum, len(rows)
}

// R1, R2: rollups are what an evaluation of the definition says, in its order.
func TestR1_RollupsAreTheirDefinition(t *testing.T) {
	s, fill := groupShop(t)
	keys := map[string]func(r groupRow) *int{
		"a": func(r groupRow) *int { return r.a },
		"b": func(r groupRow) *int { return r.b },
		"a+1": func(r groupRow) *int {
			if r.a == nil {
				return nil
			}
			n := *r.a + 1
			return &n
		},
		"coalesce(b, 7)": func(r groupRow) *int {
			if seven := 7; r.b == nil {
				return &seven
			}
			return r.b
		},
	}
	rapid.Check(t, func(t *rapid.T) {
		rows := groupRows.Draw(t, "rows")
		by := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "a+1", "coalesce(b, 7)"}), 1, 3, rapid.ID[string]).Draw(t, "by")
		fill(rows)
		list := strings.Join(by, ", ")
		query := fmt.Sprintf("select %s, sum(v), count(*), grouping(%s) from r group by %s with rollup", list, list, list)
		r, err := s.run(s.t.Context(), query)
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		var of []func(groupRow) *int
		for _, name := range by {
			of = append(of, keys[name])
		}
		if got, want := resultText(r), strings.Join(rolledUp(rows, of), "|"); got != want {
			t.Fatalf("%s:\ngot  %s\nwant %s", query, got, want)
		}
	})
}

// rolledUp is the groups of rows by keys, and behind the groups of each value of a key
// the total of them.
func rolledUp(rows []groupRow, keys []func(groupRow) *int) (out []string) {
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b groupRow) int {
		for _, key := range keys {
			if n := compareInts(key(a), key(b)); n != 0 {
				return n
			}
		}
		return 0
	})
	var level func(rows []groupRow, prefix []string)
	level = func(rows []groupRow, prefix []string) {
		for rest := rows; len(prefix) < len(keys) && len(rest) > 0; {
			key, n := keys[len(prefix)], 1
			for n < len(rest) && compareInts(key(rest[n]), key(rest[0])) == 0 {
				n++
			}
			level(rest[:n], append(slices.Clone(prefix), intText(key(rest[0]))))
			rest = rest[n:]
		}
		sum, count := sumOf(rows)
		rolled := len(keys) - len(prefix)
		for range rolled {
			prefix = append(prefix, "NULL")
		}
		out = append(out, strings.Join(append(prefix, intText(sum), strconv.Itoa(count), strconv.Itoa(1<<rolled-1)), ","))
	}
	level(rows, nil)
	return out
}

// Windows over groups are what an evaluation of the definition says.
func TestWindowsOverGroupsAreTheirDefinition(t *testing.T) {
	s, fill := groupShop(t)
	rapid.Check(t, func(t *rapid.T) {
		rows := groupRows.Draw(t, "rows")
		least := rapid.IntRange(0, 2).Draw(t, "least")
		fill(rows)
		query := fmt.Sprintf("select a, sum(v) as s, rank() over (order by sum(v)), dense_rank() over w, sum(count(*)) over (order by a), "+
			"count(*) over (), lag(count(*), 1, -1) over (order by a), nth_value(sum(v), 2) over (order by a rows between unbounded preceding and unbounded following) "+
			"from r group by a having count(*) > %d window w as (order by sum(v)) order by a", least)
		r, err := s.run(s.t.Context(), query)
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		if got, want := resultText(r), strings.Join(overGroups(rows, least), "|"); got != want {
			t.Fatalf("%s:\ngot  %s\nwant %s", query, got, want)
		}
	})
}

// overGroups is the answer of that query.
func overGroups(rows []groupRow, least int) (out []string) {
	type group struct {
		key, sum *int
		count    int
	}
	var groups []group
	for _, key := range []*int{nil, new(int), ptr(1), ptr(2)} {
		own := slices.DeleteFunc(slices.Clone(rows), func(r groupRow) bool { return compareInts(r.a, key) != 0 })
		if sum, count := sumOf(own); count > least {
			groups = append(groups, group{key, sum, count})
		}
	}
	running := 0
	for i, g := range groups {
		rank, sums := 1, map[string]bool{}
		for _, other := range groups {
			if compareInts(other.sum, g.sum) < 0 {
				rank++
				sums[intText(other.sum)] = true
			}
		}
		running += g.count
		before, second := -1, (*int)(nil)
		if i > 0 {
			before = groups[i-1].count
		}
		if len(groups) > 1 {
			second = groups[1].sum
		}
		out = append(out, fmt.Sprintf("%s,%s,%d,%d,%d,%d,%d,%s", intText(g.key), intText(g.sum), rank, len(sums)+1, running, len(groups), before, intText(second)))
	}
	return out
}

func ptr(n int) *int { return &n }
