package wire

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/auth"
)

func FuzzParseChangeUser(f *testing.F) {
	f.Add([]byte("root\x00\x02abdb\x00\x2d\x00plugin\x00\x04\x01k\x01v"), uint32(changeUserCaps))
	f.Fuzz(func(_ *testing.T, b []byte, caps uint32) { _, _ = ParseChangeUser(b, caps) })
}

func FuzzParseLogin(f *testing.F) {
	f.Add(handshakeResponse(mysql.CLIENT_CONNECT_WITH_DB|mysql.CLIENT_PLUGIN_AUTH|mysql.CLIENT_CONNECT_ATTRS,
		"root\x00\x00db\x00mysql_native_password\x00\x04\x01k\x01v"))
	f.Add(handshakeResponse(mysql.CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA, "root\x00\xfc\x01\x00a"))
	f.Fuzz(func(_ *testing.T, b []byte) { _, _ = ParseLogin(b) })
}

// Whatever a peer sends during login, the server neither panics nor hangs.
func FuzzHandshake(f *testing.F) {
	srv := NewServer(Options{LoginTimeout: time.Second})
	g := newGate(auth.SHA2, "secret")
	login := handshakeResponse(mysql.CLIENT_PLUGIN_AUTH, "root\x00\x00caching_sha2_password\x00")
	f.Add(append([]byte{byte(len(login)), 0, 0, 1}, login...))
	f.Add([]byte{1, 0, 0, 1, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		server, client := net.Pipe()
		go func() {
			_, _ = client.Write(b)
			_ = client.Close()
		}()
		go func() { _, _ = io.Copy(io.Discard, client) }()
		if c, err := srv.Login(server, "8.0.36-test", g); err == nil {
			_ = c.Close()
		}
	})
}

func FuzzStmtExecute(f *testing.F) {
	f.Add(uint8(1), []byte{0, 1, mysql.MYSQL_TYPE_LONG, 0, 1, 2, 3, 4})
	f.Add(uint8(2), []byte{0, 1, mysql.MYSQL_TYPE_TIME, 0, mysql.MYSQL_TYPE_DATE, 0, 0, 0})
	f.Add(uint8(9), []byte{255, 1, 1})
	f.Fuzz(func(t *testing.T, count uint8, b []byte) {
		p := NewParams(int(count))
		first, err := p.Decode(b)
		if err != nil {
			return
		}
		again, err := p.Decode(b)
		if err != nil || len(first) != len(again) || len(first) != int(count) {
			t.Fatalf("decoded once as %v, then %v: %v", first, again, err)
		}
		for _, v := range first {
			switch v.(type) {
			case nil, int64, uint64, float64, []byte, binlog.Decimal, binlog.DateTime, binlog.Duration:
			default:
				t.Fatalf("decoded a %T", v)
			}
		}
	})
}
