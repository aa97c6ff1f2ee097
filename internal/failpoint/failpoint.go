// Package failpoint names the moments of a transaction's life at which a test
// may stop, delay or fail the program. The points are always compiled in; one
// that nobody switched on costs a single atomic load.
//
// A point is declared at package level and evaluated where its moment is:
//
//	var afterAppend = failpoint.New("prepare.after_wal_append")
//	...
//	if err := afterAppend.Eval(); err != nil { return err }
//
// # Actions
//
// Enable takes a list such as "wal.after_sync=kill@3;prepare.enter=error":
//
//	off         nothing
//	kill        the process kills itself (SIGKILL): nothing is flushed
//	panic       panic with the point's name
//	error       Eval returns an error that wraps ErrInjected
//	sleep(d)    Eval takes d longer, such as sleep(5ms)
//	print       one line on standard error
//
// and "@n" makes the action happen at the n-th hit only. The environment
// variable XADB_FAILPOINTS holds such a list for the commands.
package failpoint

import (
	"errors"
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// ErrInjected is wrapped by every error that a point returns.
var ErrInjected = errors.New("failpoint: injected error")

// A Point is one named moment.
type Point struct {
	name   string
	action atomic.Pointer[action]
}

type action struct {
	kind string
	wait time.Duration
	at   int64 // 1-based hit; 0 = every hit
	seen atomic.Int64
	hook func() error
}

var registry struct {
	sync.Mutex
	points map[string]*Point
}

// armed is the number of points that are enabled.
var armed atomic.Int64

// New declares the point with this name. Two points of one name are a
// programming error and panic at start-up.
func New(name string) *Point {
	registry.Lock()
	defer registry.Unlock()
	if registry.points == nil {
		registry.points = map[string]*Point{}
	}
	if registry.points[name] != nil {
		panic("failpoint: declared twice: " + name)
	}
	p := &Point{name: name}
	registry.points[name] = p
	return p
}

// Name is the point's name.
func (p *Point) Name() string { return p.name }

// Eval does what was enabled for the point; usually nothing.
func (p *Point) Eval() error {
	if armed.Load() == 0 {
		return nil
	}
	return p.eval()
}

func (p *Point) eval() error {
	a := p.action.Load()
	if a == nil {
		return nil
	}
	if n := a.seen.Add(1); a.at != 0 && n != a.at {
		return nil
	}
	return a.run(p.name)
}

func (a *action) run(name string) error {
	switch a.kind {
	case "kill":
		killSelf()
		select {} // the end is on its way; nothing may run meanwhile
	case "panic":
		panic("failpoint: " + name)
	case "error":
		return fmt.Errorf("%s: %w", name, ErrInjected)
	case "sleep":
		time.Sleep(a.wait)
	case "print":
		fmt.Fprintln(os.Stderr, "failpoint:", name)
	case "hook":
		return a.hook()
	}
	return nil
}

// SetHook makes f the action of the named point: tests use it to pause a
// moment or to count it. A nil f switches the point off.
func SetHook(name string, f func() error) error {
	if f == nil {
		return set(name, nil)
	}
	return set(name, &action{kind: "hook", hook: f})
}

// Enable switches on every point of a list "name=action[@n];…". An unknown
// point or action is an error and nothing is switched on.
func Enable(list string) error {
	parsed := map[string]*action{}
	for part := range strings.SplitSeq(list, ";") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		name, text, ok := strings.Cut(part, "=")
		if !ok {
			return fmt.Errorf("failpoint: %q is not name=action", part)
		}
		if !Known(name) {
			return fmt.Errorf("failpoint: no point is named %q", name)
		}
		a, err := parse(text)
		if err != nil {
			return err
		}
		parsed[name] = a
	}
	for name, a := range parsed {
		if err := set(name, a); err != nil {
			return err
		}
	}
	return nil
}

func parse(text string) (*action, error) {
	a := &action{}
	kind, nth, counted := strings.Cut(text, "@")
	if counted {
		n, err := strconv.ParseInt(nth, 10, 64)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("failpoint: %q: %q is not a hit number", text, nth)
		}
		a.at = n
	}
	if d, ok := strings.CutPrefix(kind, "sleep("); ok {
		wait, err := time.ParseDuration(strings.TrimSuffix(d, ")"))
		if err != nil {
			return nil, fmt.Errorf("failpoint: %q: %w", text, err)
		}
		a.kind, a.wait = "sleep", wait
		return a, nil
	}
	switch kind {
	case "kill", "panic", "error", "print":
		a.kind = kind
	case "off":
		return nil, nil
	default:
		return nil, fmt.Errorf("failpoint: unknown action %q", text)
	}
	return a, nil
}

func set(name string, a *action) error {
	registry.Lock()
	defer registry.Unlock()
	p := registry.points[name]
	if p == nil {
		return fmt.Errorf("failpoint: no point is named %q", name)
	}
	old := p.action.Swap(a)
	if old == nil && a != nil {
		armed.Add(1)
	}
	if old != nil && a == nil {
		armed.Add(-1)
	}
	return nil
}

// Reset switches every point off.
func Reset() {
	for _, name := range List() {
		_ = set(name, nil)
	}
}

// Known reports whether a point of that name is declared.
func Known(name string) bool {
	registry.Lock()
	defer registry.Unlock()
	return registry.points[name] != nil
}

// List is the sorted names of all points declared by the packages linked in.
func List() []string {
	registry.Lock()
	defer registry.Unlock()
	names := make([]string, 0, len(registry.points))
	for name := range registry.points {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
