package sql

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/internal/clock"
	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/types"
	"github.com/xadb/xadb/tclog"
)

// A shop is a store with two tables, for one client.
type shop struct {
	t       testing.TB
	log     *tclog.Log
	quick   *exec.Executor
	full    *Engine
	session *Session
	vars    map[string]binlog.Value
	zone    *time.Location
}

func open(t testing.TB) *shop {
	log, err := tclog.Open(context.Background(), "store", tclog.Options{Binlog: true, Engine: engine.Options{
		FS: vfs.NewMem(), Clock: clock.Real, Rand: rand.NewChaCha8([32]byte{1}),
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)), LockTimeout: 30 * time.Millisecond,
		SegmentSize: 1 << 20, MemTableSize: 4 << 20, CacheSize: 1 << 20,
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(log.Abandon)
	s := &shop{t: t, log: log, vars: map[string]binlog.Value{}, zone: time.UTC}
	s.quick = exec.New(exec.Options{})
	s.full = New(Options{Exec: s.quick, ResultBytesMax: 1 << 20})
	s.session = s.full.NewSession(s)
	s.must("create database d")
	s.must("create table c (id int primary key, v varchar(20), n int, key (n), unique key (v))")
	s.must("create table o (a int, b int, c int, primary key (a, b))")
	for i := range 20 {
		s.must("insert into c values (?, ?, ?)", int64(i), []byte{'a' + byte(i)}, int64(i%5))
		s.must("insert into o values (?, ?, ?)", int64(i/4), int64(i%4), int64(i))
	}
	return s
}

func (s *shop) Rights(auth.Name) (auth.Rights, bool)                  { return auth.Rights{}, false }
func (s *shop) Accounts() []*auth.Account                             { return nil }
func (s *shop) ID() uint32                                            { return 1 }
func (s *shop) Account() (user, host string)                          { return "root", "localhost" }
func (s *shop) UserVariable(n string) (binlog.Value, types.Collation) { return s.vars[n], 0 }
func (s *shop) LastInsertID() uint64                                  { return 42 }
func (s *shop) RowCount() int64                                       { return 43 }
func (s *shop) Random() (float64, bool)                               { return 0, false }
func (s *shop) FoundRows() uint64                                     { return 44 }
func (*shop) GlobalVariable(string) (string, bool)                    { return "", false }
func (s *shop) Variable(name string) (string, bool)                   { return "+00:00", name == "time_zone" }

func (s *shop) WaitExecuted(context.Context, binlog.GTIDSet) error {
	return nil
}
func (s *shop) SetUserVariable(n string, v binlog.Value, _ types.Collation) error {
	s.vars[n] = v
	return nil
}

// run executes a statement in a transaction of its own; by the library, unless
// it is one of DDL or a plain INSERT.
func (s *shop) run(ctx context.Context, text string, args ...binlog.Value) (r *exec.Result, err error) {
	tree, err := exec.ParseTree(text)
	if err != nil {
		return nil, err
	}
	txn := s.log.BeginWith(engine.TxnOptions{CurrentReads: true})
	defer func() {
		if err == nil {
			err = s.log.Commit(context.Background(), txn)
		}
		if err != nil {
			_ = s.log.Rollback(txn)
		}
	}()
	env := exec.Env{SQLMode: exec.ModeDefault, Txn: exec.Over(txn), Rights: auth.Everything, DB: "d", Now: time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC), Location: s.zone, Ranges: true,
		Deriver: s.full.Deriver(func() *Session { return s.session })}
	if quick, qerr := s.quick.Take(tree); qerr == nil && (quick.Kind == exec.DDL || quick.Kind == exec.Write) {
		if r, err = s.quick.Execute(ctx, env, quick, args); !mysqlerr.Is(err, mysqlerr.NotSupportedYet) {
			return r, err
		}
	}
	full, err := s.full.Take(tree)
	if err != nil {
		return nil, err
	}
	return s.full.Execute(ctx, env, s.session, full, args)
}

func (s *shop) must(text string, args ...binlog.Value) *exec.Result {
	s.t.Helper()
	r, err := s.run(context.Background(), text, args...)
	if err != nil {
		s.t.Fatalf("%s: %v", text, err)
	}
	return r
}

// S3: what binds a key reads its rows only.
func TestS3_Lookups(t *testing.T) {
	s := open(t)
	for query, want := range map[string]struct{ read, rows int }{
		"select * from c where id = 3":                                       {1, 1},
		"select * from c where id = 99":                                      {0, 0},
		"select * from c where id in (3, 5, 99)":                             {2, 2},
		"select * from c where id between 3 and 5":                           {3, 3},
		"select * from c where id > 3 and id <= 5":                           {2, 2},
		"select * from c where id < 3":                                       {3, 3},
		"select * from c where id >= 18":                                     {2, 2},
		"select * from c where v = 'd'":                                      {1, 1},
		"select * from c where v = 'D'":                                      {1, 1},
		"select * from c where n = 2":                                        {4, 4},
		"select * from c where n > 3":                                        {4, 4},
		"select * from o where a = 2":                                        {4, 4},
		"select * from o where a = 2 and b = 1":                              {1, 1},
		"select * from o where a = 2 and b > 1":                              {2, 2},
		"select * from c order by id limit 2":                                {2, 2},
		"select * from c order by id desc limit 2":                           {2, 2},
		"select * from c where id = 3 for update":                            {1, 1},
		"select c.id from c join o on o.a = c.id and o.b = 2 where c.id = 3": {2, 1},
		"select c.id from c join o on o.c = c.id where o.a = 2":              {8, 4},
		"select * from c where id = 3 and length(v) = 1":                     {1, 1},
		"select * from c":                                                    {20, 20},
	} {
		r := s.must(query)
		if r.RowsRead != want.read || len(r.Rows) != want.rows {
			t.Errorf("%s: %d rows of %d read, want %d of %d", query, len(r.Rows), r.RowsRead, want.rows, want.read)
		}
	}
}

// S4: every kind of column there and back, and in the session's zone.
func TestS4_Conversions(t *testing.T) {
	day := binlog.DateTime{Year: 2024, Month: 2, Day: 29}
	at := binlog.DateTime{Year: 2024, Month: 2, Day: 29, Hour: 23, Minute: 59, Second: 58, Micro: 123456}
	text := func(k types.Kind, n int) types.Type {
		return types.Type{Kind: k, Length: n, Collation: types.CollationGeneralCI}
	}
	bin := func(k types.Kind, n int) types.Type {
		return types.Type{Kind: k, Length: n, Collation: types.CollationBinary}
	}
	for _, tt := range []struct {
		typ types.Type
		v   binlog.Value
	}{
		{types.Type{Kind: types.TinyInt}, int64(-128)},
		{types.Type{Kind: types.TinyInt, Length: 1}, int64(1)},
		{types.Type{Kind: types.TinyInt, Unsigned: true}, uint64(255)},
		{types.Type{Kind: types.SmallInt}, int64(-32768)},
		{types.Type{Kind: types.SmallInt, Unsigned: true}, uint64(65535)},
		{types.Type{Kind: types.MediumInt}, int64(-8388608)},
		{types.Type{Kind: types.MediumInt, Unsigned: true}, uint64(16777215)},
		{types.Type{Kind: types.Int}, int64(-2147483648)},
		{types.Type{Kind: types.Int, Unsigned: true}, uint64(4294967295)},
		{types.Type{Kind: types.BigInt}, int64(-9223372036854775808)},
		{types.Type{Kind: types.BigInt, Unsigned: true}, uint64(18446744073709551615)},
		{types.Type{Kind: types.Decimal, Precision: 20, Scale: 5}, binlog.Decimal("-12345.67800")},
		{types.Type{Kind: types.Decimal, Precision: 65, Scale: 0}, binlog.Decimal("99999999999999999999999999999999999999999999999999999999999999999")},
		{types.Type{Kind: types.Float}, 1.5},
		{types.Type{Kind: types.Double}, -2.25e300},
		{text(types.Char, 5), []byte("ab")},
		{text(types.VarChar, 20), []byte("héllo ")},
		{text(types.Blob, 2), []byte("text")},
		{text(types.Blob, 4), []byte("")},
		{bin(types.Char, 3), []byte{0, 255, 0}},
		{bin(types.VarChar, 20), []byte{0, 255}},
		{bin(types.Blob, 1), []byte{1}},
		{types.Type{Kind: types.Date}, day},
		{types.Type{Kind: types.Date}, binlog.DateTime{}},
		{types.Type{Kind: types.DateTime, FSP: 6}, at},
		{types.Type{Kind: types.DateTime}, binlog.DateTime{}},
		{types.Type{Kind: types.Timestamp, FSP: 6}, at},
		{types.Type{Kind: types.Timestamp}, binlog.DateTime{}},
		{types.Type{Kind: types.Time, FSP: 6}, binlog.Duration{Negative: true, Hour: 838, Minute: 59, Second: 59}},
		{types.Type{Kind: types.Time, FSP: 6}, binlog.Duration{Micro: 1}},
		{types.Type{Kind: types.Year}, int64(2155)},
		{types.Type{Kind: types.Year}, int64(0)},
	} {
		zone := time.FixedZone("", 5*3600+1800)
		typ, err := convert.ToType(tt.typ)
		if err != nil {
			t.Fatal(err)
		}
		v, err := convert.Up(tt.v, tt.typ, zone)
		if err != nil {
			t.Fatal(err)
		}
		if converted, in, err := typ.Convert(context.Background(), v); err != nil || !bool(in) || !reflect.DeepEqual(converted, v) {
			t.Errorf("%s: %v is no value of %s: %v, %v, %v", tt.typ.SQL(), v, typ, converted, in, err)
		}
		c := &call{env: exec.Env{Location: zone}}
		back, from, err := convert.Down(context.Background(), v, typ)
		if err == nil {
			back, err = c.store(back, from, types.Target{Name: "c", Type: tt.typ, Row: 1})
		}
		if err != nil || !reflect.DeepEqual(back, tt.v) {
			t.Errorf("%s: %v came back as %v, %v", tt.typ.SQL(), tt.v, back, err)
		}
		again, ok := convert.FromType(typ)
		if want := tt.typ; !ok || !reflect.DeepEqual(again, want) {
			t.Errorf("%s came back as %s (%+v)", want.SQL(), again.SQL(), again)
		}
	}
	if _, err := convert.Up(binlog.DateTime{Year: 2024, Hour: 1}, types.Type{Kind: types.DateTime}, time.UTC); !mysqlerr.Is(err, mysqlerr.TruncatedWrongValue) {
		t.Errorf("a time of a day without a month: %v", err)
	}
}

// A TIMESTAMP is shown, compared and stored in the session's zone.
func TestZones(t *testing.T) {
	s := open(t)
	s.must("create table z (id int primary key, ts timestamp null, dt datetime)")
	s.must("insert into z values (1, '2024-01-01 12:00:00', '2024-01-01 12:00:00')")
	s.zone = time.FixedZone("", 3*3600)
	r := s.must("select a.ts, a.dt from z a join z b using (id) where a.ts = '2024-01-01 15:00:00'")
	if len(r.Rows) != 1 || r.Rows[0][0] != (binlog.DateTime{Year: 2024, Month: 1, Day: 1, Hour: 15}) ||
		r.Rows[0][1] != (binlog.DateTime{Year: 2024, Month: 1, Day: 1, Hour: 12}) {
		t.Errorf("%v", r.Rows)
	}
	s.must("insert into z select 2, ts, dt from z")
	s.zone = time.UTC
	r = s.must("select count(*) from z a join z b on a.ts = b.ts where a.id = 1 and b.id = 2")
	if r.Rows[0][0] != int64(1) {
		t.Error("a copied TIMESTAMP has moved")
	}
}

// S6: the machine's files are out of reach, wherever a statement hides it.
func TestS6_NoFiles(t *testing.T) {
	s := open(t)
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"select load_file('SECRET')", "select id from c where v = (select load_file('SECRET'))",
		"select * from c into outfile 'OUT'", "select * from c into dumpfile 'OUT'", "explain analyze select * from c into outfile 'OUT'",
		"(select * from c) union select * from c into outfile 'OUT'",
		"(select * from c) union select * from c order by load_file('SECRET')",
		"with w as (select load_file('SECRET') f) select * from w union select * from w",
		"load data infile 'SECRET' into table c", "create view w as select load_file('SECRET') x",
		"create table w as select load_file('SECRET') x", "create table w (v text default (load_file('SECRET')))",
		"insert into c (id, v) select 100, load_file('SECRET')", "select c.id from c join o on load_file('SECRET') = 'secret'",
		"select sum(id) over (order by load_file('SECRET')) from c",
	} {
		text = strings.NewReplacer("SECRET", secret, "OUT", filepath.Join(dir, "out")).Replace(text)
		if r, err := s.run(context.Background(), text); err == nil {
			t.Errorf("%s: %+v", text, r)
		}
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 1 {
		t.Errorf("files were made: %v, %v", list, err)
	}
	// Even if Take lets something through.
	into, err := exec.ParseTree("select * from c into outfile '" + filepath.Join(dir, "out") + "'")
	if err != nil {
		t.Fatal(err)
	}
	txn := s.log.BeginWith(engine.TxnOptions{})
	defer func() { _ = s.log.Rollback(txn) }()
	stmt := &Stmt{Kind: exec.Read, tree: into}
	if _, err := s.full.Execute(context.Background(), exec.Env{Txn: exec.Over(txn), Rights: auth.Everything, DB: "d", Location: time.UTC}, s.session, stmt, nil); err == nil {
		t.Error("the library has written a file")
	}
}

// A statement ends with its context, and a result has a bound.
func TestBounds(t *testing.T) {
	s := open(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.run(ctx, "select * from c a, c b, c d, c e, c f"); !errors.Is(err, context.Canceled) {
		t.Errorf("a statement that was cancelled: %v", err)
	}
	if _, err := s.run(context.Background(), "select repeat('x', 10000) from c a, c b"); !mysqlerr.Is(err, mysqlerr.OutOfSortMemory) {
		t.Errorf("a result beyond its bound: %v", err)
	}
}

// What the library asks of the session comes from the server.
func TestSession(t *testing.T) {
	s := open(t)
	s.vars["x"] = []byte("text")
	r := s.must("select @x, @nothing, last_insert_id(), row_count(), found_rows(), connection_id(), current_user(), database(), @@time_zone from c where id = 1")
	want := []binlog.Value{[]byte("text"), nil, uint64(42), int64(43), int64(44), uint64(1), []byte("root@localhost"), []byte("d"), []byte("+00:00")}
	for i := range want {
		got := r.Rows[0][i]
		if n, ok := got.(int64); ok && reflect.TypeOf(want[i]) == reflect.TypeOf(uint64(0)) {
			got = uint64(n)
		}
		if !reflect.DeepEqual(got, want[i]) {
			t.Errorf("column %d: %v, want %v", i+1, r.Rows[0][i], want[i])
		}
	}
	if got := s.must("select now() from c where id = 1").Rows[0][0]; got != (binlog.DateTime{Year: 2024, Month: 5, Day: 6, Hour: 7, Minute: 8, Second: 9}) {
		t.Errorf("NOW() is %v", got)
	}
}

// A session costs little: no copy of the library's variables.
func TestSessionIsSmall(t *testing.T) {
	s := open(t)
	const sessionMax = 8 << 10
	n := testing.AllocsPerRun(100, func() { s.full.NewSession(s) })
	size := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			s.full.NewSession(s)
		}
	}).AllocedBytesPerOp()
	if size > sessionMax {
		t.Errorf("a session takes %d bytes in %v allocations", size, n)
	}
	t.Logf("a session takes %d bytes", size)
}
