package binlog

import (
	"context"
	"io"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"
)

// A runReader reads a log event by event, and by Runs, as it comes.
type runReader struct {
	*Stream
	raw []string
}

// read takes what Next would return at once: some of it, or a Run.
func (r *runReader) read(t testing.TB, byRun bool) {
	if !r.Ready() {
		return
	}
	if byRun {
		run, err := r.Run()
		must(t, err)
		if run != nil {
			from := 0
			for _, end := range run.Ends {
				r.raw = append(r.raw, string(run.Raw[from:end]))
				from = end
			}
			must(t, r.Pass(run))
			if r.Pos() != run.End() {
				t.Fatalf("at %v behind a run up to %v", r.Pos(), run.End())
			}
			return
		}
	}
	ev, err := r.Next(context.Background())
	if err == io.EOF {
		return
	}
	must(t, err)
	r.raw = append(r.raw, string(ev.Raw))
}

// settleHeads takes back the flag of files that were being written.
func settleHeads(raw []string) {
	for i, ev := range raw {
		if EventType(ev[4]) == EventFormatDescription {
			raw[i] = ev[:flagsOffset] + "\x00" + ev[flagsOffset+1:]
		}
	}
}

// TestRuns: whoever takes Runs sees what Next says, whatever others do on the same
// log meanwhile, and over rotations.
func TestRuns(t *testing.T) {
	shared := 0
	rapid.Check(t, func(rt *rapid.T) {
		l := mustStart(t, testOptions(vfs.NewMem()))
		defer l.Abandon()
		var readers [3]*runReader
		for i := range readers {
			s, err := l.Stream(Pos{File: 1})
			must(t, err)
			readers[i] = &runReader{Stream: s}
		}
		for n := range rapid.IntRange(1, 60).Draw(rt, "steps") {
			switch k := rapid.IntRange(0, 9).Draw(rt, "step"); k {
			case 0:
				must(t, l.Rotate())
			case 1, 2, 3:
				commit(t, l, dml(t, uint64(n+1)))
			default:
				readers[k%len(readers)].read(t, k%2 == 0)
			}
			if run := l.runs.last; run != nil && !slices.ContainsFunc(readers[:], func(r *runReader) bool { return r.Pos() != run.End() }) {
				shared++
			}
		}
		s, err := l.Stream(Pos{File: 1})
		must(t, err)
		_, want := streamed(t, s)
		settleHeads(want)
		for i, r := range readers {
			for r.Ready() {
				r.read(t, i > 0)
			}
			settleHeads(r.raw)
			if !slices.Equal(r.raw, want) {
				rt.Fatalf("reader %d has %d events, want %d", i, len(r.raw), len(want))
			}
			must(t, r.Close())
		}
	})
	if shared == 0 {
		t.Error("no run was for all")
	}
}

// TestRunsTell: a Run says what not all readers take as it is, and there is none of
// what is far behind.
func TestRunsTell(t *testing.T) {
	runOf := func(l *Log) *Run {
		t.Helper()
		s, err := l.Stream(Pos{File: 1})
		must(t, err)
		run, err := s.Run()
		must(t, err)
		must(t, s.Close())
		l.Abandon()
		return run
	}
	if run := runOf(packedLog(t, vfs.NewMem(), 3, 5)); run == nil || !run.Payload || run.JSON {
		t.Errorf("compressed: %+v", run)
	}
	l := mustStart(t, testOptions(vfs.NewMem()))
	table := &Table{ID: 7, DB: "d", Name: "t", Columns: []Column{{Name: "j", Type: TypeJSON, Length: 4, Nullable: true}}}
	g := dml(t, 1)
	g.Cache = NewCache(0)
	must(t, g.Cache.AddRows(table, WriteRows, []RowChange{{After: []Value{nil}}}))
	commit(t, l, g)
	if run := runOf(l); run == nil || run.Payload || !run.JSON {
		t.Errorf("JSON: %+v", run)
	}
	l = mustStart(t, testOptions(vfs.NewMem()))
	for n := uint64(1); l.DurablePos().Offset < runMax+1000; n++ {
		commit(t, l, dml(t, n))
	}
	if run := runOf(l); run != nil {
		t.Errorf("a run of %d bytes", len(run.Raw))
	}
}
