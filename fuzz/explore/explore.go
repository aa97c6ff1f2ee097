package explore

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/xadb/xadb/fuzz/model"
	"github.com/xadb/xadb/fuzz/simdisk"
)

const (
	// depthMax is how many crashes an image has behind it at most.
	depthMax = 3
	// nestedMax is how many images of recovered stores one program gets, and
	// nestedSkimmed one that is skimmed: many programs find more than many
	// images of one.
	nestedMax, nestedSkimmed = 1500, 150
)

// A Violation is a promise that was broken. There is no plan to repeat a call
// that hangs.
type Violation struct {
	Message string
	Plan    *Plan
}

// Error implements error.
func (v *Violation) Error() string { return v.Message }

// Counts is what an exploration has done so far.
type Counts struct {
	Programs   int64 // run to their end
	Acks       int64 // acknowledged calls in them
	Points     int64 // crash points: operations of a disk
	Images     int64 // distinct ones
	Recoveries int64 // of images, and of stores restarted in a program
	Nested     int64 // of those, of an image of a recovered store
	Deepest    int64 // of those, with depthMax crashes behind it
	Faults     int64 // programs with faults
	Damaged    int64 // images with a bit turned over
	// Amid counts the crashes between the chunks of a transaction and the record
	// that decides them (C10), Undone the rollbacks to a savepoint in
	// transactions of several chunks.
	Amid, Undone int64
	// Kept counts the branches that came back with locks of what they had read
	// (C15).
	Kept int64
	// Purged counts the binlog files that were purged.
	Purged int64
	// Resets counts how often the binlog was reset.
	Resets int64
	// Changes counts how often the store was opened, by Mode.logs of the one
	// before and its own (C13).
	Changes    [3][3]int64
	Violations int64
}

// changed is how many openings were in another mode, and how many of the six
// ways there are.
func (c *Counts) changed() (n int64, ways int) {
	for from := range c.Changes {
		for to, times := range c.Changes[from] {
			if from != to && times > 0 {
				n += times
				ways++
			}
		}
	}
	return n, ways
}

type counters struct {
	programs, acks, points, images, recoveries, nested, deepest, faults, damaged, amid, undone, kept, purged, resets, violations atomic.Int64

	changes [3][3]atomic.Int64
}

func (c *counters) snapshot() Counts {
	n := Counts{
		Programs: c.programs.Load(), Acks: c.acks.Load(), Points: c.points.Load(), Images: c.images.Load(),
		Recoveries: c.recoveries.Load(), Nested: c.nested.Load(), Deepest: c.deepest.Load(), Faults: c.faults.Load(), Damaged: c.damaged.Load(),
		Amid: c.amid.Load(), Undone: c.undone.Load(), Kept: c.kept.Load(), Purged: c.purged.Load(), Resets: c.resets.Load(), Violations: c.violations.Load(),
	}
	for from := range c.changes {
		for to := range c.changes[from] {
			n.Changes[from][to] = c.changes[from][to].Load()
		}
	}
	return n
}

// add counts what a session has met.
func (c *counters) add(m met) {
	c.undone.Add(m.undone)
	c.kept.Add(m.kept)
	c.purged.Add(m.purged)
	c.resets.Add(m.resets)
	for from := range m.changes {
		for to, n := range m.changes[from] {
			c.changes[from][to].Add(n)
		}
	}
}

// hashes is a set of image hashes.
type hashes struct {
	mu  sync.Mutex
	set map[uint64]struct{}
}

// add reports whether h is new.
func (s *hashes) add(h uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, old := s.set[h]; old {
		return false
	}
	if s.set == nil {
		s.set = map[uint64]struct{}{}
	}
	s.set[h] = struct{}{}
	return true
}

// An explorer tries images, on several goroutines at once.
type explorer struct {
	counters
	images hashes // by content
	seen   hashes // by content and expectation
	stop   func() bool
	busy   func(what func() string) func() // a watch on what may hang
}

// errStopped ends an exploration whose time is over.
var errStopped = errors.New("explore: stopped")

// mix spreads words over one.
func mix(words ...uint64) uint64 {
	h := uint64(14695981039346656037)
	for _, w := range words {
		h = (h ^ w) * 1099511628211
		h ^= h >> 29
	}
	return h
}

// An effort says how closely a program's disk is looked at.
type effort struct {
	images simdisk.ImagePolicy // that each crash point gets
	stride int                 // every which operation is a crash point
	nested int                 // images of recovered stores, at most
}

// program runs p and explores its disk.
func (x *explorer) program(p *program, e effort) error {
	s, err := x.execute(p)
	defer s.end()
	x.recoveries.Add(int64(len(s.modes)))
	x.counters.add(s.met)
	if err != nil {
		return &Violation{Message: err.Error(), Plan: &Plan{
			Message: err.Error(), Program: p.String(), Name: p.name, Seeds: [2]uint64{p.seed}, Mode: s.mode,
			History: s.hist.String(), Ops: opLines(s.disk), Point: s.disk.Ops(), Rerun: true,
			Expect: s.hist.At(s.disk.Ops()), Image: s.disk.CrashAt(s.disk.Ops(), simdisk.Everything()).Export(),
		}}
	}
	x.acks.Add(int64(s.hist.Returns()))
	if err := x.disk(s, p, e); err != nil {
		return err
	}
	x.programs.Add(1)
	return nil
}

// execute runs a program on a new disk.
func (x *explorer) execute(p *program) (*session, error) {
	d := simdisk.New(simdisk.Options{Seed: p.seed, Scribble: true})
	s := newSession(d, p.mode, nil, newRand(p.seed, 2))
	defer x.busy(p.String)()
	return s, guarded(func() error {
		if err := s.start(); err != nil {
			return err
		}
		return s.run(p.steps)
	})
}

// guarded makes a panic, which no call of the store may let out (I-23), an
// error.
func guarded(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = violated("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return fn()
}

// disk explores a program's disk; its end always.
func (x *explorer) disk(s *session, p *program, e effort) error {
	salt := uint64(0)
	var stage uint64
	var want *model.Expectation
	ops := s.disk.Ops()
	nested := e.nested
	for k := range ops + 1 {
		if (k+int(p.seed%uint64(e.stride)))%e.stride != 0 && k < ops {
			continue
		}
		if x.stop() {
			return errStopped
		}
		x.points.Add(1)
		if st := s.hist.Stage(k); want == nil || st != stage {
			stage, want = st, s.hist.At(k)
			if stage != 0 {
				salt = mix(p.seed, stage)
			}
		}
		c := crash{disk: s.disk, k: k, want: want, mode: s.modeAt(k), salt: salt, program: p, hist: s.hist, nested: &nested}
		choices := s.disk.Choices(k, e.images)
		if k%4 == 0 {
			choices = append(choices, simdisk.Kill())
		}
		for _, choice := range choices {
			if err := x.image(c, choice, 1); err != nil {
				return err
			}
		}
	}
	return nil
}

// A crash is a place to cut the power, and what to expect.
type crash struct {
	disk    *simdisk.Disk
	k       int
	want    *model.Expectation
	mode    Mode
	was     int    // Mode.logs before the crash
	salt    uint64 // tells expectations apart
	program *program
	hist    *model.History
	nested  *int // images of recovered stores that the program may still get
}

// image recovers one image, unless it was seen with the same expectation.
func (x *explorer) image(c crash, choice simdisk.Choice, depth int) error {
	image := c.disk.CrashAt(c.k, choice)
	h := image.Hash()
	content := h
	if choice.String() == "kill" {
		content = mix(h, image.CachedHash())
	}
	if !x.seen.add(mix(content, c.salt, uint64(c.mode.logs()))) {
		return nil
	}
	if redo, err := readRedo(image); err == nil && redo.AmidChunks() {
		x.amid.Add(1)
	}
	c = c.changed(content)
	if x.images.add(content) {
		x.counters.images.Add(1)
	}
	return x.examine(c, image, choice, depth, content)
}

// changeRate is one in how many images is recovered in another mode.
const changeRate = 16

// changed has the next process open the store in another mode, for some images
// and where that is allowed (C13).
func (c crash) changed(h uint64) crash {
	c.was = c.mode.logs()
	r := newRand(h, changeRate)
	if r.IntN(changeRate) != 0 {
		return c
	}
	s := newSession(c.disk, c.mode, c.want, nil)
	s.change(1 + r.IntN(2))
	c.mode, c.want = s.mode, s.hist.Now()
	return c
}

// examine recovers an image, compares it, goes on with the program for a
// little, and crashes it again.
func (x *explorer) examine(c crash, image *simdisk.Disk, choice simdisk.Choice, depth int, h uint64) error {
	r := newRand(h, c.salt)
	s := newSession(image, c.mode, c.want, r)
	s.opened = c.was
	defer func() { s.end(); x.counters.add(s.met) }()
	fail := func(err error, t trouble) *Violation {
		p := newPlan(c, choice)
		p.Seeds, p.Trouble = [2]uint64{h, c.salt}, t
		p.History += "on the image:\n" + s.hist.String()
		p.Ops = append(append(p.Ops, "on the image:"), opLines(s.disk)...)
		p.Message = fmt.Sprintf("%s (crash after operation %d keeping %s, depth %d)", err, c.k, choice, depth)
		return &Violation{Message: p.Message, Plan: p}
	}
	done := x.busy(func() string { return fmt.Sprintf("%scrash after operation %d keeping %s", c.program, c.k, choice) })
	err := guarded(s.start)
	x.recoveries.Add(1)
	if depth > 1 {
		x.nested.Add(1)
		*c.nested--
	}
	if depth == depthMax {
		x.deepest.Add(1)
	}
	if err == nil && depth < depthMax {
		if err := guarded(func() error { return s.run(aftermath(r)) }); err != nil {
			done()
			return fail(err, trafficTrouble)
		}
	}
	done()
	if err != nil {
		return fail(err, plainTrouble)
	}
	if err := x.trouble(c, choice, r, fail); err != nil {
		return err
	}
	return x.again(c, s, depth, h, r)
}

// A trouble is what happens to an image beside its recovery.
type trouble string

const (
	plainTrouble   trouble = ""
	trafficTrouble trouble = "new traffic"
	readTrouble    trouble = "a read fails"
	damageTrouble  trouble = "a bit turns over"
)

// trouble recovers the image again, sometimes, with something in the way.
func (x *explorer) trouble(c crash, choice simdisk.Choice, r *rand.Rand, fail func(error, trouble) *Violation) error {
	n := r.IntN(troubleRate)
	if n > 1 {
		return nil
	}
	image := c.disk.CrashAt(c.k, choice)
	defer x.busy(func() string {
		return fmt.Sprintf("%strouble %d at operation %d keeping %s", c.program, n, c.k, choice)
	})()
	seeds := [2]uint64{r.Uint64(), r.Uint64()}
	t, do := readTrouble, unreadable
	if n == 1 {
		t, do = damageTrouble, damage
		x.damaged.Add(1)
	}
	x.recoveries.Add(1)
	if err := guarded(func() error { return do(c, image, newRand(seeds[0], seeds[1])) }); err != nil {
		v := fail(err, t)
		v.Plan.Seeds = seeds
		return v
	}
	return nil
}

// troubleRate is one in how many images is damaged, and one more has a failing
// read.
const troubleRate = 16

// aftermath draws what a recovered store is asked to do.
func aftermath(r *rand.Rand) []step {
	var steps []step
	for range 1 + r.IntN(3) {
		steps = append(steps, step{kind: stepRollbackXID - stepKind(r.IntN(2)), slot: r.IntN(slotCount), xid: drawXID(r)})
	}
	for range r.IntN(6) {
		st := drawStep(r, false)
		if st.kind != stepReopen || r.IntN(4) == 0 {
			steps = append(steps, st)
		}
	}
	return steps
}

// again crashes a recovered store: once at its end or anywhere, and sometimes
// at several places, its recovery included.
func (x *explorer) again(c crash, s *session, depth int, h uint64, r *rand.Rand) error {
	if *c.nested <= 0 {
		return nil
	}
	ops := s.disk.Ops()
	rate := 8
	if c.mode.Binlog {
		rate = 2 // two logs must agree on what becomes of them
	}
	if depth == 1 && c.want.Undecided() > 1 && r.IntN(rate) == 0 {
		return x.everywhere(c, s, h)
	}
	if depth >= depthMax || r.IntN(1+depth) > 0 {
		return nil
	}
	tries := 1
	if r.IntN(16) == 0 {
		tries = 6
	}
	for range tries {
		k := r.IntN(ops + 1)
		if r.IntN(3) == 0 {
			k = ops
		}
		if x.stop() {
			return errStopped
		}
		n := c.then(s, k, h)
		choices := s.disk.Choices(k, simdisk.Random(1))
		if r.IntN(4) == 0 {
			choices = []simdisk.Choice{simdisk.Kill()}
		}
		x.points.Add(1)
		if err := x.image(n, choices[0], depth+1); err != nil {
			return err
		}
	}
	return nil
}

// then is a crash of the recovered image, whose hash was h, at its operation k.
// Before the store was looked at, nothing but the image counts.
func (c crash) then(s *session, k int, h uint64) crash {
	salt := c.salt
	if stage := s.hist.Stage(k); stage != 0 {
		salt = mix(c.salt, h, stage)
	}
	return crash{
		disk: s.disk, k: k, want: s.hist.At(k), mode: s.modeAt(k),
		salt: salt, program: c.program, hist: s.hist, nested: c.nested,
	}
}

// everywhere crashes a recovered store at each of its operations: where the
// recovery had several transactions to decide, it may have decided some.
func (x *explorer) everywhere(c crash, s *session, h uint64) error {
	for k := range s.disk.Ops() + 1 {
		if x.stop() {
			return errStopped
		}
		x.points.Add(1)
		for _, choice := range s.disk.Choices(k, simdisk.Bounded(4)) {
			if err := x.image(c.then(s, k, h), choice, 2); err != nil {
				return err
			}
		}
	}
	return nil
}
