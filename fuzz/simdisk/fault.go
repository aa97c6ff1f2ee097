package simdisk

import (
	"fmt"
	"path"
	"strings"
	"syscall"
)

// A Mode says how a faulty call goes wrong.
type Mode uint8

const (
	// ModeDefault returns Err and nothing happens; for the sync of a file it is
	// ModeDrop, for that of a directory ModeKeep.
	ModeDefault Mode = iota

	// For sync, syncdata and dirsync:

	// ModeDrop returns Err once and takes the unsynced changes for written:
	// reads show them, also after Restart, but no later sync brings them to the
	// disk.
	ModeDrop
	// ModeKeep returns Err; the changes stay volatile.
	ModeKeep
	// ModeRevert returns Err, and reads show what is on the disk, as on btrfs.
	ModeRevert
	// ModeLate drops the changes but returns nil; the next sync returns Err.
	ModeLate
	// ModeLanded returns Err although everything became durable.
	ModeLanded
	// ModeLie drops the changes and returns nil.
	ModeLie

	// For write:

	// ModePrefix lets the first Len bytes land (half of them if Len is 0) and
	// returns their number with Err.
	ModePrefix
	// ModeAll lets everything land and returns 0 with Err.
	ModeAll
	// ModeShort lets the first Len bytes land (half of them if Len is 0) and
	// returns their number without an error, which io.Writer forbids.
	ModeShort

	// For read and readat:

	// ModeFlip turns over bit Bit of byte Off, or of the first byte read if Off
	// is 0, in what the caller gets.
	ModeFlip
)

var modeNames = [...]string{
	"", "drop", "keep", "revert", "late", "landed", "lie", "prefix", "all", "short", "flip",
}

// modesFor says which modes an operation knows beside ModeDefault.
func modesFor(kind OpKind, m Mode) bool {
	switch kind {
	case OpSync, OpSyncData, OpDirSync:
		return m >= ModeDrop && m <= ModeLie
	case OpWrite:
		return m >= ModePrefix && m <= ModeShort
	case OpRead, OpReadAt:
		return m == ModeFlip
	}
	return false
}

// anyOffset is the offset of a call that has none.
const anyOffset = -1

// A Rule makes calls fail. The zero value of each field but Op means "any" or
// "default".
type Rule struct {
	// Op is the call; OpSync stands for OpSyncData, and OpRead for OpReadAt, too.
	Op OpKind
	// Path is a pattern of path.Match for the whole path, if it has a slash, or
	// for its last element. A rename matches by either name.
	Path string
	// Nth is the first matching call that fails, from 1; the next one, if
	// another rule had that call.
	Nth int
	// Sticky lets all later ones fail, too.
	Sticky bool
	// Prob, if not 0, is the probability of a failure at and after Nth; which
	// calls fail follows from the disk's seed. Without Sticky one fails.
	Prob float64
	// Off > 0 limits the rule to reads and writes that touch this byte.
	Off int64
	// Len is for ModePrefix and ModeShort, Bit for ModeFlip.
	Len, Bit int
	// Err is what the call returns. Inject puts EIO where an error is needed.
	Err  syscall.Errno
	Mode Mode
}

// armed is a rule with its counters.
type armed struct {
	rule  Rule
	seen  int // matching calls
	fired int
}

// Inject adds a rule. Rules added first are asked first. It returns an error,
// and adds nothing, if the rule makes no sense.
func (d *Disk) Inject(r Rule) error {
	r, err := r.checked()
	if err != nil {
		return fmt.Errorf("simdisk: injecting a fault: %w", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rules = append(d.rules, &armed{rule: r})
	return nil
}

// ClearFaults removes all rules.
func (d *Disk) ClearFaults() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rules = nil
}

// FaultHits returns how often each rule made a call fail, by its text.
func (d *Disk) FaultHits() map[string]int {
	d.mu.Lock()
	defer d.mu.Unlock()
	hits := make(map[string]int, len(d.rules))
	for _, a := range d.rules {
		hits[a.rule.String()] += a.fired
	}
	return hits
}

// checked returns r with its defaults filled in.
func (r Rule) checked() (Rule, error) {
	switch {
	case int(r.Op) >= len(opNames) || r.Op == OpCorrupt:
		return r, fmt.Errorf("no such call: %s", r.Op)
	case r.Path == "" || strings.ContainsAny(r.Path, " \t\n\r"):
		return r, fmt.Errorf("bad pattern %q", r.Path)
	case r.Mode != ModeDefault && !modesFor(r.Op, r.Mode):
		return r, fmt.Errorf("%s has no mode %s", r.Op, r.Mode)
	case r.Nth < 0 || r.Off < 0 || r.Len < 0 || r.Bit < 0 || r.Bit > 7 || !(r.Prob >= 0 && r.Prob <= 1):
		return r, fmt.Errorf("number out of range in %q", r.String())
	}
	if _, err := path.Match(r.Path, ""); err != nil {
		return r, fmt.Errorf("bad pattern %q: %w", r.Path, err)
	}
	r.Nth = max(r.Nth, 1)
	silent := r.Mode == ModeLie || r.Mode == ModeShort || r.Mode == ModeFlip
	switch {
	case silent && r.Err != 0:
		return r, fmt.Errorf("mode %s returns no error", r.Mode)
	case !silent && r.Err == 0:
		r.Err = syscall.EIO
	}
	return r, nil
}

// fault returns the rule that makes this call fail, or nil: every rule counts
// the calls that match it, the first that is due decides. second is another
// path by which the call may match; off is anyOffset or the first byte touched.
// REQUIRES: d.mu held.
func (d *Disk) fault(kind OpKind, name, second string, off int64, n int) *Rule {
	var decides *armed
	for i, a := range d.rules {
		if !a.rule.covers(kind, off, n) || !(a.rule.matches(name) || second != "" && a.rule.matches(second)) {
			continue
		}
		a.seen++
		if decides == nil && a.due(d.opts.Seed, uint64(i)) {
			decides = a
		}
	}
	if decides == nil {
		return nil
	}
	decides.fired++
	return &decides.rule
}

func (a *armed) due(seed, index uint64) bool {
	r := &a.rule
	if a.seen < r.Nth || (!r.Sticky && a.fired > 0) {
		return false
	}
	return r.Prob == 0 || float64(draw(seed, index, uint64(a.seen))>>11) < r.Prob*(1<<53)
}

func (r *Rule) covers(kind OpKind, off int64, n int) bool {
	same := r.Op == kind || r.Op == OpSync && kind == OpSyncData || r.Op == OpRead && kind == OpReadAt
	return same && (r.Off == 0 || off >= 0 && off <= r.Off && r.Off < off+int64(n))
}

func (r *Rule) matches(name string) bool { return matchPath(r.Path, name) }

// matchPath applies a pattern to the whole path, if the pattern has a slash,
// or to its last element, which is empty for the root.
func matchPath(pattern, name string) bool {
	name = path.Clean("/" + name)
	switch {
	case pattern == name:
		return true
	case !strings.Contains(pattern, "/"):
		name = name[strings.LastIndexByte(name, '/')+1:]
	case !strings.HasPrefix(pattern, "/"):
		name = name[1:]
	}
	ok, err := path.Match(pattern, name)
	return err == nil && ok
}

// writeOutcome returns how many of n bytes land, how many the caller is told
// of, and the error.
func (r *Rule) writeOutcome(n int) (landed, told int, err syscall.Errno) {
	part := n / 2
	if r.Len > 0 {
		part = min(r.Len, n)
	}
	switch r.Mode {
	case ModePrefix:
		return part, part, r.Err
	case ModeAll:
		return n, 0, r.Err
	case ModeShort:
		return part, part, 0
	}
	return 0, 0, r.Err
}

// flip turns over the rule's bit in p, which was read from off.
func (r *Rule) flip(p []byte, off int64) {
	at := int64(0)
	if r.Off > 0 {
		at = r.Off - off
	}
	if at < int64(len(p)) {
		p[at] ^= 1 << r.Bit
	}
}
