package binlog

import (
	"errors"
	"fmt"
	"time"

	"github.com/cockroachdb/errors/oserror"

	"github.com/xadb/xadb/internal/bug"
	"github.com/xadb/xadb/xid"
)

// A PurgeRequest says which files are no longer wanted: those that any of To,
// Before, Through and SizeMax names, from the oldest on.
type PurgeRequest struct {
	// To names the file to begin with; ErrUnknownFile if there is none. "": none.
	To string
	// Before wants those gone that were full by then; zero: none.
	Before time.Time
	// Through wants those gone whose transactions have at most that index; 0: none.
	Through int64
	// SizeMax wants as many gone as make the files larger than that, in bytes,
	// but for the current one; 0: none.
	SizeMax int64
	// Floor is the place that recovery reads on from. Its file stays, and what is
	// behind.
	Floor Pos
}

// A Keep is why a file that is not wanted any more stays.
type Keep uint8

// The reasons.
const (
	KeptNot      Keep = iota
	KeptReader        // somebody reads it or what is behind
	KeptRecovery      // recovery begins there
	KeptBranch        // it has the rows of a branch that is decided behind, or not yet
)

var keeps = [...]string{
	KeptReader: "it is being read", KeptRecovery: "recovery begins there",
	KeptBranch: "it has the rows of a prepared branch that is not decided, or in a later file",
}

// String is the reason in words.
func (k Keep) String() string {
	if int(k) < len(keeps) {
		return keeps[k]
	}
	return fmt.Sprintf("reason %d", uint8(k))
}

// A Purged is what has become of a PurgeRequest.
type Purged struct {
	Files  []FileInfo // that are gone, oldest first
	Wanted int        // how many were not wanted any more
	// Kept is the oldest of those that stayed, "" if none did; Why says why, and
	// Readers how many read there.
	Kept    string
	Why     Keep
	Readers int
	// AtFloor says that the file of the floor was among them: more can go when
	// recovery begins later.
	AtFloor bool
}

// Purge removes the oldest files, whole ones, and stops at the first that
// somebody needs. It may be called while groups are appended.
//
// The index is made durable without their names, then they go: a crash leaves
// either the index as it was and all files, or files that it does not name,
// which the next Open removes (B8). After an error the log goes on with all
// files but those that Purged names.
func (l *Log) Purge(r PurgeRequest) (Purged, error) {
	l.purgeMu.Lock()
	defer l.purgeMu.Unlock()
	l.mu.Lock()
	err := l.failedLocked()
	l.mu.Unlock()
	if err != nil {
		return Purged{}, err
	}
	files := l.Files()
	n, err := l.unwanted(files, r)
	if err != nil || n == 0 {
		return Purged{}, err
	}
	p := Purged{Wanted: n}
	for free := range n {
		if files[free].Number >= r.Floor.File {
			n, p.AtFloor = free, true
			p.keep(files[n], KeptRecovery)
			break
		}
	}
	l.mu.Lock()
	if free, readers := l.pinnedLocked(files[:n]); free < n {
		n, p.Readers = free, readers
		p.keep(files[n], KeptReader)
	}
	l.mu.Unlock()
	if free, err := l.withoutRows(files[:n]); err != nil {
		return Purged{}, err
	} else if free < n {
		n = free
		p.keep(files[n], KeptBranch)
	}
	return p, l.drop(n, &p)
}

func (p *Purged) keep(f FileInfo, why Keep) {
	p.Kept, p.Why = f.Name, why
	if why != KeptReader {
		p.Readers = 0
	}
}

// unwanted is how many of the oldest files the request is about. The current one
// is never among them.
func (l *Log) unwanted(files []FileInfo, r PurgeRequest) (n int, err error) {
	if r.To != "" {
		for n = 0; n < len(files) && files[n].Name != r.To; n++ {
		}
		if n == len(files) {
			return 0, fmt.Errorf("%w: %s", ErrUnknownFile, shorten(r.To))
		}
	}
	total := int64(0)
	for _, f := range files {
		total += f.Size
	}
	for i := 0; i < len(files)-1; i++ {
		gone, err := i < n || r.SizeMax > 0 && total > r.SizeMax, error(nil)
		if !gone {
			gone, err = l.ended(files[i+1].Number, r)
		}
		if err != nil || !gone {
			return i, err
		}
		total -= files[i].Size
	}
	return max(len(files)-1, 0), nil
}

// ended reports whether the file in front of file n was full by the time of the
// request, or has no transaction behind its index: the head of n tells.
func (l *Log) ended(n uint32, r PurgeRequest) (bool, error) {
	if r.Before.IsZero() && r.Through == 0 {
		return false, nil
	}
	g, err := l.openGroups(n)
	if err != nil {
		return false, err
	}
	inTime := !r.Before.IsZero() && !time.Unix(int64(g.began), 0).After(r.Before)
	return inTime || r.Through > 0 && g.behind() <= r.Through, g.Close()
}

// withoutRows is how many of the oldest files hold no rows that somebody behind
// all of them needs: those of a branch that is decided there, or may yet be. A
// Follower gives them with the decision.
func (l *Log) withoutRows(files []FileInfo) (int, error) {
	open := map[xid.XID]Pos{}
	for _, f := range files {
		if err := l.noteFile(f.Number, open); err != nil {
			return 0, err
		}
	}
	n := len(files)
	for _, at := range open {
		for n > 0 && files[n-1].Number >= at.File {
			n--
		}
	}
	return n, nil
}

// noteFile reads which branches a file prepares and decides.
func (f folder) noteFile(n uint32, prepared map[xid.XID]Pos) (err error) {
	r, err := f.openGroups(n)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	for {
		g, ended, err := r.skip()
		if err != nil || ended || g.Kind == 0 {
			return err
		}
		if err := note(prepared, g); err != nil {
			return err
		}
	}
}

// drop removes the n oldest files.
func (l *Log) drop(n int, p *Purged) error {
	gone, err := l.forget(n, p)
	if err != nil || len(gone) == 0 {
		return err
	}
	p.Files = gone
	if err := l.removeAll(gone); err != nil {
		return err // the next Open removes the rest
	}
	l.o.Logger.Info("binlog: purged", "first", gone[0].Name, "last", gone[len(gone)-1].Name)
	return l.sync()
}

func (f folder) remove(name string) error {
	if err := f.fs.Remove(f.path(name)); err != nil && !oserror.IsNotExist(err) {
		return fmt.Errorf("binlog: removing %s: %w", name, err)
	}
	return nil
}

// forget takes the n oldest files from the index, but for those that somebody has
// begun to read. From then on nobody begins to.
func (l *Log) forget(n int, p *Purged) ([]FileInfo, error) {
	l.indexMu.Lock()
	defer l.indexMu.Unlock()
	l.mu.Lock()
	if free, readers := l.pinnedLocked(l.files[:n]); free < n {
		n, p.Readers = free, readers
		p.keep(l.files[n], KeptReader)
	}
	all := l.files
	gone := append([]FileInfo(nil), all[:n]...)
	l.files = append([]FileInfo(nil), all[n:]...)
	l.mu.Unlock()
	if n == 0 {
		return nil, nil
	}
	if bug.On(bug.PurgeBeforeIndex) {
		_ = l.remove(gone[0].Name)
	}
	err := l.writeShorter()
	if err != nil {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.files = append(gone, l.files...)
		return nil, err
	}
	return gone, nil
}

// writeShorter makes the index durable without what was forgotten. l.indexMu is
// held.
func (l *Log) writeShorter() error {
	if err := purgeBeforeIndex.Eval(); err != nil {
		return err
	}
	if err := l.writeIndex(l.indexNow()); err != nil {
		return err
	}
	return purgeAfterIndex.Eval()
}

// indexNow is the index of the files that there are.
func (l *Log) indexNow() fileIndex {
	l.mu.Lock()
	defer l.mu.Unlock()
	x := fileIndex{numbers: make([]uint32, 0, len(l.files)+1)}
	for _, f := range l.files {
		x.numbers = append(x.numbers, f.Number)
	}
	if n := len(l.restarts); n > 0 {
		x.restart = l.restarts[n-1]
	}
	return x
}
