package server

import (
	"slices"
	"strings"
	"testing"

	"github.com/xadb/xadb/server/mysqlerr"
)

// CREATE TABLE ... SELECT is a definition with its types, and then rows; a table that
// cannot be filled is gone again, and one that was there stays as it is.
func TestCreateTableSelect(t *testing.T) {
	srv := source(t)
	root := dialAs(t, srv, "root", "d")
	mustExec(t, root, "INSERT INTO t VALUES (1, 'one'), (2, 'two')", "CREATE TABLE twin SELECT id, CONCAT(v, '!') w FROM t",
		"CREATE TABLE IF NOT EXISTS twin SELECT 3 id, 'x' w")
	if got := strings.Join(lines(t, root, "SELECT * FROM twin ORDER BY id"), ";"); got != "1|one!;2|two!" {
		t.Errorf("the copy is %s", got)
	}
	wantCode(t, root, mysqlerr.SubqueryNoOneRow, "CREATE TABLE half SELECT id, (SELECT id FROM t WHERE id <> 9) x FROM t")
	wantCode(t, root, mysqlerr.NoSuchTable, "SELECT * FROM half")
	var said []string
	for _, l := range lines(t, root, "SHOW BINLOG EVENTS") {
		if c := strings.Split(l, "|"); c[2] == "Query" || c[2] == "Write_rows" {
			text, _, _ := strings.Cut(strings.ReplaceAll(c[5], "\n", ""), " /*")
			said = append(said, text)
		}
	}
	at := slices.IndexFunc(said, func(s string) bool { return strings.Contains(s, "CREATE TABLE `twin` (  `id` int NOT NULL,") })
	if at < 0 || len(said) != at+5 || said[at+1] != "BEGIN" || !strings.HasPrefix(said[at+2], "table_id") ||
		!strings.Contains(said[at+3], "CREATE TABLE `half`") || said[at+4] != "use `d`; drop table half" {
		t.Errorf("the log says\n%s", strings.Join(said, "\n"))
	}
}
