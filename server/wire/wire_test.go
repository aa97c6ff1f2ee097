package wire

import (
	"bytes"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/mysqlerr"
)

func TestText(t *testing.T) {
	double := Column{Type: mysql.MYSQL_TYPE_DOUBLE, Decimals: decimalsAny}
	single := Column{Type: mysql.MYSQL_TYPE_FLOAT, Decimals: decimalsAny}
	tests := []struct {
		col  Column
		v    binlog.Value
		want string
	}{
		{Column{Type: mysql.MYSQL_TYPE_LONGLONG}, int64(math.MinInt64), "-9223372036854775808"},
		{Column{Type: mysql.MYSQL_TYPE_LONGLONG}, uint64(math.MaxUint64), "18446744073709551615"},
		{Column{Type: mysql.MYSQL_TYPE_YEAR, Flags: mysql.ZEROFILL_FLAG}, int64(0), "0000"},
		{Column{Type: mysql.MYSQL_TYPE_YEAR}, int64(0), "0"},
		{Column{Type: mysql.MYSQL_TYPE_BIT, Length: 9}, uint64(0x1ff), "\x01\xff"},
		{double, 0.1, "0.1"},
		{double, 100000.0, "100000"},
		{double, 1e14, "100000000000000"},
		{double, 1e15, "1e15"},
		{double, 1e-16, "1e-16"},
		{double, -1.5e300, "-1.5e300"},
		{double, 1e5, "100000"},
		{double, 2e-5, "0.00002"},
		{double, 0.0, "0"},
		{single, float64(float32(3.14159274)), "3.14159"},
		{Column{Type: mysql.MYSQL_TYPE_DOUBLE, Decimals: 2}, 1.0, "1.00"},
		{Column{Type: mysql.MYSQL_TYPE_DOUBLE, Decimals: 20}, 0.1, "0.10000000000000000000"},
		{Column{Type: mysql.MYSQL_TYPE_DOUBLE, Decimals: 1}, -0.25, "-0.2"},
		{Column{Type: mysql.MYSQL_TYPE_DOUBLE, Decimals: 0}, 12.0, "12"},
		{Column{Type: mysql.MYSQL_TYPE_NEWDECIMAL}, binlog.Decimal("-12.340"), "-12.340"},
		{Column{Type: mysql.MYSQL_TYPE_VAR_STRING}, []byte("a\x00b"), "a\x00b"},
		{Column{Type: mysql.MYSQL_TYPE_DATE}, binlog.DateTime{Year: 2024, Month: 2, Day: 9}, "2024-02-09"},
		{Column{Type: mysql.MYSQL_TYPE_DATETIME}, binlog.DateTime{}, "0000-00-00 00:00:00"},
		{Column{Type: mysql.MYSQL_TYPE_DATETIME, Decimals: 3}, binlog.DateTime{Year: 1, Micro: 120000}, "0001-00-00 00:00:00.120"},
		{Column{Type: mysql.MYSQL_TYPE_TIME}, binlog.Duration{Negative: true, Hour: 838, Minute: 59, Second: 9}, "-838:59:09"},
		{Column{Type: mysql.MYSQL_TYPE_TIME, Decimals: 6}, binlog.Duration{Micro: 5}, "00:00:00.000005"},
		{Column{Type: mysql.MYSQL_TYPE_TIME, Decimals: 31}, binlog.Duration{}, "00:00:00"},
	}
	for _, tt := range tests {
		got, err := AppendText([]byte("x")[:0], &tt.col, tt.v)
		if err != nil || string(got) != tt.want {
			t.Errorf("type %d, %v: got %q (%v), want %q", tt.col.Type, tt.v, got, err, tt.want)
		}
	}
	if _, err := AppendText(nil, &double, struct{}{}); err == nil {
		t.Error("a value that is none was written")
	}
}

// Numbers of ZEROFILL are filled to what their column declares.
func TestZerofill(t *testing.T) {
	for _, tt := range []struct {
		col  Column
		v    binlog.Value
		want string
	}{
		{Column{Type: mysql.MYSQL_TYPE_LONG, Length: 5}, uint64(42), "\x0500042"},
		{Column{Type: mysql.MYSQL_TYPE_LONG, Length: 3}, uint64(12345), "\x0512345"},
		{Column{Type: mysql.MYSQL_TYPE_FLOAT, Length: 7, Decimals: 3}, 1.5, "\x07001.500"},
		{Column{Type: mysql.MYSQL_TYPE_DOUBLE, Length: 22, Decimals: decimalsAny}, 2.5, "\x1600000000000000000002.5"},
		{Column{Type: mysql.MYSQL_TYPE_NEWDECIMAL, Length: 9, Decimals: 3}, binlog.Decimal("1.500"), "\x0900001.500"},
		{Column{Type: mysql.MYSQL_TYPE_YEAR, Length: 4}, int64(0), "\x040000"},
	} {
		tt.col.Flags |= mysql.ZEROFILL_FLAG
		got, err := appendTextField([]byte("before"), &tt.col, tt.v)
		if err != nil || string(got) != "before"+tt.want {
			t.Errorf("type %d, %v: got %q (%v), want %q", tt.col.Type, tt.v, got, err, tt.want)
		}
	}
}

// What the server writes in binary, a client sends back in the same form.
func TestBinaryRoundTrip(t *testing.T) {
	tests := []struct {
		col  Column
		v    binlog.Value
		sent byte // type of the parameter; default the column's
	}{
		{Column{Type: mysql.MYSQL_TYPE_TINY}, int64(-128), 0},
		{Column{Type: mysql.MYSQL_TYPE_TINY, Flags: mysql.UNSIGNED_FLAG}, uint64(255), 0},
		{Column{Type: mysql.MYSQL_TYPE_SHORT}, int64(-32768), 0},
		{Column{Type: mysql.MYSQL_TYPE_YEAR, Flags: mysql.UNSIGNED_FLAG}, uint64(2155), 0},
		{Column{Type: mysql.MYSQL_TYPE_INT24}, int64(-8388608), 0},
		{Column{Type: mysql.MYSQL_TYPE_LONG, Flags: mysql.UNSIGNED_FLAG}, uint64(math.MaxUint32), 0},
		{Column{Type: mysql.MYSQL_TYPE_LONGLONG}, int64(math.MinInt64), 0},
		{Column{Type: mysql.MYSQL_TYPE_LONGLONG, Flags: mysql.UNSIGNED_FLAG}, uint64(math.MaxUint64), 0},
		{Column{Type: mysql.MYSQL_TYPE_FLOAT}, 1.5, 0},
		{Column{Type: mysql.MYSQL_TYPE_DOUBLE}, math.MaxFloat64, 0},
		{Column{Type: mysql.MYSQL_TYPE_NEWDECIMAL}, binlog.Decimal("-12.340"), 0},
		{Column{Type: mysql.MYSQL_TYPE_VAR_STRING}, []byte(strings.Repeat("x", 70000)), 0},
		{Column{Type: mysql.MYSQL_TYPE_BLOB}, []byte{}, 0},
		{Column{Type: mysql.MYSQL_TYPE_DATE}, binlog.DateTime{Year: 2024, Month: 2, Day: 29}, 0},
		{Column{Type: mysql.MYSQL_TYPE_DATETIME}, binlog.DateTime{}, 0},
		{Column{Type: mysql.MYSQL_TYPE_DATETIME}, binlog.DateTime{Year: 9999, Month: 12, Day: 31, Hour: 23, Minute: 59, Second: 59}, 0},
		{Column{Type: mysql.MYSQL_TYPE_TIMESTAMP}, binlog.DateTime{Year: 2024, Month: 1, Day: 1, Micro: 999999}, 0},
		{Column{Type: mysql.MYSQL_TYPE_TIME}, binlog.Duration{}, 0},
		{Column{Type: mysql.MYSQL_TYPE_TIME}, binlog.Duration{Negative: true, Hour: 838, Minute: 59, Second: 59, Micro: 1}, 0},
	}
	for _, tt := range tests {
		body, err := appendBinary(nil, &tt.col, tt.v)
		if err != nil {
			t.Errorf("type %d, %v: %v", tt.col.Type, tt.v, err)
			continue
		}
		flags := byte(0)
		if tt.col.Flags&mysql.UNSIGNED_FLAG != 0 {
			flags = 0x80
		}
		got, err := NewParams(1).Decode(append([]byte{0, 1, tt.col.Type, flags}, body...))
		if err != nil || !same(got[0], tt.v) {
			t.Errorf("type %d: %v came back as %v (%v)", tt.col.Type, tt.v, got, err)
		}
	}
	for _, v := range []binlog.Value{"text", []byte("12"), binlog.Decimal("1")} {
		if _, err := appendBinary(nil, &Column{Type: mysql.MYSQL_TYPE_LONG}, v); err == nil {
			t.Errorf("%T written as an integer", v)
		}
	}
}

func same(a, b binlog.Value) bool {
	x, isBytes := a.([]byte)
	y, both := b.([]byte)
	if isBytes && both {
		return bytes.Equal(x, y)
	}
	return !isBytes && !both && a == b
}

// Clients send the types once; the values of later executions must not be lost.
func TestParamsRememberTypes(t *testing.T) {
	p := NewParams(2)
	if _, err := p.Decode([]byte{0, 0, 1, 2}); err == nil {
		t.Fatal("decoded values of unknown types")
	}
	first := []byte{0, 1, mysql.MYSQL_TYPE_TINY, 0, mysql.MYSQL_TYPE_VAR_STRING, 0, 5, 1, 'a'}
	if got, err := p.Decode(first); err != nil || got[0] != int64(5) || !same(got[1], []byte("a")) {
		t.Fatal(got, err)
	}
	if got, err := p.Decode([]byte{0, 0, 7, 2, 'b', 'c'}); err != nil || got[0] != int64(7) || !same(got[1], []byte("bc")) {
		t.Fatal(got, err)
	}
	if got, err := p.Decode([]byte{1, 0, 1, 'd'}); err != nil || got[0] != nil || !same(got[1], []byte("d")) {
		t.Fatal(got, err)
	}
}

func TestParamsLongData(t *testing.T) {
	p := NewParams(2)
	types := []byte{0, 1, mysql.MYSQL_TYPE_BLOB, 0, mysql.MYSQL_TYPE_TINY, 0, 9}
	for _, piece := range []string{"ab", "", "cd"} {
		if err := p.AppendLong(0, []byte(piece), 4); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.AppendLong(0, []byte("e"), 4); !mysqlerr.Is(err, mysqlerr.NetPacketTooLarge) {
		t.Error(err)
	}
	if err := p.AppendLong(2, nil, 4); err == nil {
		t.Error("a parameter that does not exist took data")
	}
	if got, err := p.Decode(types); err != nil || !same(got[0], []byte("abcd")) || got[1] != int64(9) {
		t.Error(got, err)
	}
	p.ResetLong()
	if _, err := p.Decode(types); err == nil {
		t.Error("long data survived a reset")
	}
}

// mysqlnd sets the NULL bit of what it sends as long data.
func TestParamsLongDataIsNotNull(t *testing.T) {
	p := NewParams(1)
	if err := p.AppendLong(0, []byte("ab"), 4); err != nil {
		t.Fatal(err)
	}
	if got, err := p.Decode([]byte{1, 1, mysql.MYSQL_TYPE_LONG_BLOB, 0}); err != nil || !same(got[0], []byte("ab")) {
		t.Error(got, err)
	}
}

func TestParamsRefuse(t *testing.T) {
	tests := map[string][]byte{
		"empty":           {},
		"no flag":         {0},
		"flag 2":          {0, 2},
		"no types":        {0, 1, 1},
		"unknown type":    {0, 1, 200, 0, 1},
		"cut integer":     {0, 1, mysql.MYSQL_TYPE_LONG, 0, 1, 2},
		"cut string":      {0, 1, mysql.MYSQL_TYPE_VAR_STRING, 0, 9, 'a'},
		"huge string":     {0, 1, mysql.MYSQL_TYPE_VAR_STRING, 0, 0xfe, 255, 255, 255, 255, 255, 255, 255, 255},
		"NULL length":     {0, 1, mysql.MYSQL_TYPE_VAR_STRING, 0, 0xfb},
		"date of 5 bytes": {0, 1, mysql.MYSQL_TYPE_DATE, 0, 5, 1, 1, 1, 1, 1},
		"month 13":        {0, 1, mysql.MYSQL_TYPE_DATE, 0, 4, 0, 0, 13, 1},
		"839 hours":       {0, 1, mysql.MYSQL_TYPE_TIME, 0, 8, 0, 34, 0, 0, 0, 23, 0, 0},
		"infinite":        {0, 1, mysql.MYSQL_TYPE_FLOAT, 0, 0, 0, 0x80, 0x7f},
	}
	for name, b := range tests {
		if got, err := NewParams(1).Decode(b); err == nil {
			t.Errorf("%s: decoded %v", name, got)
		}
	}
}

// pair is a Conn and the client's end of it.
func pair(t testing.TB, maxPacket int) (*Conn, net.Conn) {
	t.Helper()
	server, client := loopback(t)
	return newConn(server, Options{MaxPacket: maxPacket}.withDefaults()), client
}

// loopback is a connection as clients make it: of a net.Pipe, the deadlines
// fail once the other end is closed.
func loopback(t testing.TB) (server, client net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if client, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = server.Close(), client.Close() })
	return server, client
}

func always(bool) bool { return true }

func TestReadCommand(t *testing.T) {
	frame := func(seq byte, payload ...byte) []byte {
		return append([]byte{byte(len(payload)), byte(len(payload) >> 8), byte(len(payload) >> 16), seq}, payload...)
	}
	tests := []struct {
		name string
		sent []byte
		want error
	}{
		{"whole", frame(0, mysql.COM_PING), nil},
		{"empty", frame(0), mysqlerr.New(mysqlerr.MalformedPacket)},
		{"wrong number", frame(1, mysql.COM_PING), ErrSequence},
		{"too large", []byte{0xff, 0xff, 0xff, 0}, ErrTooLarge},
		{"header only", []byte{5, 0, 0, 0}, io.ErrUnexpectedEOF},
		{"half a header", []byte{5, 0}, io.ErrUnexpectedEOF},
		{"nothing", nil, io.EOF},
	}
	for _, tt := range tests {
		c, client := pair(t, 100)
		go func() {
			_, _ = client.Write(tt.sent)
			_ = client.Close()
		}()
		payload, err := c.ReadCommand(always)
		var known *mysqlerr.Error
		switch {
		case tt.want == nil && (err != nil || payload[0] != mysql.COM_PING):
			t.Errorf("%s: %v, %v", tt.name, payload, err)
		case errors.As(tt.want, &known):
			if !mysqlerr.Is(err, known.Code) {
				t.Errorf("%s: %v", tt.name, err)
			}
		case tt.want != nil && !errors.Is(err, tt.want) && !(tt.want == io.ErrUnexpectedEOF && errors.Is(err, io.EOF)):
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

// Packets of 16 MiB and around it go through in chunks, both ways.
func TestChunks(t *testing.T) {
	for _, size := range []int{chunkMax - 1, chunkMax, chunkMax + 1, 2 * chunkMax} {
		c, client := pair(t, 3*chunkMax)
		text := strings.Repeat("a", size)
		sent := make(chan error, 1)
		go func() {
			err := c.WriteString(text)
			sent <- errors.Join(err, c.Flush())
		}()
		p := packetReader{r: client, limit: 3 * chunkMax}
		got, err := p.read(nil)
		if err := errors.Join(err, <-sent); err != nil {
			t.Fatal(err)
		}
		if string(got) != text || int(p.seq) != size/chunkMax+1 {
			t.Fatalf("%d bytes: got %d, next number %d", size, len(got), p.seq)
		}
	}
}

func TestInterruptEndsRead(t *testing.T) {
	c, _ := pair(t, 100)
	got := make(chan error, 1)
	waiting := make(chan struct{})
	go func() {
		_, err := c.ReadCommand(func(w bool) bool {
			if w {
				close(waiting)
			}
			return true
		})
		got <- err
	}()
	<-waiting
	c.Interrupt()
	select {
	case err := <-got:
		if err == nil {
			t.Error("no error")
		}
	case <-time.After(5 * time.Second):
		t.Fatal("still reading")
	}
}

func handshakeResponse(caps uint32, rest string) []byte {
	b := binary.LittleEndian.AppendUint32(nil, caps|mysql.CLIENT_PROTOCOL_41|mysql.CLIENT_SECURE_CONNECTION)
	b = binary.LittleEndian.AppendUint32(b, 1<<24)
	b = append(b, charsetForTests)
	b = append(b, make([]byte, 23)...)
	return append(b, rest...)
}

const charsetForTests = 45

func TestParseLogin(t *testing.T) {
	const all = mysql.CLIENT_CONNECT_WITH_DB | mysql.CLIENT_PLUGIN_AUTH | mysql.CLIENT_CONNECT_ATTRS
	l, err := ParseLogin(handshakeResponse(all, "root\x00\x00db\x00plugin\x00\x04\x01k\x01v"))
	if err != nil || l.User != "root" || l.DB != "db" || l.Plugin != "plugin" || l.HasPassword {
		t.Errorf("%+v, %v", l, err)
	}
	l, err = ParseLogin(handshakeResponse(0, "root\x00\x02ab"))
	if err != nil || !l.HasPassword {
		t.Errorf("%+v, %v", l, err)
	}
	bad := map[string][]byte{
		"empty":            {},
		"one byte":         {1},
		"TLS request":      handshakeResponse(0, ""),
		"user without NUL": handshakeResponse(0, "root"),
		"no auth":          handshakeResponse(0, "root\x00"),
		"cut auth":         handshakeResponse(0, "root\x00\x14abc"),
		"NULL auth":        handshakeResponse(mysql.CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA, "root\x00\xfb"),
		"huge auth":        handshakeResponse(mysql.CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA, "root\x00\xfe\xff\xff\xff\xff\xff\xff\xff\xff"),
		"db without NUL":   handshakeResponse(mysql.CLIENT_CONNECT_WITH_DB, "root\x00\x00db"),
		"plugin, no NUL":   handshakeResponse(mysql.CLIENT_PLUGIN_AUTH, "root\x00\x00plugin"),
		"cut attributes":   handshakeResponse(mysql.CLIENT_CONNECT_ATTRS, "root\x00\x00\x09\x01k"),
		"odd attributes":   handshakeResponse(mysql.CLIENT_CONNECT_ATTRS, "root\x00\x00\x03\x05ab"),
		"old client":       append([]byte{0, 0, 0, 0}, handshakeResponse(0, "root\x00\x00")[4:]...),
	}
	for name, b := range bad {
		if l, err := ParseLogin(b); err == nil {
			t.Errorf("%s: %+v", name, l)
		}
	}
}

// openGate has root, whose password is secret or none, and lets in who knows it.
type openGate struct{ accounts *auth.Accounts }

func newGate(plugin, password string) openGate {
	a := auth.New(nil)
	verifier := auth.VerifierOf(plugin, password, []byte("01234567890123456789"))
	a.Publish([]*auth.Account{{Name: auth.Name{User: "root", Host: "localhost"}, Plugin: plugin, Verifier: []byte(verifier)}})
	return openGate{a}
}

func (g openGate) Begin(l Login) (*auth.Login, *mysqlerr.Error) {
	return g.accounts.Login(l.User, auth.HostOf(l.Peer)), nil
}

func (openGate) End(l Login, _ *auth.Login, right bool) *mysqlerr.Error {
	if !right {
		return mysqlerr.New(mysqlerr.AccessDenied, l.User, "localhost", "YES")
	}
	return nil
}

// A password that comes with the answer to a switch of plugins is compared,
// and refused where there is none.
func TestPasswordAfterSwitch(t *testing.T) {
	scrambled := func(salt []byte, password string) []byte {
		stage1 := sha1.Sum([]byte(password))
		stage2 := sha1.Sum(stage1[:])
		mask := sha1.Sum(append(bytes.Clone(salt), stage2[:]...))
		for i := range mask {
			mask[i] ^= stage1[i]
		}
		return mask[:]
	}
	for _, tt := range []struct {
		stored, sent string
		want         bool
	}{{"", "", true}, {"", "\x00", true}, {"", "secret", false}, {"secret", "secret", true}, {"secret", "other", false}, {"secret", "", false}} {
		srv := NewServer(Options{})
		server, client := net.Pipe()
		done := make(chan error, 1)
		go func() {
			c, err := srv.Login(server, "8.0.36-test", newGate(auth.Native, tt.stored))
			if err == nil {
				_ = c.Close()
			}
			done <- err
		}()
		read := func() []byte {
			b, _, err := readPacketAny(client)
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		send := func(seq byte, b []byte) {
			if _, err := client.Write(append([]byte{byte(len(b)), 0, 0, seq}, b...)); err != nil {
				t.Fatal(err)
			}
		}
		read()
		send(1, handshakeResponse(mysql.CLIENT_PLUGIN_AUTH, "root\x00\x00mysql_native_password\x00"))
		b := read()
		salt, ok := bytes.CutPrefix(b, []byte("\xfemysql_native_password\x00"))
		if !ok || len(salt) != saltSize+1 {
			t.Fatalf("no switch: %q", b)
		}
		answer := []byte(tt.sent)
		if len(answer) > 1 {
			answer = scrambled(salt[:saltSize], tt.sent)
		}
		send(3, answer)
		if b := read(); (b[0] == mysql.OK_HEADER) != tt.want {
			t.Errorf("%q for %q: %q", tt.sent, tt.stored, b)
		}
		if err := <-done; (err == nil) != tt.want {
			t.Errorf("%q for %q: %v", tt.sent, tt.stored, err)
		}
	}
}

// readPacketAny reads a packet whatever its number.
func readPacketAny(r io.Reader) ([]byte, byte, error) {
	var h [headerSize]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return nil, 0, err
	}
	b, err := appendRead(r, nil, packetSize(h[:]))
	return b, h[3], err
}

const changeUserCaps = mysql.CLIENT_PLUGIN_AUTH | mysql.CLIENT_CONNECT_ATTRS

func TestParseChangeUser(t *testing.T) {
	const whole = "root\x00\x02ab" + "db\x00" + "\x2d\x00" + "plugin\x00" + "\x04\x01k\x01v"
	l, err := ParseChangeUser([]byte(whole), changeUserCaps)
	if err != nil || l.User != "root" || l.DB != "db" || l.Plugin != "plugin" || !l.HasPassword || l.Collation != 45 ||
		len(l.Attributes) != 1 || l.Attributes[0] != (Attribute{"k", "v"}) {
		t.Errorf("%+v, %v", l, err)
	}
	ends := map[int]bool{11: true, 13: true, 20: true} // what follows may be missing altogether
	for n := range len(whole) {
		if l, err := ParseChangeUser([]byte(whole[:n]), changeUserCaps); (err == nil) != ends[n] {
			t.Errorf("%d bytes: %+v, %v", n, l, err)
		}
	}
}

// Attributes are kept up to a limit; a client may send more.
func TestAttributesAreBounded(t *testing.T) {
	var block []byte
	for range 100 {
		block = append(append(append(block, 1, 'k'), 200), make([]byte, 200)...)
	}
	rest := append(append([]byte("root\x00\x00"), 0xfc, byte(len(block)), byte(len(block)>>8)), block...)
	l, err := ParseLogin(handshakeResponse(mysql.CLIENT_CONNECT_ATTRS, string(rest)))
	if n := len(l.Attributes); err != nil || n != attributesMax/201 {
		t.Errorf("%d attributes, %v", n, err)
	}
}
