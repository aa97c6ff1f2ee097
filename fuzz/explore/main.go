package explore

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/xadb/xadb/fuzz/simdisk"
)

// Options of an exploration.
type Options struct {
	// Duration ends it. Default: 60 s.
	Duration time.Duration
	// Programs ends it after so many programs; 0 is no limit.
	Programs int
	// Seed is where it begins. Default: drawn from the time.
	Seed uint64
	// Workers is how many programs run at once. Default: one for each core.
	Workers int
	// Images is which images each crash point gets. Default: Bounded(3).
	Images simdisk.ImagePolicy
	// Dir is where plans of violations go. Default: the current folder.
	Dir string
	// Kind limits the programs to one kind, by name.
	Kind string
	// ViolationsMax ends the exploration. Default: 1.
	ViolationsMax int
}

const (
	durationDefault  = 60 * time.Second
	progressInterval = 5 * time.Second
	// hangLimit is how long one recovery, or one program, may take (I-24). A
	// loaded machine needs less than a tenth of it.
	hangLimit = 30 * time.Second
	// gcPercent trades memory for speed. A store that was dropped stays for one
	// more cycle, so with every cycle's memory a multiple of the one before's, a
	// larger one grows without end.
	gcPercent = 100
	// tearsMax is how many images a crash gets that may tear chunks from the
	// record behind them.
	tearsMax = 6
	// skim is every which operation a skimmed program is crashed after.
	skim = 8
	// A run that did less than this for each program proves nothing.
	ackRateMin, pointRateMin = 2, 5
	// allWays is how many ways there are to change the mode.
	allWays = 6
)

func (o Options) withDefaults() Options {
	if o.Duration == 0 {
		o.Duration = durationDefault
	}
	if o.Seed == 0 {
		o.Seed = uint64(time.Now().UnixNano())
	}
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Images == (simdisk.ImagePolicy{}) {
		o.Images = simdisk.Bounded(3)
	}
	if o.Dir == "" {
		o.Dir = "."
	}
	if o.ViolationsMax == 0 {
		o.ViolationsMax = 1
	}
	return o
}

// A Report is the end of an exploration.
type Report struct {
	Counts
	Seed       uint64
	Elapsed    time.Duration
	Violations []*Violation
	full       bool // of all kinds, and long enough to meet everything
}

// String is the last line of an exploration.
func (r *Report) String() string {
	return fmt.Sprintf("%d crash points, %d recoveries, %d violations", r.Points, r.Recoveries, len(r.Violations))
}

// ErrIdle: so little happened that the run proves nothing.
var ErrIdle = errors.New("explore: too little happened for the run to count")

// Valid is nil if the run did enough to prove something.
func (r *Report) Valid() error {
	if r.Programs == 0 || r.Acks < ackRateMin*r.Programs || r.Points < pointRateMin*r.Programs || r.Recoveries < r.Programs {
		return fmt.Errorf("%w: %d programs, %d acknowledgements, %d crash points, %d recoveries",
			ErrIdle, r.Programs, r.Acks, r.Points, r.Recoveries)
	}
	if _, ways := r.changed(); r.full && (r.Amid == 0 || r.Undone == 0 || r.Kept == 0 || r.Purged == 0 || r.Resets == 0 || ways < allWays) {
		return fmt.Errorf("%w: %s", ErrIdle, r.rare())
	}
	return nil
}

// rare says how often the run met what a random program rarely does.
func (r *Report) rare() string {
	n, ways := r.changed()
	return fmt.Sprintf("%d crashes amid chunks, %d savepoints undone in chunked transactions, %d branches back with read locks, %d binlog files purged, %d resets of the binlog, %d mode changes (%d of %d ways)",
		r.Amid, r.Undone, r.Kept, r.Purged, r.Resets, n, ways, allWays)
}

// Explore runs programs until the time is over, or a violation is found.
// progress may be nil.
func Explore(o Options, progress func(Counts)) *Report {
	o = o.withDefaults()
	begin := time.Now()
	deadline := begin.Add(o.Duration)
	w := newWatch()
	defer w.stop()
	m := &crew{o: o, report: &Report{Seed: o.Seed, full: o.Kind == "" && o.Programs == 0 && o.Duration >= durationDefault}}
	m.x = &explorer{busy: w.busy, stop: func() bool {
		return m.over.Load() || time.Now().After(deadline) || w.hung() != ""
	}}
	m.run(progress, begin)
	if hung := w.hung(); hung != "" {
		m.found(&Violation{Message: "a call did not return within " + hangLimit.String() + "\n" + hung})
	}
	m.report.Counts = m.x.snapshot()
	m.report.Elapsed = time.Since(begin)
	return m.report
}

// A crew is the workers of one exploration.
type crew struct {
	o      Options
	x      *explorer
	next   atomic.Uint64
	over   atomic.Bool
	mu     sync.Mutex
	report *Report
}

func (m *crew) run(progress func(Counts), begin time.Time) {
	var wg sync.WaitGroup
	for range m.o.Workers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			m.work()
		}()
	}
	all := make(chan struct{})
	go func() { wg.Wait(); close(all) }()
	tick := time.NewTicker(progressInterval)
	defer tick.Stop()
	giveUp := time.After(m.o.Duration + hangLimit)
	for {
		select {
		case <-all:
			return
		case <-giveUp: // a worker hangs; the watch says where
			return
		case <-tick.C:
			if progress != nil {
				progress(m.x.snapshot())
			}
		}
	}
}

func (m *crew) work() {
	for !m.x.stop() {
		n := m.next.Add(1) - 1
		if m.o.Programs > 0 && n >= uint64(m.o.Programs) {
			return
		}
		p := m.program(n)
		if strings.Contains(p.String(), "\nfault ") || p.name == "full" {
			m.x.faults.Add(1)
		}
		err := m.x.program(p, m.effort(n, p))
		var v *Violation
		switch {
		case errors.As(err, &v):
			m.found(v)
		case err != nil && !errors.Is(err, errStopped):
			m.found(&Violation{Message: err.Error()})
		}
	}
}

// effort is for program number n. Two of three are skimmed, for the sake of many
// programs; the third is crashed after each of its operations, and so is one
// whose groups leave several transactions open at once, or whose writes are torn.
// The first of each kind are no more than a glance at all of them.
func (m *crew) effort(n uint64, p *program) effort {
	e := effort{m.o.Images, skim, nestedSkimmed}
	switch p.name {
	case "chunks":
		return effort{simdisk.Bounded(tearsMax), 1, nestedSkimmed}
	case "groups", "torn":
		e.stride, e.nested = 1, nestedMax
	default:
		if n%3 == 2 {
			e.stride, e.nested = 1, nestedMax
		}
	}
	if n < uint64(len(generators)) {
		e.nested = nestedSkimmed
	}
	return e
}

// program is number n: first one of each kind, then at random.
func (m *crew) program(n uint64) *program {
	seed := mix(m.o.Seed, n)
	kind := m.o.Kind
	if kind == "" && n < uint64(8*len(generators)) {
		kind = generators[n%uint64(len(generators))].name
	}
	if p, err := generate(kind, seed); err == nil {
		return p
	}
	return draw(seed)
}

func (m *crew) found(v *Violation) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.x.violations.Add(1)
	if len(m.report.Violations) < m.o.ViolationsMax {
		m.report.Violations = append(m.report.Violations, v)
	}
	if len(m.report.Violations) >= m.o.ViolationsMax {
		m.over.Store(true)
	}
}

// ErrViolation: a promise was broken.
var ErrViolation = errors.New("explore: violation")

// Main is the command "crash explore": it explores, reports to out, and
// returns ErrViolation, ErrIdle or nil.
func Main(o Options, out io.Writer) error {
	o = o.withDefaults()
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercent))
	fmt.Fprintf(out, "seed %d, %d workers, %v\n", o.Seed, o.Workers, o.Duration)
	begin := time.Now()
	r := Explore(o, func(c Counts) {
		fmt.Fprintf(out, "%4.0fs  %d programs, %d crash points, %d distinct images, %d recoveries (%d nested, %d at depth %d)\n",
			time.Since(begin).Seconds(), c.Programs, c.Points, c.Images, c.Recoveries, c.Nested, c.Deepest, depthMax)
	})
	if err := r.show(o.Dir, out); err != nil {
		return err
	}
	fmt.Fprintf(out, "%d programs, %d with faults, %d acknowledgements, %d distinct images (%d damaged), %.0f recoveries/s\n",
		r.Programs, r.Faults, r.Acks, r.Images, r.Damaged, float64(r.Recoveries)/r.Elapsed.Seconds())
	fmt.Fprintln(out, r.rare())
	fmt.Fprintln(out, r)
	if len(r.Violations) > 0 {
		return fmt.Errorf("%w: %s", ErrViolation, r.Violations[0].Message)
	}
	return r.Valid()
}

// show describes the violations, and writes the plan of each into dir.
func (r *Report) show(dir string, out io.Writer) error {
	for i, v := range r.Violations {
		fmt.Fprintf(out, "violation: %s\n", v.Message)
		if v.Plan == nil {
			continue
		}
		name := filepath.Join(dir, fmt.Sprintf("crash-%d-%d.plan", r.Seed, i))
		if err := writePlan(name, v.Plan); err != nil {
			return err
		}
		fmt.Fprintf(out, "plan: %s\n", name)
	}
	return nil
}

func writePlan(name string, p *Plan) (err error) {
	f, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("explore: writing a plan: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return p.Encode(f)
}

// Replay is the command "crash replay": it repeats the plan in the file. It
// returns ErrViolation if the violation shows again.
func Replay(file string, out io.Writer) error {
	f, err := os.Open(file)
	if err != nil {
		return fmt.Errorf("explore: reading a plan: %w", err)
	}
	defer f.Close()
	p, err := DecodePlan(f)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "recorded: %s\n", p.Message)
	violation, err := p.Repeat()
	if err != nil {
		return err
	}
	if violation != nil {
		fmt.Fprintf(out, "again: %s\n1 crash points, 1 recoveries, 1 violations\n", violation)
		return fmt.Errorf("%w: %w", ErrViolation, violation)
	}
	fmt.Fprintln(out, "not repeated\n1 crash points, 1 recoveries, 0 violations")
	return nil
}
