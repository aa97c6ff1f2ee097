package binlog

import (
	"context"
	"errors"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/go-mysql-org/go-mysql/replication"
)

// TestWireEvents lets go-mysql read a stream's own events, with checksums and
// without.
func TestWireEvents(t *testing.T) {
	fs := vfs.NewMem()
	l := mustStart(t, testOptions(fs))
	r, err := OpenReader(fs, fs.PathJoin(testDir, closedFile))
	must(t, err)
	format, err := r.Next()
	must(t, err)
	parse := func(p *replication.BinlogParser, raw []byte) *replication.BinlogEvent {
		t.Helper()
		ev, err := p.Parse(raw)
		must(t, err)
		return ev
	}
	for _, checksum := range []bool{false, true} {
		o := Origin{ServerID: 9, Checksum: checksum}
		p := replication.NewBinlogParser()
		p.SetVerifyChecksum(true)
		if checksum { // the parser expects a checksum once it knows the format
			parse(p, AppendSentFormat(nil, format, true))
		}
		ev := parse(p, AppendFakeRotate([]byte("x"), o, "binlog.000002", 157)[1:])
		e, ok := ev.Event.(*replication.RotateEvent)
		if !ok || string(e.NextLogName) != "binlog.000002" || e.Position != 157 || ev.Header.LogPos != 0 ||
			ev.Header.Flags != FlagArtificial || ev.Header.ServerID != 9 || ev.Header.Timestamp != 0 {
			t.Errorf("rotate: %+v, %+v", ev.Header, ev.Event)
		}
		ev = parse(p, AppendHeartbeat(nil, o, "binlog.000002", 1000))
		if h, ok := ev.Event.(*replication.HeartbeatEvent); !ok || h.Filename != "binlog.000002" || ev.Header.LogPos != 1000 {
			t.Errorf("heartbeat: %+v, %+v", ev.Header, ev.Event)
		}
		ev = parse(p, AppendHeartbeatV2(nil, o, "binlog.000002", 70000))
		if h, ok := ev.Event.(*replication.HeartbeatEvent); !ok || h.Filename != "binlog.000002" || h.Offset != 70000 || ev.Header.LogPos != 0 {
			t.Errorf("heartbeat v2: %+v, %+v", ev.Header, ev.Event)
		}
	}
	for _, fromStart := range []bool{true, false} {
		p := replication.NewBinlogParser()
		p.SetVerifyChecksum(true)
		ev := parse(p, AppendSentFormat(nil, format, fromStart))
		e := ev.Event.(*replication.FormatDescriptionEvent)
		if (e.CreateTimestamp != 0) != fromStart || (ev.Header.LogPos != 0) != fromStart || ev.Header.Flags != 0 {
			t.Errorf("from start %t: %+v, created %d", fromStart, ev.Header, e.CreateTimestamp)
		}
	}
	if format.Flags != FlagInUse {
		t.Error("the event in the file changed")
	}
	must(t, r.Close())
	must(t, l.Close())
}

// TestWaitDurable wakes for a sync, a rotation, a close and a cancelled
// context, and for nothing else.
func TestWaitDurable(t *testing.T) {
	l := mustStart(t, testOptions(vfs.NewMem()))
	type result struct {
		pos Pos
		err error
	}
	wait := func(ctx context.Context, after Pos) chan result {
		c := make(chan result, 1)
		go func() {
			pos, err := l.WaitDurable(ctx, after)
			c <- result{pos, err}
		}()
		return c
	}
	ctx, cancel := context.WithCancel(context.Background())
	start := l.DurablePos()
	waiting := wait(ctx, start)
	end := mustAppend(t, l, dml(t, 1))
	must(t, l.Flush())
	select {
	case r := <-waiting:
		t.Fatalf("woken by a flush: %+v", r)
	default:
	}
	must(t, l.Sync())
	if r := <-waiting; r.err != nil || r.pos != end {
		t.Errorf("sync: %+v", r)
	}
	if r := <-wait(ctx, start); r.err != nil || r.pos != end {
		t.Errorf("at once: %+v", r)
	}
	waiting = wait(ctx, Pos{1, 1 << 31})
	must(t, l.Rotate())
	if r := <-waiting; r.err != nil || r.pos.File != 2 {
		t.Errorf("rotation: %+v", r)
	}
	waiting = wait(ctx, Pos{9, 0})
	cancel()
	if r := <-waiting; !errors.Is(r.err, context.Canceled) {
		t.Errorf("cancelled: %+v", r)
	}
	waiting = wait(context.Background(), Pos{9, 0})
	must(t, l.Close())
	if r := <-waiting; !errors.Is(r.err, ErrClosed) {
		t.Errorf("closed: %+v", r)
	}
}
