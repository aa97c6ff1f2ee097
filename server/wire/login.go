package wire

import (
	"bytes"
	"errors"
	"fmt"
	"net"

	"github.com/go-mysql-org/go-mysql/mysql"
)

// A Login is what a client says in its handshake response.
type Login struct {
	User         string
	DB           string
	Plugin       string // authentication plugin; empty from old clients
	Capabilities uint32
	Collation    uint8
	HasPassword  bool
	Attributes   []Attribute // what the client says about its program
	Peer         net.Addr    // where it says it from
	Secure       bool        // over TLS

	answer    []byte // the scrambled password
	zstdLevel int
}

// sslRequestSize is the length of an SSLRequest, the beginning of a login.
const sslRequestSize = 4 + 4 + 1 + 23

// ParseLogin decodes a HandshakeResponse41.
func ParseLogin(b []byte) (Login, error) {
	r := reader{b: b}
	l := Login{Capabilities: r.u32()}
	r.u32() // the client's packet limit
	l.Collation = r.u8()
	r.take(23)
	if len(b) == sslRequestSize {
		return l, errors.New("no TLS can begin here; connect without it")
	}
	if l.Capabilities&mysql.CLIENT_PROTOCOL_41 == 0 || l.Capabilities&mysql.CLIENT_SECURE_CONNECTION == 0 {
		return l, errors.New("client is older than MySQL 4.1")
	}
	l.User = r.cString()
	l.answer = bytes.Clone(r.authResponse(l.Capabilities))
	l.HasPassword = !emptyPassword(l.answer)
	if l.Capabilities&mysql.CLIENT_CONNECT_WITH_DB != 0 && len(r.b) > 0 {
		l.DB = r.cString()
	}
	if l.Capabilities&mysql.CLIENT_PLUGIN_AUTH != 0 {
		l.Plugin = r.cString()
	}
	if l.Capabilities&mysql.CLIENT_CONNECT_ATTRS != 0 {
		l.Attributes = r.attributes()
	}
	if l.Capabilities&mysql.CLIENT_ZSTD_COMPRESSION_ALGORITHM != 0 {
		l.zstdLevel = int(r.u8())
	}
	switch {
	case r.bad:
		return l, errors.New("malformed handshake response")
	case l.zstdLevel > zstdLevelMax:
		return l, fmt.Errorf("compression level %d, more than %d", l.zstdLevel, zstdLevelMax)
	case l.zstdLevel == 0:
		l.zstdLevel = zstdLevelDefault
	}
	return l, nil
}

func (r *reader) authResponse(caps uint32) []byte {
	if caps&mysql.CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA != 0 {
		return r.lenencBytes()
	}
	return r.take(int(r.u8()))
}

// An Attribute is one of a client's connection attributes.
type Attribute struct{ Name, Value string }

// attributesMax bounds the attributes that are kept, in bytes together. Those
// beyond it are dropped, as MySQL does
// (performance_schema_session_connect_attrs_size).
const attributesMax = 2 << 10

// attributes reads a block of whole names and values.
func (r *reader) attributes() []Attribute {
	var list []Attribute
	block, left := reader{b: r.lenencBytes()}, attributesMax
	for len(block.b) > 0 && !block.bad {
		name, value := block.lenencBytes(), block.lenencBytes()
		if left -= len(name) + len(value); left >= 0 && !block.bad {
			list = append(list, Attribute{string(name), string(value)})
		}
	}
	r.bad = r.bad || block.bad
	return list
}

// emptyPassword: some clients send one NUL for "no password".
func emptyPassword(auth []byte) bool {
	return len(auth) == 0 || len(auth) == 1 && auth[0] == 0
}
