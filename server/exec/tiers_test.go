package exec_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/internal/clock"
	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/sql"
	"github.com/xadb/xadb/server/types"
	"github.com/xadb/xadb/tclog"
)

// A tier is a store whose statements one of the two executors runs, or both
// in turn.
type tier struct {
	t       *testing.T
	log     *tclog.Log
	quick   *exec.Executor
	full    *sql.Engine
	session *sql.Session
}

func newTier(t *testing.T) *tier {
	log, err := tclog.Open(context.Background(), "store", tclog.Options{Binlog: true, Engine: engine.Options{
		FS: vfs.NewMem(), Clock: clock.Real, Rand: rand.NewChaCha8([32]byte{1}),
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)), LockTimeout: 30 * time.Millisecond,
		SegmentSize: 1 << 20, MemTableSize: 4 << 20, CacheSize: 1 << 20,
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(log.Abandon)
	x := &tier{t: t, log: log, quick: exec.New(exec.Options{})}
	x.full = sql.New(sql.Options{Exec: x.quick})
	x.session = x.full.NewSession(nobody{})
	return x
}

// nobody is a client without variables.
type nobody struct{}

func (nobody) ID() uint32                           { return 1 }
func (nobody) Account() (user, host string)         { return "root", "localhost" }
func (nobody) GlobalVariable(string) (string, bool) { return "", false }
func (nobody) Variable(name string) (string, bool) {
	v, ok := map[string]string{"time_zone": "+00:00", "sql_mode": "ONLY_FULL_GROUP_BY", "collation_connection": "utf8mb4_general_ci"}[name]
	return v, ok
}
func (nobody) WaitExecuted(context.Context, binlog.GTIDSet) error          { return nil }
func (nobody) Rights(auth.Name) (auth.Rights, bool)                        { return auth.Rights{}, false }
func (nobody) Accounts() []*auth.Account                                   { return nil }
func (nobody) UserVariable(string) (binlog.Value, types.Collation)         { return nil, 0 }
func (nobody) SetUserVariable(string, binlog.Value, types.Collation) error { return nil }
func (nobody) LastInsertID() uint64                                        { return 0 }
func (nobody) RowCount() int64                                             { return 0 }
func (nobody) Random() (float64, bool)                                     { return 0, false }
func (nobody) FoundRows() uint64                                           { return 0 }

// run executes a statement in a transaction of its own; with full, in the
// tier of package sql.
func (x *tier) run(text string, full bool) (r *exec.Result, err error) {
	tree, err := exec.ParseTree(text)
	if err != nil {
		return nil, err
	}
	txn := x.log.BeginWith(engine.TxnOptions{CurrentReads: true})
	defer func() {
		if err == nil {
			err = x.log.Commit(context.Background(), txn)
		}
		if err != nil {
			_ = x.log.Rollback(txn)
		}
	}()
	env := exec.Env{SQLMode: exec.ModeDefault,
		Txn: exec.Over(txn), Rights: auth.Everything, DB: "d", Now: time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC), Location: time.UTC, Ranges: true,
	}
	if full {
		s, err := x.full.Take(tree)
		if err != nil {
			return nil, err
		}
		return x.full.Execute(context.Background(), env, x.session, s, nil)
	}
	s, err := x.quick.Take(tree)
	if err != nil {
		return nil, err
	}
	return x.quick.Execute(context.Background(), env, s, nil)
}

// answer is a result as a client sees it: rows, counts, or the number of an
// error.
func answer(r *exec.Result, err error) string {
	var known *mysqlerr.Error
	switch {
	case errors.As(err, &known):
		return fmt.Sprintf("error %d", known.Code)
	case err != nil:
		return err.Error()
	case r.Columns == nil:
		return fmt.Sprintf("%d affected", r.AffectedRows)
	}
	var out strings.Builder
	for _, row := range r.Rows {
		for i, v := range row {
			if i > 0 {
				out.WriteString(" | ")
			}
			out.WriteString(exec.RawCell(v, r.Columns[i]))
		}
		out.WriteString("\n")
	}
	return out.String()
}

// TestTiers asks both tiers the same: rows, counts and the numbers of errors
// are equal, wherever the quick one has an answer.
func TestTiers(t *testing.T) {
	quick, full := newTier(t), newTier(t)
	for _, x := range []*tier{quick, full} {
		if _, err := x.run("create database d", false); err != nil {
			t.Fatal(err)
		}
	}
	compared := 0
	for _, text := range exec.DifferentialScript {
		if ddl(text) { // the quick tier's, in both stores
			if a, b := answer(quick.run(text, false)), answer(full.run(text, false)); a != b {
				t.Fatalf("%s: %s, %s", text, a, b)
			}
			continue
		}
		a, b := answer(quick.run(text, false)), answer(full.run(text, true))
		compared++
		if a != b && !differs(text) {
			t.Errorf("%.160s\n quick: %q\n full:  %q", text, a, b)
		}
	}
	if compared < 200 {
		t.Errorf("compared %d statements only", compared)
	}
}

func ddl(text string) bool {
	return strings.HasPrefix(text, "create") || strings.HasPrefix(text, "drop")
}

// differs: statements that the library answers otherwise than MySQL does, by
// what it does otherwise.
func differs(text string) bool {
	for _, list := range knownDifferences {
		for _, known := range list {
			if text == known {
				return true
			}
		}
	}
	return false
}

var knownDifferences = map[string][]string{
	"no collation pads with spaces": {
		"select id from k where v = 'abc'", "select id from k where v = 'ABC'", "select id from k where vb = 'ABC   '",
		"select id from k where v = vb", "select id from k where v > 'abc'", "select id from k where (id = 1 or id = 2) and v = 'abc'",
		"select id = 1, id <> 1, v = 'abc', b is null, null = null, null <=> null, id in (1, null), not null from k",
		"select 1 = 1.0, 'a' = 'a ', 'a' < 'b', 1 < null, '10' < '9', 10 < '9', x'41' = 'A', 0x41 = 65, x'41' + 0",
		"select id from k order by v desc, id", "select distinct v from k order by v", "select q.id from k q where q.v = 'abc'",
		"select n from p where s in ('a', 'b') and a = 1", "select n from p where s = 'a' and a in (1, 2, 3)",
	},
	"a row value with a NULL is not unknown": {
		"select a, n from p where (s, a) not in (('b', 1), ('a', null))",
	},
	"a string that begins with a number is not that number": {
		"select id from k where v = 12", "select id from k where id = '1abc'", "select id from k where v",
		"update k set v = 'y' where v = 1",
	},
	"a date or time is no number": {
		"select id from k where d = 20240131", "select id from k where dt = 20240131102030.125",
		"select d+0, dt+0, tm+0, y+0 from k", "select d+1, tm*2 from k where id = 1",
	},
	"SUM of BIGINT is a DOUBLE, MIN of a TIME has six digits": {
		"select count(*), count(b), count(v), sum(id), sum(c), sum(b), min(v), max(v), min(d), max(dt), min(tm), max(c), min(y), sum(tm) from k",
	},
	"a DECIMAL may have more than 65 digits": {
		"select 99999999999999999999999999999999999999*99999999999999999999999999999999999999",
	},
	"other errors": {
		"select distinct c > 0 from k order by 1", "select id, count(*) from k", "select z.* from k",
		"select count(*) from k where count(*) > 1",
	},
}
