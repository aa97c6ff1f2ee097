package status_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	_ "github.com/go-sql-driver/mysql"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/internal/clock"
	"github.com/xadb/xadb/internal/failpoint"
	"github.com/xadb/xadb/server"
	"github.com/xadb/xadb/server/status"
	"github.com/xadb/xadb/tclog"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newStatus(t *testing.T, o status.Options) *status.Server {
	t.Helper()
	o.Listen = "127.0.0.1:0"
	s, err := status.New(o)
	must(t, err)
	t.Cleanup(s.Close)
	return s
}

func storeOptions(fs vfs.FS, progress func(engine.RecoveryInfo)) tclog.Options {
	o := tclog.Options{Binlog: true, Engine: engine.Options{
		FS: fs, Clock: clock.Real, Rand: rand.Reader, Logger: slog.New(slog.DiscardHandler),
		SegmentSize: 64 << 10, MemTableSize: 1 << 20, CacheSize: 1 << 20,
	}}
	o.Engine.Events.RecoveryProgress = progress
	return o
}

// serve runs a store and its server, and returns a client.
func serve(t *testing.T, s *status.Server) (*tclog.Log, *sql.DB) {
	t.Helper()
	store, err := tclog.Open(context.Background(), "store", storeOptions(vfs.NewMem(), nil))
	must(t, err)
	t.Cleanup(store.Abandon)
	front, err := server.New(server.Options{Store: server.NewStore(store), Executor: server.NewExecutor(store), Listen: "127.0.0.1:0"})
	must(t, err)
	served := make(chan error, 1)
	go func() { served <- front.Serve(context.Background()) }()
	db, err := sql.Open("mysql", "root@tcp("+front.Addr().String()+")/")
	must(t, err)
	t.Cleanup(func() {
		_ = db.Close()
		if err := front.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	s.Serving(store, front)
	return store, db
}

func get(t *testing.T, s *status.Server, path string) (code int, body string) {
	t.Helper()
	r, err := http.Get("http://" + s.Addr().String() + path)
	must(t, err)
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	must(t, err)
	return r.StatusCode, string(b)
}

var (
	commentLine = regexp.MustCompile(`^# (HELP|TYPE) (xadb_[a-z0-9_]+) (.+)$`)
	sampleLine  = regexp.MustCompile(`^(xadb_[a-z0-9_]+)(\{[a-z]+="[^"\n]*"(?:,[a-z]+="[^"\n]*")*\})? (\S+)$`)
)

// scrape reads /metrics and checks each line: HELP and TYPE stand before the
// samples of their metric, no sample comes twice, names say their unit.
func scrape(t *testing.T, s *status.Server) (samples map[string]float64, types map[string]string) {
	t.Helper()
	code, body := get(t, s, "/metrics")
	if code != http.StatusOK || !strings.HasSuffix(body, "\n") {
		t.Fatalf("%d\n%s", code, body)
	}
	samples, types = map[string]float64{}, map[string]string{}
	help, family := "", ""
	for lines := bufio.NewScanner(strings.NewReader(body)); lines.Scan(); {
		line := lines.Text()
		if m := commentLine.FindStringSubmatch(line); m != nil {
			switch {
			case m[1] == "HELP":
				help = m[2]
			case help != m[2] || types[m[2]] != "":
				t.Errorf("%q: without HELP, or twice", line)
			default:
				family, types[m[2]] = m[2], m[3]
			}
			continue
		}
		m := sampleLine.FindStringSubmatch(line)
		if m == nil {
			t.Errorf("not a sample: %q", line)
			continue
		}
		base := m[1]
		if types[family] == "histogram" {
			base = strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(base, "_bucket"), "_sum"), "_count")
		}
		if base != family {
			t.Errorf("%q stands among the samples of %s", line, family)
		}
		if total := strings.HasSuffix(family, "_total"); total != (types[family] == "counter") {
			t.Errorf("%s is a %s", family, types[family])
		}
		v, err := strconv.ParseFloat(m[3], 64)
		if _, twice := samples[m[1]+m[2]]; err != nil || twice || v < 0 {
			t.Errorf("%q: %v, twice: %t", line, err, twice)
		}
		samples[m[1]+m[2]] = v
	}
	return samples, types
}

func exec(t *testing.T, c *sql.Conn, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := c.ExecContext(context.Background(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// What clients do moves the counters by as much.
func TestMetrics(t *testing.T) {
	s := newStatus(t, status.Options{Version: "1.2"})
	store, db := serve(t, s)
	c, err := db.Conn(context.Background())
	must(t, err)
	defer c.Close()
	exec(t, c, "CREATE DATABASE d", "CREATE TABLE d.t (k INT PRIMARY KEY, v INT)")
	before, _ := scrape(t, s)
	exec(t, c, "INSERT INTO d.t VALUES (1, 1)", "INSERT INTO d.t VALUES (2, 2)", "UPDATE d.t SET v = 3 WHERE k = 1",
		"SET long_query_time = 0", "SELECT * FROM d.t", "SET long_query_time = 10",
		"XA START 'a'", "INSERT INTO d.t VALUES (3, 3)", "XA END 'a'", "XA PREPARE 'a'")
	if _, err := c.ExecContext(context.Background(), "INSERT INTO d.t VALUES (1, 1)"); err == nil {
		t.Error("a duplicate was taken")
	}
	after, types := scrape(t, s)
	for name, want := range map[string]float64{
		`xadb_statements_total{kind="insert"}`: 4, `xadb_statements_total{kind="update"}`: 1,
		`xadb_statements_total{kind="xa_prepare"}`: 1, `xadb_statements_total{kind="set_option"}`: 2,
		`xadb_errors_total{number="1062"}`: 1, `xadb_commits_total`: 3, `xadb_prepared_branches`: 1,
		`xadb_slow_statements_total`: 2, `xadb_rows_sent_total`: 2, `xadb_statement_seconds_count`: 11,
		`xadb_group_size_sum`: 4, `xadb_group_members_total{stage="SYNC"}`: 4, `xadb_connections`: 0, `xadb_lock_waits_total`: 0,
	} {
		if got := after[name] - before[name]; got != want {
			t.Errorf("%s moved by %v, want %v", name, got, want)
		}
	}
	for name, want := range map[string]float64{
		`xadb_ready`: 1, `xadb_poisoned`: 0, `xadb_connections`: 1, `xadb_binlog_enabled`: 1, `xadb_binlog_file`: 1,
		`xadb_statement_seconds_bucket{le="+Inf"}`: after["xadb_statement_seconds_count"],
	} {
		if got, ok := after[name]; !ok || got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	for _, name := range []string{
		"xadb_log_sync_seconds_count", "xadb_log_written_bytes_total", "xadb_log_segments", "xadb_goroutines", "xadb_heap_bytes",
		"xadb_binlog_position_bytes", "xadb_binlog_written_bytes_total", "xadb_rows_read_total",
	} {
		if after[name] == 0 {
			t.Errorf("%s is 0", name)
		}
	}
	if types["xadb_statement_seconds"] != "histogram" || types["xadb_commits_total"] != "counter" || types["xadb_connections"] != "gauge" {
		t.Error(types)
	}
	must(t, store.Close(context.Background()))
	if closed, _ := scrape(t, s); closed["xadb_uptime_seconds"] == 0 {
		t.Error("behind a closed store, nothing")
	}
}

// A wait for a lock is counted, with the statement that waited.
func TestLockWaits(t *testing.T) {
	s := newStatus(t, status.Options{})
	_, db := serve(t, s)
	a, err := db.Conn(context.Background())
	must(t, err)
	defer a.Close()
	b, err := db.Conn(context.Background())
	must(t, err)
	defer b.Close()
	exec(t, a, "CREATE DATABASE d", "CREATE TABLE d.t (k INT PRIMARY KEY, v INT)", "INSERT INTO d.t VALUES (1, 1)",
		"BEGIN", "UPDATE d.t SET v = 2 WHERE k = 1")
	exec(t, b, "SET innodb_lock_wait_timeout = 1")
	if _, err := b.ExecContext(context.Background(), "UPDATE d.t SET v = 3 WHERE k = 1"); err == nil {
		t.Error("a locked row was changed")
	}
	exec(t, a, "ROLLBACK")
	got, _ := scrape(t, s)
	if got["xadb_lock_waits_total"] != 1 || got["xadb_lock_timeouts_total"] != 1 || got["xadb_lock_wait_seconds_total"] < 1 ||
		got["xadb_statement_lock_wait_seconds_total"] < 1 {
		t.Errorf("%v", got)
	}
}

// While a store recovers, /readyz says so, and how far it is.
func TestReady(t *testing.T) {
	fs := vfs.NewMem()
	store, err := tclog.Open(context.Background(), "store", storeOptions(fs, nil))
	must(t, err)
	for i := range 100 {
		txn := store.Begin()
		must(t, txn.Put(context.Background(), engine.Table{ID: engine.FirstUserTable, DB: "d", Name: "t"}, fmt.Append(nil, i), make([]byte, 1000)))
		must(t, store.Commit(context.Background(), txn))
	}
	store.Abandon()

	s := newStatus(t, status.Options{})
	reached, goOn := make(chan struct{}), make(chan struct{})
	must(t, failpoint.SetHook("rec.binlog_scan_begin", func() error {
		close(reached)
		<-goOn
		return nil
	}))
	defer failpoint.Reset()
	heard := make(chan struct{}, 10)
	opened := make(chan error, 1)
	go func() {
		var err error
		store, err = tclog.Open(context.Background(), "store", storeOptions(fs, func(info engine.RecoveryInfo) {
			s.Recovering(info)
			heard <- struct{}{}
		}))
		opened <- err
	}()
	<-reached
	<-heard
	code, body := get(t, s, "/readyz")
	var r struct {
		State    string
		Recovery struct {
			Percent float64 `json:"percent"`
			Read    int64   `json:"read_bytes"`
			Total   int64   `json:"total_bytes"`
		}
	}
	must(t, json.Unmarshal([]byte(body), &r))
	if code != http.StatusServiceUnavailable || r.State != "recovering" || r.Recovery.Read < 100_000 ||
		r.Recovery.Total < r.Recovery.Read || r.Recovery.Percent != 100 {
		t.Errorf("%d %s", code, body)
	}
	if code, _ := get(t, s, "/healthz"); code != http.StatusOK {
		t.Errorf("healthz: %d", code)
	}
	if _, page := get(t, s, "/"); !strings.Contains(page, "recovering") {
		t.Error(page)
	}
	if m, _ := scrape(t, s); m["xadb_ready"] != 0 || m["xadb_recovery_read_bytes"] == 0 {
		t.Error(m)
	}
	close(goOn)
	must(t, <-opened)
	defer store.Abandon()
	s.Serving(store, nil)
	if code, body := get(t, s, "/readyz"); code != http.StatusOK || body != `{"state":"ready"}`+"\n" {
		t.Errorf("%d %s", code, body)
	}
	_ = store.Engine().Stop(fmt.Errorf("the disk is gone"))
	if code, body := get(t, s, "/readyz"); code != http.StatusServiceUnavailable || !strings.Contains(body, "the disk is gone") {
		t.Errorf("%d %s", code, body)
	}
	if m, _ := scrape(t, s); m["xadb_poisoned"] != 1 {
		t.Error("not poisoned")
	}
	s.Stopping()
	if _, body := get(t, s, "/readyz"); !strings.Contains(body, "stopping") {
		t.Error(body)
	}
}

// The page escapes what clients have named, and says what there is.
func TestConsole(t *testing.T) {
	s := newStatus(t, status.Options{Version: "1.2"})
	_, db := serve(t, s)
	c, err := db.Conn(context.Background())
	must(t, err)
	defer c.Close()
	exec(t, c, "CREATE DATABASE d", "CREATE TABLE d.t (k INT PRIMARY KEY)",
		"XA START '<script>'", "INSERT INTO d.t VALUES (1)", "XA END '<script>'", "XA PREPARE '<script>'")
	code, page := get(t, s, "/")
	if code != http.StatusOK || strings.Contains(page, "<script>") {
		t.Error(page)
	}
	for _, want := range []string{"xadb 1.2", "ready", "d.t", "SYNC", "binlog.000001"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
}

// Nothing is served that was not asked for, to nobody from elsewhere.
func TestClosedDoors(t *testing.T) {
	s := newStatus(t, status.Options{})
	for _, path := range []string{"/debug/pprof/", "/debug/vars", "/x", "/metrics/"} {
		if code, _ := get(t, s, path); code != http.StatusNotFound {
			t.Errorf("%s: %d", path, code)
		}
	}
	r, err := http.Post("http://"+s.Addr().String()+"/metrics", "", nil)
	must(t, err)
	r.Body.Close()
	if r.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", r.StatusCode)
	}
	profiles := newStatus(t, status.Options{Profiles: true})
	if code, _ := get(t, profiles, "/debug/pprof/goroutine?debug=1"); code != http.StatusOK {
		t.Errorf("profiles: %d", code)
	}
	for _, listen := range []string{"0.0.0.0:0", ":0", "10.0.0.1:80", "nonsense"} {
		if _, err := status.New(status.Options{Listen: listen}); err == nil {
			t.Errorf("listens on %s", listen)
		}
	}
	if _, err := status.New(status.Options{Listen: s.Addr().String()}); err == nil || !strings.Contains(err.Error(), "--status") {
		t.Errorf("a taken port: %v", err)
	}
}

// A switched-off server does nothing.
func TestNil(t *testing.T) {
	var s *status.Server
	s.Recovering(engine.RecoveryInfo{})
	s.Serving(nil, nil)
	s.Stopping()
	s.Close()
}
