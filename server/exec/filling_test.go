package exec

import (
	"testing"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/mysqlerr"
)

// A definition with a query behind it is read in two halves.
func TestFilling(t *testing.T) {
	for sql, mode := range map[string]string{
		"create table t select 1 a":                                                          "",
		"create table t as select 1 a":                                                       "",
		"create table t as (select 1 a)":                                                     "",
		"create table t (select 1 a)":                                                        "",
		"create table t as ((select 1 a) union (select 2))":                                  "",
		"create table t as with c as (select 1 a) select a from c":                           "",
		"create table db.t engine=innodb select 1 a":                                         "",
		"create table t as values row(1, 2), row(3, 4)":                                      "",
		"create table t as table s":                                                          "",
		"create table t (a int) select 1 b":                                                  "",
		"CREATE TABLE IF NOT EXISTS `t` (a INT, KEY (a)) ENGINE=InnoDB IGNORE AS SELECT 1 a": "ignore",
		"create temporary table t (a int default (1+(2))) replace select ? a":                "replace",
		"create table t (a int) comment 'select' as select 1":                                "",
		"create table t (a int) with c as (select 1 a) select a from c":                      "",
	} {
		tree, err := ParseTree(sql)
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		if d, is := tree.Statement.(*sqlparser.DDL); !is || d.OptSelect == nil || tree.FillMode() != mode {
			t.Errorf("%s: %T, mode %q, want %q", sql, tree.Statement, tree.FillMode(), mode)
		}
	}
	for _, sql := range []string{
		"create table t (a int) select", "create table t (a int int) select 1", "create table t (a int) (select 1",
		"create tables t (a int) select 1", "create table t (a int) comment 'select 1", "create table t as",
		"create table t (", "create table", "create table t as (select 1) x",
	} {
		if _, err := ParseTree(sql); !mysqlerr.Is(err, mysqlerr.ParseError) {
			t.Errorf("%s: %v, want %d", sql, err, mysqlerr.ParseError)
		}
	}
	if _, err := ParseTree("create table t (a int) comment 'select'"); err != nil {
		t.Error(err)
	}
}
