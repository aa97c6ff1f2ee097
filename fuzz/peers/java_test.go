package peers

import (
	"strings"
	"testing"
	"time"
)

const connectorJ = "/usr/share/java/mariadb-java-client.jar"

// A program with MariaDB Connector/J: its XADataSource, prepared statements of
// both kinds, fetching by cursor, batches and the catalog's questions.
func TestConnectorJ(t *testing.T) {
	if !need(t, "java", connectorJ) {
		return
	}
	p := serve(t)
	mustExec(t, dial(t, p.Addr, ""), "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, s VARCHAR(20), n INT)")
	modes := []string{"useServerPrepStmts=false", "useServerPrepStmts=true", "useServerPrepStmts=true&rewriteBatchedStatements=true", "useServerPrepStmts=true&useBulkStmts=false"}
	out, err := runFor(t, time.Minute, "java", "-cp", connectorJ, "testdata/Peer.java", p.Addr, strings.Join(modes, ";"))
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, m := range modes {
		if !strings.Contains(out, "ok "+m) {
			t.Errorf("%s is missing:\n%s", m, out)
		}
	}
}
