package wal

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/xadb/xadb/fuzz/simdisk"
)

// A workload is a fixed run of calls over several segments and boots: appends
// of many sizes, syncs, a recycled segment, a clean close, a kill.
func workload(t testing.TB, d *simdisk.Disk, h *history) {
	n := 0
	add := func(l *Log, sizes ...int) {
		for _, size := range sizes {
			n++
			body := fmt.Sprintf("%d:%s", n, strings.Repeat(string(rune('a'+n%26)), size))
			h.appended(mustAppend(t, l, body), body)
		}
	}
	flush := func(l *Log) {
		if err := l.SyncAll(); err != nil {
			t.Fatal(err)
		}
		h.promised(d.Ops())
	}
	open := func() *Log {
		l, got, err := reopen(d, h)
		if err != nil {
			t.Fatal(err)
		}
		h.survived(got, d.Ops())
		return l
	}
	cut := func(l *Log, i int) {
		if err := l.SetCheckpoint(h.recs[len(h.recs)-1].lsn, h.recs[i].lsn); err != nil {
			t.Fatal(err)
		}
	}

	l := open()
	add(l, 0, 1, 500, 5000)
	flush(l)
	add(l, 30000, 20000, 40)
	add(l, 30000) // does not fit: the second segment
	flush(l)
	add(l, 100, 50000)
	flush(l)
	cut(l, len(h.recs)-2)
	add(l, 40000, 7) // a recycled segment
	flush(l)
	add(l, 3, 600)
	l.Abandon() // with records that no file has
	h.recs = h.recs[:h.acked]

	d.Restart()
	l = open()
	add(l, 64, 1000)
	flush(l)
	add(l, 200, 300)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	h.promised(d.Ops())

	d.Restart()
	l = open()
	add(l, 10)
	flush(l)
	add(l, 9, 3000)
	flush(l)
}

// TestEveryCrashPoint runs the workload once and cuts the power after each
// operation of the disk, with several images each, and again after each
// operation of the recovery from it: every promise holds on all of them.
func TestEveryCrashPoint(t *testing.T) {
	for _, profile := range simdisk.Profiles() {
		t.Run(profile.String(), func(t *testing.T) {
			t.Parallel()
			d := simdisk.New(simdisk.Options{Seed: 1, Profile: profile, Scribble: true})
			var h history
			workload(t, d, &h)
			images := 0
			for k := 0; k <= d.Ops(); k++ {
				for i, c := range d.Choices(k, simdisk.Bounded(4)) {
					images++
					if err := crashAt(d, k, c, &h, i == 1); err != nil {
						t.Fatalf("crash after operation %d, keeping %s: %v", k, c, err)
					}
				}
			}
			t.Logf("%d operations, %d images", d.Ops(), images)
		})
	}
}

// crashAt recovers from one image; nested also from crashes in that recovery.
func crashAt(d *simdisk.Disk, k int, c simdisk.Choice, h *history, nested bool) error {
	then := h.at(k)
	image := d.CrashAt(k, c)
	first := image.Ops()
	l, n, err := reopen(image, then)
	if err != nil {
		return err
	}
	l.Abandon()
	if !nested {
		return nil
	}
	last := image.Ops()
	for k2 := first; k2 <= last; k2++ {
		want := then
		if k2 == last {
			want = &history{recs: then.recs[:n], acked: n}
		}
		for _, c2 := range image.Choices(k2, simdisk.Bounded(2)) {
			l, _, err := reopen(image.CrashAt(k2, c2), want)
			if err != nil {
				return fmt.Errorf("then after operation %d of the recovery, keeping %s: %w", k2, c2, err)
			}
			l.Abandon()
		}
	}
	return nil
}

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
	if err != nil {
		t.Fatal(err)
	}
	if rapid.IntRange(0, 3).Draw(t, "die in recovery") == 0 {
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
	if err := l.SetCheckpoint(m.h.recs[mark].lsn, m.h.recs[keep].lsn); err != nil && !errors.Is(err, ErrPoisoned) {
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
	m.d.ClearFaults()
	m.d.Restart()
}

func (m *machine) power(t *rapid.T) {
	m.live(t).Abandon()
	m.l = nil
	m.d.ClearFaults()
	m.crashAt(t, m.d.Ops())
}
