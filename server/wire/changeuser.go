package wire

import (
	"errors"

	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/server/mysqlerr"
)

// ParseChangeUser decodes COM_CHANGE_USER of a client with these capabilities.
func ParseChangeUser(b []byte, caps uint32) (Login, error) {
	r := reader{b: b}
	l := Login{Capabilities: caps}
	l.User = r.cString()
	l.HasPassword = !emptyPassword(r.take(int(r.u8())))
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
	if refused := s.auth(l); refused != nil {
		return refused, nil
	}
	if l.Plugin == mysql.AUTH_CACHING_SHA2_PASSWORD {
		answer, err := c.switchPlugin(l.Plugin)
		if err != nil {
			return nil, err
		}
		if !emptyPassword(answer) {
			return mysqlerr.New(mysqlerr.AccessDenied, l.User, "localhost", "YES"), nil
		}
	}
	c.login = l
	return nil, nil
}

// switchPlugin asks for the password again by another plugin: a client that
// names another one than the greeting's waits for that (see hidePlugin).
func (c *Conn) switchPlugin(plugin string) ([]byte, error) {
	c.begin()
	c.out = append(append(c.out, mysql.EOF_HEADER), plugin...)
	c.out = append(append(append(c.out, 0), mysql.RandomBuf(20)...), 0)
	if err := c.end(); err != nil {
		return nil, err
	}
	if err := c.Flush(); err != nil {
		return nil, err
	}
	if err := c.limitRead(); err != nil {
		return nil, err
	}
	return c.read(nil)
}
