package wire

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"sync"

	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/mysqlerr"
)

// A Gate decides who may log in on one connection.
type Gate interface {
	// Begin begins an attempt to log in. It may wait, to make guessing slow,
	// and refuses what is refused whatever the password is.
	Begin(l Login) (*auth.Login, *mysqlerr.Error)
	// End is asked once the password was right or wrong; the error is what the
	// client is told.
	End(l Login, a *auth.Login, right bool) *mysqlerr.Error
}

// authenticate has the client prove who it is. A client that names the plugin
// direct has sent its answer along, to the salt of the connection; one that
// names another waits for the request to switch (libmysqlclient,
// client_mpvio_read_packet). refused is what the client is to be told.
func (c *Conn) authenticate(s *Server, l Login, direct string) (refused *mysqlerr.Error, err error) {
	a, refused := c.gate.Begin(l)
	if refused != nil {
		return refused, nil
	}
	if l.Plugin == "" {
		l.Plugin, direct = mysql.AUTH_NATIVE_PASSWORD, mysql.AUTH_NATIVE_PASSWORD // a client from before there were plugins
	}
	plugin, answer := a.Plugin(), l.answer
	if plugin == "" {
		plugin = mysql.AUTH_NATIVE_PASSWORD
		if l.Plugin == mysql.AUTH_CACHING_SHA2_PASSWORD {
			plugin = l.Plugin
		}
	}
	if l.Plugin != plugin || plugin != direct {
		if answer, err = c.switchPlugin(plugin); err != nil {
			return nil, err
		}
	}
	if emptyPassword(answer) {
		answer = nil
	}
	l.HasPassword = answer != nil
	right, err := c.compare(s, a, plugin, answer)
	if err != nil {
		if !right { // it has learned that its answer is not known to be right, and left: a guess
			_ = c.gate.End(l, a, false) // there is nobody to tell
		}
		return nil, err
	}
	if refused = c.gate.End(l, a, right); refused == nil {
		c.login, c.account = l, a
	}
	return refused, nil
}

// What caching_sha2_password puts into a packet of its own (MySQL Internals,
// Caching_sha2_password).
const (
	moreData    = 1
	fastSuccess = 3
	fullNeeded  = 4
	wantKey     = 2
)

func (c *Conn) compare(s *Server, a *auth.Login, plugin string, answer []byte) (right bool, err error) {
	switch a.Check(plugin, c.salt, answer) {
	case auth.Right:
		if plugin == mysql.AUTH_CACHING_SHA2_PASSWORD && answer != nil {
			return true, c.writeMore(fastSuccess)
		}
		return true, nil
	case auth.Wrong:
		return false, nil
	}
	if err := c.writeMore(fullNeeded); err != nil {
		return false, err
	}
	text, err := c.receive()
	if err != nil {
		return false, err
	}
	if c.secure {
		return a.CheckText(trimNUL(text)), nil
	}
	if len(text) == 1 && text[0] == wantKey {
		if text, err = c.sendKey(s); err != nil {
			return false, err
		}
	}
	return a.CheckText(c.decrypted(s, text)), nil
}

// sendKey sends the public key and returns what the client answers.
func (c *Conn) sendKey(s *Server) ([]byte, error) {
	key, err := s.key()
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("wire: public key: %w", err)
	}
	if err := c.writeMore(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})...); err != nil {
		return nil, err
	}
	return c.receive()
}

// decrypted is the password that came without TLS: under the server's key,
// and the salt. What cannot be decrypted is a wrong password.
func (c *Conn) decrypted(s *Server, b []byte) []byte {
	key, err := s.key()
	if err != nil {
		return nil
	}
	text, err := rsa.DecryptOAEP(sha1.New(), rand.Reader, key, b, nil)
	if err != nil {
		return nil
	}
	for i := range text {
		text[i] ^= c.salt[i%len(c.salt)]
	}
	return trimNUL(text)
}

func trimNUL(b []byte) []byte {
	if n := len(b); n > 0 && b[n-1] == 0 {
		return b[:n-1]
	}
	return b
}

// keyBits is the size of the key for passwords without TLS, MySQL's.
const keyBits = 2048

// newKey makes the server's key when the first client needs it.
func newKey() func() (*rsa.PrivateKey, error) {
	return sync.OnceValues(func() (*rsa.PrivateKey, error) {
		key, err := rsa.GenerateKey(rand.Reader, keyBits)
		if err != nil {
			return nil, fmt.Errorf("wire: make a key: %w", err)
		}
		return key, nil
	})
}

func (c *Conn) writeMore(b ...byte) error {
	c.begin()
	c.out = append(append(c.out, moreData), b...)
	if err := c.end(); err != nil {
		return err
	}
	return c.Flush()
}

// switchPlugin asks for the password again by another plugin, to a new salt.
func (c *Conn) switchPlugin(plugin string) ([]byte, error) {
	salt, err := newSalt()
	if err != nil {
		return nil, err
	}
	c.salt = salt
	c.begin()
	c.out = append(append(c.out, mysql.EOF_HEADER), plugin...)
	c.out = append(append(append(c.out, 0), salt...), 0)
	if err := c.end(); err != nil {
		return nil, err
	}
	if err := c.Flush(); err != nil {
		return nil, err
	}
	return c.receive()
}

// receive reads a packet of the login.
func (c *Conn) receive() ([]byte, error) {
	if err := c.limitRead(); err != nil {
		return nil, err
	}
	limit := c.limit
	c.limit = LoginPacketMax
	defer func() { c.limit = limit }()
	return c.read(nil)
}
