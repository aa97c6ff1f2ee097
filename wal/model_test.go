package wal

import (
	"errors"
	"fmt"
	"slices"

	"github.com/xadb/xadb/fuzz/simdisk"
)

// A history is what a test knows about a log: the records it appended, in
// order, and how many of them the log promised to keep.
type history struct {
	recs  []past
	acked int // so many are promised durable

}

type past struct {
	lsn  LSN
	body string
	ops  int // operations of the disk when the promise for it was made; 0 = none
}

// appended notes a record.
func (h *history) appended(lsn LSN, body string) {
	h.recs = append(h.recs, past{lsn: lsn, body: body})
}

// promised notes that all appended so far is durable, at so many operations.
func (h *history) promised(ops int) {
	for i := h.acked; i < len(h.recs); i++ {
		h.recs[i].ops = ops
	}
	h.acked = len(h.recs)
}

// at is the history as it stood when the disk had done k operations: what had
// been promised by then, and everything that may have been written by then.
func (h *history) at(k int) *history {
	c := &history{recs: slices.Clone(h.recs)}
	for c.acked < len(c.recs) && c.recs[c.acked].ops > 0 && c.recs[c.acked].ops <= k {
		c.acked++
	}
	return c
}

// check compares what l returns with the history: no record is changed or made
// up, none is missing in the middle (W1, W3), no promised one is lost (W2). It
// returns how many of the records are there.
func (h *history) check(l *Log) (int, error) {
	i := 0
	for i < len(h.recs) && h.recs[i].lsn < l.KeepFrom() {
		i++
	}
	err := l.Replay(0, func(r *Record) error {
		if i == len(h.recs) {
			return fmt.Errorf("record at lsn %d (%q) was never appended", r.LSN, head(r.Body))
		}
		if want := h.recs[i]; r.LSN != want.lsn || string(r.Body) != want.body {
			return fmt.Errorf("lsn %d holds %q, want %q at lsn %d", r.LSN, head(r.Body), head([]byte(want.body)), want.lsn)
		}
		i++
		return nil
	})
	if err != nil {
		return i, err
	}
	if i < h.acked {
		return i, fmt.Errorf("%d records came back, %d were promised", i, h.acked)
	}
	return i, nil
}

// survived takes what a successful Open returned for the history of the log
// from now on: a recovery promises what it returns.
func (h *history) survived(n, ops int) {
	h.recs = h.recs[:n]
	h.promised(ops)
}

func head(b []byte) string {
	if len(b) > 24 {
		return string(b[:24]) + "…"
	}
	return string(b)
}

// reopen opens the log on d and checks it against h.
func reopen(d *simdisk.Disk, h *history) (*Log, int, error) {
	l, err := Open("wal", testOptions(d.FS()))
	if err != nil {
		return nil, 0, fmt.Errorf("open: %w", err)
	}
	n, err := h.check(l)
	if err != nil {
		l.Abandon()
		return nil, n, err
	}
	if broken := d.Violations(); len(broken) > 0 {
		l.Abandon()
		return nil, n, errors.New(broken[0])
	}
	return l, n, nil
}
