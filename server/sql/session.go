package sql

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/mysql_db"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/sql/convert"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/sql/window"
	"github.com/xadb/xadb/server/types"
)

// A Client is what statements may know and change of the session that they
// run in.
type Client interface {
	ID() uint32
	Account() (user, host string)
	// Rights are those of an account, for views that run as it; ok is false if
	// there is none.
	Rights(n auth.Name) (r auth.Rights, ok bool)
	// Accounts are all; the slice is the caller's.
	Accounts() []*auth.Account
	// Variable is a system variable's value; ok is false for one that the
	// server does not have.
	Variable(name string) (value string, ok bool)
	// GlobalVariable is the global value; not of what has none.
	GlobalVariable(name string) (text string, ok bool)
	// UserVariable is a user variable's value, and of a string its collation: that of bytes where
	// it is no text.
	UserVariable(name string) (v binlog.Value, of types.Collation)
	// SetUserVariable: a text is of the connection's collation if none is given.
	SetUserVariable(name string, v binlog.Value, of types.Collation) error
	// LastInsertID, RowCount and FoundRows are about the statement before.
	LastInsertID() uint64
	RowCount() int64
	// Random is the next number of RAND(), if the session has set what they follow from.
	Random() (n float64, ok bool)
	FoundRows() uint64
	// WaitExecuted waits until these transactions are executed.
	WaitExecuted(ctx context.Context, set binlog.GTIDSet) error
}

// A Session is a Client as the library wants to see it. It belongs to one
// goroutine at a time. It is no TransactionSession: transactions are the
// server's.
type Session struct {
	*gms.BaseSession
	client Client
	call   *call // the statement that runs
	// lastInsert is what LAST_INSERT_ID(n) has set.
	lastInsert *uint64
	// foundRows is what SQL_CALC_FOUND_ROWS has counted.
	foundRows *uint64
}

var (
	_ expr.Session   = (*Session)(nil)
	_ window.Session = (*Session)(nil)
)

// Location implements expr.Session.
func (s *Session) Location() *time.Location { return s.call.env.Location }

// Mode implements expr.Session.
func (s *Session) Mode(word string) bool { return s.call.env.Mode(word) }

// Variable implements expr.Session.
func (s *Session) Variable(name string) (value string, ok bool) { return s.client.Variable(name) }

// Random implements expr.Session.
func (s *Session) Random() (n float64, ok bool) { return s.client.Random() }

// ShortUUIDs implements expr.Session.
func (s *Session) ShortUUIDs() *atomic.Uint64 { return &s.call.uuids }

// Fail implements window.Session. The first failure is the statement's.
func (s *Session) Fail(err error) { s.call.failed = cmp.Or(s.call.failed, err) }

// Builder implements window.Session.
func (s *Session) Builder() gms.NodeExecBuilder { return s.call.lib.Analyzer.ExecBuilder }

// Wake implements expr.Session.
func (s *Session) Wake() { s.call.woken = true }

// foundRows is CLIENT_FOUND_ROWS (MySQL, Capabilities Flags).
const foundRows = 2

// newSession: the base's maps of variables are shared and never written to,
// because every method that reads or writes them is replaced here.
func newSession(c Client) *Session {
	user, host := c.Account()
	base := gms.NewBaseSessionWithClientServer("", gms.Client{User: user, Address: host}, c.ID())
	return &Session{BaseSession: base, client: c}
}

// HoldsLocks reports whether the client has locks of GET_LOCK.
func (s *Session) HoldsLocks() (some bool) {
	_ = s.IterLocks(func(string) error { // its only errors are those of the function
		some = true
		return nil
	})
	return some
}

// alwaysStrict is added to the sql_mode that the library asks for, by a name in capitals that
// no statement's variable has: where it is not strict, what does not fit was cut before the
// library sees it (cut.go).
const alwaysStrict = "STRICT_TRANS_TABLES"

// GetSessionVariable asks the server first; what it does not have is the
// library's default.
func (s *Session) GetSessionVariable(ctx *gms.Context, name string) (any, error) {
	return s.variable(ctx, name, s.client.Variable)
}

// variable is a variable's value, of which the server has the text.
func (s *Session) variable(ctx *gms.Context, name string, texts func(string) (string, bool)) (any, error) {
	inside := name == gms.SqlModeSessionVar
	name = strings.ToLower(name)
	def, value, ok := gms.SystemVariables.GetGlobal(name)
	switch {
	case name == "autocommit":
		return int8(1), nil // the library has nothing to commit
	case name == secureFiles:
		return nowhere, nil
	case name == "sql_select_limit":
		return value, nil // the server counts the rows itself
	case !ok:
		return nil, gms.ErrUnknownSystemVariable.New(name)
	}
	text, ok := texts(name)
	if !ok {
		return value, nil
	}
	if inside && !strings.Contains(text, alwaysStrict) {
		text = strings.TrimPrefix(text+","+alwaysStrict, ",")
	}
	if name == "collation_connection" || strings.HasPrefix(name, "character_set") || name == "sql_mode" || name == "time_zone" {
		return text, nil
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		if v, _, err := def.GetType().Convert(ctx, n); err == nil { // types of numbers take no text
			return v, nil
		}
	}
	if v, _, err := def.GetType().Convert(ctx, text); err == nil {
		return v, nil
	}
	return value, nil
}

// SetSessionVariable is not for statements: SET is the server's.
func (s *Session) SetSessionVariable(_ *gms.Context, name string, _ any) error {
	return gms.ErrSystemVariableReadOnly.New(name)
}

// InitSessionVariable is not for statements either.
func (s *Session) InitSessionVariable(_ *gms.Context, name string, _ any) error {
	return gms.ErrSystemVariableReadOnly.New(name)
}

// GetAllSessionVariables is all of the library's, with the server's values.
func (s *Session) GetAllSessionVariables() map[string]any {
	out := make(map[string]any)
	for name, value := range gms.SystemVariables.GetAllGlobalVariables() {
		out[name] = value
		if text, ok := s.client.Variable(name); ok {
			out[name] = text
		}
	}
	return out
}

// IncrementStatusVariable counts nothing: the server has counters of its own.
func (s *Session) IncrementStatusVariable(*gms.Context, string, int) {}

// SetStatusVariable keeps nothing.
func (s *Session) SetStatusVariable(*gms.Context, string, any) error { return nil }

// GetUserVariable is the value of @name.
func (s *Session) GetUserVariable(_ *gms.Context, name string) (gms.Type, any, error) {
	v, of := s.client.UserVariable(strings.ToLower(name))
	_, isString := v.([]byte)
	switch {
	case v == nil:
		return gtypes.Null, nil, nil
	case isString && of == types.CollationBinary:
		return gtypes.LongBlob, v, nil
	case isString && of.Known():
		return gtypes.CreateLongText(gms.CollationID(of)), string(v.([]byte)), nil
	}
	if s.call.env.IsBytes(v) {
		return gtypes.LongBlob, v, nil
	}
	t, err := types.OfValue(v)
	if err != nil {
		return nil, nil, err
	}
	typ, err := s.userVarType(t)
	if err != nil {
		return nil, nil, err
	}
	value, err := convert.Up(v, t, s.call.env.Location)
	return typ, value, err
}

// userVarType: a string is as long as it is, longer than any VARCHAR if it must,
// and compared in the connection's collation.
func (s *Session) userVarType(t types.Type) (gms.Type, error) {
	if c := s.GetCollation(); t.IsString() && c == gms.Collation_binary && s.call.env.Literals != types.CharsetBinary {
		return gtypes.LongText, nil // of a file that is text
	} else if t.IsString() {
		return gtypes.CreateLongText(c), nil
	}
	return convert.ToType(t)
}

// SetUserVariable implements gms.Session.
func (s *Session) SetUserVariable(ctx *gms.Context, name string, value any, typ gms.Type) error {
	return s.setUserVariable(ctx, name, value, typ, 0)
}

// setUserVariable is @name := value. Texts are of a collation, if the library's type knows none
// that they have.
func (s *Session) setUserVariable(ctx *gms.Context, name string, value any, typ gms.Type, of types.Collation) error {
	v, own, err := convert.Down(ctx, value, typ)
	if err != nil {
		return err
	}
	switch {
	case own.Kind == types.JSON:
		v, of = types.Text(v, own), types.CollationBin
	case own.IsString() && !own.IsText():
		of = types.CollationBinary
	case own.Recoded():
		of = own.Collation
	}
	return s.client.SetUserVariable(strings.ToLower(name), v, of)
}

// GetCharacterSet is the connection's while names are resolved, when the library asks for it
// about literals with COLLATE. Later it asks about what JSON gives, which is utf8mb4.
func (s *Session) GetCharacterSet() gms.CharacterSetID {
	if s.call != nil && s.call.binding {
		return s.GetCollation().CharacterSet()
	}
	return gms.CharacterSet_utf8mb4
}

// GetCharacterSetResults is utf8mb4: the server converts what it answers.
func (s *Session) GetCharacterSetResults() gms.CharacterSetID { return gms.CharacterSet_utf8mb4 }

// GetCollation is the connection's, if it is one that tables can have. Where that is none of
// text the library is told so by each literal of the statement, as those that views, triggers
// and tables keep are text.
func (s *Session) GetCollation() gms.CollationID {
	text, _ := s.client.Variable("collation_connection")
	if c, ok := types.CollationByName(text); ok && (c != types.CollationBinary || s.call == nil || !s.call.binding && !s.call.keeping) {
		return gms.CollationID(c)
	}
	return gms.CollationID(types.CollationGeneralCI)
}

// GetLastQueryInfoInt is what LAST_INSERT_ID(), ROW_COUNT() and FOUND_ROWS()
// say.
func (s *Session) GetLastQueryInfoInt(key string) int64 {
	switch key {
	case gms.LastInsertId:
		if s.lastInsert != nil {
			return int64(*s.lastInsert)
		}
		return int64(s.client.LastInsertID())
	case gms.RowCount:
		return s.client.RowCount()
	case gms.FoundRows:
		return int64(s.client.FoundRows())
	}
	return 0
}

// SetLastQueryInfoInt keeps what LAST_INSERT_ID(n) sets, and the rows before a
// LIMIT; the server counts the rest itself.
func (s *Session) SetLastQueryInfoInt(key string, value int64) {
	n := uint64(value)
	switch key {
	case gms.LastInsertId:
		s.lastInsert = &n
	case gms.FoundRows:
		s.foundRows = &n
	}
}

// allPrivileges: who may do what was decided before a statement comes here.
var allPrivileges = mysql_db.NewPrivilegeSetWithAllPrivileges()

// GetPrivilegeSet is all privileges.
func (s *Session) GetPrivilegeSet() (gms.PrivilegeSet, uint64) { return allPrivileges, 1 }
