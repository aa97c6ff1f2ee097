package peers

import (
	"bytes"
	"compress/gzip"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// dumpPeer set to "mysql" takes the dumps of a MySQL 9 in testdata/dump again.
const dumpPeer = "XADB_DUMP_PEER"

const dumpData = "testdata/dump/"

// A dumping is a way to call mysqldump or mariadb-dump.
type dumping struct {
	name string
	args []string // of which the last is the database's name, or --databases was said
}

// common are the ways that both programs know. "bare" is what a user types.
var common = []dumping{
	{"bare", []string{"shop"}},
	{"whole", []string{"--databases", "shop", "--routines", "--events", "--triggers", "--single-transaction", "--hex-blob"}},
	{"long", []string{"--databases", "shop", "--skip-extended-insert", "--complete-insert", "--skip-tz-utc", "--replace", "--add-drop-trigger", "--flush-logs"}},
}

// dump takes one, and keeps it in a file.
func dump(t *testing.T, c client, d dumping) string {
	t.Helper()
	out := c.run(t, d.args...)
	file := filepath.Join(t.TempDir(), d.name+".sql")
	if err := os.WriteFile(file, out, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// load sends a dump with the mariadb client, unchanged. It goes to the database
// shop, which is new.
func load(t *testing.T, addr, file string) {
	t.Helper()
	db := dial(t, addr, "")
	mustExec(t, db, "DROP DATABASE IF EXISTS shop", "CREATE DATABASE shop DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")
	mariadb(t, addr, file, "shop")
}

// sameRows compares what two servers hold, table by table.
func sameRows(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	names := slices.Sorted(maps.Keys(want))
	if g := slices.Sorted(maps.Keys(got)); !slices.Equal(g, names) {
		t.Errorf("%s: tables %v, want %v", what, g, names)
	}
	for _, name := range names {
		if got[name] != want[name] {
			t.Errorf("%s: %s holds %s, want %s", what, name, got[name], want[name])
		}
	}
}

// A dump of a MariaDB with all that a schema can have loads into xadb unchanged.
// What xadb dumps then, loads into xadb and into that MariaDB again. The rows
// and, in xadb, the definitions stay the same.
func TestDumpOfMariaDB(t *testing.T) {
	if !need(t, "mariadb", "mariadb-dump", "mariadbd", "mariadb-install-db") {
		return
	}
	theirs := newMariaDB(t, "--log-bin=binlog")
	mariadb(t, theirs.addr(), dumpData+"schema.sql", "")
	mariadb(t, theirs.addr(), dumpData+"mariadb.sql", "")
	want := sums(t, theirs.addr(), "shop")
	ways := append(common[:len(common):len(common)],
		dumping{"replica", []string{"--databases", "shop", "--master-data=2", "--single-transaction", "--tz-utc"}})
	ours := serve(t).Addr
	for _, way := range ways {
		load(t, ours, dump(t, mariadbDump(theirs.addr()), way))
		sameRows(t, way.name+" from MariaDB", sums(t, ours, "shop"), want)
	}
	roundTrip(t, ours, mariadbDump(ours))
	for _, way := range common {
		load(t, theirs.addr(), dump(t, mariadbDump(ours), way))
		sameRows(t, way.name+" from xadb in MariaDB", sums(t, theirs.addr(), "shop"), want)
	}
	worksOn(t, ours)
}

// roundTrip dumps from xadb, loads into it again, and into another one.
func roundTrip(t *testing.T, ours string, c client) {
	t.Helper()
	rows, text := sums(t, ours, "shop"), definitions(t, ours, "shop")
	for _, way := range common {
		file := dump(t, c, way)
		for what, addr := range map[string]string{"itself": ours, "another": serve(t).Addr} {
			load(t, addr, file)
			sameRows(t, way.name+" from xadb in "+what, sums(t, addr, "shop"), rows)
			again := definitions(t, addr, "shop")
			for name, want := range text {
				if again[name] != want {
					t.Errorf("%s from xadb in %s: %s is\n%s\nwant\n%s", way.name, what, name, again[name], want)
				}
			}
		}
	}
}

// Dumps of a MySQL 9, which testdata/dump keeps beside the checksums of what was
// dumped, load into xadb unchanged, and round trip. make dumps takes them again;
// then its own mysqldump dumps xadb, too.
func TestDumpOfMySQL(t *testing.T) {
	if !need(t, "mariadb", "mariadb-dump") {
		return
	}
	if os.Getenv(dumpPeer) == "mysql" {
		takeDumps(t)
	}
	want := readSums(t, dumpData+"mysql9.sums")
	files, err := filepath.Glob(dumpData + "mysql9-*.sql.gz")
	if err != nil || len(files) == 0 {
		t.Fatalf("no dumps: %v", err)
	}
	ours := serve(t).Addr
	for _, file := range files {
		load(t, ours, unpacked(t, file))
		sameRows(t, filepath.Base(file), sums(t, ours, "shop"), want)
	}
	roundTrip(t, ours, mariadbDump(ours))
	if os.Getenv(dumpPeer) == "mysql" {
		roundTrip(t, ours, mysqlDump(ours))
	}
	worksOn(t, ours)
}

// takeDumps writes testdata/dump anew.
func takeDumps(t *testing.T) {
	t.Helper()
	theirs := newMySQL(t)
	mariadb(t, theirs.addr(), dumpData+"schema.sql", "")
	mariadb(t, theirs.addr(), dumpData+"mysql.sql", "")
	writeSums(t, dumpData+"mysql9.sums", sums(t, theirs.addr(), "shop"))
	for _, way := range append(common[:len(common):len(common)],
		dumping{"replica", []string{"--databases", "shop", "--source-data=2", "--single-transaction", "--column-statistics"}}) {
		plain, err := os.ReadFile(dump(t, mysqlDump(theirs.addr()), way))
		if err != nil {
			t.Fatal(err)
		}
		var packed bytes.Buffer
		w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		if err != nil {
			t.Fatal(err)
		}
		w.Comment = "mysqldump " + strings.Join(way.args, " ")
		if _, err := w.Write(plain); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(dumpData+"mysql9-"+way.name+".sql.gz", packed.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func unpacked(t *testing.T, file string) string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), strings.TrimSuffix(filepath.Base(file), ".gz"))
	if err := os.WriteFile(to, plain, 0o600); err != nil {
		t.Fatal(err)
	}
	return to
}

// worksOn uses what a dump has brought: triggers, keys, defaults, counters.
func worksOn(t *testing.T, addr string) {
	t.Helper()
	db := dial(t, addr, "shop")
	mustExec(t, db, "INSERT INTO customers (email, name) VALUES ('NEW@example.com', 'New')",
		"UPDATE `order` SET state = 'open' WHERE id = 100", "DELETE FROM `order` WHERE id = 100")
	for query, want := range map[string]string{
		"SELECT email FROM customers WHERE id = 11":                                    "new@example.com",
		"SELECT GROUP_CONCAT(what ORDER BY id SEPARATOR '; ') FROM audit":              "start; order 1: open -> paid; order 100: paid -> open; gone; 100",
		"SELECT ord IS NULL FROM a_child WHERE b = 'X2'":                               "1",
		"SELECT number FROM `paid orders` ORDER BY number LIMIT 1":                     "2",
		"SELECT COUNT(*) FROM information_schema.triggers":                             "3",
		"SELECT MAX(LENGTH(lb)) FROM binaries":                                         "1500000",
		"SELECT total FROM `order` WHERE id = 1":                                       "19.98",
		"SELECT du FROM numbers WHERE id = 7":                                          "12345.678",
		"SELECT y4 FROM numbers WHERE id = 7":                                          "2155",
		"SELECT COUNT(*) FROM (SELECT id FROM bulk GROUP BY id HAVING COUNT(*) = 1) x": "3600",
	} {
		var got string
		if err := db.QueryRow(query).Scan(&got); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", query, got, err, want)
		}
	}
	for statement, number := range map[string]uint16{
		"INSERT INTO `order` (`customer id`, price) VALUES (99, 1)":          1452,
		"INSERT INTO `order` (`customer id`, price) VALUES (1, -1)":          3819,
		"INSERT INTO customers (email) VALUES ('ANN@EXAMPLE.COM')":           1062,
		"INSERT INTO `order` (`customer id`, price, total) VALUES (1, 1, 1)": 3105,
		"INSERT INTO texts (e) VALUES ('none of them')":                      1265,
	} {
		_, err := db.Exec(statement)
		if got := codeOf(err); got != number {
			t.Errorf("%s: %v, want %d", statement, err, number)
		}
	}
}
