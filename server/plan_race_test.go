package server

import (
	"strings"
	"sync"
	"testing"

	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/server/mysqlerr"
)

// TestPlansUnderDDL: P2, P3. While a table is dropped and made anew with its
// columns in another order, and emptied, plans read and write no row by the
// columns of another definition.
func TestPlansUnderDDL(t *testing.T) {
	const clients = 4
	w := newTwin(t, false, clients+1)
	for _, l := range w.clients {
		l.do(t, mysql.COM_QUERY, "use d")
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	var mu sync.Mutex
	rows := 0
	for i, l := range w.clients[:clients] {
		wg.Go(func() {
			sql := []string{
				"SELECT a, b FROM t WHERE id = 1", "SELECT a, b FROM t WHERE id BETWEEN 1 AND 2", "UPDATE t SET b = 'b' WHERE id = 1",
				"SELECT a, b FROM t WHERE id IN (1, 2)",
			}[i]
			seen := 0
			for {
				select {
				case <-stop:
					mu.Lock()
					rows += seen
					mu.Unlock()
					return
				default:
				}
				l.nc.keep = l.nc.keep[:0]
				if err := l.c.serveCommand(mysql.COM_QUERY, []byte(sql)); err != nil {
					t.Error(err)
					return
				}
				if err := l.c.wire.Flush(); err != nil {
					t.Error(err)
					return
				}
				answer := string(l.nc.keep)
				switch code := errorCode(l.nc.keep[4:]); {
				case l.nc.keep[4] == mysql.ERR_HEADER && code != mysqlerr.NoSuchTable && code != mysqlerr.TableDefChanged:
					t.Errorf("%s: %q", sql, answer)
				case strings.HasSuffix(sql, "'b' WHERE id = 1"), l.nc.keep[4] == mysql.ERR_HEADER:
				case strings.Contains(answer, "\x01a\x01b"):
					seen++
				case strings.Contains(answer, "\x01b\x01a"):
					t.Errorf("%s: columns are mixed up: %q", sql, answer)
				}
			}
		})
	}
	ddl := w.clients[clients]
	for range 10 {
		for _, columns := range []string{"id INT PRIMARY KEY, a CHAR(1), b CHAR(1)", "b CHAR(1), id INT PRIMARY KEY, c INT, a CHAR(1)"} {
			for _, sql := range []string{
				"CREATE TABLE t (" + columns + ")", "INSERT INTO t (id, a, b) VALUES (1, 'a', 'b')", "TRUNCATE TABLE t",
				"INSERT INTO t (id, a, b) VALUES (1, 'a', 'b')", "CREATE INDEX x ON t (b)", "DROP TABLE t",
			} {
				if got := ddl.do(t, mysql.COM_QUERY, sql); ddl.nc.keep[4] == mysql.ERR_HEADER {
					t.Errorf("%s: %s", sql, got)
				}
				if strings.HasPrefix(sql, "INSERT") && !strings.Contains(ddl.do(t, mysql.COM_QUERY, "SELECT a, b FROM t WHERE id = 1"), `\x01a\x01b`) {
					t.Error("the row is not there")
				}
			}
		}
	}
	close(stop)
	wg.Wait()
	if used, _ := w.exec.PlanStats(); used == 0 || rows == 0 {
		t.Errorf("%d plans were used, %d rows found: this shows nothing", used, rows)
	}
}
