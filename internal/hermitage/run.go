package hermitage

import (
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// A Session is one transaction, which has begun.
type Session interface {
	Get(key int) (val int, ok bool, err error)
	Scan() (map[int]int, error)
	Put(key, val int) error
	Commit() error
	Abort() error // also behind a failure
}

// A Store is what a case runs against, anew with the rows 1: 10 and 2: 20.
type Store interface {
	Begin() (Session, error)
	// Waits is how many lock requests wait.
	Waits() int
	// Reason is one word for why a step failed, "" for what must not happen.
	Reason(error) string
}

// A runner runs one case.
type runner struct {
	store    Store
	h        history
	sessions map[int]*worker
	waiting  []*worker // whose step has not ended, in the order in which they began
}

// A worker is a session with the step it is at.
type worker struct {
	who    int
	s      Session
	failed bool
	todo   []string // steps to come
	step   string   // the running one
	noted  bool     // that it waits
	result chan error
	reads  []read // of the running step
}

// Run runs a case and says how it went.
func Run(store Store, c Case) (outcome string, err error) {
	r := &runner{store: store, sessions: map[int]*worker{}}
	for _, step := range c.steps {
		if err := r.take(step); err != nil {
			return "", fmt.Errorf("%s, step %q: %w", c.Name, step, err)
		}
	}
	if err := r.finish(); err != nil {
		return "", fmt.Errorf("%s: %w", c.Name, err)
	}
	outcome = "no"
	if c.seen(&r.h) {
		outcome = "possible"
	}
	if len(r.h.events) > 0 {
		outcome += ": " + strings.Join(r.h.events, ", ")
	}
	return outcome, nil
}

// take takes one step, or leaves it waiting for a lock.
func (r *runner) take(step string) error {
	who, rest, _ := strings.Cut(step, " ")
	n, err := strconv.Atoi(who)
	if err != nil {
		return err
	}
	w := r.sessions[n]
	if w == nil {
		w = &worker{who: n, result: make(chan error, 1)}
		if w.s, err = r.store.Begin(); err != nil {
			return err
		}
		r.sessions[n] = w
	}
	w.todo = append(w.todo, rest)
	if !slices.Contains(r.waiting, w) {
		r.next(w)
	}
	return r.settle()
}

// next begins a session's next step, if there is one.
func (r *runner) next(w *worker) {
	if w.failed || len(w.todo) == 0 {
		return
	}
	w.step, w.todo, w.reads, w.noted = w.todo[0], w.todo[1:], nil, false
	words := strings.Fields(w.step)
	go func() { w.result <- w.do(words) }()
	r.waiting = append(r.waiting, w)
}

// settle goes on until every step under way has ended or waits for a lock.
func (r *runner) settle() error {
	for {
		before := len(r.waiting)
		for _, w := range slices.Clone(r.waiting) {
			select {
			case err := <-w.result:
				if err := r.ended(w, err); err != nil {
					return err
				}
			default:
			}
		}
		if len(r.waiting) == before && r.store.Waits() == before {
			for _, w := range r.waiting {
				if !w.noted {
					w.noted = true
					r.h.events = append(r.h.events, fmt.Sprintf("%d waits to %s", w.who, w.step))
				}
			}
			return nil
		}
		runtime.Gosched() // they run on their own goroutines
	}
}

// ended notes how a step went.
func (r *runner) ended(w *worker, err error) error {
	r.waiting = slices.DeleteFunc(r.waiting, func(o *worker) bool { return o == w })
	if err == nil {
		r.h.reads = append(r.h.reads, w.reads...)
		if w.step == "commit" {
			r.h.done = append(r.h.done, w.who)
		}
		r.next(w)
		return nil
	}
	reason := r.store.Reason(err)
	if reason == "" {
		return fmt.Errorf("session %d, %s: %w", w.who, w.step, err)
	}
	r.h.events = append(r.h.events, fmt.Sprintf("%d fails to %s (%s)", w.who, w.step, reason))
	w.failed = true
	return w.s.Abort()
}

// finish reads the rows as they are in the end.
func (r *runner) finish() error {
	if len(r.waiting) > 0 {
		return fmt.Errorf("session %d waits for ever", r.waiting[0].who)
	}
	s, err := r.store.Begin()
	if err != nil {
		return err
	}
	if r.h.last, err = s.Scan(); err != nil {
		return err
	}
	return s.Commit()
}

func (w *worker) do(words []string) error {
	arg := func(i int) int {
		n, _ := strconv.Atoi(words[i]) // of the cases above
		return n
	}
	switch words[0] {
	case "get":
		val, ok, err := w.s.Get(arg(1))
		if ok {
			w.reads = append(w.reads, read{w.who, arg(1), val})
		}
		return err
	case "scan":
		rows, err := w.s.Scan()
		for key, val := range rows {
			w.reads = append(w.reads, read{w.who, key, val})
		}
		return err
	case "put":
		return w.s.Put(arg(1), arg(2))
	case "commit":
		return w.s.Commit()
	}
	return w.s.Abort()
}

// Table renders outcomes as the rows of a Markdown table: a line for each case,
// a column for each level.
func Table(levels []string, outcome func(level string, c Case) string) string {
	var b strings.Builder
	b.WriteString("| | " + strings.Join(levels, " | ") + " |\n|---" + strings.Repeat("|---", len(levels)) + "|\n")
	for _, c := range Cases {
		b.WriteString("| " + c.Name)
		for _, level := range levels {
			b.WriteString(" | " + outcome(level, c))
		}
		b.WriteString(" |\n")
	}
	return b.String()
}
