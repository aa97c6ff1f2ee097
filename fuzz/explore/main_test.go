package explore

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/xadb/xadb/fuzz/simdisk"
)

// TestMainReport: the command's last line, and an exit that tells an idle run.
func TestMainReport(t *testing.T) {
	var out bytes.Buffer
	o := Options{Programs: 2, Kind: "names", Seed: 5, Duration: time.Minute, Images: simdisk.SyncedImage(), Dir: t.TempDir()}
	if err := Main(o, &out); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	if ok, _ := regexp.Match(`(?m)^\d+ crash points, \d+ recoveries, 0 violations\n\z`, out.Bytes()); !ok {
		t.Errorf("the last line is wrong:\n%s", &out)
	}
	if err := (&Report{}).Valid(); !errors.Is(err, ErrIdle) {
		t.Errorf("an idle run: %v", err)
	}
}

// TestValid: a long run of all kinds must have met what is rare.
func TestValid(t *testing.T) {
	met := Counts{Programs: 1, Acks: 9, Points: 9, Recoveries: 9, Amid: 1, Undone: 1, Kept: 1, Purged: 1, Resets: 1, Changes: [3][3]int64{{0, 1, 1}, {1, 0, 1}, {1, 1, 0}}}
	for _, c := range []struct {
		what string
		full bool
		lack func(*Counts)
		ok   bool
	}{
		{"everything", true, func(*Counts) {}, true},
		{"no crash amid chunks", true, func(c *Counts) { c.Amid = 0 }, false},
		{"no savepoint undone", true, func(c *Counts) { c.Undone = 0 }, false},
		{"no read locks", true, func(c *Counts) { c.Kept = 0 }, false},
		{"no file purged", true, func(c *Counts) { c.Purged = 0 }, false},
		{"no reset", true, func(c *Counts) { c.Resets = 0 }, false},
		{"a change of mode missing", true, func(c *Counts) { c.Changes[2][1] = 0 }, false},
		{"too short for all that", false, func(c *Counts) {
			c.Amid, c.Undone, c.Kept, c.Purged, c.Resets, c.Changes = 0, 0, 0, 0, 0, [3][3]int64{}
		}, true},
		{"no acknowledgement", false, func(c *Counts) { c.Acks = 0 }, false},
	} {
		r := &Report{Counts: met, full: c.full}
		c.lack(&r.Counts)
		if err := r.Valid(); (err == nil) != c.ok || err != nil && !errors.Is(err, ErrIdle) {
			t.Errorf("%s: %v", c.what, err)
		}
	}
}

// TestReplayFile: the command repeats a plan's violation, and says when there
// is none.
func TestReplayFile(t *testing.T) {
	p, err := generate("random", 3)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newExplorer().execute(p)
	defer s.end()
	if err != nil {
		t.Fatal(err)
	}
	k := s.disk.Ops()
	c := crash{disk: s.disk, k: k, want: s.hist.At(k), mode: s.modeAt(k), program: p, hist: s.hist}
	file := filepath.Join(t.TempDir(), "a.plan")
	for _, wrong := range []bool{false, true} {
		if wrong {
			c.want.Tables[0]["lost"] = "x"
		}
		if err := writePlan(file, newPlan(c, simdisk.Everything())); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := Replay(file, &out); errors.Is(err, ErrViolation) != wrong || err != nil && !wrong {
			t.Errorf("wrong=%t: %v\n%s", wrong, err, &out)
		}
	}
	if err := os.WriteFile(file, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Replay(file, &bytes.Buffer{}); !errors.Is(err, errPlan) {
		t.Errorf("nonsense: %v", err)
	}
}

// TestSoak explores for as long as the environment says, such as
// XADB_EXPLORE=60s.
func TestSoak(t *testing.T) {
	o := Options{Dir: os.TempDir()}
	var err error
	if o.Duration, err = time.ParseDuration(os.Getenv("XADB_EXPLORE")); err != nil {
		o.Duration, o.Seed, o.Programs = time.Second, 9, 2
	}
	if err := Main(o, os.Stdout); err != nil && !errors.Is(err, ErrIdle) {
		t.Fatal(err)
	}
}

// A call that hangs leaves no plan, and is reported all the same.
func TestShowHang(t *testing.T) {
	r := &Report{Violations: []*Violation{{Message: "a call did not return"}}}
	var out bytes.Buffer
	if err := r.show(t.TempDir(), &out); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); got != "violation: a call did not return\n" {
		t.Fatalf("shown: %q", got)
	}
}
