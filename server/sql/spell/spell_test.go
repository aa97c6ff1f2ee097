package spell

import (
	"strings"
	"testing"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
)

func spelled(t *testing.T, sql string) (string, error) {
	t.Helper()
	tree, err := exec.ReadSQL(sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	if err := Out(tree); err != nil {
		return "", err
	}
	return sqlparser.String(tree), nil
}

// What is written, but for the names of functions that nobody can call, is a statement of the
// parser's.
func TestOut(t *testing.T) {
	for sql, want := range map[string]string{
		"select nth_value(a, 2) over w from t window w as (order by a)":             "select first_value(over nth_value(a, 2)) over ( order by a asc) from t",
		"select bit_or(a) over (partition by b) from t":                             "select first_value(over bit_or(a)) over (partition by b) from t",
		"select a, rank() over (order by sum(b)) r from t group by a":               "select `#groups`.`#1` as a, rank() over ( order by `#groups`.`#2` asc) as r from (select a, sum(b) from t group by a) as `#groups` (`#1`, `#2`)",
		"select sum(b), (select sum(b) from u) from t":                              "select sum(b), (select sum(own sum(b, 1)) from u) from t",
		"select cast(1 as decimal), b'01', b'' from t":                              "select cast(1 as decimal(10)), X'01', X'' from t",
		"select group_concat(a, b order by 2) from t":                               "select group_concat(a, b order by b asc) from t",
		"(select 1 union all select 2) union all select 3":                          "",
		"(select 1 union select 2) union all (select 3 intersect select 4) limit 1": "",
	} {
		got, err := spelled(t, sql)
		if err != nil || want != "" && got != want {
			t.Errorf("%s:\n%s, %v, want\n%s", sql, got, err, want)
			continue
		}
		if strings.Contains(got, "(over ") || strings.Contains(got, OwnSum) {
			continue
		}
		if _, err := exec.ReadSQL(got); err != nil {
			t.Errorf("%s has become\n%s: %v", sql, got, err)
		}
	}
}

// Window functions stand in the answer and in ORDER BY only, and not in each other.
func TestWindowRules(t *testing.T) {
	for sql, code := range map[string]uint16{
		"select a from t where rank() over () = 1":                     mysqlerr.WindowInvalidUse,
		"select a from t group by rank() over ()":                      mysqlerr.WindowInvalidUse,
		"select sum(rank() over ()) from t":                            mysqlerr.WindowInvalidUse,
		"select rank() over (order by rank() over ()) from t":          mysqlerr.WindowNested,
		"select rank() over (order by 1) from t":                       mysqlerr.WindowPosition,
		"select rank() over () r from t having r = 1":                  mysqlerr.WindowAlias,
		"update t set a = rank() over ()":                              mysqlerr.WindowInvalidUse,
		"select nth_value(a, 0) over () from t":                        mysqlerr.WrongArguments,
		"select sum(distinct a) over () from t":                        mysqlerr.NotSupportedYet,
		"select (select a from u where rank() over () = t.a) b from t": mysqlerr.WindowInvalidUse,
	} {
		if got, err := spelled(t, sql); !mysqlerr.Is(err, code) {
			t.Errorf("%s: %q, %v, want %d", sql, got, err, code)
		}
	}
}
