package server

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
)

// imagesOf reads a stream until a row of d.stop: each image of the rows before that,
// with a _ for each column that is not there.
func imagesOf(t testing.TB, st *replication.BinlogStreamer) (images []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for {
		ev, err := st.GetEvent(ctx)
		must(t, err)
		rows, ok := ev.Event.(*replication.RowsEvent)
		if !ok {
			continue
		}
		if string(rows.Table.Table) == "stop" {
			return images
		}
		for i, r := range rows.Rows {
			for col := range r {
				if text, ok := r[col].([]byte); ok {
					r[col] = string(text)
				}
			}
			for _, col := range rows.SkippedColumns[i] {
				r[col] = "_"
			}
			images = append(images, strings.TrimSuffix(fmt.Sprintf("%s%v", rows.Table.Table, r), "]"))
		}
	}
}

// binlog_row_image chooses the columns that images have, statement by statement.
func TestRowImages(t *testing.T) {
	srv := source(t)
	root := dialAs(t, srv, "root", "d")
	mustExec(t, root, "CREATE TABLE stop (id INT)",
		"CREATE TABLE k (id INT PRIMARY KEY, a INT, b INT, v TEXT)", "CREATE TABLE u (a INT, b INT NOT NULL UNIQUE, c INT)", "CREATE TABLE n (a INT, b INT)",
		"INSERT INTO n VALUES (1, 2), (NULL, 4)")
	var from binlog.Pos
	type step struct{ statement, want string }
	for image, steps := range map[string][]step{
		"MINIMAL": {
			{"INSERT INTO k (id, a) VALUES (1, 10), (2, 20), (3, NULL)", "k[1 10 <nil> <nil>; k[2 20 <nil> <nil>; k[3 <nil> <nil> <nil>"},
			{"UPDATE k SET a = 11 WHERE id = 1", "k[1 _ _ _; k[_ 11 _ _"},
			{"UPDATE k SET b = id * 5, a = 11 WHERE id < 3", "k[1 _ _ _; k[_ 11 5 _; k[2 _ _ _; k[_ 11 10 _"}, // the one changes a, too
			{"UPDATE k SET id = 4 WHERE id = 1", "k[1 _ _ _; k[4 _ _ _"},
			{"UPDATE k SET a = NULL WHERE id = 4", "k[4 _ _ _; k[_ <nil> _ _"},
			{"UPDATE k SET a = a WHERE id = 4", ""},
			{"REPLACE INTO k VALUES (4, 1, 1, 'text')", "k[4 _ _ _; k[4 1 1 text"},
			{"INSERT INTO k VALUES (4, 1, 1, '') ON DUPLICATE KEY UPDATE v = 'more'", "k[4 _ _ _; k[_ _ _ more"},
			{"DELETE FROM k", "k[2 _ _ _; k[3 _ _ _; k[4 _ _ _"},
			{"INSERT INTO u VALUES (1, 2, 3)", "u[1 2 3"},
			{"UPDATE u SET a = 9", "u[_ 2 _; u[9 _ _"},
			{"DELETE FROM u", "u[_ 2 _"},
			{"UPDATE n SET b = 3 WHERE a = 1", "n[1 2; n[_ 3"},
			{"DELETE FROM n", "n[1 3; n[<nil> 4"},
			{"INSERT INTO n VALUES (1, 2), (NULL, 4)", "n[1 2; n[<nil> 4"},
		},
		"NOBLOB": {
			{"INSERT INTO k VALUES (1, 1, 1, 'text')", "k[1 1 1 text"},
			{"UPDATE k SET a = 2", "k[1 1 1 _; k[1 2 1 _"},
			{"UPDATE k SET v = 'other'", "k[1 2 1 _; k[1 2 1 other"},
			{"DELETE FROM k", "k[1 2 1 _"},
		},
		"FULL": {
			{"INSERT INTO k VALUES (1, 1, 1, 'text')", "k[1 1 1 text"},
			{"UPDATE k SET a = 2", "k[1 1 1 text; k[1 2 1 text"},
			{"DELETE FROM k", "k[1 2 1 text"},
		},
	} {
		mustExec(t, root, "SET SESSION binlog_row_image = "+image)
		for _, s := range steps {
			from = srv.store.Binlog().DurablePos()
			mustExec(t, root, s.statement, "INSERT INTO stop VALUES (1)")
			sync := syncer(t, srv, 31, nil)
			st, err := sync.StartSync(mysql.Position{Name: srv.store.Binlog().FileName(from.File), Pos: uint32(from.Offset)})
			must(t, err)
			if got := strings.Join(imagesOf(t, st), "; "); got != s.want {
				t.Errorf("%s: %s: %s, want %s", image, s.statement, got, s.want)
			}
			sync.Close()
		}
	}

	mustExec(t, root, "SET GLOBAL binlog_row_image = 'minimal'", "CREATE USER ann IDENTIFIED BY ''", "GRANT ALL ON d.* TO ann")
	ann := dialAs(t, srv, "ann", "d")
	if got := lines(t, ann, "SELECT @@binlog_row_image, @@GLOBAL.binlog_row_image"); got[0] != "MINIMAL|MINIMAL" {
		t.Error(got)
	}
	for statement, want := range map[string]uint16{
		"SET binlog_row_image = FULL": mysqlerr.SpecificAccessDenied, "SET GLOBAL binlog_row_image = FULL": mysqlerr.SpecificAccessDenied,
	} {
		if _, err := ann.Exec(statement); code(err) != want {
			t.Errorf("%s: %v", statement, err)
		}
	}
	if _, err := root.Exec("SET binlog_row_image = 'x'"); code(err) != mysqlerr.WrongValueForVar {
		t.Error(err)
	}
	// A branch that is prepared has the rows of its own statements.
	from = srv.store.Binlog().DurablePos()
	mustExec(t, ann, "INSERT INTO k VALUES (1, 1, 1, 'text')", "XA START 'x'", "UPDATE k SET a = 2", "XA END 'x'", "XA PREPARE 'x'", "XA COMMIT 'x'", "INSERT INTO stop VALUES (1)")
	st, err := syncer(t, srv, 31, nil).StartSync(mysql.Position{Name: srv.store.Binlog().FileName(from.File), Pos: uint32(from.Offset)})
	must(t, err)
	if got := strings.Join(imagesOf(t, st), "; "); got != "k[1 1 1 text; k[1 _ _ _; k[_ 2 _ _" {
		t.Error(got)
	}
}
