package tclog

import (
	"context"

	"github.com/xadb/xadb/engine"
	"github.com/xadb/xadb/recovery"
	"github.com/xadb/xadb/xid"
)

// OpenReadOnly opens the stopped store in dir, crashed or not, and writes
// nothing: what Open would decide and carry out is done in memory. The binlog is
// read for that, and is not open then. See engine.OpenReadOnly.
func OpenReadOnly(ctx context.Context, dir string, o Options) (*Log, error) {
	o.Binlog = false
	l := newLog(dir, &o)
	eng, err := engine.OpenReadOnly(ctx, dir, o.Engine)
	if err != nil {
		return nil, err
	}
	l.eng, l.opts.Engine.FS = eng, eng.FS()
	if err := l.recoverInMemory(ctx, dir); err != nil {
		l.Abandon()
		return nil, corrupt(eng.FS(), dir, err)
	}
	return l, nil
}

func (l *Log) recoverInMemory(ctx context.Context, dir string) error {
	held, err := l.eng.TCBytes()
	if err != nil {
		return err
	}
	found := Inspection{Engine: engine.Inspection{StoreID: l.eng.StoreID(), Floor: l.eng.Floor(), TCBytes: held}}
	said := recovery.NewLog()
	if err := found.readBinlog(dir, l.opts, said, false); err != nil {
		return err
	}
	_, err = recovery.Run(ctx, inMemory{l.eng}, said, recovery.BatchSize)
	return err
}

// inMemory lets package recovery decide about a read-only engine's branches.
type inMemory struct{ eng *engine.Engine }

func (m inMemory) Recover(list []xid.Prepared) int { return m.eng.Recover(list) }

func (m inMemory) CommitByXID(x xid.XID, _ recovery.Pos) error { return m.eng.DecideInMemory(x, true) }

func (m inMemory) RollbackByXID(x xid.XID, _ recovery.Pos) error {
	return m.eng.DecideInMemory(x, false)
}

func (m inMemory) SetPreparedInTC(xid.XID, recovery.Pos) error { return nil }
