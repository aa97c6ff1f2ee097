package server

import (
	"bytes"
	"testing"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/wire"
)

// Before login 16 KiB are a packet too large, behind it they are not.
func TestPacketsBeforeLogin(t *testing.T) {
	srv := start(t, nil)
	nc := raw(t, srv)
	packet(t, nc)
	head := framed(1, make([]byte, wire.LoginPacketMax+1))
	write(t, nc, head[:4]) // its length is enough
	if _, got := packet(t, nc); errorCode(got) != mysqlerr.NetPacketTooLarge {
		t.Errorf("%q", got)
	}
	if got := firstRow(t, loggedIn(t, srv), "SELECT '"+string(bytes.Repeat([]byte("x"), wire.LoginPacketMax))+"'"); len(got) < wire.LoginPacketMax {
		t.Errorf("%d bytes", len(got))
	}
	if wire.LoginPacketMax != 16<<10 {
		t.Error(wire.LoginPacketMax)
	}
}
