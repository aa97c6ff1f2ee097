package server

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql/expr"
	"github.com/xadb/xadb/server/types"
	"github.com/xadb/xadb/server/xa"
)

// A session is one client's state: variables, current database, transaction.
// It belongs to the connection's goroutine.
type session struct {
	srv       *Server
	id        uint32
	user      string    // as the client calls itself
	host      string    // where it is, as accounts know it
	account   auth.Name // that it has logged in to
	known     auth.Known
	expired   bool // its password: it must be changed first
	foundRows bool // CLIENT_FOUND_ROWS
	// interactive: CLIENT_INTERACTIVE, somebody types. wait_timeout is then
	// interactive_timeout.
	interactive bool
	tracker     tracker
	// tlsVersion and cipher are the connection's; "" without TLS.
	tlsVersion, cipher string

	db       string
	globals  *values           // as they were when the session began
	vars     map[string]string // what the session has set itself
	settings settings          // decoded from globals and vars
	userVars map[string]binlog.Value
	// userTexts are the collations of those that are strings: that of bytes where they are no text.
	userTexts map[string]types.Collation
	mariaDB   bool // as of its conn

	nextGTID   nextGTID
	named      map[string]namedStatement // PREPARE; by name in lower case
	namedBytes int                       // of their text

	machine xa.Machine
	txn     *transaction // nil outside of one
	next    *mode        // SET TRANSACTION for the next one only
	locked  *tableLocks  // by LOCK TABLES; or nil
	// readLocked: by FLUSH TABLES WITH READ LOCK.
	readLocked bool

	diagnostics []Diagnostic
	failure     *signal // of the last statement that failed
	lastInsert  uint64
	random      *expr.Generator // of RAND(), once rand_seed1 or rand_seed2 is set
	rowCount    int64
	foundCount  uint64
	quit        bool           // COMMIT RELEASE
	out         *answer        // of the statement that the router runs; nil: it takes no rows
	args        []binlog.Value // parameters of that statement that are not read yet
	replay      binlog.Replay  // what BINLOG statements have said so far
	describing  bool           // of that statement the columns are wanted alone
	kept        any            // Env.Kept

	digest exec.Digest // of the running statement

	lockWait time.Duration // of the running statement
	rowsRead uint64        // by it

	// For other goroutines.
	txnID    atomic.Uint64 // of the last transaction
	txnLevel atomic.Uint32 // its isolation
	state    atomic.Int32  // what the running statement does: index of stateNames
}

// newSession may do nothing before setIdentity.
func newSession(srv *Server, id uint32) *session {
	s := &session{srv: srv, id: id}
	s.reset()
	return s
}

// reset gives the session the state of a new one, for COM_RESET_CONNECTION.
// The transaction must be closed.
func (s *session) reset() {
	s.letGo()
	s.spendGTID()
	s.nextGTID = nextGTID{}
	s.globals = s.srv.globals.Load()
	s.known.SetRoles(s.srv.defaultRoles(s.account))
	s.vars, s.userVars, s.userTexts, s.next = nil, nil, nil, nil
	s.named, s.namedBytes = nil, 0
	s.replay, s.random = binlog.Replay{}, nil
	s.diagnostics, s.lastInsert, s.rowCount, s.foundCount = nil, 0, -1, 0
	if s.interactive {
		s.vars = map[string]string{"wait_timeout": s.value(sysVars["interactive_timeout"], true)}
	}
	s.settings = decodeSettings(s)
}

// A statement is one to run, whether it came as text or was prepared.
type statement struct {
	sql   string
	stmt  Stmt // nil: not parsed yet, or the router's
	args  []binlog.Value
	bytes []bool  // which of args have come as bytes; nil where they are as good as text
	text  bool    // the others are text, whatever the client's literals are
	out   *answer // takes the rows; nil: they are wanted in the Result
	// recalled: stmt was found by the text, in which there are neither comments
	// nor hints.
	recalled bool
}

// run executes one statement.
func (s *session) run(ctx context.Context, st statement) (*Result, error) {
	res, err := s.hinted(ctx, st)
	if err != nil {
		e := hideSecrets(st.sql, s.toClient(err))
		s.diagnostics, s.failure = []Diagnostic{{Level: "Error", Code: e.Code, Message: e.Message}}, &signal{err: e}
		if by := new(signal); errors.As(err, &by) {
			s.failure.items = by.items
		}
		if before := new(exec.Remarked); errors.As(err, &before) {
			s.diagnostics = append(slices.Clone(before.Remarks), s.diagnostics...)
		}
		if below := new(mysqlerr.Error); e.Code == mysqlerr.XAerRMErr && errors.As(e.Unwrap(), &below) {
			s.diagnostics = append(s.diagnostics, Diagnostic{Level: "Error", Code: below.Code, Message: below.Message})
		}
		s.rowCount = -1
		return nil, e
	}
	s.noteResult(st, res)
	return res, nil
}

func (s *session) noteResult(st statement, res *Result) {
	if !s.settings.notes {
		dropNotes(res)
	}
	if st.recalled || !isDiagnostic(st.sql) {
		s.diagnostics = res.Diagnostics
	}
	if len(res.Columns) > 0 {
		if !st.recalled {
			res.Columns = describeShow(st.sql, res.Columns)
		}
		s.rowCount = -1
		if !st.recalled && isDiagnostic(st.sql) {
			return
		}
		s.foundCount = uint64(len(res.Rows))
		if st.out != nil {
			s.foundCount += st.out.rows
		}
		if res.FoundRows != nil {
			s.foundCount = *res.FoundRows
		}
	} else if st.recalled || !isDiagnostic(st.sql) {
		s.rowCount = int64(res.AffectedRows)
	}
	if res.Generated {
		s.lastInsert = res.InsertID
	}
}

// dropNotes forgets what sql_notes = 0 does not want to be told.
func dropNotes(r *Result) {
	kept := slices.DeleteFunc(r.Diagnostics, func(d Diagnostic) bool { return d.Level == "Note" })
	r.Warnings -= min(r.Warnings, uint16(len(r.Diagnostics)-len(kept)))
	r.Diagnostics = kept
}

// isDiagnostic: these statements read the diagnostics and leave them.
func isDiagnostic(sql string) bool {
	l := lex.New(sql)
	switch first := l.Next(); {
	case first.Is("GET"):
		t := l.Next()
		return t.Is("DIAGNOSTICS") || t.Is("CURRENT") || t.Is("STACKED")
	case !first.Is("SHOW"):
		return false
	}
	t := l.Next()
	return t.Is("WARNINGS") || t.Is("ERRORS") || t.Is("COUNT")
}

// status is what OK and EOF packets tell about the session.
func (s *session) status() uint16 {
	var f uint16
	if s.settings.autocommit {
		f |= mysql.SERVER_STATUS_AUTOCOMMIT
	}
	if s.txn != nil {
		f |= mysql.SERVER_STATUS_IN_TRANS
		if s.txn.readOnly {
			f |= mysql.SERVER_STATUS_IN_TRANS_READONLY
		}
	}
	if s.settings.reading.NoBackslashEscapes {
		f |= mysql.SERVER_STATUS_NO_BACKSLASH_ESCAPED
	}
	return f
}

// use is USE and COM_INIT_DB.
func (s *session) use(ctx context.Context, db string) error {
	if r := s.rights(); !r.SeesDatabase(db) {
		return mysqlerr.New(mysqlerr.DBAccessDenied, s.account.User, s.account.Host, db)
	}
	ok, err := s.hasDatabase(ctx, db)
	switch {
	case err != nil:
		return err
	case !ok:
		return mysqlerr.New(mysqlerr.BadDB, db)
	}
	s.db = strings.Clone(db)
	s.tracker.usedDB(s.db)
	return nil
}

func (s *session) hasDatabase(ctx context.Context, db string) (bool, error) {
	t, done := s.peek()
	defer done()
	return s.srv.exec.HasDatabase(ctx, t, db)
}

// peek is a transaction for looking at the catalog: the session's own, so that
// it sees its own changes, or else one that done drops.
func (s *session) peek() (t Txn, done func()) {
	if s.txn != nil && !s.txn.lost {
		return s.txn.t, func() {}
	}
	t = s.srv.store.Begin(s.id, engine.TxnOptions{})
	return t, func() { s.drop(t) }
}

// close rolls back what the session has not finished. Prepared branches are
// not its own any more and stay.
func (s *session) close() {
	s.abandon()
	s.spendGTID()
	s.unlockTables()
	s.unlockReads()
	s.letGo()
	s.machine.Reset()
}

func (s *session) letGo() {
	if s.kept != nil {
		s.srv.exec.EndSession(s.kept)
		s.kept = nil
	}
}

// rest gives back what the next statement can make again, while the client asks
// for nothing.
func (s *session) rest() {
	if s.kept != nil {
		s.kept = s.srv.exec.RestSession(s.kept)
	}
}

func (s *session) env(t *transaction, st *statement) Env {
	e := Env{
		Txn: t.t, SQL: st.sql, Memo: &t.memo, Rights: s.rights(), DB: s.db, Now: s.now().In(s.settings.location), Location: s.settings.location,
		SQLMode: s.settings.sqlMode, FoundRows: s.foundRows, Client: sqlClient{s}, Kept: &s.kept,
		Serializable: t.isolation == serializable && (t.explicit || !s.settings.autocommit),
		Ranges:       t.isolation >= repeatableRead && !t.snapshotIsolation,
		Snapshot:     t.isolation == repeatableRead && t.snapshotIsolation,

		Drawing: s.drawing(), NoForeignKeys: s.settings.noForeignKeys, Collation: s.settings.collation, Among: s.settings.among, Literals: s.settings.charset.literals, AsWritten: s.settings.charset.unconverted, Bytes: st.bytes, SafeUpdates: s.settings.safeUpdates, Lenient: s.settings.lenientOptions, InBranch: s.machine.State() != xa.NonExisting,
	}
	if st.out != nil {
		e.Sink = st.out
	}
	if st.text && e.Literals == types.CharsetBinary {
		e.Literals = ""
	}
	return e
}

// maxPacket is max_allowed_packet of the session.
func (s *session) maxPacket() int {
	n, err := strconv.Atoi(s.value(sysVars["max_allowed_packet"], false))
	if err != nil {
		return s.srv.opts.Wire.MaxPacket
	}
	return n
}
