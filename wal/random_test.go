package wal

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"pgregory.net/rapid"

	"github.com/xadb/xadb/fuzz/simdisk"
)

// A machine is the state behind TestAnyOrder.
type machine struct {
	d *simdisk.Disk
	l *Log // nil while the process is dead
	h history
	n int // bodies so far
}

// TestAnyOrder appends, syncs, checkpoints, closes, fails, dies and loses power
// in any order, and compares with the history at every reopening.
func TestAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		profile := rapid.SampledFrom(simdisk.Profiles()).Draw(t, "profile")
		m := &machine{d: simdisk.New(simdisk.Options{
			Seed: rapid.Uint64().Draw(t, "seed"), Profile: profile, Scribble: true,
		})}
		t.Repeat(map[string]func(*rapid.T){
			"append":     m.appendSome,
			"sync":       m.sync,
			"checkpoint": m.checkpoint,
			"spare":      m.spare,
			"close":      m.close,
			"fault":      m.fault,
			"kill":       m.kill,
			"power":      m.power,
			"":           func(*rapid.T) {},
		})
	})
}

// live is the open log; a dead one is opened, which checks it.
func (m *machine) live(t *rapid.T) *Log {
	if m.l != nil {
		return m.l
	}
	before := m.d.Ops()
	l, n, err := reopen(m.d, &m.h)
	if err != nil && !errors.Is(err, ErrCorrupt) && (errors.Is(err, syscall.EIO) || errors.Is(err, syscall.ENOSPC)) {
		m.d.ClearFaults() // a fault, not damage: the next process has no such luck
		m.d.Restart()
		before = m.d.Ops()
		l, n, err = reopen(m.d, &m.h)
	}
	if err != nil {
		t.Fatal(err)
	}
	if rapid.IntRange(0, 3).Draw(t, "die in recovery") == 3 {
		k := rapid.IntRange(before, m.d.Ops()).Draw(t, "at")
		m.crashAt(t, k)
		l.Abandon()
		return m.live(t)
	}
	m.h.survived(n, m.d.Ops())
	m.l = l
	return l
}

func (m *machine) crashAt(t *rapid.T, k int) {
	choices := m.d.Choices(k, simdisk.Random(3))
	i := rapid.IntRange(0, len(choices)).Draw(t, "image")
	c := simdisk.Synced()
	if i < len(choices) {
		c = choices[i]
	}
	m.d = m.d.CrashAt(k, c)
}

func (m *machine) appendSome(t *rapid.T) {
	l := m.live(t)
	for range rapid.IntRange(1, 5).Draw(t, "records") {
		m.n++
		size := rapid.SampledFrom([]int{0, 5, 100, 3000, 20000, 70000}).Draw(t, "size")
		body := fmt.Sprintf("%d:%s", m.n, strings.Repeat("x", size))
		lsn, err := l.Append(&Record{Type: TypePrepare, Body: []byte(body)})
		if errors.Is(err, ErrPoisoned) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		m.h.appended(lsn, body)
	}
}

func (m *machine) sync(t *rapid.T) {
	l := m.live(t)
	err := l.SyncAll()
	if err == nil {
		m.h.promised(m.d.Ops())
	} else if !errors.Is(err, ErrPoisoned) {
		t.Fatal(err)
	}
}

func (m *machine) checkpoint(t *rapid.T) {
	l := m.live(t)
	if m.h.acked == 0 || l.Failed() != nil {
		return
	}
	mark := rapid.IntRange(0, m.h.acked-1).Draw(t, "checkpoint")
	keep := rapid.IntRange(0, mark).Draw(t, "keep")
	if m.h.recs[keep].lsn < l.KeepFrom() {
		return
	}
	err := l.SetCheckpoint(m.h.recs[mark].lsn, m.h.recs[keep].lsn)
	if err != nil && !errors.Is(err, ErrPoisoned) && !errors.Is(err, syscall.EIO) {
		t.Fatal(err)
	}
}

func (m *machine) spare(t *rapid.T) {
	// It may fail without harm.
	if err := m.live(t).PrepareSpare(); err != nil && !errors.Is(err, ErrPoisoned) && !errors.Is(err, syscall.EIO) && !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
}

func (m *machine) close(t *rapid.T) {
	l := m.live(t)
	if err := l.Close(); err == nil {
		m.h.promised(m.d.Ops())
	}
	m.l = nil
	m.d.ClearFaults()
	m.d.Restart()
}

// fault makes a later call fail once, until the process ends.
func (m *machine) fault(t *rapid.T) {
	rule := rapid.SampledFrom([]string{
		"sync *.wal", "sync *.wal mode=keep", "sync *.wal mode=landed", "sync *.wal mode=revert",
		"sync *.tmp", "sync CTRL", "sync CTRL mode=landed", "dirsync wal", "dirsync wal mode=landed",
		"write *.wal", "write *.wal mode=prefix", "write *.wal mode=short", "write *.wal mode=all",
		"write *.wal err=ENOSPC", "write CTRL mode=prefix len=40", "rename *.wal", "remove *.wal",
		"readat *.wal nth=2", "readat CTRL", "open *.wal", "create *.tmp err=ENOSPC", "write *.tmp err=ENOSPC",
		"rename *.tmp", "list *", "remove *",
	}).Draw(t, "rule")
	m.live(t)
	r, err := simdisk.ParseRule(rule)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.d.Inject(r); err != nil {
		t.Fatal(err)
	}
}

func (m *machine) kill(t *rapid.T) {
	m.live(t).Abandon()
	m.l = nil
	if rapid.Bool().Draw(t, "the fault goes, too") {
		m.d.ClearFaults()
	}
	m.d.Restart()
}

func (m *machine) power(t *rapid.T) {
	m.live(t).Abandon()
	m.l = nil
	m.d.ClearFaults()
	m.crashAt(t, m.d.Ops())
}
