package server

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-mysql-org/go-mysql/canal"
	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"
	"pgregory.net/rapid"
)

// A mirror is what a reader of the binary log makes of it: the rows of each
// table by their first column, an INT.
type mirror struct {
	mu     sync.Mutex
	tables map[string]map[int32][]any
	moved  chan struct{} // sent to when the table mark has got a row
	err    error         // why there is no more
}

func newMirror() *mirror {
	return &mirror{tables: map[string]map[int32][]any{}, moved: make(chan struct{}, 1000)}
}

// Actions of rows.
const (
	inserted = "insert"
	updated  = "update"
	deleted  = "delete"
)

func (m *mirror) rows(table, action string, rows [][]any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.tables[table]
	if t == nil {
		t = map[int32][]any{}
		m.tables[table] = t
	}
	for i, r := range rows {
		if id := r[0].(int32); action == deleted || action == updated && i%2 == 0 {
			delete(t, id)
		} else {
			t[id] = slices.Clone(r)
		}
	}
	if table == "mark" {
		m.moved <- struct{}{}
	}
}

func (m *mirror) fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err == nil && err != nil {
		m.err = err
		close(m.moved)
	}
}

// event takes an event of go-mysql's syncer.
func (m *mirror) event(ev *replication.BinlogEvent) {
	e, ok := ev.Event.(*replication.RowsEvent)
	if !ok {
		return
	}
	action := map[replication.EnumRowsEventType]string{
		replication.EnumRowsEventTypeInsert: inserted, replication.EnumRowsEventTypeUpdate: updated, replication.EnumRowsEventTypeDelete: deleted,
	}[e.Type()]
	rows := make([][]any, len(e.Rows))
	unsigned := e.Table.UnsignedMap()
	for i, r := range e.Rows {
		rows[i] = slices.Clone(r)
		for c := range r {
			if unsigned[c] {
				rows[i][c] = asUnsigned(r[c], e.Table.ColumnType[c])
			}
		}
	}
	m.rows(string(e.Table.Table), action, rows)
}

// asUnsigned is an integer that was read as one with a sign.
func asUnsigned(v any, typ byte) any {
	r := reflect.ValueOf(v)
	if !r.IsValid() || !r.CanInt() {
		return v
	}
	bits := map[byte]uint{mysql.MYSQL_TYPE_TINY: 8, mysql.MYSQL_TYPE_SHORT: 16, mysql.MYSQL_TYPE_INT24: 24, mysql.MYSQL_TYPE_LONG: 32, mysql.MYSQL_TYPE_LONGLONG: 64}[typ]
	return uint64(r.Int()) & (1<<bits - 1)
}

// canalHandler gives a mirror what go-mysql's canal tells.
type canalHandler struct {
	canal.DummyEventHandler
	m *mirror
}

// OnRow implements canal.EventHandler.
func (h *canalHandler) OnRow(e *canal.RowsEvent) error {
	h.m.rows(e.Table.Name, e.Action, e.Rows)
	return nil
}

func followWithSyncer(t testing.TB, srv *Server) *mirror {
	st, err := syncer(t, srv, 31, func(c *replication.BinlogSyncerConfig) { c.TimestampStringLocation = time.UTC }).
		StartSync(mysql.Position{Name: "binlog.000001", Pos: 4})
	must(t, err)
	m := newMirror()
	ctx, cancel := context.WithCancel(context.Background())
	var reader sync.WaitGroup
	reader.Go(func() {
		for {
			ev, err := st.GetEvent(ctx)
			if err != nil {
				m.fail(err)
				return
			}
			m.event(ev)
		}
	})
	t.Cleanup(func() { cancel(); reader.Wait() })
	return m
}

func followWithCanal(t testing.TB, srv *Server) *mirror {
	conf := canal.NewDefaultConfig()
	conf.Addr, conf.User, conf.ServerID, conf.Flavor = srv.Addr().String(), "root", 32, mysql.MySQLFlavor
	conf.Dump.ExecutionPath = ""
	conf.TimestampStringLocation, conf.Logger = time.UTC, slog.New(slog.DiscardHandler)
	c, err := canal.NewCanal(conf)
	must(t, err)
	m := newMirror()
	c.SetEventHandler(&canalHandler{m: m})
	var reader sync.WaitGroup
	reader.Go(func() { m.fail(c.RunFrom(mysql.Position{Name: "binlog.000001", Pos: 4})) })
	t.Cleanup(func() { c.Close(); reader.Wait() })
	return m
}

// moreTypes are those whose text is not all of a value, or not one.
var moreTypes = []columnKind{
	{decl: "BIT(1)", draw: anyOf("0", "1")}, {decl: "BIT(13)", draw: numbers(0, 8191)}, {decl: "BIT(64)", draw: numbers(0, 1<<63-1)},
	{decl: "BIGINT UNSIGNED", draw: anyOf("0", "18446744073709551615", "9223372036854775808")}, {decl: "TINYINT UNSIGNED", draw: numbers(0, 255)},
	{decl: "MEDIUMINT UNSIGNED", draw: numbers(0, 16777215)}, {decl: "SMALLINT", draw: numbers(-32768, 32767)},
	{decl: "FLOAT", draw: anyOf("0", "-1.5", "3e38", "1e-30"), float: true}, {decl: "DECIMAL(65,30)", draw: anyOf("-1.000000000000000000000000000001", "99999999999999999999999999999999999.5")},
	{decl: "DECIMAL(9,0) UNSIGNED", draw: numbers(0, 999999999)}, {decl: "DATETIME", draw: anyOf("0000-00-00 00:00:00", "2024-02-29 01:02:03")},
	{decl: "DATETIME(6)", draw: anyOf("9999-12-31 23:59:59.999999", "1000-01-01 00:00:00.000001")}, {decl: "TIME", draw: anyOf("838:59:59", "-00:00:01")},
	{decl: "TIME(6)", draw: anyOf("-00:00:00.000001", "838:59:58.999999", "-12:00:00.5")}, {decl: "TIMESTAMP NULL", draw: anyOf("2038-01-19 03:14:07", "1970-01-01 00:00:01")},
	{decl: "VARCHAR(300)", draw: letters(wideLetters, 300)}, {decl: "CHAR(255) CHARACTER SET utf8mb4", draw: letters(wideLetters, 255)},
	{decl: "BINARY(255)", draw: letters("a\x00", 255)}, {decl: "LONGBLOB", draw: letters("ab \x00\n", 400)}, {decl: "TINYBLOB", draw: letters("ab\x00", 255)},
}

// of is the type's name in lower case, without what is behind it.
func (k columnKind) of() string {
	name, _, _ := strings.Cut(strings.ToLower(k.decl), " ")
	name, _, _ = strings.Cut(name, "(")
	return name
}

// asked is the expression that says all of a column's value.
func (k columnKind) asked(c string) string {
	switch k.of() {
	case "enum", "set", "bit":
		return c + " + 0"
	case "char", "nchar", "varchar", "national", "binary", "varbinary", "tinytext", "text", "mediumtext", "longtext", "tinyblob", "blob", "mediumblob", "longblob",
		"geometry", "point", "linestring", "geometrycollection", "vector":
		return "HEX(" + c + ")"
	}
	return c
}

// told is the value of a binary log's column as the answer to asked.
func (k columnKind) told(v any) string {
	if v == nil {
		return "NULL"
	}
	switch k.of() {
	case "bit":
		return fmt.Sprint(uint64(v.(int64)))
	case "binary": // the zeros at its end are left out, as MySQL does
		var n int
		_, _ = fmt.Sscanf(k.decl, "BINARY(%d)", &n)
		return k.hexOf(v, n)
	case "char", "nchar", "varchar", "national", "varbinary", "tinytext", "text", "mediumtext", "longtext", "tinyblob", "blob", "mediumblob", "longblob",
		"geometry", "point", "linestring", "geometrycollection", "vector":
		return k.hexOf(v, 0)
	case "float", "double":
		return asNumber(fmt.Sprint(v))
	case "json":
		return canonical(fmt.Sprintf("%s", v))
	}
	return asNumber(fmt.Sprintf("%v", v))
}

func (k columnKind) hexOf(v any, least int) string {
	text := fmt.Sprintf("%s", v)
	return strings.ToUpper(hex.EncodeToString([]byte(text + strings.Repeat("\x00", max(least-len(text), 0)))))
}

// asNumber writes a number as others do; what is none stays, but for zeros behind
// a point, which go-mysql leaves out of times.
func asNumber(text string) string {
	if strings.Contains(text, ":") && strings.Contains(text, ".") {
		return strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil && strings.ContainsAny(text, ".e") && len(text) < 16 {
		return strconv.FormatFloat(float64(float32(f)), 'g', 6, 32)
	}
	return strings.TrimLeft(text, "0")
}

// pointZero is behind a whole number in JSON, and not in what go-mysql makes of it.
var pointZero = regexp.MustCompile(`(\d)\.0\b`)

func canonical(text string) string {
	var v any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return text
	}
	out, err := json.Marshal(v)
	if err != nil {
		return text
	}
	return pointZero.ReplaceAllString(string(out), "$1")
}

// TestFollowEveryType: whatever is inserted, changed and deleted in columns of
// whatever types, go-mysql's syncer and its canal have the same rows as the server.
func TestFollowEveryType(t *testing.T) {
	srv := source(t)
	db := dialAs(t, srv, "root", "")
	mustExec(t, db, "CREATE TABLE d.mark (id INT PRIMARY KEY)", "SET time_zone = '+00:00'", "SET sql_mode = ''")
	mirrors := map[string]*mirror{"syncer": followWithSyncer(t, srv), "canal": followWithCanal(t, srv)}
	kinds := append(slices.Clone(everyType), moreTypes...)
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		ft := followedTable{name: fmt.Sprintf("t%d", n), typedTable: typedTable{db: db}}
		for range rapid.IntRange(1, 12).Draw(t, "columns") {
			ft.kinds = append(ft.kinds, rapid.SampledFrom(kinds).Draw(t, "type"))
		}
		ft.change(t)
		ft.exec(t, fmt.Sprintf("INSERT INTO d.mark VALUES (%d)", n))
		want := ft.want(t)
		for name, m := range mirrors {
			m.await(t, name)
			if got := ft.got(m); !maps.Equal(got, want) {
				t.Fatalf("%s, %v:\nserver %v\nmirror %v", name, ft.kinds, want, got)
			}
		}
		ft.exec(t, "DROP TABLE d."+ft.name)
	})
}

func (m *mirror) await(t *rapid.T, name string) {
	select {
	case _, ok := <-m.moved:
		if !ok {
			t.Fatalf("%s: %v", name, m.err)
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("%s lags behind", name)
	}
}

// A followedTable is a table of drawn columns.
type followedTable struct {
	typedTable
	name  string
	kinds []columnKind
}

// change inserts, updates and deletes rows.
func (ft *followedTable) change(t *rapid.T) {
	decl := "CREATE TABLE d." + ft.name + " (id INT PRIMARY KEY"
	for i, k := range ft.kinds {
		decl += fmt.Sprintf(", c%d %s", i, k.decl)
	}
	ft.exec(t, decl+")")
	rows := rapid.IntRange(1, 6).Draw(t, "rows")
	for id := range rows {
		literals := []string{strconv.Itoa(id)}
		for _, k := range ft.kinds {
			literals = append(literals, k.literal(t))
		}
		ft.exec(t, fmt.Sprintf("INSERT INTO d.%s VALUES (%s)", ft.name, strings.Join(literals, ", ")))
	}
	for range rapid.IntRange(0, 4).Draw(t, "changes") {
		id, c := rapid.IntRange(0, rows-1).Draw(t, "id"), rapid.IntRange(0, len(ft.kinds)-1).Draw(t, "column")
		ft.exec(t, rapid.SampledFrom([]string{
			fmt.Sprintf("UPDATE d.%s SET c%d = %s WHERE id = %d", ft.name, c, ft.kinds[c].literal(t), id),
			fmt.Sprintf("UPDATE d.%s SET id = id + 100 WHERE id = %d", ft.name, id),
			fmt.Sprintf("DELETE FROM d.%s WHERE id = %d", ft.name, id),
		}).Draw(t, "change"))
	}
}

func (k columnKind) literal(t *rapid.T) string {
	if rapid.IntRange(0, 5).Draw(t, "null") == 0 {
		return "NULL"
	}
	text := k.draw(t)
	if k.of() == "bit" {
		return text
	}
	return k.quoted(text)
}

// want is what the server says of each row, got what a mirror does.
func (ft *followedTable) want(t *rapid.T) map[int32]string {
	asked := []string{"id"}
	for i, k := range ft.kinds {
		asked = append(asked, k.asked(fmt.Sprintf("c%d", i)))
	}
	rows, err := ft.db.Query(fmt.Sprintf("SELECT %s FROM d.%s", strings.Join(asked, ", "), ft.name))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	all := map[int32]string{}
	for rows.Next() {
		var id int32
		cells, into := make([]*string, len(ft.kinds)), []any{&id}
		for i := range cells {
			into = append(into, &cells[i])
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		for i, c := range cells {
			all[id] += ft.kinds[i].answered(c) + "|"
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// answered is told of what the server says.
func (k columnKind) answered(c *string) string {
	switch {
	case c == nil:
		return "NULL"
	case k.of() == "json":
		return canonical(*c)
	case k.asked("c") == "HEX(c)":
		return *c
	case k.of() == "bit":
		return *c
	}
	return asNumber(*c)
}

// got is described with want.
func (ft *followedTable) got(m *mirror) map[int32]string {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := map[int32]string{}
	for id, row := range m.tables[ft.name] {
		for i, v := range row[1:] {
			all[id] += ft.kinds[i].told(v) + "|"
		}
	}
	return all
}
