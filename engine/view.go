package engine

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/xadb/xadb/xid"
)

// What goes wrong with named views; callers test with errors.Is.
var (
	// ErrUnknownView: there is no view of that name or identity, or it was
	// released.
	ErrUnknownView = errors.New("engine: no such view")
	// ErrViewExists: the name of a new view is in use.
	ErrViewExists = errors.New("engine: a view of that name exists")
	// ErrViewExpired: the view was released because it was too old
	// (Options.ViewAgeMax).
	ErrViewExpired = errors.New("engine: the view has expired")
	// ErrViewLost: the view is of an earlier life of the store. Views are gone
	// after a restart (C18): make a new one.
	ErrViewLost = errors.New("engine: the view is lost since the store was opened again")
	// ErrTooManyViews: Options.ViewsMax views are there. Release some.
	ErrTooManyViews = errors.New("engine: too many views")
	// ErrSnapshotClosed: the snapshot was closed. It is an ErrTxnDone.
	ErrSnapshotClosed = fmt.Errorf("%w: the snapshot is closed", ErrTxnDone)
)

// A readPoint is a state that somebody reads.
type readPoint struct {
	snap     *snapshot
	number   uint64
	prepared []xid.Prepared
	readers  atomic.Int64 // Snapshots of it that are open
}

// A Snapshot is the committed state at one moment, however long it is read: the
// rows, and the branches that were prepared then. One goroutine at a time may
// use it. As long as it is open the store keeps what was changed since.
type Snapshot struct {
	ReadView
	point *readPoint // nil: closed
}

// Snapshot takes a snapshot of now. Close it. A read-only engine, which never
// changes, has none: ErrReadOnly.
func (e *Engine) Snapshot() (*Snapshot, error) {
	p, err := e.newReadPoint()
	if err != nil {
		return nil, err
	}
	return e.readAt(p), nil
}

// readAt opens a read point, whose snapshot the caller has shared for it.
func (e *Engine) readAt(p *readPoint) *Snapshot {
	p.readers.Add(1)
	return &Snapshot{ReadView{e: e, snap: p.snap}, p}
}

// newReadPoint takes the rows and the prepared branches in one critical section
// (C14). The number is read through the snapshot itself.
func (e *Engine) newReadPoint() (*readPoint, error) {
	if e.ReadOnly() {
		return nil, ErrReadOnly
	}
	p := &readPoint{}
	e.publishMu.RLock()
	snap, err := e.takeSnapshot()
	if err == nil {
		p.snap, p.prepared = snap, e.preparedClients()
	}
	e.publishMu.RUnlock()
	if err != nil {
		return nil, err
	}
	if p.number, err = snap.commitNo(e); err != nil {
		e.returnSnapshot(snap)
		return nil, err
	}
	return p, nil
}

// CommitNo is the number of the last commit that the snapshot has; it has all
// before that and none behind.
func (s *Snapshot) CommitNo() uint64 {
	if s.point == nil {
		return 0
	}
	return s.point.number
}

// Prepared lists the clients' branches that were prepared at that moment, oldest
// first.
func (s *Snapshot) Prepared() []xid.Prepared {
	if s.point == nil {
		return nil
	}
	return slices.Clone(s.point.prepared)
}

// Close lets the snapshot go. Closing twice is fine.
func (s *Snapshot) Close() {
	if p := s.point; p != nil {
		s.point = nil
		p.readers.Add(-1)
		s.ReadView.Close()
	}
}

// ReadFrom makes the snapshot the one that the transaction reads from; its own
// writes are visible besides. It must not have read, and runs under
// RepeatableRead. The snapshot may be closed meanwhile.
func (t *Txn) ReadFrom(s *Snapshot) error {
	if err := t.usable(); err != nil {
		return err
	}
	if s.point == nil {
		return ErrSnapshotClosed
	}
	if t.opts.Isolation != RepeatableRead || t.snap != nil {
		return fmt.Errorf("engine: a transaction under %s that may have read cannot read from a view: %w", t.opts.Isolation, XAERProto)
	}
	s.snap.users.Add(1)
	t.snap = s.snap
	return nil
}

// A ViewID names a view among all that ever were, of any store.
type ViewID struct {
	Store  [16]byte
	Epoch  uint32 // of the life, see Engine.Epoch
	Number uint64 // in that life
}

// String is the identity as ParseViewID reads it: hex digits, dash, epoch,
// dash, number.
func (id ViewID) String() string {
	return fmt.Sprintf("%x-%d-%d", id.Store, id.Epoch, id.Number)
}

// ParseViewID is the inverse of String.
func ParseViewID(text string) (id ViewID, err error) {
	parts := strings.Split(text, "-")
	if len(parts) != 3 || len(parts[0]) != 2*len(id.Store) {
		return ViewID{}, fmt.Errorf("%w: %q is no identity", ErrUnknownView, text)
	}
	_, err = hex.Decode(id.Store[:], []byte(parts[0]))
	epoch, eerr := strconv.ParseUint(parts[1], 10, 32)
	number, nerr := strconv.ParseUint(parts[2], 10, 64)
	if err = errors.Join(err, eerr, nerr); err != nil {
		return ViewID{}, fmt.Errorf("%w: %q is no identity: %w", ErrUnknownView, text, err)
	}
	id.Epoch, id.Number = uint32(epoch), number
	return id, nil
}

// ViewInfo describes a named view.
type ViewInfo struct {
	ID       ViewID
	Name     string
	CommitNo uint64 // see Snapshot.CommitNo
	Prepared int    // branches that were prepared then
	Created  time.Time
	Age      time.Duration // when listed
	Readers  int           // snapshots of it that are open now
}

// A view is a read point with a name.
type view struct {
	id      ViewID
	name    string
	created time.Time
	point   *readPoint
	renamed bool // it has expired, and its name is that of a newer view
}

// expiredMax is of how many expired views the engine remembers that they are.
const expiredMax = 1024

// views are the named views. Its mutex is a leaf.
type views struct {
	mu      sync.Mutex
	byName  map[string]*view
	numbers uint64
	expired []*view // oldest first; without their read points
}

// CreateView makes a named view of now, which any session may open until it is
// released, grows too old, or the store is closed. The name is the caller's
// choice.
func (e *Engine) CreateView(name string) (ViewInfo, error) {
	p, err := e.newReadPoint()
	if err != nil {
		return ViewInfo{}, err
	}
	now := e.opts.Clock.Now()
	v := &view{name: name, created: now, point: p}
	if err := e.addView(v); err != nil {
		e.returnSnapshot(p.snap)
		return ViewInfo{}, err
	}
	return v.info(now), nil
}

func (e *Engine) addView(v *view) error {
	e.views.mu.Lock()
	defer e.views.mu.Unlock()
	if e.views.byName[v.name] != nil {
		return fmt.Errorf("%w: %q", ErrViewExists, v.name)
	}
	if n := len(e.views.byName); n >= e.opts.ViewsMax {
		return fmt.Errorf("%w: %d of %d", ErrTooManyViews, n, e.opts.ViewsMax)
	}
	if e.views.byName == nil {
		e.views.byName = map[string]*view{}
	}
	for _, old := range e.views.expired {
		if old.name == v.name {
			old.renamed = true
		}
	}
	e.views.numbers++
	v.id = ViewID{Store: e.id, Epoch: e.Epoch(), Number: e.views.numbers}
	e.views.byName[v.name] = v
	return nil
}

func (v *views) count() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.byName)
}

// OpenView opens the view of that name for reading. Close the snapshot.
func (e *Engine) OpenView(name string) (*Snapshot, error) {
	return e.openView(fmt.Sprintf("%q", name), func(v *view) bool { return v.name == name && !v.renamed })
}

// OpenViewID opens the view with that identity. One of an earlier life of the
// store is ErrViewLost.
func (e *Engine) OpenViewID(id ViewID) (*Snapshot, error) {
	if id.Store == e.id && id.Epoch < e.Epoch() {
		return nil, fmt.Errorf("%w: %s, the epoch is %d", ErrViewLost, id, e.Epoch())
	}
	return e.openView(id.String(), func(v *view) bool { return v.id == id })
}

func (e *Engine) openView(what string, is func(*view) bool) (*Snapshot, error) {
	if err := e.failure(); err != nil {
		return nil, err
	}
	e.expireViews(e.opts.Clock.Now())
	e.views.mu.Lock()
	defer e.views.mu.Unlock()
	for _, v := range e.views.byName {
		if is(v) {
			v.point.snap.users.Add(1)
			return e.readAt(v.point), nil
		}
	}
	if slices.ContainsFunc(e.views.expired, is) {
		return nil, fmt.Errorf("%w: %s, after %v", ErrViewExpired, what, e.opts.ViewAgeMax)
	}
	return nil, fmt.Errorf("%w: %s", ErrUnknownView, what)
}

// ReleaseView ends the view: nobody can open it any more, and its name is free.
// Who has it open goes on reading.
func (e *Engine) ReleaseView(name string) error {
	e.views.mu.Lock()
	v := e.views.byName[name]
	delete(e.views.byName, name)
	e.views.mu.Unlock()
	if v == nil {
		return fmt.Errorf("%w: %q", ErrUnknownView, name)
	}
	e.returnSnapshot(v.point.snap)
	return nil
}

// Views lists the named views, oldest first.
func (e *Engine) Views() []ViewInfo {
	now := e.opts.Clock.Now()
	e.views.mu.Lock()
	defer e.views.mu.Unlock()
	var list []ViewInfo
	for _, v := range e.views.byName {
		list = append(list, v.info(now))
	}
	slices.SortFunc(list, func(a, b ViewInfo) int { return int(a.ID.Number) - int(b.ID.Number) })
	return list
}

func (v *view) info(now time.Time) ViewInfo {
	return ViewInfo{
		ID: v.id, Name: v.name, CommitNo: v.point.number, Prepared: len(v.point.prepared),
		Created: v.created, Age: now.Sub(v.created), Readers: int(v.point.readers.Load()),
	}
}

// expireViews releases the views that are too old.
func (e *Engine) expireViews(now time.Time) {
	if e.opts.ViewAgeMax < 0 {
		return
	}
	var old []ViewInfo
	var points []*readPoint
	e.views.mu.Lock()
	for name, v := range e.views.byName {
		if now.Sub(v.created) < e.opts.ViewAgeMax {
			continue
		}
		delete(e.views.byName, name)
		old, points = append(old, v.info(now)), append(points, v.point)
		v.point = nil
		e.views.expired = append(e.views.expired, v)
	}
	if n := len(e.views.expired) - expiredMax; n > 0 {
		e.views.expired = slices.Delete(e.views.expired, 0, n)
	}
	e.views.mu.Unlock()
	for i, p := range points {
		e.returnSnapshot(p.snap)
		e.opts.Logger.Warn("engine: a view was released for its age", "view", old[i].Name, "age", old[i].Age, "readers", old[i].Readers)
		tell(&e.events, e.opts.Events.ViewExpired, old[i])
	}
}
