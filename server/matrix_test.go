package server

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/server/mysqlerr"
)

// sendAll sends b to a connection behind its greeting, and fails unless the server
// then lets go of it.
func sendAll(t *testing.T, nc net.Conn, what string, b []byte) {
	t.Helper()
	_, _ = nc.Write(b) // the server may have closed already
	_ = nc.(*net.TCPConn).CloseWrite()
	if _, err := io.Copy(io.Discard, nc); err != nil && !isReset(err) {
		t.Errorf("%s: the server keeps the connection: %v", what, err)
	}
	_ = nc.Close()
}

// Every prefix and every changed byte of a login, with what it may have, then a
// command; and the same of an answer to a switch of plugins.
func TestEveryByteOfLogin(t *testing.T) {
	srv := start(t, nil)
	const connectWithDB, lenenc = mysql.CLIENT_CONNECT_WITH_DB, mysql.CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA
	attributes := "\x0d\x04_pid\x0412345x"[:13]
	logins := map[string][]byte{
		"plain":      loginPacket(loginCaps, rootTail),
		"db":         loginPacket(loginCaps|connectWithDB, "root\x00\x00d\x00caching_sha2_password\x00"),
		"attributes": loginPacket(loginCaps|lenenc|mysql.CLIENT_CONNECT_ATTRS, "root\x00\x00caching_sha2_password\x00"+attributes),
		"zstd":       loginPacket(loginCaps|mysql.CLIENT_ZSTD_COMPRESSION_ALGORITHM, rootTail+"\x03"),
		"zlib":       loginPacket(loginCaps|mysql.CLIENT_COMPRESS|mysql.CLIENT_DEPRECATE_EOF|mysql.CLIENT_LOCAL_FILES, rootTail),
		"native":     loginPacket(loginCaps, "root\x00\x14aaaaaaaaaaaaaaaaaaaamysql_native_password\x00"),
		"switch":     loginPacket(loginCaps, "root\x00\x00dialog\x00"),
		"no plugin":  loginPacket(mysql.CLIENT_PROTOCOL_41|mysql.CLIENT_SECURE_CONNECTION, "root\x00\x00"),
	}
	after := append(framed(3, nil), framed(0, []byte{mysql.COM_PING})...)
	one := func(what string, login []byte) {
		nc := raw(t, srv)
		packet(t, nc)
		sendAll(t, nc, what, append(framed(1, login), after...))
	}
	for name, whole := range logins {
		for at := range whole {
			one(name, whole[:at])
			for _, b := range []byte{0, 0xff, whole[at] ^ 1} {
				changed := bytes.Clone(whole)
				changed[at] = b
				one(name, changed)
			}
		}
	}
	alive(t, srv)
}

// Every prefix of every command.
func TestEveryPrefixOfCommands(t *testing.T) {
	l := openLog(t, vfs.NewMem())
	srv := start(t, func(o *Options) { o.Store, o.Executor = NewStore(l), NewExecutor(l) })
	mustExec(t, dial(t, srv, ""), "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY, v VARCHAR(20))")
	for _, seed := range barrageSeeds() {
		nc := raw(t, srv)
		packet(t, nc)
		write(t, nc, framed(1, loginPacket(loginCaps, rootTail)))
		packet(t, nc)
		var all []byte
		for at := 1; at <= len(seed); at++ {
			all = append(all, framed(0, seed[:at])...)
		}
		sendAll(t, nc, string(seed), all)
	}
	alive(t, srv)
}

// Frames that no client sends.
func TestFraming(t *testing.T) {
	conf, err := selfSigned()
	if err != nil {
		t.Fatal(err)
	}
	srv := start(t, func(o *Options) { o.TLS, o.Wire.MaxPacket = conf, 32<<20 })

	nc := raw(t, srv) // one byte at a time
	packet(t, nc)
	for _, b := range append(framed(1, loginPacket(loginCaps, rootTail)), framed(0, []byte{mysql.COM_PING})...) {
		write(t, nc, []byte{b})
	}
	for _, what := range []string{"login", "ping"} {
		if _, got := packet(t, nc); got[0] != mysql.OK_HEADER {
			t.Errorf("%s in single bytes: %q", what, got)
		}
	}

	nc = loggedIn(t, srv) // what comes behind COM_QUIT is nobody's
	sendAll(t, nc, "behind COM_QUIT", append(framed(0, []byte{mysql.COM_QUIT}), framed(0, []byte("\x03PUT k 1"))...))
	if got := firstRow(t, loggedIn(t, srv), "GET k"); string(got) != "\xfb" {
		t.Errorf("a command behind COM_QUIT was run: %q", got)
	}

	// 16 MiB - 1 with the empty packet behind it, and without.
	chunk := append([]byte{0xff, 0xff, 0xff, 0, mysql.COM_QUERY}, bytes.Repeat([]byte{' '}, 1<<24-2)...)
	nc = loggedIn(t, srv)
	write(t, nc, append(bytes.Clone(chunk), 0, 0, 0, 1))
	if _, got := packet(t, nc); errorCode(got) != mysqlerr.EmptyQuery {
		t.Errorf("%q", got)
	}
	sendAll(t, loggedIn(t, srv), "a chunk without its end", chunk)

	sslRequest := framed(1, loginPacket(loginCaps|mysql.CLIENT_SSL, ""))
	nc = raw(t, srv) // a login in clear text behind the request for TLS
	packet(t, nc)
	sendAll(t, nc, "clear text ahead of TLS", append(bytes.Clone(sslRequest), framed(2, loginPacket(loginCaps, rootTail))...))

	nc = raw(t, srv) // a second request, under TLS
	packet(t, nc)
	write(t, nc, sslRequest)
	secure := tls.Client(nc, &tls.Config{InsecureSkipVerify: true})
	write(t, secure, framed(2, loginPacket(loginCaps|mysql.CLIENT_SSL, "")))
	if _, got := packet(t, secure); errorCode(got) != mysqlerr.Handshake {
		t.Errorf("a second request for TLS: %q", got)
	}
	_ = nc.Close()

	nc = raw(t, srv) // half a TLS handshake
	packet(t, nc)
	sendAll(t, nc, "half a TLS handshake", append(bytes.Clone(sslRequest), 22, 3, 1, 2, 0, 1, 0, 1))
	alive(t, srv)
}

// Statements that are too large, too deep or without an end.
func TestMonstrousStatements(t *testing.T) {
	l := openLog(t, vfs.NewMem())
	srv := start(t, func(o *Options) { o.Store, o.Executor = NewStore(l), NewExecutor(l) })
	mustExec(t, dial(t, srv, ""), "CREATE DATABASE d", "CREATE TABLE d.t (id INT PRIMARY KEY)")
	nc := loggedIn(t, srv)
	if err := nc.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	marks := strings.TrimSuffix(strings.Repeat("?,", 1<<16), ",")
	for name, sql := range map[string]string{
		"a name of 10 MiB":     "SELECT * FROM d." + strings.Repeat("x", 10<<20),
		"deep parentheses":     "SELECT " + strings.Repeat("(", 100_000) + "1" + strings.Repeat(")", 100_000),
		"open parentheses":     "SELECT " + strings.Repeat("(", 100_000),
		"deep, of a table":     "SELECT * FROM d.t WHERE " + strings.Repeat("(", 100_000) + "1" + strings.Repeat(")", 100_000),
		"deep, not":            "SELECT * FROM d.t WHERE " + strings.Repeat("NOT ", 100_000) + "1",
		"an open string":       "SELECT '" + strings.Repeat("x", 1<<20),
		"an open comment":      "SELECT 1 /*" + strings.Repeat("x", 1<<20),
		"an open name":         "SELECT `" + strings.Repeat("x", 1<<20),
		"an XID of 65 bytes":   "XA START '" + strings.Repeat("x", 65) + "'",
		"a negative format":    "XA START 'x','y',-1",
		"a format over 2^31-1": "XA START 'x','y',2147483648",
		"an open XID":          "XA START 'x",
		"an odd XID":           "XA START X'123'",
		"parameters in text":   "SELECT " + marks,
	} {
		if got := ask(t, nc, mysql.COM_QUERY, sql); errorCode(got) == 0 {
			t.Errorf("%s: %.80q", name, got)
		}
	}
	if got := ask(t, nc, mysql.COM_STMT_PREPARE, "SELECT 1 FROM d.t WHERE id IN ("+marks+")"); errorCode(got) != mysqlerr.TooManyPlaceholders {
		t.Errorf("65,536 parameters: %.80q", got)
	}
	for n := range 1000 {
		head := ask(t, nc, mysql.COM_STMT_PREPARE, "SELECT id FROM d.t WHERE id = ?")
		if head[0] != mysql.OK_HEADER || binary.LittleEndian.Uint32(head[1:]) == 0 {
			t.Fatalf("statement %d: %q", n, head)
		}
		for range 4 { // parameter, EOF, column, EOF
			packet(t, nc)
		}
	}
	if got := ask(t, nc, mysql.COM_PING, ""); got[0] != mysql.OK_HEADER {
		t.Errorf("%q", got)
	}
}
