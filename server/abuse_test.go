package server

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"testing"
	"time"

	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/wire"
)

const loginCaps = mysql.CLIENT_PROTOCOL_41 | mysql.CLIENT_SECURE_CONNECTION | mysql.CLIENT_PLUGIN_AUTH

func loginPacket(caps uint32, tail string) []byte {
	b := binary.LittleEndian.AppendUint32(nil, caps)
	b = append(b, 0, 0, 0, 1, 45)
	b = append(b, make([]byte, 23)...)
	return append(b, tail...)
}

const rootTail = "root\x00\x00caching_sha2_password\x00"

// loggedIn is a raw connection behind its login.
func loggedIn(t testing.TB, srv *Server) net.Conn {
	t.Helper()
	nc := raw(t, srv)
	packet(t, nc) // greeting
	write(t, nc, framed(1, loginPacket(loginCaps, rootTail)))
	if seq, ok := packet(t, nc); seq != 2 || ok[0] != mysql.OK_HEADER {
		t.Fatalf("login: packet %d, %q", seq, ok)
	}
	return nc
}

func write(t testing.TB, nc net.Conn, b []byte) {
	t.Helper()
	if _, err := nc.Write(b); err != nil {
		t.Fatal(err)
	}
}

// ask sends a command and returns the first packet of the answer.
func ask(t testing.TB, nc net.Conn, command byte, data string) []byte {
	t.Helper()
	write(t, nc, framed(0, append([]byte{command}, data...)))
	_, payload := packet(t, nc)
	return payload
}

func errorCode(payload []byte) uint16 {
	if len(payload) < 3 || payload[0] != mysql.ERR_HEADER {
		return 0
	}
	return binary.LittleEndian.Uint16(payload[1:])
}

// alive fails unless the server still serves others.
func alive(t testing.TB, srv *Server) {
	t.Helper()
	if got := ask(t, loggedIn(t, srv), mysql.COM_PING, ""); got[0] != mysql.OK_HEADER {
		t.Fatalf("ping: %q", got)
	}
}

func TestAbuseOfLogin(t *testing.T) {
	srv := start(t, nil)
	withDB := uint32(loginCaps | mysql.CLIENT_CONNECT_WITH_DB)
	whole := framed(1, loginPacket(loginCaps, rootTail))
	cases := map[string][]byte{
		"nothing":             {},
		"half a header":       {1, 0},
		"empty packet":        framed(1, nil),
		"user without NUL":    framed(1, loginPacket(loginCaps, "root")),
		"db without NUL":      framed(1, loginPacket(withDB, "root\x00\x00db")),
		"plugin without NUL":  framed(1, loginPacket(loginCaps, "root\x00\x00mysql")),
		"auth beyond the end": framed(1, loginPacket(loginCaps, "root\x00\xff")),
		"TLS request":         framed(1, loginPacket(loginCaps|mysql.CLIENT_SSL, "")),
		"wrong sequence":      framed(9, loginPacket(loginCaps, rootTail)),
		"16 MiB claimed":      {0xff, 0xff, 0xff, 1},
		"65 KiB claimed":      {0, 4, 1, 1},
		"login, then rubbish": append(append([]byte{}, whole...), 0xff, 0xff, 0xff, 0xff, 0xff),
		"login, then two at once": append(append(append([]byte{}, whole...), framed(0, []byte{mysql.COM_PING})...),
			framed(0, []byte{mysql.COM_QUIT})...),
	}
	for name, sent := range cases {
		nc := raw(t, srv)
		packet(t, nc)
		write(t, nc, sent)
		_ = nc.(*net.TCPConn).CloseWrite()
		if _, err := io.Copy(io.Discard, nc); err != nil && !isReset(err) {
			t.Errorf("%s: the server keeps the connection: %v", name, err)
		}
	}
	for n := range whole { // every prefix
		nc := raw(t, srv)
		packet(t, nc)
		write(t, nc, whole[:n])
		_ = nc.Close()
	}
	alive(t, srv)
}

// isReset: the server closed with bytes of ours unread.
func isReset(err error) bool {
	ne, ok := err.(net.Error)
	return !ok || !ne.Timeout()
}

func TestLoginTimeout(t *testing.T) {
	srv := start(t, func(o *Options) { o.Wire = wire.Options{LoginTimeout: 20 * time.Millisecond} })
	nc := raw(t, srv)
	packet(t, nc)
	if _, err := io.Copy(io.Discard, nc); err != nil {
		t.Errorf("the server waits for ever: %v", err)
	}
}

func TestAbuseOfCommands(t *testing.T) {
	srv := start(t, func(o *Options) { o.Wire.MaxPacket = 1 << 20 })
	answers := []struct {
		name    string
		command byte
		data    string
		want    uint16 // 0: not an error
	}{
		{"unknown command", 0xf7, "", mysqlerr.UnknownCommand},
		{"sleep", mysql.COM_SLEEP, "", mysqlerr.UnknownCommand},
		{"empty query", mysql.COM_QUERY, "", mysqlerr.EmptyQuery},
		{"open string", mysql.COM_QUERY, "SELECT 'x", mysqlerr.ParseError},
		{"binary rubbish", mysql.COM_QUERY, "\x00\xff\xfe", mysqlerr.ParseError},
		{"no database", mysql.COM_INIT_DB, "", mysqlerr.BadDB},
		{"short execute", mysql.COM_STMT_EXECUTE, "\x01\x00", mysqlerr.MalformedPacket},
		{"unknown statement", mysql.COM_STMT_EXECUTE, "\x63\x00\x00\x00\x00\x01\x00\x00\x00", mysqlerr.UnknownStmtHandler},
		{"short reset", mysql.COM_STMT_RESET, "", mysqlerr.MalformedPacket},
		{"unknown fetch", mysql.COM_STMT_FETCH, "\x01\x00\x00\x00\x01\x00\x00\x00", mysqlerr.UnknownStmtHandler},
		{"debug", mysql.COM_DEBUG, "", 0},
		{"prepare nothing", mysql.COM_STMT_PREPARE, "?", mysqlerr.ParseError},
		{"prepare two", mysql.COM_STMT_PREPARE, "SELECT 1; SELECT 2", mysqlerr.ParseError},
		{"short option", mysql.COM_SET_OPTION, "\x01", mysqlerr.MalformedPacket},
		{"unknown option", mysql.COM_SET_OPTION, "\x09\x00", mysqlerr.UnknownCommand},
		{"option", mysql.COM_SET_OPTION, "\x00\x00", 0},
		{"kill nobody", mysql.COM_PROCESS_KILL, "\x00\x00\x00\x7f", mysqlerr.NoSuchThread},
		{"short kill", mysql.COM_PROCESS_KILL, "\x01", mysqlerr.MalformedPacket},
		{"field list without NUL", mysql.COM_FIELD_LIST, "t", mysqlerr.MalformedPacket},
		{"field list without db", mysql.COM_FIELD_LIST, "t\x00", mysqlerr.NoDB},
		{"dump", mysql.COM_BINLOG_DUMP, "", mysqlerr.MalformedPacket},
		{"statistics", mysql.COM_STATISTICS, "", 0},
		{"reset", mysql.COM_RESET_CONNECTION, "", 0},
	}
	nc := loggedIn(t, srv)
	for _, tt := range answers {
		if got := ask(t, nc, tt.command, tt.data); errorCode(got) != tt.want {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
	write(t, nc, framed(0, append([]byte{mysql.COM_STMT_SEND_LONG_DATA}, 1))) // no answer, whatever is wrong
	write(t, nc, framed(0, []byte{mysql.COM_STMT_CLOSE}))
	if got := ask(t, nc, mysql.COM_PING, ""); got[0] != mysql.OK_HEADER {
		t.Errorf("ping: %q", got)
	}
	last := map[string]struct {
		sent []byte
		want uint16
	}{
		"cut change of user": {framed(0, append([]byte{mysql.COM_CHANGE_USER}, "root\x00"...)), mysqlerr.MalformedPacket},
		"another user": {append(framed(0, append([]byte{mysql.COM_CHANGE_USER}, "nobody\x00\x00\x00\x2d\x00mysql_native_password\x00"...)),
			framed(2, nil)...), mysqlerr.AccessDenied},
		"a user's password":  {framed(0, append([]byte{mysql.COM_CHANGE_USER}, "root\x00\x02ab\x00\x2d\x00mysql_native_password\x00"...)), mysqlerr.AccessDenied},
		"zero-length packet": {framed(0, nil), mysqlerr.MalformedPacket},
		"too large":          {[]byte{0, 0, 0x20, 0}, mysqlerr.NetPacketTooLarge},
		"out of order":       {framed(3, []byte{mysql.COM_PING}), mysqlerr.PacketsOutOfOrder},
	}
	for name, tt := range last {
		nc := loggedIn(t, srv)
		write(t, nc, tt.sent)
		_, got := packet(t, nc)
		if got[0] == mysql.EOF_HEADER { // the request to switch plugins
			_, got = packet(t, nc)
		}
		if errorCode(got) != tt.want {
			t.Errorf("%s: %q", name, got)
		}
		if _, err := io.Copy(io.Discard, nc); err != nil && !isReset(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	alive(t, srv)
}

// libmysqlclient sends parameter types with the first execution only.
func TestExecuteTwiceWithoutTypes(t *testing.T) {
	nc := loggedIn(t, start(t, nil))
	head := ask(t, nc, mysql.COM_STMT_PREPARE, "ECHO ?")
	if head[0] != mysql.OK_HEADER || binary.LittleEndian.Uint16(head[7:]) != 1 {
		t.Fatalf("prepare: %q", head)
	}
	packet(t, nc) // parameter
	packet(t, nc) // EOF
	id := string(head[1:5])
	for i, params := range []string{"\x00\x01\x03\x00\x07\x00\x00\x00", "\x00\x00\x08\x00\x00\x00", "\x00\x00\x09\x00\x00\x00"} {
		if got := ask(t, nc, mysql.COM_STMT_EXECUTE, id+"\x00\x01\x00\x00\x00"+params); !bytes.Equal(got, []byte{1}) {
			t.Fatalf("execution %d: %q", i, got)
		}
		packet(t, nc) // column
		packet(t, nc) // EOF
		_, row := packet(t, nc)
		if want := []byte{0, 0, byte(7 + i), 0, 0, 0, 0, 0, 0, 0}; !bytes.Equal(row, want) {
			t.Errorf("execution %d: row %v, want %v", i, row, want)
		}
		packet(t, nc) // EOF
	}
	// A reset forgets the statement.
	if got := ask(t, nc, mysql.COM_RESET_CONNECTION, ""); got[0] != mysql.OK_HEADER {
		t.Fatal(got)
	}
	if got := ask(t, nc, mysql.COM_STMT_EXECUTE, id+"\x00\x01\x00\x00\x00"); errorCode(got) != mysqlerr.UnknownStmtHandler {
		t.Errorf("%q", got)
	}
}

// Every way to lose a connection rolls back a branch that is not prepared.
func TestLostConnectionRollsBack(t *testing.T) {
	srv := start(t, nil)
	ends := map[string]func(net.Conn){
		"quit":  func(nc net.Conn) { write(t, nc, framed(0, []byte{mysql.COM_QUIT})) },
		"close": func(nc net.Conn) { _ = nc.Close() },
		"reset": func(nc net.Conn) { _ = nc.(*net.TCPConn).SetLinger(0); _ = nc.Close() },
		"half":  func(nc net.Conn) { write(t, nc, []byte{9, 0}); _ = nc.Close() },
	}
	for name, end := range ends {
		nc := loggedIn(t, srv)
		for _, sql := range []string{"XA START 'lost'", "PUT k " + name} {
			if got := ask(t, nc, mysql.COM_QUERY, sql); got[0] != mysql.OK_HEADER {
				t.Fatalf("%s: %s: %q", name, sql, got)
			}
		}
		end(nc)
		next := loggedIn(t, srv) // waits for the lock until the branch is gone
		if got := ask(t, next, mysql.COM_QUERY, "PUT k next"); got[0] != mysql.OK_HEADER {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func FuzzCommands(f *testing.F) {
	srv := start(f, func(o *Options) { o.Wire.MaxPacket = 1 << 16 })
	f.Add([]byte{mysql.COM_QUERY, 'S', 'E', 'L', 'E', 'C', 'T', ' ', '1'})
	f.Add([]byte("\x03XA START 'a'"))
	f.Add([]byte("\x03SET @a=1,NAMES utf8,@@session.autocommit=0"))
	f.Add([]byte("\x16ECHO ? ?"))
	f.Add([]byte("\x17\x01\x00\x00\x00\x00\x01\x00\x00\x00"))
	f.Add([]byte("\x1c\x01\x00\x00\x00\x05\x00\x00\x00"))
	f.Add([]byte("\x11root\x00\x00\x00\x2d\x00mysql_native_password\x00"))
	f.Add([]byte("\x03LOAD DATA LOCAL INFILE 'f' INTO TABLE t FIELDS TERMINATED BY ',' IGNORE 1 LINES (a, @b)"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) == 0 || b[0] == mysql.COM_QUERY && bytes.Contains(b, []byte("PANIC")) {
			return
		}
		nc := loggedIn(t, srv)
		write(t, nc, framed(0, b))
		write(t, nc, framed(0, []byte{mysql.COM_QUIT}))
		if _, err := io.Copy(io.Discard, nc); err != nil && !isReset(err) {
			t.Fatalf("%q: %v", b, err)
		}
		_ = nc.Close()
	})
}

// A client that is silent too long, and one that does not read its answer,
// lose their connection and with it their locks.
func TestSlowClients(t *testing.T) {
	srv := start(t, func(o *Options) { o.Wire = wire.Options{WriteTimeout: 50 * time.Millisecond} })
	silent := loggedIn(t, srv)
	if got := ask(t, silent, mysql.COM_QUERY, "SET wait_timeout = 1"); got[0] != mysql.OK_HEADER {
		t.Fatalf("%q", got)
	}
	deaf := loggedIn(t, srv)
	if err := deaf.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{"BEGIN", "PUT k 1"} {
		if got := ask(t, deaf, mysql.COM_QUERY, sql); got[0] != mysql.OK_HEADER {
			t.Fatalf("%s: %q", sql, got)
		}
	}
	big := bytes.Repeat([]byte("SELECT '0123456789abcdef0123456789abcdef';"), 1000)
	if got := ask(t, deaf, mysql.COM_SET_OPTION, "\x00\x00"); got[0] != mysql.EOF_HEADER {
		t.Fatalf("%q", got)
	}
	go func() { // until the server closes
		for {
			if _, err := deaf.Write(framed(0, append([]byte{mysql.COM_QUERY}, big...))); err != nil {
				return
			}
		}
	}()
	if got := ask(t, loggedIn(t, srv), mysql.COM_QUERY, "PUT k 2"); got[0] != mysql.OK_HEADER {
		t.Errorf("the lock of a deaf client: %q", got)
	}
	if _, err := io.Copy(io.Discard, silent); err != nil {
		t.Errorf("the silent client is still connected: %v", err)
	}
}

// Long data of all statements together is bounded, and the answer to the
// execution says so.
func TestLongDataIsBounded(t *testing.T) {
	nc := loggedIn(t, start(t, func(o *Options) { o.Wire.MaxPacket = 1 << 16 }))
	var ids []string
	for range 2 {
		head := ask(t, nc, mysql.COM_STMT_PREPARE, "ECHO ?")
		packet(t, nc)
		packet(t, nc)
		ids = append(ids, string(head[1:5]))
	}
	piece := string(bytes.Repeat([]byte{'x'}, 40<<10))
	for _, id := range ids {
		write(t, nc, framed(0, []byte("\x18"+id+"\x00\x00"+piece)))
	}
	execute := func(id string) []byte {
		return ask(t, nc, mysql.COM_STMT_EXECUTE, id+"\x00\x01\x00\x00\x00\x00\x01\xfc\x00")
	}
	if got := execute(ids[1]); errorCode(got) != mysqlerr.NetPacketTooLarge {
		t.Errorf("%q", got)
	}
	if got := execute(ids[0]); !bytes.Equal(got, []byte{1}) {
		t.Errorf("%q", got)
	}
}
