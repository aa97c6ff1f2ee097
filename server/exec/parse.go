package exec

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/reword"
)

// A Kind says what a statement does, before it is run.
type Kind uint8

// The kinds.
const (
	Read        Kind = iota + 1 // reads the snapshot
	LockingRead                 // SELECT ... FOR UPDATE, LOCK IN SHARE MODE
	Write                       // INSERT, UPDATE, DELETE
	DDL                         // needs a transaction of its own
	Show                        // reads the catalog
)

// A Stmt is a parsed statement. It may be executed many times, also at once.
type Stmt struct {
	Kind      Kind
	NumParams int    // of ? in the text
	SQL       string // the text

	tree sqlparser.Statement
	from *Tree
	lock lockOption

	template bool // of Recall: its plan is all it can do
	plan     atomic.Pointer[planState]
}

// Needs are the privileges that the statement takes.
func (s *Stmt) Needs() auth.Needs { return s.from.Needs }

// A lockOption is what a locking read says beyond its mode.
type lockOption struct {
	noWait, skipLocked bool
	of                 []string // the tables it names
}

// paramsMax is MySQL's limit on parameters.
const paramsMax = 65535

// lockingMax is how far from the end a locking clause is looked for, namingMax one that
// names tables.
const (
	lockingMax = 200
	namingMax  = 4096
)

// locking is the clause of a locking read, of which the parser knows less.
var locking = regexp.MustCompile("(?i)\\sfor\\s+(update|share)(?:\\s+of\\s+((?:[\\w$]+|`[^`]+`)(?:\\s*,\\s*(?:[\\w$]+|`[^`]+`))*))?(?:\\s+(nowait|skip\\s+locked))?\\s*;?\\s*$")

// lockingLeft is what is not known of it here.
var lockingLeft = regexp.MustCompile(`(?i)\sfor\s+(update|share)\s+(of|nowait|skip)\b`)

// takeLocking takes the options off a locking read, and writes the rest in the
// parser's words. Of a statement that only ends like one, in a comment say, they
// mean nothing.
func takeLocking(sql string) (string, lockOption) {
	tail := max(0, len(sql)-lockingMax)
	m := locking.FindStringSubmatchIndex(sql[tail:])
	if m == nil && tail > 0 && lex.ContainsFold(sql[tail:], ",") && lex.ContainsFold(sql, " of ") {
		tail = max(0, len(sql)-namingMax)
		m = locking.FindStringSubmatchIndex(sql[tail:])
	}
	if m == nil {
		return sql, lockOption{}
	}
	group := func(i int) string {
		if m[2*i] < 0 {
			return ""
		}
		return sql[tail+m[2*i] : tail+m[2*i+1]]
	}
	mode := map[string]string{"update": " for update", "share": " lock in share mode"}[strings.ToLower(group(1))]
	o := lockOption{of: lockedNames(group(2)), noWait: strings.EqualFold(group(3), "nowait")}
	o.skipLocked = !o.noWait && group(3) != ""
	return sql[:tail+m[0]] + mode, o
}

// lockedNames are the names of a list.
func lockedNames(list string) (out []string) {
	l := lex.New(list)
	for t := l.Next(); t.Kind != lex.EOF && t.Kind != lex.Bad; t = l.Next() {
		if name, ok := t.Value(); ok && t.Kind != lex.Punct {
			out = append(out, name)
		}
	}
	return out
}

// A Tree is one statement as the parser understands it, whoever runs it.
type Tree struct {
	Statement sqlparser.Statement
	Text      string // for ReadSQL: the places in Statement are its
	SQL       string // what the client sent
	NumParams int
	Needs     auth.Needs
	// What a locking read says beyond its mode.
	NoWait, SkipLocked bool
	Of                 []string // the tables it names
	// Into are the user variables that take a query's row, in lower case.
	Into []string
	// Notes are what the statement is told beside what it does.
	Notes  []Diagnostic
	View   reword.ViewChange
	Method Method // of an ALTER TABLE and its like
	// Ignore is IGNORE of a DELETE, which the parser does not know.
	Ignore bool
	// Explain is not nil if the statement is to be explained.
	Explain *Explain

	// Filled: the columns of CREATE TABLE come from a query, too, which replicas do not
	// get.
	Filled bool

	frames []frameEdge // parameters in frames of windows
	hinted bool        // an index hint is in it
	nested bool        // a subquery may be in it
}

// ParseTree reads one statement. Its error is a *mysqlerr.Error: 1064 for what
// is no SQL.
func ParseTree(sql string) (*Tree, error) {
	sent := sql
	sql, how, err := reword.Clauses(sql)
	if err != nil {
		return nil, err
	}
	method, err := methodOf(how)
	if err != nil {
		return nil, err
	}
	if err := checkHiddenNames(sql); err != nil {
		return nil, err
	}
	plain, frames := plainFrames(sql)
	text, explain, into, err := takeExplain(plain)
	if err == nil && explain == nil {
		text, into, err = takeInto(text)
	}
	if err != nil {
		return nil, err
	}
	text, lock := takeLocking(text)
	if err := checkDepth(text); err != nil {
		return nil, err
	}
	words, err := reword.Statement(text)
	if err != nil {
		return nil, err
	}
	text = words.Text
	tree, err := ReadSQL(text)
	if err == nil {
		if named, changed := nameViewAnswers(tree, text); changed {
			text = named
			tree, err = ReadSQL(text)
		}
	}
	if err == nil {
		err = nameAs(tree, words.Dates)
	}
	if err == nil {
		err = checkFunctional(tree)
	}
	if err != nil {
		return nil, err
	}
	for _, part := range parts(tree) {
		if err := checkUse(part, text); err != nil {
			return nil, err
		}
	}
	params, err := countParams(tree)
	params = max(params, marks(text)) + len(frames) // the parser's walk leaves parts out
	return &Tree{
		Statement: tree, Text: text, SQL: sql, NumParams: params, frames: frames, Needs: needsOf(tree, sql, sent),
		NoWait: lock.noWait, SkipLocked: lock.skipLocked, Of: lock.of,
		Method: method, Into: into, Notes: WarningsOf(slices.Concat(words.Warnings, reword.Deprecated(sent))), View: words.View, Ignore: deleteIgnores(tree, sql), Explain: explain, hinted: lex.ContainsFold(text, " index ("),
		nested: changes(tree) && (lex.ContainsFold(text, "select") || lex.ContainsFold(text, "table")),
	}, err
}

// WarningsOf are errors that are only warnings.
func WarningsOf(list []*mysqlerr.Error) (out []Diagnostic) {
	for _, e := range list {
		out = append(out, Diagnostic{"Warning", e.Code, e.Message})
	}
	return out
}

// changes reports whether a statement changes rows.
func changes(tree sqlparser.Statement) bool {
	switch tree.(type) {
	case *sqlparser.Insert, *sqlparser.Update, *sqlparser.Delete:
		return true
	}
	return false
}

// Parse is ParseTree and Take of a statement that is run as it is.
func (e *Executor) Parse(sql string) (*Stmt, error) {
	t, err := ParseTree(sql)
	switch {
	case err != nil:
		return nil, err
	case t.Explain != nil:
		return nil, unsupported("EXPLAIN")
	case t.Into != nil:
		return nil, unsupported("SELECT ... INTO")
	}
	return e.Take(t)
}

// Take makes a statement of a tree that this package runs; others are 1235.
func (e *Executor) Take(t *Tree) (*Stmt, error) {
	kind, err := classify(t)
	if err != nil {
		return nil, err
	}
	if t.Temporary() {
		kind = Write // it ends no transaction
	}
	return &Stmt{
		Kind: kind, NumParams: t.NumParams, SQL: t.SQL, tree: t.Statement, from: t,
		lock: lockOption{noWait: t.NoWait, skipLocked: t.SkipLocked, of: t.Of},
	}, nil
}

// marks is how many question marks a text has outside of strings and comments.
func marks(text string) int {
	n := 0
	l := lex.New(text)
	for t := l.Next(); t.Kind != lex.EOF; t = l.Next() {
		if t.Kind == lex.Param {
			n++
		}
	}
	return n
}

func countParams(tree sqlparser.SQLNode) (int, error) {
	params := 0
	if _, load := tree.(*sqlparser.Load); load {
		return 0, nil // not even the parser can walk it
	}
	err := Walk(func(n sqlparser.SQLNode) (bool, error) {
		v, ok := n.(*sqlparser.SQLVal)
		if !ok || v.Type != sqlparser.ValArg {
			return true, nil
		}
		i, err := paramIndex(v)
		params = max(params, i+1)
		return true, err
	}, tree)
	if err == nil && params > paramsMax {
		err = mysqlerr.New(mysqlerr.TooManyPlaceholders)
	}
	return params, err
}

// paramIndex is the place in the arguments of the parser's :v1, :v2 ...
func paramIndex(v *sqlparser.SQLVal) (int, error) {
	n, err := strconv.Atoi(strings.TrimPrefix(string(v.Val), ":v"))
	if err != nil || n < 1 {
		return 0, mysqlerr.New(mysqlerr.ParseError, fmt.Sprintf("a parameter is written ?, not '%s'", v.Val))
	}
	return n - 1, nil
}

func classify(t *Tree) (Kind, error) {
	switch s := t.Statement.(type) {
	case *sqlparser.Select:
		if s.Lock != "" {
			return LockingRead, nil
		}
		if lex.ContainsFold(t.SQL, "update") || lex.ContainsFold(t.SQL, "share") {
			if len(LockingQueries(s)) > 0 {
				return 0, unsupported("a locking read in a subquery")
			}
		}
		return Read, nil
	case *sqlparser.Insert, *sqlparser.Update, *sqlparser.Delete:
		if t.Ignore {
			return 0, unsupported("DELETE IGNORE")
		}
		return Write, nil
	case *sqlparser.DBDDL:
		return DDL, nil
	case *sqlparser.DDL:
		return DDL, checkDDL(s)
	case *sqlparser.Show:
		return Show, nil
	case *sqlparser.SetOp:
		return 0, unsupported("UNION")
	case *sqlparser.ParenSelect:
		return 0, unsupported("SELECT in parentheses")
	case *sqlparser.AlterTable:
		return DDL, checkAlter(t, s)
	case *sqlparser.Load:
		return 0, unsupported("LOAD DATA")
	}
	return 0, unsupported(strings.TrimPrefix(fmt.Sprintf("%T", t.Statement), "*sqlparser.") + " statement")
}

// LockingQueries are those of a query, itself and what is in it, that lock rows.
func LockingQueries(n sqlparser.SelectStatement) (out []*sqlparser.Select) {
	_ = Walk(func(n sqlparser.SQLNode) (bool, error) { // its only errors are the visitor's
		if s, is := n.(*sqlparser.Select); is && s.Lock != "" {
			out = append(out, s)
		}
		return true, nil
	}, n)
	return out
}

// checkDDL refuses the DDL that is neither of tables nor known.
func checkDDL(s *sqlparser.DDL) error {
	action := strings.ToUpper(s.Action)
	switch {
	case s.Action == sqlparser.DropStr && len(s.FromViews) > 0:
		return nil
	case s.ViewSpec != nil || len(s.FromViews) > 0:
		return unsupported(action + " VIEW")
	case s.TriggerSpec != nil:
		return unsupported(action + " TRIGGER")
	case s.ProcedureSpec != nil:
		return unsupported(action + " PROCEDURE")
	case s.EventSpec != nil:
		return unsupported(action + " EVENT")
	case s.Action == sqlparser.CreateStr && (s.TableSpec != nil || s.OptLike != nil || s.OptSelect != nil):
		return nil
	case s.Action == sqlparser.DropStr && len(s.FromTables) > 0, s.Action == sqlparser.TruncateStr:
		return nil
	case s.IndexSpec != nil:
		return unsupported(action + " INDEX")
	}
	return unsupported(action + " statement")
}
