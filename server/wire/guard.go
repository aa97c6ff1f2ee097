package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net"

	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/server/mysqlerr"
)

// capabilities are those of our own command loop; go-mysql offers a fixed set
// that lacks them.
const capabilities = mysql.CLIENT_FOUND_ROWS | mysql.CLIENT_ODBC | mysql.CLIENT_IGNORE_SPACE | mysql.CLIENT_INTERACTIVE |
	mysql.CLIENT_MULTI_STATEMENTS | mysql.CLIENT_MULTI_RESULTS | mysql.CLIENT_PS_MULTI_RESULTS |
	mysql.CLIENT_DEPRECATE_EOF | mysql.CLIENT_SESSION_TRACK | mysql.CLIENT_COMPRESS | mysql.CLIENT_LOCAL_FILES

// A guard stands between a peer and go-mysql during the handshake. Reads give
// out whole checked packets and never a byte behind them, so that nothing is
// left in go-mysql's buffers when the handshake is over.
type guard struct {
	net.Conn
	rest    []byte // of the packet being given out
	seq     uint8  // of the next packet from the peer
	packets int    // read so far
	greeted bool
	login   Login
}

// packetsMax bounds the packets of one handshake: the response and what
// authentication may ask for.
const packetsMax = 8

// Read implements net.Conn.
func (g *guard) Read(p []byte) (int, error) {
	if len(g.rest) == 0 {
		if err := g.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, g.rest)
	g.rest = g.rest[n:]
	return n, nil
}

func (g *guard) next() error {
	if g.packets++; g.packets > packetsMax {
		return fmt.Errorf("wire: more than %d packets in a handshake", packetsMax)
	}
	first := g.seq
	p := packetReader{r: g.Conn, limit: LoginPacketMax, seq: first}
	payload, err := p.read(nil)
	seq := p.seq
	g.seq = seq + 1 // behind our answer
	if errors.Is(err, ErrTooLarge) {
		return g.refuse(mysqlerr.New(mysqlerr.NetPacketTooLarge), seq, err)
	}
	if err != nil {
		return err
	}
	if g.packets == 1 {
		if g.login, err = ParseLogin(payload); err != nil {
			e := mysqlerr.New(mysqlerr.Handshake)
			e.Message += ": " + err.Error()
			return g.refuse(e, seq, err)
		}
		payload = payload[:g.login.size]
		hidePlugin(payload, g.login)
	}
	n := len(payload)
	g.rest = append([]byte{byte(n), byte(n >> 8), byte(n >> 16), first}, payload...)
	return nil
}

// hidePlugin changes the name caching_sha2_password, so that go-mysql asks the
// client to switch to that plugin. The greeting names the older one, and a
// client that uses another plugin than the greeting's waits for that request
// (libmysqlclient, client_mpvio_read_packet); go-mysql would send an OK.
func hidePlugin(payload []byte, l Login) {
	if l.Plugin == mysql.AUTH_CACHING_SHA2_PASSWORD {
		payload[l.pluginAt] = '?'
	}
}

// refuse answers in go-mysql's place, which never sees the packet.
func (g *guard) refuse(e *mysqlerr.Error, seq uint8, cause error) error {
	payload := appendError(nil, e)
	packet := append([]byte{byte(len(payload)), byte(len(payload) >> 8), 0, seq}, payload...)
	_, _ = g.Conn.Write(packet) // the connection ends in any case
	_ = g.Conn.Close()
	return fmt.Errorf("wire: handshake response: %w", cause)
}

// Write implements net.Conn. The first packet is the greeting.
func (g *guard) Write(p []byte) (int, error) {
	if g.greeted {
		return g.Conn.Write(p)
	}
	g.greeted = true
	if err := addCapabilities(p); err != nil {
		return 0, err
	}
	return g.Conn.Write(p)
}

// addCapabilities changes a greeting in place (MySQL Internals, HandshakeV10):
// header 4, protocol 1, version NUL, id 4, salt 8, filler 1, capabilities low
// 2, collation 1, status 2, capabilities high 2.
func addCapabilities(greeting []byte) error {
	const toLow, lowToHigh = 1 + 4 + 8 + 1, 2 + 1 + 2
	at := headerSize + 1
	if len(greeting) < at {
		return fmt.Errorf("wire: greeting of %d bytes", len(greeting))
	}
	nul := bytes.IndexByte(greeting[at:], 0)
	low := at + nul + toLow
	if nul < 0 || len(greeting) < low+lowToHigh+2 {
		return fmt.Errorf("wire: greeting of %d bytes", len(greeting))
	}
	or := func(b []byte, bits uint16) {
		binary.LittleEndian.PutUint16(b, binary.LittleEndian.Uint16(b)|bits)
	}
	or(greeting[low:], uint16(capabilities&0xffff))
	or(greeting[low+lowToHigh:], uint16(capabilities>>16))
	or(greeting[low+3:], mysql.SERVER_STATUS_AUTOCOMMIT)
	return nil
}
