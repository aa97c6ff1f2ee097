package exec

import (
	"testing"

	"github.com/xadb/xadb/server/mysqlerr"
)

// A definition with a query behind it is told from what is no SQL.
func TestFilling(t *testing.T) {
	for sql, want := range map[string]uint16{
		"create table t (a int) select 1 b":                                                  mysqlerr.NotSupportedYet,
		"CREATE TABLE IF NOT EXISTS `t` (a INT, KEY (a)) ENGINE=InnoDB IGNORE AS SELECT 1 a": mysqlerr.NotSupportedYet,
		"create temporary table t (a int default (1+(2))) replace select ? a":                mysqlerr.NotSupportedYet,
		"create table t (a int) comment 'select' as select 1":                                mysqlerr.NotSupportedYet,
		"create table t (a int) with c as (select 1 a) select a from c":                      mysqlerr.NotSupportedYet,
		"create table t (a int) select":                                                      mysqlerr.ParseError,
		"create table t (a int int) select 1":                                                mysqlerr.ParseError,
		"create table t (a int) (select 1":                                                   mysqlerr.ParseError,
		"create tables t (a int) select 1":                                                   mysqlerr.ParseError,
		"create table t (a int) comment 'select 1":                                           mysqlerr.ParseError,
	} {
		if _, err := ParseTree(sql); !mysqlerr.Is(err, want) {
			t.Errorf("%s: %v, want %d", sql, err, want)
		}
	}
	for _, sql := range []string{
		"create table t select 1 a", "create table t as select 1 a", "create table t (a int) comment 'select'",
	} {
		if _, err := ParseTree(sql); err != nil {
			t.Errorf("%s: %v", sql, err)
		}
	}
}
