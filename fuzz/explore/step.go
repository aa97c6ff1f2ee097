package explore

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/xadb/xadb/fuzz/model"
)

// slotCount is how many transactions a program has open at most.
const slotCount = 4

// A stepKind is one kind of step.
type stepKind uint8

const (
	stepPut stepKind = iota
	stepDelete
	stepRead  // a row, and lock it
	stepRange // of rows: lock it, and read it where that is what locks
	stepSavepoint
	stepRollbackTo
	stepCommit
	stepRollback
	stepPrepare
	stepCommitXID
	stepRollbackXID
	stepGroup // commit, prepare or decide several at once
	stepCheckpoint
	stepRotate
	stepPurge   // the binlog; with the flag, by size
	stepReset   // the binlog, which begins anew
	stepReopen  // close cleanly, open again
	stepRestart // the process dies, the cache stays; open again
	stepFault
	stepQuota // n bytes are left on the disk; 0: no limit
)

var stepNames = [...]string{
	"put", "delete", "read", "range", "savepoint", "rollback to", "commit", "rollback", "prepare", "xa commit", "xa rollback",
	"group", "checkpoint", "rotate", "purge", "reset", "reopen", "restart", "fault", "quota",
}

// A step is one action of a program. What does not apply, such as a commit in
// an empty slot, is passed over.
type step struct {
	kind  stepKind
	slot  int
	table int
	key   int
	to    int       // of a range, which ends there or, if that is not above key, where the table does
	size  int       // of the value; for quota, the bytes left
	xid   model.XID // of the XA steps
	flag  bool      // prepare: reserve the name before; read, range: exclusively
	rule  string    // of a fault
	// serial has the transaction, if it begins here, be Serializable.
	serial bool
	modes  int // how many modes further the store is opened again
}

// String is the step in words.
func (s step) String() string {
	switch s.kind {
	case stepPut:
		return fmt.Sprintf("put slot=%d t%d k%d size=%d serial=%t", s.slot, s.table, s.key, s.size, s.serial)
	case stepDelete, stepRead:
		return fmt.Sprintf("%s slot=%d t%d k%d flag=%t serial=%t", stepNames[s.kind], s.slot, s.table, s.key, s.flag, s.serial)
	case stepRange:
		return fmt.Sprintf("range slot=%d t%d k%d to k%d flag=%t serial=%t", s.slot, s.table, s.key, s.to, s.flag, s.serial)
	case stepPrepare, stepCommitXID, stepRollbackXID:
		return fmt.Sprintf("%s slot=%d %s flag=%t", stepNames[s.kind], s.slot, s.xid, s.flag)
	case stepReopen, stepRestart:
		return fmt.Sprintf("%s modes=%d", stepNames[s.kind], s.modes)
	case stepFault:
		return "fault " + s.rule
	case stepQuota:
		return fmt.Sprintf("quota %d", s.size)
	}
	return fmt.Sprintf("%s slot=%d", stepNames[s.kind], s.slot)
}

// A program is what one run does.
type program struct {
	name  string
	seed  uint64
	mode  Mode
	steps []step
}

// String is the program, a line for each step.
func (p *program) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s seed=%d %s\n", p.name, p.seed, p.mode)
	for _, s := range p.steps {
		b.WriteString(s.String() + "\n")
	}
	return b.String()
}

// newRand returns a source that depends on the words alone.
func newRand(a, b uint64) *rand.Rand { return rand.New(rand.NewPCG(a, b)) }

// weights of the steps in a random program; what is not listed is placed on
// purpose.
var weights = []struct {
	kind   stepKind
	weight int
}{
	{stepPut, 30}, {stepDelete, 6}, {stepRead, 5}, {stepRange, 5}, {stepSavepoint, 2}, {stepRollbackTo, 2}, {stepCommit, 10}, {stepRollback, 2},
	{stepPrepare, 12}, {stepCommitXID, 9}, {stepRollbackXID, 5}, {stepGroup, 5}, {stepCheckpoint, 3},
	{stepRotate, 2}, {stepPurge, 1}, {stepReset, 1}, {stepReopen, 1}, {stepRestart, 1},
}

// drawStep draws one step.
func drawStep(r *rand.Rand, fat bool) step {
	total := 0
	for _, w := range weights {
		total += w.weight
	}
	n := r.IntN(total)
	var kind stepKind
	for _, w := range weights {
		if n -= w.weight; n < 0 {
			kind = w.kind
			break
		}
	}
	s := step{
		kind: kind, slot: r.IntN(slotCount), table: r.IntN(model.TableCount), key: r.IntN(model.KeyCount),
		to: r.IntN(model.KeyCount + 1), size: drawSize(r, fat), xid: drawXID(r), flag: r.IntN(2) == 0,
		serial: r.IntN(3) == 0,
	}
	if r.IntN(4) == 0 {
		s.modes = 1 + r.IntN(2)
	}
	return s
}

// drawSize draws a value's size: mostly small, sometimes more than a sector,
// and in a fat program so large that a few fill a log segment.
func drawSize(r *rand.Rand, fat bool) int {
	switch n := r.IntN(10); {
	case fat && n < 6:
		return 6000 + r.IntN(14000)
	case n < 2:
		return 500 + r.IntN(2500)
	}
	return r.IntN(40)
}

// The parts of names: few, so that names are used again and differ in one part
// alone; zero bytes, all ones and full length are among them.
var (
	gtrids  = []string{"g", "g1", "g\x001", strings.Repeat("\xff", 64)}
	bquals  = []string{"", "1", "\x00", strings.Repeat("b", 64)}
	formats = []int64{1, 1, 0, 2, 1<<31 - 1, -2, -1 << 31, 1 << 40, -1 << 63}
)

func drawXID(r *rand.Rand) model.XID {
	return model.XID{
		Format: formats[r.IntN(len(formats))],
		Gtrid:  []byte(gtrids[r.IntN(len(gtrids))]),
		Bqual:  []byte(bquals[r.IntN(len(bquals))]),
	}
}
