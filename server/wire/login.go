package wire

import (
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/go-mysql-org/go-mysql/mysql"
	gomysql "github.com/go-mysql-org/go-mysql/server"

	"github.com/xadb/xadb/server/mysqlerr"
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

	pluginAt int // offset of Plugin in the packet
	size     int // of the packet without what may follow the attributes
}

const (
	sslRequestSize = 4 + 4 + 1 + 23
	loginHead      = sslRequestSize
)

// ParseLogin decodes a HandshakeResponse41. It accepts nothing that go-mysql
// would not understand, so that go-mysql sees only what is well formed.
func ParseLogin(b []byte) (Login, error) {
	r := reader{b: b}
	l := Login{Capabilities: r.u32()}
	r.u32() // the client's packet limit
	l.Collation = r.u8()
	r.take(23)
	if len(b) == sslRequestSize {
		return l, errors.New("the server has no TLS; connect without it")
	}
	if l.Capabilities&mysql.CLIENT_PROTOCOL_41 == 0 || l.Capabilities&mysql.CLIENT_SECURE_CONNECTION == 0 {
		return l, errors.New("client is older than MySQL 4.1")
	}
	l.User = r.cString()
	l.HasPassword = !emptyPassword(r.authResponse(l.Capabilities))
	if l.Capabilities&mysql.CLIENT_CONNECT_WITH_DB != 0 && len(r.b) > 0 {
		l.DB = r.cString()
	}
	if l.Capabilities&mysql.CLIENT_PLUGIN_AUTH != 0 {
		l.pluginAt = len(b) - len(r.b)
		l.Plugin = r.cString()
	}
	if l.Capabilities&mysql.CLIENT_CONNECT_ATTRS != 0 {
		l.Attributes = r.attributes()
	}
	if r.bad {
		return l, errors.New("malformed handshake response")
	}
	l.size = len(b) - len(r.b)
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

// A Server logs clients in.
type Server struct {
	conf *gomysql.Server
	opts Options
	auth func(Login) *mysqlerr.Error
}

// NewServer returns a Server that shows clients this version. auth decides
// about each login; nil lets it in. Passwords are not supported: a login with
// one is refused whatever auth says.
func NewServer(version string, opts Options, auth func(Login) *mysqlerr.Error) *Server {
	conf := gomysql.NewServerWithAuth(version, greetingCollation, mysql.AUTH_NATIVE_PASSWORD, nil, nil, noPassword{})
	return &Server{conf: conf, opts: opts.withDefaults(), auth: auth}
}

// greetingCollation is utf8mb4_general_ci.
const greetingCollation = 45

// noPassword accepts an empty password and nothing else. go-mysql's own
// provider panics when it compares a password with an empty one (v1.16.0,
// DecodePasswordHex).
type noPassword struct{}

// Authenticate implements gomysql.AuthenticationProvider.
func (noPassword) Authenticate(c *gomysql.Conn, _ string, auth []byte) error {
	if emptyPassword(auth) {
		return nil
	}
	return myError(mysqlerr.New(mysqlerr.AccessDenied, c.GetUser(), "localhost", "YES"))
}

// Validate implements gomysql.AuthenticationProvider.
func (noPassword) Validate(string) bool { return true }

func myError(e *mysqlerr.Error) error {
	return &mysql.MyError{Code: e.Code, State: e.State, Message: e.Message}
}

// Login takes a new connection through the handshake. On failure the peer was
// told, as far as it can be, and the connection is closed.
func (s *Server) Login(nc net.Conn) (*Conn, error) {
	if err := nc.SetDeadline(time.Now().Add(s.opts.LoginTimeout)); err != nil {
		_ = nc.Close()
		return nil, fmt.Errorf("wire: login: %w", err)
	}
	g := &guard{Conn: nc, seq: 1}
	h := &loginHandler{guard: g, auth: s.auth}
	gm, err := s.conf.NewCustomizedConn(g, h, h)
	if err != nil {
		_ = nc.Close()
		return nil, fmt.Errorf("wire: login from %s: %w", nc.RemoteAddr(), err)
	}
	if err := nc.SetDeadline(time.Time{}); err != nil {
		_ = nc.Close()
		return nil, fmt.Errorf("wire: login: %w", err)
	}
	c := newConn(nc, s.opts, g.login)
	c.id = gm.ConnectionID()
	return c, nil
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

// loginHandler answers go-mysql's questions during the handshake from what
// the guard has read.
type loginHandler struct {
	gomysql.EmptyHandler
	guard *guard
	auth  func(Login) *mysqlerr.Error
}

// UseDB implements gomysql.Handler. The database is checked after login.
func (h *loginHandler) UseDB(string) error { return nil }

// GetCredential implements gomysql.AuthenticationHandler. It refuses before
// any exchange, with the same error for unknown users and for passwords.
func (h *loginHandler) GetCredential(string) (gomysql.Credential, bool, error) {
	l := h.guard.login
	if e := h.auth(l); e != nil {
		return gomysql.Credential{}, false, myError(e)
	}
	plugin := mysql.AUTH_NATIVE_PASSWORD
	if l.Plugin == mysql.AUTH_CACHING_SHA2_PASSWORD {
		plugin = l.Plugin // newer clients do not have the old one
	}
	return gomysql.Credential{Passwords: []string{""}, AuthPluginName: plugin}, true, nil
}

// OnAuthSuccess implements gomysql.AuthenticationHandler.
func (h *loginHandler) OnAuthSuccess(c *gomysql.Conn) error {
	c.SetStatus(mysql.SERVER_STATUS_AUTOCOMMIT)
	return nil
}

// OnAuthFailure implements gomysql.AuthenticationHandler.
func (h *loginHandler) OnAuthFailure(*gomysql.Conn, error) {}
