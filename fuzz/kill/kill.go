package kill

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Options configure a Run. The zero value of a field means its default.
type Options struct {
	// Rounds is how many rounds must count.
	//
	// Default: 6, or no limit if Duration is set.
	Rounds int
	// Duration ends the run, after at least one round.
	//
	// Default: none.
	Duration time.Duration
	// Seed decides the plan: what each round does, where it kills, what the
	// clients draw. When the processes are scheduled it does not decide.
	Seed uint64
	// Binary is the xadb command.
	//
	// Default: this program.
	Binary string
	// MinAcks is how many acknowledgements a round needs before its kill.
	//
	// Default: 50.
	MinAcks int
	// Dir is where the stores are made.
	//
	// Default: the system's folder for temporary files.
	Dir string
	// Out gets a line for each round.
	//
	// Default: nothing.
	Out io.Writer
}

// A Report is what a Run has done.
type Report struct {
	Seed       uint64
	Rounds     int // that count
	Crashes    int // processes killed
	Recoveries int // restarts after a kill
	Acks       int // acknowledgements before kills
	// Points is how often each failpoint has killed.
	Points map[string]int
	// Unreached are the failpoints that no kill was planned for, since no
	// server passed them while the plan was made.
	Unreached []string
	// Violations say what did not hold, and in which round.
	Violations []string
	// Kept are the stores that a violation was found in.
	Kept []string
}

// longRun is from how many rounds on half of the failpoints must have killed.
const longRun = 100

// roundsPerStore is after how many rounds a new store is begun.
const roundsPerStore = 10

// Run kills a server until the rounds are done or ctx or Duration ends. A
// violation is in the Report; an error means that the run itself failed, or
// that it did not do what it should.
func Run(ctx context.Context, o Options) (rep Report, err error) {
	if o.Rounds == 0 && o.Duration == 0 {
		o.Rounds = 6
	}
	if o.MinAcks == 0 {
		o.MinAcks = 50
	}
	if o.Out == nil {
		o.Out = io.Discard
	}
	if o.Binary == "" {
		if o.Binary, err = os.Executable(); err != nil {
			return rep, fmt.Errorf("kill: finding this program: %w", err)
		}
	}
	peer, err := findPeer()
	if err != nil {
		return rep, err
	}
	dir, err := os.MkdirTemp(o.Dir, "xadb-kill-")
	if err != nil {
		return rep, fmt.Errorf("kill: %w", err)
	}
	r := &runner{
		Options: o, dir: dir, peer: peer, rng: rand.New(rand.NewPCG(o.Seed, 0)),
		Report: Report{Seed: o.Seed, Points: map[string]int{}},
	}
	fmt.Fprintf(o.Out, "seed %d\n", o.Seed)
	err = r.run(ctx)
	if len(r.Kept) == 0 {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	return r.Report, err
}

// A runner is one Run.
type runner struct {
	Options
	Report
	dir    string
	rng    *rand.Rand
	peer   *peer
	plans  [2]*plan // for stores of kind oneLog and twoLogs
	stores int
}

func (r *runner) run(ctx context.Context) (err error) {
	began := time.Now()
	for i, kind := range []kind{oneLog, twoLogs} {
		if r.plans[i], err = r.survey(ctx, kind); err != nil {
			return err
		}
	}
	r.Unreached = r.plans[0].unreached()
	r.Unreached = slices.DeleteFunc(r.Unreached, func(name string) bool { return !slices.Contains(r.plans[1].unreached(), name) })
	over := func() bool {
		return r.Options.Rounds > 0 && r.Report.Rounds >= r.Options.Rounds ||
			r.Duration > 0 && r.Report.Rounds > 0 && time.Since(began) >= r.Duration
	}
	for !over() {
		if err := r.store(ctx, over); err != nil {
			return err
		}
	}
	return r.verdict()
}

// store makes a store and runs rounds on it.
func (r *runner) store(ctx context.Context, over func() bool) (err error) {
	r.stores++
	s := r.newStore(filepath.Join(r.dir, fmt.Sprint("store", r.stores)), kindOf(r.stores))
	if err := s.create(ctx); err != nil {
		return err
	}
	defer func() {
		s.end()
		if len(s.wrong) > 0 {
			r.Kept = append(r.Kept, s.dir)
		} else {
			err = errors.Join(err, os.RemoveAll(s.dir))
		}
	}()
	for i := 0; i < roundsPerStore && !over() && len(s.wrong) == 0; i++ {
		if err := r.round(ctx, s); err != nil {
			return fmt.Errorf("round %d: %w", r.Report.Rounds+1, err)
		}
	}
	if len(s.wrong) > 0 {
		return nil
	}
	return s.finish(ctx)
}

// verdict refuses a run in which too little has happened.
func (r *runner) verdict() error {
	if len(r.Violations) > 0 {
		return nil
	}
	if r.Report.Rounds == 0 || r.Acks == 0 || r.Crashes == 0 || r.Recoveries == 0 {
		return fmt.Errorf("kill: nothing happened: %d rounds, %d acknowledgements, %d crashes, %d recoveries",
			r.Report.Rounds, r.Acks, r.Crashes, r.Recoveries)
	}
	if all := len(r.plans[0].all); r.Report.Rounds >= longRun && 2*len(r.Points) < all {
		return fmt.Errorf("kill: only %d of %d failpoints have killed a server in %d rounds", len(r.Points), all, r.Report.Rounds)
	}
	return nil
}
