package wal

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/xadb/xadb/fuzz/simdisk"
)

// TestTrace holds the order of the calls that change the disk to a golden
// trace: which step is synced before which other one begins.
func TestTrace(t *testing.T) {
	datadriven.RunTest(t, "testdata/trace", func(t *testing.T, c *datadriven.TestData) string {
		if c.Cmd != "trace" {
			c.Fatalf(t, "unknown command %q", c.Cmd)
		}
		return traceAll(t)
	})
}

// traceAll runs a life of a log and lists each step's operations.
func traceAll(t *testing.T) string {
	var out strings.Builder
	w := &worker{d: simdisk.New(simdisk.Options{Seed: 1}), h: &history{}}
	step := func(name string, f func()) {
		before := w.d.Ops()
		f()
		if w.err != nil {
			t.Fatalf("%s: %v", name, w.err)
		}
		fmt.Fprintf(&out, "%s\n", name)
		for _, op := range w.d.OpLog()[before:] {
			fmt.Fprintf(&out, "  %s\n", traceOp(op))
		}
	}
	step("open a new log", w.open)
	step("append", func() { w.add(100, 200) })
	step("sync", w.sync)
	step("sync again", w.sync)
	step("append and sync over the segment's end", func() { w.add(40000, 40000); w.sync() })
	step("checkpoint", func() { w.checkpoint(1) })
	step("append and sync into a recycled segment", func() { w.add(40000); w.sync() })
	step("checkpoint", func() { w.checkpoint(1) })
	step("use up the recycled segment", func() { w.add(40000); w.sync() })
	step("prepare a spare", w.spare)
	step("append and sync into the spare", func() { w.add(40000); w.sync() })
	step("prepare a spare", w.spare)
	step("abandon with an unsynced record", func() {
		w.add(10)
		w.do(func() error { return w.l.drainAll() })
		w.die()
	})
	step("recover", w.open)
	step("close", w.close)
	step("open a closed log", w.open)
	return out.String()
}

func traceOp(op simdisk.Op) string {
	short := func(path string) string {
		path = strings.TrimPrefix(strings.TrimPrefix(path, "wal/"), "0000000000000000000")
		if path == "" {
			return "."
		}
		return path
	}
	s := fmt.Sprintf("%s %s", op.Kind, short(op.Path))
	if op.To != "" {
		s += " -> " + short(op.To)
	}
	if op.Kind == simdisk.OpWrite {
		s += fmt.Sprintf(" %d+%d", op.Off, op.Len)
	}
	return s
}
