package explore

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/xadb/xadb/fuzz/simdisk"
)

// newExplorer is an explorer that nothing stops.
func newExplorer() *explorer {
	return &explorer{stop: func() bool { return false }, busy: func(func() string) func() { return func() {} }}
}

// TestExplore runs some programs and a sample of their images. What it did is
// counted: a run in which nothing happened proves nothing.
func TestExplore(t *testing.T) {
	r := Explore(Options{Programs: 4, Seed: 7, Duration: time.Minute, Images: simdisk.Bounded(2), Dir: t.TempDir()}, nil)
	for _, v := range r.Violations {
		t.Error(v)
	}
	if err := r.Valid(); err != nil {
		t.Error(err)
	}
	const points, images = 200, 150
	if r.Points < points || r.Images < images || r.Recoveries < images {
		t.Errorf("%d crash points, %d images, %d recoveries: too few", r.Points, r.Images, r.Recoveries)
	}
	if r.Nested == 0 || r.Deepest == 0 {
		t.Errorf("%d recoveries behind another crash, %d of them behind %d: too few", r.Nested, r.Deepest, depthMax)
	}
	t.Logf("%+v", r.Counts)
}

// TestPrograms runs programs of every kind to their end, without a crash of
// the disk: each acknowledges something.
func TestPrograms(t *testing.T) {
	const each = 12
	for _, g := range generators {
		acks := 0
		for seed := range uint64(each) {
			p, err := generate(g.name, seed)
			if err != nil {
				t.Fatal(err)
			}
			s, err := newExplorer().execute(p)
			if err != nil {
				t.Errorf("%v\n%s", err, p)
			}
			acks += s.hist.Returns()
			s.end()
		}
		if acks < each {
			t.Errorf("%s: %d acknowledgements in %d programs", g.name, acks, each)
		}
	}
}

// TestDeterminism: the same seed does the same operations (I-30, C23).
func TestDeterminism(t *testing.T) {
	for seed := range uint64(10) {
		ops := func() []string {
			p := &program{name: "random", seed: seed, mode: Mode{Binlog: seed%2 == 0}}
			p.randomly(newRand(seed, 1), 30, seed%3 == 0, stepGroup)
			s, err := newExplorer().execute(p)
			defer s.end()
			if err != nil {
				t.Fatal(err)
			}
			lines := opLines(s.disk)
			for i, line := range lines { // pebble notes there in which second it made a table
				if strings.Contains(line, "MANIFEST-") {
					lines[i], _, _ = strings.Cut(line, " hash=")
				}
			}
			return lines
		}
		first, second := ops(), ops()
		for i := range min(len(first), len(second)) {
			if first[i] != second[i] {
				t.Errorf("seed %d: two runs differ in %s and %s", seed, first[i], second[i])
			}
		}
		if len(first) != len(second) {
			t.Errorf("seed %d: %d operations, then %d", seed, len(first), len(second))
		}
	}
}

// TestPlan: a violation that the image shows is shown again by its plan, and
// not by the plan of a right expectation.
func TestPlan(t *testing.T) {
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
	right := newPlan(c, simdisk.Synced())
	if got := repeat(t, right); got != nil {
		t.Errorf("a right expectation: %v", got)
	}
	c.want.Tables[0]["lost"] = "x"
	wrong := newPlan(c, simdisk.Synced())
	if got := repeat(t, wrong); got == nil {
		t.Error("a row that the store never had was not missed")
	}
}

// repeat writes a plan, reads it back and repeats it.
func repeat(t *testing.T, p *Plan) error {
	t.Helper()
	var b bytes.Buffer
	if err := p.Encode(&b); err != nil {
		t.Fatal(err)
	}
	q, err := DecodePlan(&b)
	if err != nil {
		t.Fatal(err)
	}
	violation, err := q.Repeat()
	if err != nil {
		t.Fatal(err)
	}
	return violation
}

func TestDecodePlanRefuses(t *testing.T) {
	for _, text := range []string{"", "x", planMagic, planMagic + "\n" + planData + "\n!!!", planMagic + "\n\n" + planData + "\nMTIz\n"} {
		if _, err := DecodePlan(bytes.NewReader([]byte(text))); !errors.Is(err, errPlan) {
			t.Errorf("%q: %v", text, err)
		}
	}
}
