package server

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/mysqlerr"
)

// A copy is a replica's tables: rows by what tells them apart, which of them a
// branch holds, and who has the unique keys.
type copied struct {
	rows    map[string]string // table and key -> the row
	bag     map[string]int    // rows of the table without a key
	held    map[string]string // table and key, or unique key -> the branch
	pending map[string][]*binlog.TableChanges
}

func newCopied() *copied {
	return &copied{map[string]string{}, map[string]int{}, map[string]string{}, map[string][]*binlog.TableChanges{}}
}

// apply does what a transaction did; an error says that it cannot be done now.
func (c *copied) apply(tr *binlog.Transaction) error {
	branch := tr.Branch.String()
	switch tr.Kind {
	case binlog.XAPrepare:
		for i := range tr.Changes {
			if err := c.hold(&tr.Changes[i], branch); err != nil {
				return err
			}
		}
		return nil
	case binlog.XACommit, binlog.XARollback:
		maps.DeleteFunc(c.held, func(_, by string) bool { return by == branch })
		if tr.Kind == binlog.XARollback {
			return nil
		}
	}
	for i := range tr.Changes {
		ch := &tr.Changes[i]
		if err := c.hold(ch, ""); err != nil {
			return err
		}
		for _, r := range ch.Rows {
			if err := c.change(ch.Table.Name, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// keys are those of a row: its own, and unique ones.
func keysOfRow(table string, row []binlog.Value) []string {
	out := []string{fmt.Sprint(table, "/", row[0])}
	if table == "a" && row[1] != nil {
		out = append(out, "a.u/"+strings.ToLower(string(row[1].([]byte))))
	}
	return out
}

// hold asks for the locks of changes, and keeps them for a branch.
func (c *copied) hold(ch *binlog.TableChanges, branch string) error {
	for _, r := range ch.Rows {
		for _, row := range [][]binlog.Value{r.Before, r.After} {
			if row == nil || ch.Table.Name == "k" {
				continue
			}
			for _, key := range keysOfRow(ch.Table.Name, row) {
				if by := c.held[key]; by != "" && by != branch {
					return fmt.Errorf("%s is held by branch %s", key, by)
				}
				if branch != "" {
					c.held[key] = branch
				}
			}
		}
	}
	return nil
}

func (c *copied) change(table string, r binlog.RowChange) error {
	text := func(row []binlog.Value) string { return fmt.Sprintf("%q", row) }
	if table == "k" {
		if r.Before != nil {
			if c.bag[text(r.Before)]--; c.bag[text(r.Before)] < 0 {
				return fmt.Errorf("there is no row %s", text(r.Before))
			}
		}
		if r.After != nil {
			c.bag[text(r.After)]++
		}
		return nil
	}
	if r.Before != nil {
		for _, key := range keysOfRow(table, r.Before) {
			if c.rows[key] != text(r.Before) {
				return fmt.Errorf("%s has %s, not %s", key, c.rows[key], text(r.Before))
			}
			delete(c.rows, key)
		}
	}
	if r.After != nil {
		for _, key := range keysOfRow(table, r.After) {
			if c.rows[key] != "" {
				return fmt.Errorf("%s has %s already", key, c.rows[key])
			}
			c.rows[key] = text(r.After)
		}
	}
	if table == "c" && r.After != nil && r.After[1] != nil && c.rows[fmt.Sprint("p/", r.After[1])] == "" {
		return fmt.Errorf("child %s has no parent", text(r.After))
	}
	return nil
}

func (c *copied) String() string {
	maps.DeleteFunc(c.bag, func(_ string, n int) bool { return n == 0 })
	var out []string
	for k, v := range c.rows {
		out = append(out, k+": "+v)
	}
	for k, n := range c.bag {
		out = append(out, fmt.Sprint(k, " times ", n))
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// replay applies a log in an order that its stamps allow: each file by itself, any
// transaction whose last_committed is not above the low-water mark, all before
// which are done. pick chooses among them.
func replay(log []*binlog.Transaction, pick func(n int) int) (string, error) {
	c := newCopied()
	for len(log) > 0 {
		n := 1
		for n < len(log) && log[n].SequenceNumber > 1 {
			n++
		}
		file := log[:n]
		log = log[n:]
		done, low := make([]bool, n+1), int64(0)
		for range file {
			var ready []*binlog.Transaction
			for _, tr := range file {
				if !done[tr.SequenceNumber] && tr.LastCommitted <= low {
					ready = append(ready, tr)
				}
			}
			tr := ready[pick(len(ready))]
			if err := c.apply(tr); err != nil {
				return "", fmt.Errorf("number %d, %v, last committed %d, with all up to %d done: %w", tr.SequenceNumber, tr.Kind, tr.LastCommitted, low, err)
			}
			done[tr.SequenceNumber] = true
			for low < int64(n) && done[low+1] {
				low++
			}
		}
	}
	return c.String(), nil
}

// A busy session does one random thing after the other.
type busySession struct {
	s      *session
	chance *rand.Rand
	id     uint32
	branch int
}

func (b *busySession) change() string {
	n := func(max int) int { return b.chance.IntN(max) }
	name := func() string { return string([]rune("aAbBcC")[n(6)]) }
	return []func() string{
		func() string { return fmt.Sprintf("INSERT INTO a VALUES (%d, '%s', 0)", n(12), name()) },
		func() string { return fmt.Sprintf("INSERT INTO a VALUES (%d, NULL, 0)", n(12)) },
		func() string { return fmt.Sprintf("UPDATE a SET v = v + 1 WHERE id = %d", n(12)) },
		func() string { return fmt.Sprintf("UPDATE a SET u = '%s' WHERE id = %d", name(), n(12)) },
		func() string { return fmt.Sprintf("UPDATE a SET id = %d WHERE id = %d", n(12), n(12)) },
		func() string { return fmt.Sprintf("REPLACE INTO a VALUES (%d, '%s', 1)", n(12), name()) },
		func() string { return fmt.Sprintf("DELETE FROM a WHERE id = %d", n(12)) },
		func() string { return fmt.Sprintf("INSERT INTO k VALUES (%d, 0)", n(3)) },
		func() string { return fmt.Sprintf("UPDATE k SET w = w + 1 WHERE v = %d", n(3)) },
		func() string { return fmt.Sprintf("DELETE FROM k WHERE v = %d", n(3)) },
		func() string { return fmt.Sprintf("INSERT INTO p VALUES (%d)", n(4)) },
		func() string { return fmt.Sprintf("DELETE FROM p WHERE id = %d", n(4)) },
		func() string { return fmt.Sprintf("UPDATE p SET id = %d WHERE id = %d", n(4), n(4)) },
		func() string { return fmt.Sprintf("INSERT INTO c VALUES (%d, %d)", n(8), n(4)) },
		func() string { return fmt.Sprintf("DELETE FROM c WHERE id = %d", n(8)) },
	}[n(15)]()
}

// script is what the session does next.
func (b *busySession) script() []string {
	changes := make([]string, 1+b.chance.IntN(3))
	for i := range changes {
		changes[i] = b.change()
	}
	switch b.chance.IntN(6) {
	case 0: // a branch of one phase, or two
		b.branch = (b.branch + 1) % 3
		x := fmt.Sprintf("'%d-%d'", b.id, b.branch)
		out := append(append([]string{"XA START " + x}, changes...), "XA END "+x)
		if b.chance.IntN(4) == 0 {
			return append(out, "XA COMMIT "+x+" ONE PHASE")
		}
		return append(out, "XA PREPARE "+x, []string{"XA COMMIT ", "XA ROLLBACK "}[b.chance.IntN(2)]+x)
	case 1:
		return []string{"BEGIN", changes[0], "SAVEPOINT s", b.change(), "ROLLBACK TO s", "COMMIT"}
	case 2:
		return changes[:1]
	}
	return append(append([]string{"BEGIN"}, changes...), "COMMIT")
}

func (b *busySession) work(rounds int) error {
	for range rounds {
		for _, sql := range b.script() {
			_, err := b.s.run(context.Background(), statement{sql: sql})
			var known *mysqlerr.Error
			if err != nil && !(errors.As(err, &known) && slices.Contains(expected, known.Code)) {
				return fmt.Errorf("%s: %w", sql, err)
			}
		}
	}
	return nil
}

// TestReplayByStamps: whatever sessions do at the same time, each order that the
// stamps allow can be carried out and ends in the tables that the log's own order
// gives, in each mode.
func TestReplayByStamps(t *testing.T) {
	reordered := 0
	rapid.Check(t, func(rt *rapid.T) {
		seed := rapid.Uint64().Draw(rt, "seed")
		mode := rapid.SampledFrom([]string{"WRITESET", "WRITESET_SESSION", "COMMIT_ORDER"}).Draw(rt, "mode")
		w := newStamper(t,
			"CREATE TABLE a (id INT PRIMARY KEY, u VARCHAR(9) COLLATE utf8mb4_0900_ai_ci UNIQUE, v INT)", "CREATE TABLE k (v INT, w INT)",
			"CREATE TABLE p (id INT PRIMARY KEY)", "CREATE TABLE c (id INT PRIMARY KEY, pid INT, FOREIGN KEY (pid) REFERENCES p (id) ON DELETE CASCADE)",
			"SET GLOBAL binlog_transaction_dependency_tracking = "+mode,
			fmt.Sprint("SET GLOBAL binlog_transaction_dependency_history_size = ", rapid.SampledFrom([]int{1, 5, 20, 25000}).Draw(rt, "history")))
		defer w.log.Abandon()
		var wg sync.WaitGroup
		failed := make(chan error, 4)
		for i := range uint32(3) {
			b := &busySession{s: w.session(i + 10), chance: rand.New(rand.NewPCG(seed, uint64(i))), id: i}
			b.s.settings.lockTimeout = 5 * time.Millisecond
			wg.Go(func() { failed <- b.work(15) })
		}
		wg.Go(func() { failed <- w.log.Rotate(context.Background()) })
		wg.Wait()
		close(failed)
		for err := range failed {
			if err != nil {
				rt.Fatal(err)
			}
		}
		log := w.all()
		want, err := replay(log, func(int) int { return 0 }) // the order of the log
		if err != nil {
			rt.Fatalf("in order: %v", err)
		}
		for i := range uint64(5) {
			chance := rand.New(rand.NewPCG(seed, 100+i))
			pick := func(n int) int {
				if n > 1 {
					reordered++
				}
				if i == 0 {
					return n - 1 // the latest first
				}
				return chance.IntN(n)
			}
			got, err := replay(log, pick)
			if err != nil {
				rt.Fatalf("%s: %v", mode, err)
			}
			if got != want {
				rt.Fatalf("%s: in the log's order\n%s\nin another\n%s", mode, want, got)
			}
		}
	})
	if reordered == 0 {
		t.Error("no stamps allowed another order")
	}
}
