package exec

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strings"
	"testing"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/mysqlerr"
)

// needed are statements with what they take: level, place, privileges; "closed"
// is for those alone who may do everything.
var needed = map[string]string{
	"select 1":                                    "",
	"select * from t":                             "t:SELECT",
	"select * from d.t a, u":                      "d.t:SELECT u:SELECT",
	"select * from dual":                          "",
	"select (select max(v) from u)":               "u:SELECT",
	"select 1 union (select * from t)":            "t:SELECT",
	"with x as (select * from t) select * from x": "t:SELECT",
	"with x as (select 1) select * from d.x":      "d.x:SELECT",
	"with t as (select * from t) select * from t": "t:SELECT",
	"with recursive x as (select 1 union all select * from x) select * from x":  "",
	"select * from (with x as (select * from u) select * from x) y, x":          "u:SELECT x:SELECT",
	"select * from t where exists (select 1 from u) order by (select 1 from w)": "t:SELECT u:SELECT w:SELECT",
	"select * from t for update":                                     "t:SELECT|UPDATE|DELETE|LOCK TABLES t:SELECT",
	"insert into t values (1)":                                       "t:INSERT",
	"insert into t select * from u":                                  "t:INSERT u:SELECT",
	"replace into t values (1)":                                      "t:INSERT,DELETE",
	"insert into t values (1) on duplicate key update v = values(v)": "t:INSERT,UPDATE",
	"insert into t values (1) on duplicate key update v = v + 1":     "t:SELECT,INSERT,UPDATE",
	"update t set v = 1":                                             "t:UPDATE",
	"update t set v = w":                                             "t:UPDATE t:SELECT",
	"update t set v = 1 where id = 1":                                "t:UPDATE t:SELECT",
	"update t a join u b on a.id = b.id set a.v = 1":                 "t:UPDATE t:SELECT u:SELECT",
	"update t join u set v = 1":                                      "t:UPDATE u:UPDATE t:SELECT u:SELECT",
	"delete from t":                                                  "t:DELETE",
	"delete from t where id = 1":                                     "t:DELETE t:SELECT",
	"delete a from t a join u":                                       "t:DELETE t:SELECT u:SELECT",
	"create database x":                                              "x.*:CREATE",
	"drop database x":                                                "x.*:DROP",
	"alter database x collate utf8mb4_bin":                           "x.*:ALTER",
	"create table t (a int)":                                         "t:CREATE",
	"create temporary table t (a int)":                               "*:CREATE TEMPORARY TABLES",
	"create table t like u":                                          "t:CREATE u:SELECT",
	"create table t as select * from u":                              "t:INSERT,CREATE u:SELECT",
	"create table d.t (a int, foreign key (a) references u (a))":     "d.t:CREATE d.u:REFERENCES",
	"drop table t, d.u":                                              "t:DROP d.u:DROP",
	"truncate table t":                                               "t:DROP",
	"rename table t to u":                                            "t:DROP,ALTER u:INSERT,CREATE",
	"create view v as select * from t":                               "v:CREATE VIEW t:SELECT",
	"create or replace view v as select * from t":                    "v:DROP,CREATE VIEW t:SELECT",
	"drop view v":                                                    "v:DROP",
	"alter table t add column a int":                                 "t:INSERT,CREATE,ALTER",
	"alter table t rename to u":                                      "u:INSERT,CREATE t:INSERT,CREATE,DROP,ALTER",
	"create index i on t (a)":                                        "t:INDEX",
	"drop index i on t":                                              "t:INDEX",
	"show tables":                                                    "*:seen",
	"show databases":                                                 "",
	"describe t":                                                     "t:seen",
	"show create table d.t":                                          "d.t:|SELECT|INSERT|UPDATE|DELETE|CREATE|DROP|REFERENCES|INDEX|ALTER|CREATE VIEW|SHOW VIEW|TRIGGER seen",
	"show index from t":                                              "t:seen",
	"show create view v":                                             "v:SELECT,SHOW VIEW seen",
	"show create trigger x":                                          "closed",
	"explain select * from t":                                        "t:SELECT",
	"create trigger x before insert on t for each row set new.a = 1":                                                   "t:TRIGGER",
	"create trigger x after insert on t for each row begin insert into u values (1); delete from e.v where a = 1; end": "t:TRIGGER u:INSERT e.v:DELETE e.v:SELECT",
	"create trigger x after insert on t for each row call p()":                                                         "closed",
	"drop trigger x":                "*:TRIGGER",
	"create procedure p() select 1": "closed",
	"call p()":                      "closed",
	"analyze table t":               "closed",
}

func describeNeeds(n auth.Needs) string {
	if reflect.DeepEqual(n, auth.Needs{}) {
		return "closed"
	}
	var out []string
	for _, one := range n.List() {
		place := one.Table
		if one.Level == auth.AtDatabase {
			place = "*"
		}
		if one.DB != "" {
			place = one.DB + "." + place
		}
		text := place + ":" + strings.Join(one.All.Names(), ",")
		if one.Any != 0 {
			text += "|" + strings.Join(one.Any.Names(), "|")
		}
		if one.Seen {
			text = strings.TrimSuffix(text+" seen", " ")
			text = strings.Replace(text, ": ", ":", 1)
		}
		out = append(out, text)
	}
	return strings.Join(out, " ")
}

func TestNeeds(t *testing.T) {
	nobody := auth.Rights{Account: &auth.Account{}}
	for text, want := range needed {
		tree, err := ParseTree(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := describeNeeds(tree.Needs); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
		if err := tree.Needs.Check(nobody, "d"); (err == nil) != (want == "") {
			t.Errorf("%s: to an account with nothing: %v", text, err)
		}
		if err := tree.Needs.Check(auth.Everything, "d"); err != nil {
			t.Errorf("%s: to root: %v", text, err)
		}
	}
}

// A kind of statement that one of the executors takes has an example in needed:
// whoever adds one has to say what it takes. One that needsOf has never heard of
// is closed.
func TestKindsHaveNeeds(t *testing.T) {
	known := map[string]bool{
		"sqlparser.SelectStatement": true, "*sqlparser.ParenSelect": true, // parts of what has examples
		"*sqlparser.Load": true, // the router's
	}
	for text := range needed {
		if tree, err := ParseTree(text); err == nil {
			known[fmt.Sprintf("%T", tree.Statement)] = true
		}
	}
	for path, f := range map[string]string{"parse.go": "classify", "../sql/parse.go": "Take"} {
		kinds := switchCases(t, path, f)
		if len(kinds) < 5 {
			t.Fatalf("%s has %v: the test looks at the wrong place", f, kinds)
		}
		for _, kind := range kinds {
			if !known[kind] {
				t.Errorf("%s in %s takes %s, which has no example", f, path, kind)
			}
		}
	}
	if needs := needsOf(&sqlparser.Load{}, "", ""); !mysqlerr.Is(needs.Check(auth.Rights{Account: &auth.Account{}}, "d"), mysqlerr.SpecificAccessDenied) {
		t.Error("an unknown statement is open")
	}
}

// switchCases are the types in the first type switch of a function.
func switchCases(t *testing.T, path, name string) (list []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		f, ok := n.(*ast.FuncDecl)
		if !ok || f.Name.Name != name {
			return true
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if c, ok := n.(*ast.CaseClause); ok {
				for _, e := range c.List {
					star := ""
					if p, ok := e.(*ast.StarExpr); ok {
						star, e = "*", p.X
					}
					if s, ok := e.(*ast.SelectorExpr); ok && fmt.Sprint(s.X) == "sqlparser" {
						list = append(list, star+"sqlparser."+s.Sel.Name)
					}
				}
			}
			return true
		})
		return false
	})
	return list
}
