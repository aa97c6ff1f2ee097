package exec

import (
	"hash/maphash"
	"sync"
	"sync/atomic"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/binlog"
)

// The bounds of what is remembered; beyond them all is forgotten.
const (
	recallsMax     = 4096
	recallBytesMax = 16 << 20
)

// recalls remembers statements by their digest, so that they need not be parsed
// again: those that can have a plan, and for the others that they cannot.
type recalls struct {
	mu    sync.RWMutex
	known map[uint64]*recalled
	bytes int // of text
	used  atomic.Uint64
}

// A recalled is what is known of a digest.
type recalled struct {
	text string // the whole digest: of two with one hash, one is remembered
	stmt *Stmt  // its literals are parameters; nil: it has no plan
}

func (r *recalls) find(hash uint64, d *Digest) *recalled {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if e := r.known[hash]; e != nil && e.text == string(d.text) {
		return e
	}
	return nil
}

func (r *recalls) keep(hash uint64, e *recalled) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil || len(r.known) >= recallsMax || r.bytes+len(e.text) > recallBytesMax {
		r.known, r.bytes = make(map[uint64]*recalled), 0
	}
	if old := r.known[hash]; old != nil {
		r.bytes -= len(old.text)
	}
	r.known[hash] = e
	r.bytes += len(e.text)
}

// PlanStats is how many statements their plans have answered, and how many
// texts are remembered.
func (e *Executor) PlanStats() (used uint64, kept int) {
	e.recalls.mu.RLock()
	defer e.recalls.mu.RUnlock()
	return e.recalls.used.Load(), len(e.recalls.known)
}

// Recall finds a statement by its text, without its literals: they are args.
// The statement is for Execute; nil if there is none. What it answers does not
// differ from what the text does, but for ErrNoPlan: then the text has to be
// parsed. args are valid until d is used again.
func (e *Executor) Recall(db, sql string, d *Digest) (s *Stmt, args []binlog.Value) {
	if s = e.recall(db, sql, d); s == nil {
		return nil, nil
	}
	args, ok := d.values(nil)
	if !ok {
		return nil, nil
	}
	return s, args
}

// A Prepared is a statement with question marks on its way to the plan of its
// text. It belongs to one goroutine at a time.
type Prepared struct {
	digest Digest
	db     string
	known  bool // stmt is right for db
	stmt   *Stmt
}

// Recall is Executor.Recall of a prepared statement; args are its parameters.
func (p *Prepared) Recall(e *Executor, db, sql string, args []binlog.Value) (*Stmt, []binlog.Value) {
	if !p.known || p.db != db {
		p.digest.marked = true
		p.db, p.known, p.stmt = db, true, e.recall(db, sql, &p.digest)
		p.digest.text = nil
	}
	if p.stmt == nil || p.digest.params != len(args) {
		return nil, nil
	}
	values, ok := p.digest.values(args)
	if !ok {
		return nil, nil
	}
	return p.stmt, values
}

// Forget lets go of the values of the last execution.
func (p *Prepared) Forget() { clear(p.digest.args) }

func (e *Executor) recall(db, sql string, d *Digest) *Stmt {
	if e.opts.NoPlans || !d.read(db, sql) {
		return nil
	}
	hash := maphash.Bytes(digestSeed, d.text)
	known := e.recalls.find(hash, d)
	if known == nil {
		known = &recalled{text: string(d.text)}
		known.stmt = e.template(known.text[d.from:], len(d.literals))
		e.recalls.keep(hash, known)
	}
	return known.stmt
}

// template is the statement of a digest, if it can have a plan.
func (e *Executor) template(text string, literals int) *Stmt {
	t, err := ParseTree(text)
	if err != nil || t.NumParams != literals || t.Into != nil || t.Explain != nil || len(t.Notes) > 0 || !plannable(t.Statement) {
		return nil
	}
	s, err := e.Take(t)
	if err != nil {
		return nil
	}
	s.template = true
	return s
}

// plannable reports whether a statement has the form of one that can have a
// plan: one table, its rows found by a key, and no more than columns and
// parameters.
func plannable(tree sqlparser.Statement) bool {
	switch s := tree.(type) {
	case *sqlparser.Select:
		return plannableSelect(s)
	case *sqlparser.Update:
		return len(s.Comments) == 0 && s.Ignore == "" && s.With == nil && s.OrderBy == nil && s.Limit == nil &&
			len(s.Returning) == 0 && onePlainTable(s.TableExprs) && s.Where != nil && plannableSet(s.Exprs)
	case *sqlparser.Delete:
		return len(s.Comments) == 0 && len(s.Targets) == 0 && s.With == nil && len(s.Partitions) == 0 && s.OrderBy == nil &&
			s.Limit == nil && len(s.Returning) == 0 && onePlainTable(s.TableExprs) && s.Where != nil
	case *sqlparser.Insert:
		return plannableInsert(s)
	}
	return false
}

func plannableSelect(s *sqlparser.Select) bool {
	if len(s.Comments) > 0 || s.QueryOpts != (sqlparser.QueryOpts{}) || s.With != nil || len(s.GroupBy) > 0 || s.Having != nil ||
		len(s.Window) > 0 || s.OrderBy != nil || s.Limit != nil || s.Lock != "" || s.Into != nil || s.Where == nil ||
		!onePlainTable(s.From) {
		return false
	}
	for _, item := range s.SelectExprs {
		if a, ok := item.(*sqlparser.AliasedExpr); ok {
			if _, ok := a.Expr.(*sqlparser.ColName); !ok {
				return false
			}
		} else if _, ok := item.(*sqlparser.StarExpr); !ok {
			return false
		}
	}
	return true
}

func plannableSet(list sqlparser.AssignmentExprs) bool {
	for _, a := range list {
		switch n := a.Expr.(type) {
		case *sqlparser.SQLVal:
		case *sqlparser.BinaryExpr:
			_, column := n.Left.(*sqlparser.ColName)
			_, value := n.Right.(*sqlparser.SQLVal)
			if !column || !value || n.Operator != sqlparser.PlusStr && n.Operator != sqlparser.MinusStr {
				return false
			}
		default:
			return false
		}
	}
	return true
}

func plannableInsert(s *sqlparser.Insert) bool {
	list, err := checkInsert(s)
	if err != nil || len(s.Comments) > 0 || !s.Table.SchemaQualifier.IsEmpty() {
		return false
	}
	if rows, ok := s.Rows.(*sqlparser.AliasedValues); ok && (!rows.As.IsEmpty() || len(rows.Columns) > 0) {
		return false
	}
	for _, tuple := range list {
		for _, n := range tuple {
			switch n := n.(type) {
			case *sqlparser.SQLVal, *sqlparser.NullVal:
			case *sqlparser.Default:
				if n.ColName != "" {
					return false
				}
			default:
				return false
			}
		}
	}
	return len(list) > 0
}

func onePlainTable(list sqlparser.TableExprs) bool {
	name, _, err := singleTable(list)
	if err != nil || !name.SchemaQualifier.IsEmpty() || isDual(list) {
		return false
	}
	a := list[0].(*sqlparser.AliasedTableExpr)
	return a.Hints == nil && !a.Lateral
}
