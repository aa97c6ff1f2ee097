package simdisk

import "sort"

// A version records that something became durable, or was lost for good.
type version[S comparable] struct {
	seq    int // the operation that did it
	floor  int // changes up to this operation are decided: durable or dropped
	disk   S   // what the disk holds of them, frozen
	cached S   // what the program sees of them; differs from disk after a dropped sync
}

// sequenced is a change that knows its operation's number.
type sequenced interface{ at() int }

// A body is the history of one inode's state: S is a *content or a *names.
type body[S comparable, C sequenced] struct {
	cur    S    // what the program sees
	shared bool // cur is frozen: copy before the next change

	base    version[S]
	later   []version[S] // in order of seq
	changes []C          // in order of seq; never altered
	replay  func(S, []C) S
}

// newBody returns a body whose state is durable from the start.
func newBody[S comparable, C sequenced](state S, replay func(S, []C) S) body[S, C] {
	return body[S, C]{
		cur: state, shared: true, replay: replay,
		base: version[S]{disk: state, cached: state},
	}
}

// last returns the newest version.
func (b *body[S, C]) last() version[S] {
	if n := len(b.later); n > 0 {
		return b.later[n-1]
	}
	return b.base
}

// versionAt returns the version that held right after operation k.
func (b *body[S, C]) versionAt(k int) version[S] {
	i := sort.Search(len(b.later), func(i int) bool { return b.later[i].seq > k })
	if i == 0 {
		return b.base
	}
	return b.later[i-1]
}

// span returns the changes above floor, up to and including operation k.
func (b *body[S, C]) span(floor, k int) []C {
	from := sort.Search(len(b.changes), func(i int) bool { return b.changes[i].at() > floor })
	rest := b.changes[from:]
	return rest[:sort.Search(len(rest), func(i int) bool { return rest[i].at() > k })]
}

// newest returns the number of the last operation that changed the body.
func (b *body[S, C]) newest() int {
	if n := len(b.changes); n > 0 {
		return b.changes[n-1].at()
	}
	return b.base.floor
}

// dirty reports whether there are volatile changes.
func (b *body[S, C]) dirty() bool { return b.newest() > b.last().floor }

// settle makes the changes up to operation upTo durable, as of operation now.
func (b *body[S, C]) settle(upTo, now int) {
	last := b.last()
	pending := b.span(last.floor, upTo)
	if len(pending) == 0 {
		return
	}
	next := version[S]{seq: now, floor: upTo}
	complete, lost := upTo >= b.newest(), last.disk != last.cached
	switch {
	case complete && !lost:
		b.shared = true
		next.disk, next.cached = b.cur, b.cur
	case complete:
		b.shared = true
		next.disk, next.cached = b.replay(last.disk, pending), b.cur
	case lost:
		next.disk, next.cached = b.replay(last.disk, pending), b.replay(last.cached, pending)
	default:
		next.disk = b.replay(last.disk, pending)
		next.cached = next.disk
	}
	b.later = append(b.later, next)
}

// drop forgets the volatile changes: clean in the cache, absent on disk (D2).
func (b *body[S, C]) drop(now int) {
	if !b.dirty() {
		return
	}
	b.shared = true
	b.later = append(b.later, version[S]{seq: now, floor: now, disk: b.last().disk, cached: b.cur})
}

// revert forgets the volatile changes and shows what the disk holds.
func (b *body[S, C]) revert(now int) {
	disk := b.last().disk
	b.later = append(b.later, version[S]{seq: now, floor: now, disk: disk, cached: disk})
	b.cur, b.shared = disk, true
}

// set replaces the state on disk and in the cache. REQUIRES: both frozen.
func (b *body[S, C]) set(disk, cached S, now int) {
	b.later = append(b.later, version[S]{seq: now, floor: now, disk: disk, cached: cached})
	b.cur, b.shared = cached, true
}
