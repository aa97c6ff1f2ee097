package wire

import (
	"bytes"
	"errors"

	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/server/mysqlerr"
)

// ParseChangeUser decodes COM_CHANGE_USER of a client with these capabilities.
func ParseChangeUser(b []byte, caps uint32) (Login, error) {
	r := reader{b: b}
	l := Login{Capabilities: caps}
	l.User = r.cString()
	l.answer = bytes.Clone(r.take(int(r.u8())))
	l.HasPassword = !emptyPassword(l.answer)
	l.DB = r.cString()
	if len(r.b) > 0 {
		l.Collation = uint8(r.u16())
	}
	if caps&mysql.CLIENT_PLUGIN_AUTH != 0 && len(r.b) > 0 {
		l.Plugin = r.cString()
	}
	if caps&mysql.CLIENT_CONNECT_ATTRS != 0 && len(r.b) > 0 {
		l.Attributes = r.attributes()
	}
	if r.bad {
		return l, errors.New("malformed change of user")
	}
	return l, nil
}

// ChangeUser answers COM_CHANGE_USER as far as the login goes. refused is why
// the client may not: it is to be told that, and nothing more. An error ends
// the connection.
func (s *Server) ChangeUser(c *Conn, b []byte) (refused *mysqlerr.Error, err error) {
	l, err := ParseChangeUser(b, c.caps)
	if err != nil {
		return mysqlerr.New(mysqlerr.MalformedPacket), nil
	}
	l.Peer, l.Secure = c.login.Peer, c.secure
	return c.authenticate(s, l, mysql.AUTH_NATIVE_PASSWORD)
}
