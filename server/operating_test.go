package server

import (
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/server/mysqlerr"
)

// What SET GLOBAL says of connections and packets holds from then on.
func TestOperatingVariables(t *testing.T) {
	srv := startSQL(t, openLog(t, vfs.NewMem()))
	db := dial(t, srv, "")
	db.SetMaxOpenConns(1)
	mustExec(t, db, "CREATE USER u", "SET GLOBAL max_connections = 1, GLOBAL max_allowed_packet = 2048")
	other := dialAs(t, srv, "u", "")
	if err := other.Ping(); code(err) != mysqlerr.ConCount {
		t.Errorf("more connections than max_connections: %v", err)
	}
	long := "SELECT '" + strings.Repeat("x", 3000) + "'"
	mustExec(t, db, long, "SET GLOBAL max_connections = DEFAULT")
	mustExec(t, other, "DO 1")
	if _, err := other.Exec(long); code(err) != mysqlerr.NetPacketTooLarge {
		t.Errorf("a packet above max_allowed_packet: %v", err)
	}
}
