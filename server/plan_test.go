package server

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/go-mysql-org/go-mysql/mysql"
	"pgregory.net/rapid"

	"github.com/xadb/xadb/internal/clock"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/sql"
)

// A twin is one of two servers that get the same statements, one of them
// without plans, and its clients. What they send is compared byte by byte.
type twin struct {
	srv     *Server
	exec    *exec.Executor
	clients []*lockstep
}

// A lockstep is a client whose commands are served when it sends them.
type lockstep struct {
	c  *conn
	nc *scripted
}

func newTwin(t testing.TB, noPlans bool, clients int) *twin {
	at := clock.NewManual(time.Date(2024, 5, 6, 7, 8, 9, 123456000, time.UTC))
	l := openLogAt(t, vfs.NewMem(), at)
	o := execOptions(l)
	o.NoPlans = noPlans
	e := exec.New(o)
	srv := start(t, func(o *Options) {
		o.Store, o.Executor, o.Clock = NewStore(l), sqlExecutor{e, sql.New(sql.Options{Exec: e})}, at
	})
	mustExec(t, dial(t, srv, ""), "CREATE DATABASE d", "CREATE DATABASE d2")
	w := &twin{srv: srv, exec: e}
	for range clients {
		nc := scriptOf(0)
		nc.keep = make([]byte, 0, 1<<20)
		c := &conn{srv: srv, nc: nc, since: at.Now()}
		if err := c.login(); err != nil {
			t.Fatal(err)
		}
		w.clients = append(w.clients, &lockstep{c, nc})
		t.Cleanup(c.close)
	}
	return w
}

// do is what the server sends, and how many rows it has read for that.
func (l *lockstep) do(t interface{ Fatal(...any) }, command byte, data string) string {
	before := l.c.srv.recorder.rowsRead.Load()
	l.nc.keep = l.nc.keep[:0]
	if err := l.c.serveCommand(command, []byte(data)); err != nil {
		t.Fatal(err)
	}
	if err := l.c.wire.Flush(); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%q, %d rows read", l.nc.keep, l.c.srv.recorder.rowsRead.Load()-before)
}

// pair draws statements and sends them to both twins.
type pair struct {
	t     *rapid.T
	a, b  *twin
	inTxn [2]bool
	said  []string
}

func (p *pair) pick(of ...string) string { return rapid.SampledFrom(of).Draw(p.t, "of") }

func (p *pair) literal() string {
	if rapid.IntRange(0, 2).Draw(p.t, "usual") > 0 {
		return p.pick("1", "2", "3", "4", "-1", "'a'", "'b'", "'A'", "5", "7")
	}
	return p.pick("0", "007", "1.0", "1e0", "-0", "- 1", "+1", "'1'", `"1"`, "'1x'", "' 1'", "'a '", "''", `""`, "null", "NULL", "0x1", "x'31'", "b'1'",
		"99999999999", "-99999999999", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
		"18446744073709551615", "18446744073709551616", "1.5", "-2.5", ".5", "1.", "true", "'it''s'", `'x\'y'`, `'a\n'`, "'é'", "'日本'", "_utf8mb4'a'",
		"N'a'", "'a' 'b'", "'2024-01-31'", "DATE'2024-01-31'", "20240131", "'2024-01-31 01:02:03'", "1+1", "@x", "(1)", "now()", "default",
		"'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'", "1 /* c */", "1 -- c\n", "?", "'\xff'", "cast(1 as signed)", "`n`", "n")
}

func (p *pair) list() string {
	var out []string
	for range rapid.IntRange(1, 3).Draw(p.t, "items") {
		out = append(out, p.literal())
	}
	return strings.Join(out, p.pick(",", ", "))
}

// The tables, with the columns of their keys and others.
var planTables = map[string][]string{
	"t": {"id", "n", "v", "u", "ts"}, "k": {"a", "b", "c", "d"}, "i": {"id", "v"}, "h": {"x", "y", "z"},
}

var planDDL = map[string]string{
	"t": "create table t (id int not null primary key, n int not null, v varchar(20), u bigint unsigned default 3, ts timestamp null, key (n))",
	"k": "create table k (a int not null, b varchar(10) not null, c int, d decimal(6,2) default 1.5, primary key (b, a), unique key (c))",
	"i": "create table i (id int auto_increment primary key, v varchar(10) collate utf8mb4_bin)",
	"h": "create table h (x int, y char(5), z smallint unsigned, unique key (x, y))",
}

func (p *pair) table() string {
	return p.pick("t", "t", "k", "i", "h")
}

func (p *pair) condition(table string) string {
	col := func() string { return p.pick(planTables[table]...) }
	keys := map[string]string{"t": "id", "k": "b", "i": "id", "h": "x"}
	key := keys[table]
	if rapid.IntRange(0, 3).Draw(p.t, "other") == 0 {
		key = col()
	}
	second := map[string]string{"k": " and a = " + p.literal(), "h": " and y = " + p.literal()}[table]
	if rapid.IntRange(0, 3).Draw(p.t, "alone") == 0 {
		second = ""
	}
	switch rapid.IntRange(0, 15).Draw(p.t, "form") {
	case 0:
		return key + " in (" + p.list() + ")" + second
	case 1:
		return key + " between " + p.literal() + " and " + p.literal()
	case 2:
		return key + p.pick(">=", " > ", "<", "<=", "!=", "<>", "<=>", " like ") + p.literal()
	case 3:
		return key + " >= " + p.literal() + " AND " + key + " < " + p.literal()
	case 4:
		return p.literal() + " = " + key
	case 5:
		return "(" + key + "=" + p.literal() + ")" + second
	case 6:
		return key + " = " + p.literal() + " or " + col() + " = " + p.literal()
	case 7:
		return "c = " + p.literal()
	case 8:
		return key + "=" + p.literal() + p.pick(" limit 1", " order by 1", " group by 1", "  ", ";", " for update", " lock in share mode", " limit 0")
	case 9:
		return key + " = " + p.literal() + " and " + col() + " = " + p.literal()
	case 10:
		return "b = " + p.literal() + " and a " + p.pick(">", "<=", "between 0 and", "in (2,1,2) and a <>") + " " + p.literal()
	}
	return key + p.pick(" = ", "=", "  =  ") + p.literal() + second
}

func (p *pair) statement() string {
	table := p.table()
	col := func() string { return p.pick(planTables[table]...) }
	name := table + p.pick("", "", "", " q", " as "+table)
	if rapid.IntRange(0, 6).Draw(p.t, "db") == 0 {
		name = p.pick("d.", "d2.", "`d`.") + table
	}
	switch rapid.IntRange(0, 9).Draw(p.t, "kind") {
	case 0, 1, 2, 3:
		items := p.pick("*", col(), col()+", "+col(), "`"+col()+"`", table+"."+col(), col()+" as x", col()+" 'x'", table+".*", col()+"+1", "'lit'",
			"count(*)", "q."+col(), "distinct "+col(), "/*! "+col()+" */", "/*+ x */ "+col(), "sql_calc_found_rows "+col(), col()+", now()")
		return p.pick("select ", "SELECT ", "select\n\t", "Select ") + items + " from " + name + " where " + p.condition(table)
	case 4, 5, 6:
		set := func() string {
			c := col()
			return c + p.pick(" = ", "=") + p.pick(p.literal(), p.literal(), c+" + "+p.literal(), c+"-"+p.literal(), col()+" + "+p.literal(), c+"*2", "default")
		}
		list := set()
		if rapid.Bool().Draw(p.t, "two") {
			list += ", " + set()
		}
		return p.pick("update ", "UPDATE ", "update ignore ") + name + " set " + list + " where " + p.condition(table)
	case 7:
		return "delete from " + name + " where " + p.condition(table)
	}
	into, n := "", len(planTables[table])
	if rapid.Bool().Draw(p.t, "columns") {
		into, n = " ("+strings.Join(planTables[table][:n-1], ",")+")", n-1
	}
	var tuples []string
	for range rapid.IntRange(1, 3).Draw(p.t, "rows") {
		var values []string
		for range n {
			values = append(values, p.literal())
		}
		tuples = append(tuples, "("+strings.Join(values, ", ")+")")
	}
	return p.pick("insert into ", "insert into ", "INSERT ", "replace ", "insert ignore into ") + name + into + " values " + strings.Join(tuples, ",") +
		p.pick("", "", "", " on duplicate key update "+col()+" = "+p.literal())
}

// both sends a command to both servers.
func (p *pair) both(client int, command byte, data string) {
	a := p.a.clients[client].do(p.t, command, data)
	b := p.b.clients[client].do(p.t, command, data)
	p.said = append(p.said, fmt.Sprintf("%d: %q -> %.300s", client, data, a))
	if a != b {
		p.t.Fatalf("client %d, command %d: %q\n with plans: %s\n without:    %s\n\n%s", client, command, data, a, b,
			strings.Join(p.said[max(0, len(p.said)-30):], "\n"))
	}
}

func (p *pair) query(client int, sql string) { p.both(client, mysql.COM_QUERY, sql) }

// execute prepares a statement with question marks and executes it twice with
// values of some types.
func (p *pair) execute(client int) {
	sql := rapid.SampledFrom([]string{
		"select v from t where id = ?", "select * from t where id between ? and 3", "update t set n = n + 1 where id = ?",
		"update t set n = n + ?, v = 'p' where id = 2", "update t set v = ? where id = 1", "insert into t (id, n, v) values (?, 5, 'q')",
		"delete from t where id = ?", "select a, d from k where b = 'a' and a = ?", "select * from k where c = ?", "insert into i (v) values (?)",
		"select id from t where id in (1, ?)", "select * from t where ts = ?", "update t set ts = ? where id = 1",
	}).Draw(p.t, "prepare")
	p.both(client, mysql.COM_STMT_PREPARE, sql)
	id := p.a.clients[client].c.preparedID
	for range 2 {
		head := append(binary.LittleEndian.AppendUint32(nil, id), 0, 1, 0, 0, 0)
		switch rapid.IntRange(0, 5).Draw(p.t, "argument") {
		case 0:
			head = append(head, 1, 1, mysql.MYSQL_TYPE_NULL, 0)
		case 1:
			head = append(head, 0, 1, mysql.MYSQL_TYPE_VAR_STRING, 0)
			s := p.pick("1", "a", "2024-02-03 04:05:06", "1x", "")
			head = append(append(head, byte(len(s))), s...)
		case 2:
			head = append(head, 0, 1, mysql.MYSQL_TYPE_LONGLONG, 0x80)
			head = binary.LittleEndian.AppendUint64(head, rapid.SampledFrom([]uint64{1, 1 << 63, 2}).Draw(p.t, "unsigned"))
		default:
			head = append(head, 0, 1, mysql.MYSQL_TYPE_LONGLONG, 0)
			head = binary.LittleEndian.AppendUint64(head, uint64(rapid.SampledFrom([]int64{1, 2, 3, -1, 1 << 40}).Draw(p.t, "signed")))
		}
		p.both(client, mysql.COM_STMT_EXECUTE, string(head))
	}
	p.both(client, mysql.COM_STMT_RESET, string(binary.LittleEndian.AppendUint32(nil, id)))
}

// define changes definitions, when nobody is in the way.
func (p *pair) define() {
	if p.inTxn[0] || p.inTxn[1] {
		return
	}
	table := p.table()
	p.query(0, p.pick(
		"drop table "+table, planDDL[table], planDDL[table], "truncate table "+table, "create index more on "+table+" ("+planTables[table][1]+")",
		"drop index more on "+table, "alter table "+table+" add column extra int default 7", "alter table "+table+" drop column extra",
		"create unique index once on t (n)", "drop index once on t", "alter table t modify n bigint", "alter table t modify n int not null",
		"rename table t to t_old", "rename table t_old to t", "create view w as select 1", "use d2", "use d",
		strings.Replace(planDDL[table], "create table ", "create table d2.", 1),
	))
}

func (p *pair) control(client int) {
	sql := p.pick("begin", "commit", "rollback", "set autocommit = 0", "set autocommit = 1", "set time_zone = '+02:00'", "set time_zone = '+00:00'",
		"set session transaction isolation level read committed", "set session transaction isolation level repeatable read",
		"set session transaction isolation level serializable", "set transaction isolation level read uncommitted", "savepoint s", "rollback to s",
		"set sql_mode = 'NO_AUTO_VALUE_ON_ZERO,STRICT_TRANS_TABLES'", "set sql_mode = default", "select last_insert_id(), row_count(), found_rows()",
		"show warnings", "set transaction read only", "set xadb_snapshot_isolation = 1", "set xadb_snapshot_isolation = 0")
	p.query(client, sql)
}

func (p *pair) step() {
	client := 0
	if rapid.IntRange(0, 4).Draw(p.t, "client") == 0 && !p.inTxn[0] {
		client = 1 // it would wait for the locks of the first
	}
	if p.inTxn[1] {
		client = 1
	}
	switch rapid.IntRange(0, 19).Draw(p.t, "step") {
	case 0, 1:
		p.control(client)
	case 2:
		p.define()
	case 3, 4:
		p.execute(client)
	default:
		p.query(client, p.statement())
	}
	for i := range p.inTxn {
		s := p.a.clients[i].c.sess
		p.inTxn[i] = s.txn != nil || !s.settings.autocommit
	}
}

// TestPlansChangeNothing: P1 to P3. Random statements get the same answers with
// plans and without, to the byte, and read as many rows.
func TestPlansChangeNothing(t *testing.T) {
	a, b := newTwin(t, false, 2), newTwin(t, true, 2)
	rapid.Check(t, func(rt *rapid.T) {
		p := &pair{t: rt, a: a, b: b}
		for client := range 2 {
			p.both(client, mysql.COM_RESET_CONNECTION, "")
		}
		for _, sql := range []string{"drop database d", "drop database d2", "create database d", "create database d2", "use d"} {
			p.query(0, sql)
		}
		p.query(1, "use d")
		for _, table := range []string{"t", "k", "i", "h"} {
			p.query(0, planDDL[table])
		}
		p.query(0, "insert into t values (1, 1, 'a', 1, null), (2, 2, 'b', 2, '2024-01-31 00:00:00'), (3, 3, null, null, null), (4, 4, 'A', 4, null)")
		p.query(0, "insert into k values (1, 'a', 1, 1.5), (2, 'a', 2, 2.5), (1, 'b', null, null)")
		p.query(0, "insert into h values (1, 'a', 1), (2, 'b', 2), (null, 'a', 3)")
		for range rapid.IntRange(10, 60).Draw(rt, "steps") {
			p.step()
		}
		for _, sql := range []string{"rollback", "set autocommit = 1", "use d", "select * from t", "select * from k", "select * from i", "select * from h"} {
			p.query(0, sql)
		}
	})
	used, _ := a.exec.PlanStats()
	if used < 100 && !t.Failed() {
		t.Errorf("only %d plans were used: this compares nothing", used)
	}
	t.Logf("%d plans were used", used)
	if used, _ := b.exec.PlanStats(); used > 0 {
		t.Errorf("%d plans were used where there are none", used)
	}
}

// What is remembered is bounded: all is forgotten rather than too much kept.
func TestRecallsAreBounded(t *testing.T) {
	w := newTwin(t, false, 1)
	c := w.clients[0]
	c.do(t, mysql.COM_QUERY, planDDL["t"])
	long := bytes.Repeat([]byte("(1,1),"), 5000)
	for i := range 6000 {
		sql := fmt.Sprintf("select id x%d from t where id = 1", i)
		if i%100 == 0 {
			sql = fmt.Sprintf("insert into t%d (id, n) values %s(1,1)", i, long)
		}
		c.do(t, mysql.COM_QUERY, sql)
		if _, kept := w.exec.PlanStats(); kept > 4096 {
			t.Fatalf("%d statements are remembered", kept)
		}
	}
}

// Plans show members and documents as other queries do: as text, also prepared
// and by each kind of key.
func TestPlansShowNames(t *testing.T) {
	db := shop(t)
	mustExec(t, db, "CREATE TABLE v (id INT PRIMARY KEY, e ENUM('x','y') UNIQUE, s SET('a','b','c'), j JSON, b BIT(4))",
		`INSERT INTO v VALUES (1, 'y', 'a,c', '{"a": 1}', 5), (2, 'x', '', '[1]', 0), (3, NULL, NULL, NULL, NULL)`)
	for query, want := range map[string]string{
		"SELECT e, s, j, b + 0 FROM v WHERE id = 1":               `y,a,c,{"a": 1},5`,
		"SELECT e, s, j FROM v WHERE id = 1":                      `y,a,c,{"a": 1}`,
		"SELECT j, e FROM v WHERE id IN (1, 2, 3)":                `{"a": 1},y [1],x NULL,NULL`,
		"SELECT s, j FROM v WHERE id BETWEEN 1 AND 2":             `a,c,{"a": 1} ,[1]`,
		"SELECT e, j FROM v WHERE e = 'y'":                        `y,{"a": 1}`,
		"SELECT e, j FROM v WHERE id = 1 ORDER BY j":              `y,{"a": 1}`,
		"SELECT v.e, v.j FROM v JOIN (SELECT 1) o WHERE v.id = 1": `y,{"a": 1}`,
	} {
		for range 3 { // compiled, recalled, outside of a transaction
			if got := listed(t, db, query); got != want {
				t.Errorf("%s:\ngot  %s\nwant %s", query, got, want)
			}
		}
	}
	var e, s, j string
	for range 2 {
		if err := db.QueryRow("SELECT e, s, j FROM v WHERE id = ?", 1).Scan(&e, &s, &j); err != nil || e != "y" || s != "a,c" || j != `{"a": 1}` {
			t.Errorf("prepared: %s %s %s %v", e, s, j, err)
		}
	}
}
