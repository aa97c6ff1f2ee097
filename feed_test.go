package xadb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"

	"github.com/xadb/xadb/fuzz/simdisk"
	"github.com/xadb/xadb/xid"
)

// A content is what a store holds: rows by table and key, and the XIDs of
// prepared branches.
type content struct {
	rows     map[string]string
	prepared map[xid.XID][]Change
}

func newContent() *content {
	return &content{rows: map[string]string{}, prepared: map[xid.XID][]Change{}}
}

func (c *content) equal(o *content) bool {
	return maps.Equal(c.rows, o.rows) &&
		maps.EqualFunc(c.prepared, o.prepared, func([]Change, []Change) bool { return true })
}

func (c *content) String() string {
	var lines []string
	for k, v := range c.rows {
		lines = append(lines, k+"="+v)
	}
	for x := range c.prepared {
		lines = append(lines, x.String())
	}
	slices.Sort(lines)
	return fmt.Sprintf("%q", lines)
}

// apply replays one event. Each change must fit what is there.
func (c *content) apply(ev Event) error {
	switch ev.Kind {
	case EventPrepare:
		c.prepared[ev.XID] = ev.Changes
		return nil
	case EventRollback:
		delete(c.prepared, ev.XID)
		return nil
	}
	if !ev.XID.IsNull() {
		if _, ok := c.prepared[ev.XID]; !ok {
			return fmt.Errorf("event %d commits %v, which is not prepared", ev.Index, ev.XID)
		}
		delete(c.prepared, ev.XID)
	}
	for _, ch := range ev.Changes {
		name := ch.Table + "/" + string(ch.Key)
		old, had := c.rows[name]
		if had != (ch.Kind != Inserted) || had && old != string(ch.Before) {
			return fmt.Errorf("event %d: %+v does not fit %q", ev.Index, ch, old)
		}
		if ch.Kind == Deleted {
			delete(c.rows, name)
			continue
		}
		c.rows[name] = string(ch.After)
	}
	return nil
}

// replayed is what the feed says that the store holds.
func replayed(db *DB) (*content, []Event, error) {
	c := newContent()
	var events []Event
	for ev, err := range db.Changes(bg, WithPrepared(), UntilNow()) {
		if err == nil {
			err = c.apply(ev)
		}
		if err != nil {
			return nil, nil, err
		}
		events = append(events, ev)
	}
	return c, events, nil
}

// held is what the store holds.
func held(db *DB, tables ...string) (*content, error) {
	c := newContent()
	for _, name := range tables {
		t, err := db.Table(bg, name)
		if err != nil {
			return nil, err
		}
		err = db.View(bg, func(s *Snap) error {
			for row, err := range s.Scan(t, Range{}) {
				if err != nil {
					return err
				}
				c.rows[name+"/"+string(row.Key)] = string(row.Value)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	for p, err := range db.Recover(bg) {
		if err != nil {
			return nil, err
		}
		c.prepared[p.XID] = nil
	}
	return c, nil
}

// A player makes random transactions on tables a and b.
type player struct {
	db *DB
	n  int
}

func (p *player) step(t *rapid.T) error {
	p.n++
	branches, err := p.db.prepared()
	if err != nil {
		return err
	}
	switch what := rapid.IntRange(0, 9).Draw(t, "what"); {
	case what < 2 && len(branches) > 0:
		x := rapid.SampledFrom(branches).Draw(t, "branch").XID
		if rapid.Bool().Draw(t, "commit") {
			return p.db.CommitXID(bg, x)
		}
		return p.db.RollbackXID(bg, x)
	case what == 2 && p.db.log.BinlogOn():
		return p.db.log.Rotate(bg)
	case what == 3:
		return p.db.log.Checkpoint(bg)
	case what < 6:
		x, err := xid.New(1, fmt.Appendf(nil, "g%d", p.n%3), []byte("b"))
		if err != nil {
			return err
		}
		return p.transaction(t, func(tx *Tx) error {
			_, err := tx.Prepare(bg, x)
			if errors.Is(err, ErrDuplicateXID) {
				err = nil
			}
			return err
		})
	}
	return p.transaction(t, func(tx *Tx) error { return tx.Commit(bg) })
}

// transaction writes some rows that no branch holds, and ends.
func (p *player) transaction(t *rapid.T, end func(*Tx) error) error {
	tx, err := p.db.Begin(bg, TxOptions{})
	if err != nil {
		return err
	}
	rows := 0
	for range rapid.IntRange(1, 3).Draw(t, "rows") {
		tbl, err := p.db.Table(bg, rapid.SampledFrom([]string{"a", "b"}).Draw(t, "table"))
		if err != nil {
			return err
		}
		key := []byte(rapid.StringMatching("[k-p]").Draw(t, "key"))
		if rapid.IntRange(0, 3).Draw(t, "delete") == 0 {
			_, had, _ := tx.Get(tbl, key)
			if err = tx.Delete(tbl, key); had {
				rows++
			}
		} else {
			err = tx.Put(tbl, key, fmt.Append(nil, p.n))
			rows++
		}
		if errors.Is(err, ErrLockTimeout) || errors.Is(err, ErrConflict) {
			return tx.Rollback()
		}
		if err != nil {
			return errors.Join(err, tx.Rollback())
		}
	}
	if rows == 0 { // a branch that changes nothing is not in the binlog (C4)
		return tx.Rollback()
	}
	return errors.Join(end(tx), tx.Rollback())
}

func openOn(t testing.TB, fs vfs.FS) *DB {
	t.Helper()
	db, err := Open(bg, "store", Options{FS: fs, Binlog: true, LockTimeout: 1, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// TestFeedRebuildsStore: after a crash at any moment the feed replayed is what
// the store holds, and behind every index it says the same.
func TestFeedRebuildsStore(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := simdisk.New(simdisk.Options{Seed: 1})
		p := &player{db: openOn(t, d.FS())}
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			if rapid.IntRange(0, 9).Draw(rt, "crash") == 0 {
				p.db.log.Abandon()
				d = crash(rt, d)
				p.db = openOn(t, d.FS())
			}
			if err := p.step(rt); err != nil {
				rt.Fatal(err)
			}
		}
		p.db.log.Abandon()
		p.db = openOn(t, crash(rt, d).FS())
		checkFeed(rt, p.db)
		if err := p.db.Close(bg); err != nil {
			rt.Fatal(err)
		}
	})
}

// crash cuts the power at a random moment of the present life.
func crash(t *rapid.T, d *simdisk.Disk) *simdisk.Disk {
	back := rapid.IntRange(0, min(d.Ops(), 200)).Draw(t, "operations before the end")
	return d.CrashAt(d.Ops()-back, rapid.SampledFrom([]simdisk.Choice{simdisk.Synced(), simdisk.Everything(), simdisk.Kill()}).Draw(t, "image"))
}

func checkFeed(t *rapid.T, db *DB) {
	want, err := held(db, "a", "b")
	if err != nil {
		t.Fatal(err)
	}
	got, events, err := replayed(db)
	if err != nil {
		t.Fatal(err)
	}
	if !got.equal(want) {
		t.Fatalf("the feed says %v, the store holds %v", got, want)
	}
	for i := range events {
		n := i
		for ev, err := range db.Changes(bg, From(events[i].Index), WithPrepared(), UntilNow()) {
			n++
			if err != nil || n >= len(events) || fmt.Sprint(ev) != fmt.Sprint(events[n]) {
				t.Fatalf("behind %d: %+v, %v", events[i].Index, ev, err)
			}
		}
		if n != len(events)-1 {
			t.Fatalf("behind %d the feed ends at %d of %d", events[i].Index, n, len(events))
		}
	}
}

// TestFeed: what a consumer sees by default, and what it can go on behind.
func TestFeed(t *testing.T) {
	db := openOn(t, vfs.NewMem())
	tbl, err := db.Table(bg, "t")
	if err != nil {
		t.Fatal(err)
	}
	put := func(key, value string) *Tx {
		tx := begin(t, db, TxOptions{})
		if err := tx.Put(tbl, []byte(key), []byte(value)); err != nil {
			t.Fatal(err)
		}
		return tx
	}
	commit := func(tx *Tx) func() error { return func() error { return tx.Commit(bg) } }
	x := branch(t, "g")
	prepare := func(tx *Tx) error { _, err := tx.Prepare(bg, x); return err }
	steps := []func() error{
		commit(put("a", "1")),
		func() error { return prepare(put("a", "2")) },
		func() error { return db.log.Rotate(bg) },
		commit(put("b", "")),
		func() error { return db.CommitXID(bg, x) },
		func() error { return prepare(put("c", "3")) },
		func() error { return db.RollbackXID(bg, x) },
		func() error { return db.Update(bg, func(tx *Tx) error { return tx.Delete(tbl, []byte("b")) }) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	tell := func(options ...FeedOption) string {
		s := ""
		for ev, err := range db.Changes(bg, append(options, UntilNow())...) {
			if err != nil {
				return s + err.Error()
			}
			s += fmt.Sprintf("%d %v", ev.Index, ev.Kind)
			if !ev.XID.IsNull() {
				s += " by XID"
			}
			for _, c := range ev.Changes {
				s += fmt.Sprintf(" %s:%q->%q", c.Key, c.Before, c.After)
			}
			s += "\n"
		}
		return s
	}
	const tail = "5 commit b:\"\"->\"\"\n6 commit by XID a:\"1\"->\"2\"\n9 commit b:\"\"->\"\"\n"
	if got := tell(); got != "1 ddl\n2 ddl\n3 commit a:\"\"->\"1\"\n"+tail {
		t.Error(got)
	}
	if got := tell(From(4)); got != tail {
		t.Errorf("behind 4: %s", got)
	}
	const branches = "6 commit by XID a:\"1\"->\"2\"\n7 prepare by XID c:\"\"->\"3\"\n8 rollback by XID\n9 commit b:\"\"->\"\"\n"
	if got := tell(From(5), WithPrepared()); got != branches {
		t.Errorf("with branches: %s", got)
	}
	var wrong *FeedIndexError
	for _, err := range db.Changes(bg, From(10)) {
		if !errors.As(err, &wrong) || wrong.Last != 9 {
			t.Errorf("behind the end: %v", err)
		}
	}
	if err := db.Close(bg); err != nil {
		t.Fatal(err)
	}
	last := error(nil)
	for _, err := range db.Changes(bg, From(9)) {
		last = err
	}
	if !errors.Is(last, ErrClosed) {
		t.Errorf("of a closed store: %v", last)
	}
}

// TestFeedWaits: a consumer that waits sees each commit, and ends with its
// context.
func TestFeedWaits(t *testing.T) {
	db := openOn(t, vfs.NewMem())
	defer db.Close(bg)
	tbl, err := db.Table(bg, "t")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(bg)
	seen := make(chan error)
	go func() {
		defer close(seen)
		for ev, err := range db.Changes(ctx, From(2)) {
			if err == nil && (len(ev.Changes) != 1 || ev.Changes[0].Kind != Inserted) {
				err = fmt.Errorf("%+v", ev)
			}
			seen <- err
		}
	}()
	for n := range 3 {
		if err := db.Update(bg, func(tx *Tx) error { return tx.Put(tbl, []byte{byte(n)}, nil) }); err != nil {
			t.Fatal(err)
		}
		if err := <-seen; err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	if err := <-seen; !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, more := <-seen; more {
		t.Error("an event behind the error")
	}
}

func TestNoFeed(t *testing.T) {
	db := openTest(t, Options{})
	for _, err := range db.Changes(bg) {
		if !errors.Is(err, ErrNoFeed) {
			t.Errorf("without a binlog: %v", err)
		}
	}
}
