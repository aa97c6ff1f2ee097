package exec

import (
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/xadb/xadb/server/mysqlerr"
)

// peer starts a MariaDB server of our own on loopback, or reports why there
// is none: with XADB_REQUIRE_PEERS=1 that fails the test.
func peer(t *testing.T) *sql.DB {
	t.Helper()
	missing := func(err error) *sql.DB {
		if os.Getenv("XADB_REQUIRE_PEERS") == "1" {
			t.Fatalf("the peer is required: %v", err)
		}
		t.Logf("not compared with MariaDB: %v", err)
		return nil
	}
	for _, program := range []string{"mariadb-install-db", "mariadbd"} {
		if _, err := exec.LookPath(program); err != nil {
			return missing(err)
		}
	}
	dir := t.TempDir()
	data, socket := filepath.Join(dir, "data"), filepath.Join(dir, "s")
	install := exec.Command("mariadb-install-db", "--no-defaults", "--datadir="+data,
		"--auth-root-authentication-method=normal", "--skip-test-db", "--user="+os.Getenv("USER"))
	if os.Geteuid() == 0 {
		install.Args[len(install.Args)-1] = "--user=root"
	}
	if out, err := install.CombinedOutput(); err != nil {
		return missing(fmt.Errorf("mariadb-install-db: %w: %s", err, out))
	}
	daemon := exec.Command("mariadbd", "--no-defaults", "--datadir="+data, "--socket="+socket, "--skip-networking",
		"--character-set-server=utf8mb4", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=16M",
		"--sql-mode=STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,TIME_ROUND_FRACTIONAL,NO_ENGINE_SUBSTITUTION")
	if os.Geteuid() == 0 {
		daemon.Args = append(daemon.Args, "--user=root")
	}
	if err := daemon.Start(); err != nil {
		return missing(err)
	}
	t.Cleanup(func() {
		_ = daemon.Process.Kill()
		_ = daemon.Wait()
	})
	if err := waitFor(socket); err != nil {
		return missing(err)
	}
	db, err := sql.Open("mysql", "root@unix("+socket+")/?charset=utf8mb4&collation=utf8mb4_general_ci")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// waitFor waits until the socket takes connections.
func waitFor(socket string) error {
	deadline := time.Now().Add(20 * time.Second)
	for {
		c, err := net.Dial("unix", socket)
		if err == nil {
			return c.Close()
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("mariadbd does not answer: %w", err)
		}
		time.Sleep(20 * time.Millisecond) // another process; nothing to wait on
	}
}

// theirs runs a statement on the peer: its rows, or its error's number.
func theirs(db *sql.DB, stmt string) string {
	rows, err := db.Query(stmt)
	if err != nil {
		return peerError(err)
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		return err.Error()
	}
	var out strings.Builder
	for rows.Next() {
		cells := make([]sql.NullString, len(names))
		into := make([]any, len(names))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			return err.Error()
		}
		for i, c := range cells {
			if i > 0 {
				out.WriteString(" | ")
			}
			if c.Valid {
				out.WriteString(c.String)
			} else {
				out.WriteString("NULL")
			}
		}
		out.WriteString("\n")
	}
	if rows.Err() != nil {
		return peerError(rows.Err())
	}
	return out.String()
}

func peerError(err error) string {
	var e *mysql.MySQLError
	if errors.As(err, &e) {
		return fmt.Sprintf("error %d", e.Number)
	}
	return err.Error()
}

// ours is the same of this package.
func (c *session) ours(stmt string) string {
	r, err := c.run(stmt)
	if err != nil {
		var e *mysqlerr.Error
		if errors.As(err, &e) {
			return fmt.Sprintf("error %d", e.Code)
		}
		return err.Error()
	}
	var out strings.Builder
	for _, row := range r.Rows {
		for i, v := range row {
			if i > 0 {
				out.WriteString(" | ")
			}
			out.WriteString(rawCell(v, r.Columns[i]))
		}
		out.WriteString("\n")
	}
	return out.String()
}

// The matrix: each value into a column of each type.
var (
	matrixTypes = []string{
		"tinyint", "tinyint unsigned", "smallint", "mediumint unsigned", "int", "bigint", "bigint unsigned",
		"decimal(5,2)", "decimal(20,0) unsigned", "decimal(30,10)", "float", "double", "double unsigned",
		"char(3)", "varchar(3)", "varchar(20)", "varchar(20) character set utf8mb4 collate utf8mb4_bin", "tinytext",
		"binary(3)", "varbinary(3)", "blob",
		"date", "datetime", "datetime(3)", "timestamp", "timestamp(6)", "time", "time(2)", "year",
	}
	matrixValues = []string{
		"null", "0", "1", "-1", "127", "128", "255", "256", "-128", "-129", "32767", "65536", "16777215", "2147483648", "9223372036854775807",
		"9223372036854775808", "18446744073709551615", "18446744073709551616", "1.5", "2.5", "-1.5", "0.004", "0.005", "999.99", "999.995",
		"1e0", "2.5e0", "1e10", "1e-20", "1e30", "1e300", "123456789012345678e0", "1234567.891e0", "true",
		"''", "'1'", "' 12 '", "'1.5'", "'1e2'", "'12abc'", "'abc'", "'abcd'", "'ab  '", "'abc  '", "'é€😀'", "'-7'",
		"'2024-02-29'", "'2023-02-29'", "'2024-02-29 12:34:56'", "'2024-02-29 23:59:59.9996'", "'24-2-9'", "'20240229'", "'240229'", "'20240229123456'",
		"20240229", "240229", "20240229123456", "20240229123456.789", "'2024/02/29T10:11:12'", "'0000-00-00'", "'2024-00-10'", "'1969-12-31 23:59:59'", "'1970-01-01 00:00:01'", "'2038-01-19 03:14:08'", "'9999-12-31'",
		"'12:34:56'", "'12:34'", "'-12:34:56.789'", "'838:59:59'", "'839:00:00'", "'1 02:03:04'", "'123456'", "123456", "'12'", "12", "-3", "70", "'69'", "'0'", "1901", "2155", "2156", "1900", "'2024'",
		"9999999", "99999999999999",
	}
)

func TestDifferentialStore(t *testing.T) {
	db := peer(t)
	if db == nil {
		return
	}
	s := newServer(t)
	c := s.session("a")
	c.must("create database d")
	for _, setup := range []string{"create database d character set utf8mb4 collate utf8mb4_general_ci", "use d", "set time_zone='+00:00'"} {
		if _, err := db.Exec(setup); err != nil {
			t.Fatal(err)
		}
	}
	for i, typ := range matrixTypes {
		ddl := fmt.Sprintf("create table t%d (a %s null)", i, typ)
		if a, b := c.ours(ddl), theirs(db, ddl); a != b {
			t.Errorf("%s: %s, MariaDB: %s", ddl, a, b)
		}
		for _, v := range matrixValues {
			ins := fmt.Sprintf("insert into t%d values (%s)", i, v)
			sel := fmt.Sprintf("select a from t%d", i)
			a, b := c.ours(ins), theirs(db, ins)
			if knownDifference(typ, v, a, b) {
				b = a
			} else if a == b {
				a = c.ours(sel)
				if b = theirs(db, sel); strings.HasPrefix(typ, "float") || strings.HasPrefix(typ, "double") {
					b = theirs(db, fmt.Sprintf("select concat(a) from t%d", i)) // the driver formats floats itself
				}
			}
			c.ours(fmt.Sprintf("delete from t%d", i))
			theirs(db, fmt.Sprintf("delete from t%d", i))
			if a != b {
				t.Errorf("%s <- %s: %q, MariaDB: %q", typ, v, a, b)
			}
		}
	}
}

// knownDifference: where MariaDB answers otherwise than MySQL 8.0, MySQL is
// followed.
func knownDifference(typ, value, a, b string) bool {
	float := strings.HasPrefix(typ, "float") || strings.HasPrefix(typ, "double")
	switch {
	case float && a == "error 1265" && b == "error 1366": // the number for a string without a number in it
		return true
	case typ == "year" && (value == "0" || strings.HasPrefix(value, "0.") || value == "1e-20"): // '0000', the driver makes 0 of it
		return true
	case strings.HasPrefix(typ, "varchar(20)") && strings.HasPrefix(value, "123456789012345678e"): // fewer digits, so that they fit
		return true
	}
	// A number too small to have a day is no date and time in MySQL.
	return strings.HasPrefix(typ, "time") && (value == "20240229" || value == "1e10")
}
