package wire

import (
	"context"
	"crypto/rsa"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/server/mysqlerr"
)

// A Server logs clients in.
type Server struct {
	opts   Options
	key    func() (*rsa.PrivateKey, error) // for passwords without TLS
	lastID atomic.Uint32
}

// NewServer returns a Server.
func NewServer(opts Options) *Server {
	return &Server{opts: opts.withDefaults(), key: newKey()}
}

// Login takes a new connection through the handshake; version is the server's, and
// g decides about this login and later ones on the connection. On failure the peer
// was told, as far as it can be, and the connection is closed.
func (s *Server) Login(nc net.Conn, version string, g Gate) (*Conn, error) {
	c := newConn(nc, s.opts)
	c.gate = g
	c.id = s.lastID.Add(1)
	c.until = time.Now().Add(s.opts.LoginTimeout)
	err := s.login(c, version)
	if err == nil {
		err = c.nc.SetDeadline(time.Time{})
	}
	if err != nil {
		_ = nc.Close()
		return nil, fmt.Errorf("wire: login from %s: %w", nc.RemoteAddr(), err)
	}
	c.until = time.Time{}
	return c, c.choosePacking()
}

// choosePacking begins the compression that the client has asked for; of two,
// as in MySQL, zlib.
func (c *Conn) choosePacking() error {
	switch {
	case c.Has(mysql.CLIENT_COMPRESS):
		c.compress(zlibPacking{})
	case c.Has(mysql.CLIENT_ZSTD_COMPRESSION_ALGORITHM):
		p, err := newZstdPacking(c.login.zstdLevel)
		if err != nil {
			return fmt.Errorf("wire: compression: %w", err)
		}
		c.compress(p)
	}
	return nil
}

// login greets the peer, and ends with OK or with an error that it was told.
func (s *Server) login(c *Conn, version string) error {
	l, err := s.hello(c, version)
	if err == nil {
		l.Peer, l.Secure = c.nc.RemoteAddr(), c.secure
		c.login, c.caps = l, l.Capabilities
		var refused *mysqlerr.Error
		if refused, err = c.authenticate(s, l, greetingPlugin); refused != nil {
			err = refused
		}
	}
	if err == nil {
		if err = c.WriteOK(OK{Status: mysql.SERVER_STATUS_AUTOCOMMIT}); err == nil {
			err = c.Flush()
		}
		return err
	}
	var known *mysqlerr.Error
	if errors.As(err, &known) && c.WriteError(known) == nil {
		_ = c.Flush() // the peer may be gone
	}
	return err
}

// hello sends the greeting and reads the login, behind TLS if the client wants
// that. What comes before TLS has begun is read packet by packet, never a byte
// too many: those bytes would be nobody's.
func (s *Server) hello(c *Conn, version string) (Login, error) {
	offered := uint32(capabilities)
	if s.opts.TLS != nil {
		offered |= mysql.CLIENT_SSL
	}
	var err error
	if c.salt, err = newSalt(); err != nil {
		return Login{}, err
	}
	c.begin()
	c.out = appendGreeting(c.out, version, c.id, offered, c.salt)
	if err := errors.Join(c.end(), c.Flush()); err != nil {
		return Login{}, err
	}
	b, err := c.loginPacket()
	if err != nil {
		return Login{}, err
	}
	if s.opts.TLS != nil && len(b) == sslRequestSize && binary.LittleEndian.Uint32(b)&mysql.CLIENT_SSL != 0 {
		if err := c.startTLS(s.opts.TLS); err != nil {
			return Login{}, err
		}
		if b, err = c.loginPacket(); err != nil {
			return Login{}, err
		}
	}
	l, err := ParseLogin(b)
	if err != nil {
		e := mysqlerr.Wrap(err, mysqlerr.Handshake)
		e.Message += ": " + err.Error()
		return l, e
	}
	l.Capabilities &= offered
	return l, nil
}

// loginPacket reads one packet and nothing behind it.
func (c *Conn) loginPacket() ([]byte, error) {
	if err := c.nc.SetReadDeadline(c.until); err != nil {
		return nil, fmt.Errorf("wire: read a packet: %w", err)
	}
	p := packetReader{r: c.nc, limit: LoginPacketMax, seq: c.seq}
	b, err := p.read(nil)
	c.seq = p.seq
	if errors.Is(err, ErrTooLarge) {
		err = mysqlerr.Wrap(err, mysqlerr.NetPacketTooLarge)
	}
	return b, err
}

// startTLS puts TLS under everything that follows.
func (c *Conn) startTLS(conf *tls.Config) error {
	if err := c.nc.SetDeadline(c.until); err != nil {
		return fmt.Errorf("wire: TLS: %w", err)
	}
	t := tls.Server(c.nc, conf)
	if err := t.HandshakeContext(context.Background()); err != nil {
		return fmt.Errorf("wire: TLS: %w", err)
	}
	c.nc, c.secure = t, true
	c.raw.Reset(t)
	return nil
}

// TLS is the version and the cipher suite of a connection's TLS; both are
// empty without it.
func (c *Conn) TLS() (version, cipher string) {
	t, ok := c.nc.(*tls.Conn)
	if !ok {
		return "", ""
	}
	state := t.ConnectionState()
	name := strings.Replace(tls.VersionName(state.Version), "TLS ", "TLSv", 1)
	return name, tls.CipherSuiteName(state.CipherSuite)
}

// Refuse tells a peer that it cannot connect, and closes. It waits for nobody.
func Refuse(nc net.Conn, e *mysqlerr.Error) {
	payload := appendError(nil, e)
	packet := append([]byte{byte(len(payload)), byte(len(payload) >> 8), 0, 0}, payload...)
	if nc.SetWriteDeadline(time.Now().Add(time.Second)) == nil {
		_, _ = nc.Write(packet) // the peer may be gone already
	}
	_ = nc.Close()
}
