package server

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/tclog"
)

// startSQL starts a server with the real executor.
func startSQL(t testing.TB, l *tclog.Log) *Server {
	t.Helper()
	return start(t, func(o *Options) { o.Store, o.Executor = NewStore(l), NewExecutor(l) })
}

func mustExec(t testing.TB, db interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
}, statements ...string,
) {
	t.Helper()
	for _, s := range statements {
		if _, err := db.ExecContext(context.Background(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

const wideTable = `CREATE TABLE wide (
	id BIGINT PRIMARY KEY, tiny TINYINT, utiny TINYINT UNSIGNED, small SMALLINT, med MEDIUMINT, n INT UNSIGNED, big BIGINT UNSIGNED,
	f FLOAT, d DOUBLE, dec1 DECIMAL(20,5), c CHAR(5), v VARCHAR(50), b VARBINARY(20), txt TEXT, bl BLOB,
	dt DATE, ts DATETIME(6), tm TIME(3), yr YEAR)`

// Text and binary results of every type are the same to the driver.
func TestTypes(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	mustExec(t, dial(t, srv, ""), "CREATE DATABASE d")
	db := dial(t, srv, "d")
	mustExec(t, db, wideTable)
	const columns = 19
	values := []any{
		int64(1), int64(-128), int64(255), int64(-32768), int64(8388607), int64(4294967295), uint64(18446744073709551615),
		1.5, 2.25, "12345.67890", "ab", "héllo", []byte{0, 255}, "text", []byte("blob"),
		"2024-02-29", "2024-02-29 23:59:59.999999", "-12:34:56.789", int64(2024),
	}
	marks := strings.TrimSuffix(strings.Repeat("?,", columns), ",")
	for i := range 2 { // the same prepared statement twice
		values[0] = int64(1 + i)
		if _, err := db.Exec("INSERT INTO wide VALUES ("+marks+")", values...); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := db.Exec("INSERT INTO wide (id) VALUES (?)", 3); err != nil {
		t.Fatal(err)
	}
	for id := 1; id <= 3; id++ {
		text := row(t, db, columns, fmt.Sprintf("SELECT * FROM wide WHERE id = %d", id))
		binary := row(t, db, columns, "SELECT * FROM wide WHERE id = ?", id)
		for i := range text {
			if text[i] != binary[i] {
				t.Errorf("row %d, column %d: text %q, binary %q", id, i, text[i], binary[i])
			}
			if want := fmt.Sprint(values[i]); id < 3 && i > 0 && i != 12 && i != 14 && text[i] != want {
				t.Errorf("row %d, column %d: %q, want %q", id, i, text[i], want)
			}
			if id == 3 && i > 0 && text[i] != "NULL" {
				t.Errorf("column %d of the empty row: %q", i, text[i])
			}
		}
	}
}

func row(t *testing.T, db *sql.DB, columns int, query string, args ...any) []string {
	t.Helper()
	fields := make([]sql.NullString, columns)
	dest := make([]any, columns)
	for i := range fields {
		dest[i] = &fields[i]
	}
	if err := db.QueryRow(query, args...).Scan(dest...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	out := make([]string, columns)
	for i, f := range fields {
		out[i] = "NULL"
		if f.Valid {
			out[i] = f.String
		}
	}
	return out
}

// A branch prepared before a crash is listed after it and then committed; one
// that was not prepared is gone.
func TestPreparedBranchSurvivesCrash(t *testing.T) {
	fs := vfs.NewMem()
	l := openLog(t, fs)
	srv := startSQL(t, l)
	ctx := context.Background()
	db := dial(t, srv, "")
	mustExec(t, db, "CREATE DATABASE bank", "CREATE TABLE bank.a (id INT PRIMARY KEY, n INT)",
		"INSERT INTO bank.a VALUES (1, 100), (2, 100)")
	for _, x := range []string{"'kept','1'", "'lost','1'"} {
		c, err := db.Conn(ctx)
		if err != nil {
			t.Fatal(err)
		}
		id := map[string]string{"'kept','1'": "1", "'lost','1'": "2"}[x]
		mustExec(t, c, "XA START "+x, "UPDATE bank.a SET n = n - 10 WHERE id = "+id, "XA END "+x)
		if id == "1" {
			mustExec(t, c, "XA PREPARE "+x)
		}
	}
	l.Abandon()

	srv = startSQL(t, openLog(t, fs))
	db = dial(t, srv, "")
	if got := row(t, db, 4, "XA RECOVER"); strings.Join(got, " ") != "1 4 1 kept1" {
		t.Error(got)
	}
	if n := one[int](t, db, "SELECT SUM(n) FROM bank.a"); n != 200 {
		t.Error(n)
	}
	drop, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, drop, "SET innodb_lock_wait_timeout = 1")
	if _, err := drop.ExecContext(ctx, "DROP TABLE bank.a"); code(err) != mysqlerr.LockWaitTimeout {
		t.Errorf("DROP TABLE under a prepared branch: %v", err)
	}
	mustExec(t, db, "XA COMMIT 'kept','1'")
	if n := one[int](t, db, "SELECT n FROM bank.a WHERE id = 1"); n != 90 {
		t.Error(n)
	}
}

// Money moves between accounts in concurrent branches, each over its own
// connection and finished by another; the total stays.
func TestTransfers(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	db := dial(t, srv, "?interpolateParams=true")
	mustExec(t, db, "CREATE DATABASE bank", "CREATE TABLE bank.a (id INT PRIMARY KEY, n BIGINT NOT NULL)",
		"INSERT INTO bank.a VALUES (0, 1000), (1, 1000), (2, 1000), (3, 1000)")
	const workers, transfers = 4, 10
	var wg sync.WaitGroup
	for w := range workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range transfers {
				if err := transfer(db, fmt.Sprintf("'w%d','%d'", w, i), w, (w+i)%workers); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	wg.Wait()
	if n := one[int64](t, db, "SELECT SUM(n) FROM bank.a"); n != 4000 {
		t.Errorf("the total is %d", n)
	}
	if list := srv.store.Prepared(); len(list) != 0 {
		t.Errorf("left over: %v", list)
	}
}

// transfer moves 1 in a branch; a deadlock's victim gives up.
func transfer(db *sql.DB, x string, from, to int) error {
	ctx := context.Background()
	c, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	statements := []string{
		"XA START " + x,
		fmt.Sprintf("UPDATE bank.a SET n = n - 1 WHERE id = %d", from),
		fmt.Sprintf("UPDATE bank.a SET n = n + 1 WHERE id = %d", to),
		"XA END " + x, "XA PREPARE " + x,
	}
	for _, s := range statements {
		_, err := c.ExecContext(ctx, s)
		switch code(err) {
		case 0:
			if err != nil {
				return err
			}
		case mysqlerr.LockDeadlock:
			_, _ = c.ExecContext(ctx, "XA END "+x) // 1614
			_, err := c.ExecContext(ctx, "XA ROLLBACK "+x)
			return err
		default:
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	_, err = db.ExecContext(ctx, "XA COMMIT "+x)
	return err
}

func TestFoundRows(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	db := dial(t, srv, "")
	mustExec(t, db, "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, n INT)", "INSERT INTO d.t VALUES (1, 1)")
	for params, want := range map[string]int64{"": 0, "?clientFoundRows=true": 1} {
		res, err := dial(t, srv, params).Exec("UPDATE d.t SET n = 1 WHERE id = 1")
		if err != nil {
			t.Fatal(err)
		}
		if n, err := res.RowsAffected(); n != want || err != nil {
			t.Errorf("%q: %d affected, %v", params, n, err)
		}
	}
}

// Reads of the catalog are allowed in every state of a branch, DDL in none.
func TestCatalogInBranch(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	ctx := context.Background()
	mustExec(t, dial(t, srv, ""), "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY)")
	c, err := dial(t, srv, "d").Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, c, "XA START 'x'", "INSERT INTO t VALUES (1)", "XA END 'x'", "SHOW TABLES", "SHOW CREATE TABLE t", "USE d")
	for _, s := range []string{"SELECT * FROM t", "CREATE TABLE u (id INT PRIMARY KEY)", "INSERT INTO t VALUES (2)"} {
		if _, err := c.ExecContext(ctx, s); code(err) != mysqlerr.XAerRMFail {
			t.Errorf("%s: %v", s, err)
		}
	}
	mustExec(t, c, "XA COMMIT 'x' ONE PHASE", "CREATE TABLE u (id INT PRIMARY KEY)")
}

func TestMariaDBClientSQL(t *testing.T) {
	client := peer(t, "mariadb")
	if client == "" {
		return
	}
	host, port, err := net.SplitHostPort(startSQL(t, openLog(t, vfs.NewMem())).Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	script := `CREATE DATABASE shop; USE shop; CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20));
		INSERT INTO t VALUES (1,'a;b'),(2,NULL); SELECT * FROM t; SHOW TABLES; DESCRIBE t;
		XA START 'x'; UPDATE t SET v='c' WHERE id=1; XA END 'x'; XA PREPARE 'x'; XA RECOVER; XA ROLLBACK 'x';
		SELECT v FROM t WHERE id=1; SHOW WARNINGS; SELECT @@version_comment LIMIT 1;`
	out, err := exec.Command(client, "--no-defaults", "-h", host, "-P", port, "-u", "root", "--batch", "-e", script).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"1\ta;b\n2\tNULL", "Tables_in_shop\nt", "1\t1\t0\tx", "v\na;b", "xadb"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
}

// SERIALIZABLE reads lock what they read.
func TestSerializable(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	ctx := context.Background()
	db := dial(t, srv, "")
	mustExec(t, db, "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, n INT)", "INSERT INTO d.t VALUES (1, 1)")
	tx, err := db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable})
	if err != nil {
		t.Fatal(err)
	}
	if n := one[int](t, tx, "SELECT n FROM d.t WHERE id = 1"); n != 1 {
		t.Error(n)
	}
	other, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, other, "SET innodb_lock_wait_timeout = 1")
	if _, err := other.ExecContext(ctx, "UPDATE d.t SET n = 2"); code(err) != mysqlerr.LockWaitTimeout {
		t.Error(err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	mustExec(t, other, "UPDATE d.t SET n = 2")
}

// gtid_executed is what SHOW MASTER STATUS says: empty would mean that nothing
// was ever committed.
func TestGTIDExecuted(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	db := dial(t, srv, "")
	mustExec(t, db, "CREATE DATABASE d")
	want := row(t, db, 5, "SHOW MASTER STATUS")[4]
	if got := one[string](t, db, "SELECT @@GLOBAL.gtid_executed"); got != want || got == "" {
		t.Errorf("%q, want %q", got, want)
	}
}
