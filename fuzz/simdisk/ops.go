package simdisk

import "fmt"

// An OpKind names a call. Those up to OpCorrupt change something and are
// numbered in the op log; the others occur in fault rules only.
type OpKind uint8

// The kinds, named after the calls of vfs.FS and vfs.File.
const (
	OpCreate OpKind = iota
	OpMkdir
	OpLink
	OpRename
	OpRemove
	OpWrite // Write and WriteAt
	OpTruncate
	OpSync
	OpSyncData
	OpDirSync
	OpCorrupt // FlipBit, Truncate of a Disk

	OpOpen
	OpClose
	OpRead
	OpReadAt
	OpPreallocate
	OpList
	OpStat
	OpLock
)

var opNames = [...]string{
	"create", "mkdir", "link", "rename", "remove", "write", "truncate", "sync", "syncdata", "dirsync", "corrupt",
	"open", "close", "read", "readat", "preallocate", "list", "stat", "lock",
}

// String returns the kind's name as fault rules spell it.
func (k OpKind) String() string {
	if int(k) < len(opNames) {
		return opNames[k]
	}
	return fmt.Sprintf("op(%d)", uint8(k))
}

func parseOpKind(s string) (OpKind, bool) {
	for i, name := range opNames {
		if s == name {
			return OpKind(i), true
		}
	}
	return 0, false
}

// An Op is one numbered operation. Seq counts from 1 without gaps.
type Op struct {
	Seq   int
	Kind  OpKind
	Path  string
	To    string // the new name of a link or rename
	Inode uint64
	Off   int64  // of a write; the size of a truncate
	Len   int    // of a write: the bytes that landed
	Hash  uint64 // of a write's bytes
	Err   string // what an injected fault returned although the operation is numbered
}

// String returns one line for a failure report.
func (o Op) String() string {
	s := fmt.Sprintf("%d %s %s", o.Seq, o.Kind, o.Path)
	if o.To != "" {
		s += " -> " + o.To
	}
	s += fmt.Sprintf(" ino=%d", o.Inode)
	if o.Kind == OpWrite {
		s += fmt.Sprintf(" off=%d len=%d hash=%016x", o.Off, o.Len, o.Hash)
	}
	if o.Kind == OpTruncate {
		s += fmt.Sprintf(" size=%d", o.Off)
	}
	if o.Err != "" {
		s += " err=" + o.Err
	}
	return s
}

// record numbers an operation. data is kept, for its hash.
// REQUIRES: d.mu held.
func (d *Disk) record(op Op, data []byte) int {
	op.Seq = int(d.seq.Add(1))
	op.Len = len(data)
	d.ops = append(d.ops, loggedOp{op, data})
	return op.Seq
}

type loggedOp struct {
	op   Op
	data []byte // of a write; shared with its change
}

// Ops returns the number of operations so far. An oracle stamps each
// acknowledgement with it: the crash points from there on must keep it.
func (d *Disk) Ops() int { return int(d.seq.Load()) }

// OpLog returns all operations so far.
func (d *Disk) OpLog() []Op {
	d.mu.Lock()
	logged := d.ops[:len(d.ops):len(d.ops)]
	d.mu.Unlock()
	log := make([]Op, len(logged))
	for i, l := range logged {
		log[i] = l.op
		if l.op.Kind == OpWrite {
			log[i].Hash = sum64(l.data, 0)
		}
	}
	return log
}
