package server

import (
	"fmt"
	"strings"
	"testing"
)

// A TIMESTAMP default is one moment: ALTER TABLE and INSERT ... SELECT leave it where
// it is, whatever the session's zone, and SHOW CREATE TABLE shows it there.
func TestTimestampDefaultsInZones(t *testing.T) {
	srv := source(t)
	root := dialAs(t, srv, "root", "d")
	root.SetMaxOpenConns(1)
	mustExec(t, root, "SET time_zone='+05:00'", "CREATE TABLE z (a INT PRIMARY KEY, ts TIMESTAMP DEFAULT '2020-01-01 00:00:00')")
	for i, zone := range []string{"+05:00", "-03:00", "+00:00"} {
		mustExec(t, root, fmt.Sprintf("SET time_zone='%s'", zone), fmt.Sprintf("ALTER TABLE z ADD COLUMN c%d INT", i),
			fmt.Sprintf("INSERT INTO z (a) VALUES (%d)", 10*i), fmt.Sprintf("INSERT INTO z (a) SELECT a+1 FROM z WHERE a=%d", 10*i))
		want := []string{"2020-01-01 00:00:00", "2019-12-31 16:00:00", "2019-12-31 19:00:00"}[i]
		if text := lines(t, root, "SHOW CREATE TABLE z")[0]; !strings.Contains(text, "DEFAULT '"+want+"'") {
			t.Errorf("in %s: %s", zone, text)
		}
	}
	if got := lines(t, root, "SELECT DISTINCT UNIX_TIMESTAMP(ts) FROM z"); len(got) != 1 || got[0] != "1577818800" {
		t.Errorf("the rows have %v", got)
	}
}
