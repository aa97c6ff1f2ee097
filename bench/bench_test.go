package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The test program is the canned server, too.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == cannedFlag {
		if err := run(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// Every workload runs, and every store in it does something.
func TestWorkloads(t *testing.T) {
	any := regexp.MustCompile("")
	o := options{workloads: any, peers: any, slice: 20 * time.Millisecond, rounds: 1, rows: 2000, dir: t.TempDir()}
	for _, c := range contests(o) {
		var out strings.Builder
		if err := hold(c, o, t.TempDir(), &out); err != nil {
			t.Fatalf("%s, %d clients: %v", c.w.name, c.clients, err)
		}
		t.Log(out.String())
		for _, e := range c.entries {
			if e.took[0].ops == 0 {
				t.Errorf("%s did nothing", e.name)
			}
			if !strings.Contains(out.String(), "\n"+e.name+" ") {
				t.Errorf("no line for %s", e.name)
			}
		}
	}
}

// A sync is counted and timed at each place where one can come from.
func TestSyncsAreCounted(t *testing.T) {
	for _, open := range []func(site) (store, error){pebbleWrites, xadbCommits(false), xadbCommits(true), rocksBranches} {
		e := &entry{site: site{dir: t.TempDir(), disk: newDisk(0)}}
		var err error
		if e.store, err = open(e.site); err != nil {
			t.Fatal(err)
		}
		got, err := e.turn(1, 20*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		if got.syncs < got.ops || got.own <= 0 {
			t.Errorf("%d syncs of %v for %d operations of one client", got.syncs, got.own, got.ops)
		}
		if err := e.store.close(); err != nil {
			t.Error(err)
		}
	}
}

func TestHistogram(t *testing.T) {
	var h histogram
	for ns := int64(1); ns <= 1_000_000; ns += 100 {
		h.note(ns)
	}
	h.note(1 << 62)
	for _, tt := range []struct {
		q    float64
		want time.Duration
	}{{0.01, 10_000}, {0.5, 500_000}, {0.99, 990_000}} {
		if got := h.quantile(tt.q); got > tt.want || float64(got) < float64(tt.want)*(1-2.0/steps) {
			t.Errorf("quantile %v: %v, want %v or a step less", tt.q, got, tt.want)
		}
	}
	if got := h.quantile(0.99999); got != 1<<62 {
		t.Errorf("the slowest took %v", got)
	}
}

func TestMedianOfRatios(t *testing.T) {
	base := &entry{took: []turn{{rate: 1}, {rate: 2}, {rate: 4}}}
	e := &entry{took: []turn{{rate: 3}, {rate: 2}, {rate: 8}}}
	if r := e.against(base, rateOf); r != 2 {
		t.Errorf("ratio %v, want 2", r)
	}
}
