package sql

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"

	sqle "github.com/dolthub/go-mysql-server"
	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/go-mysql-server/sql/analyzer"
	"github.com/dolthub/go-mysql-server/sql/variables"
	"github.com/sirupsen/logrus"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
)

// An Engine runs statements. It is safe for use by many sessions at once.
type Engine struct {
	exec *exec.Executor
	max  int // Options.ResultBytesMax
	made made
	// variables are Options.Variables.
	variables []Variable
	uuids     atomic.Uint64 // of UUID_SHORT

	once sync.Once
	lib  *sqle.Engine // made by the first statement
}

// Options configure an Engine.
type Options struct {
	// Exec gives the catalog and the hidden row IDs. Required.
	Exec *exec.Executor
	// ResultBytesMax bounds the rows that one statement answers, in bytes.
	// Zero: exec.ResultBytesMax.
	ResultBytesMax int
	// Made are tables that the server makes up.
	Made []Made
	// Variables are the server's.
	Variables []Variable
}

// New returns an Engine. It costs nothing until it is used.
func New(o Options) *Engine {
	if o.ResultBytesMax == 0 {
		o.ResultBytesMax = exec.ResultBytesMax
	}
	return &Engine{exec: o.Exec, max: o.ResultBytesMax, made: newMade(o.Made), variables: o.Variables}
}

// library is the engine behind this one.
func (e *Engine) library() *sqle.Engine {
	e.once.Do(func() {
		prepareGlobals(e.variables)
		a := analyzer.NewDefault(provider{e})
		planJoins(a)
		a.Coster = coster{a.Coster}
		a.Catalog.StatsProvider = statistics{}
		schema := a.Catalog.InfoSchema
		a.Catalog.InfoSchema = madeDatabase{informationSchema{infoSchema{schema}}, schema.Name(), e.made[schema.Name()]}
		e.lib = sqle.New(a, &sqle.Config{})
	})
	return e.lib
}

// Close ends what the library runs in the background.
func (e *Engine) Close() error {
	if e.lib == nil {
		return nil
	}
	return e.lib.Close()
}

func (e *Engine) catalog() *catalog.Catalog { return e.exec.Catalog() }

// NewSession begins to serve a client.
func (e *Engine) NewSession(c Client) *Session {
	e.library()
	return newSession(c)
}

// EndSession gives back what the session holds in the engine: the locks of
// GET_LOCK.
func (e *Engine) EndSession(s *Session) {
	ctx := gms.NewContext(context.Background(), gms.WithSession(s))
	_, _ = e.lib.LS.ReleaseAll(ctx) // locks that are gone need no release
}

var globals sync.Once

// prepareGlobals makes the library's process-wide state fit for many small
// sessions: a session shares one empty map of variables instead of a copy of
// all of them, since Session asks the server.
func prepareGlobals(more []Variable) {
	globals.Do(func() {
		logrus.SetLevel(logrus.PanicLevel) // what matters comes back as errors
		variables.InitStatusVariables()
		addVariables(gms.SystemVariables, more)
		gms.SystemVariables = sharedVariables{gms.SystemVariables}
		gms.StatusVariables = sharedStatus{gms.StatusVariables}
		gms.GlobalParser = parser{gms.GlobalParser}
	})
}

type sharedVariables struct{ gms.SystemVariableRegistry }

// nowhere is the folder that the library may use: no system has a path with a
// NUL. So whatever Take lets through ends at the library's own check (S6).
const nowhere = "\x00"

// GetGlobal implements gms.SystemVariableRegistry.
func (v sharedVariables) GetGlobal(name string) (gms.SystemVariable, any, bool) {
	def, value, ok := v.SystemVariableRegistry.GetGlobal(name)
	if strings.EqualFold(name, secureFiles) {
		value = nowhere
	}
	return def, value, ok
}

// secureFiles is the variable that says which folder statements may use.
const secureFiles = "secure_file_priv"

var noVariables = map[string]gms.SystemVarValue{}

func (sharedVariables) NewSessionMap() map[string]gms.SystemVarValue { return noVariables }

type sharedStatus struct{ gms.StatusVariableRegistry }

var noStatus = map[string]gms.StatusVarValue{}

func (sharedStatus) NewSessionMap() map[string]gms.StatusVarValue { return noStatus }
