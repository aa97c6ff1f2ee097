package dump

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/internal/clock"
)

// A Writer takes the packets of a stream.
type Writer interface {
	// WriteEvent collects a packet that holds an event. With ack it asks the
	// follower to say when it has it.
	WriteEvent(ev []byte, ack bool) error
	// Flush sends what is collected.
	Flush() error
}

// A Sender sends a log to one follower.
type Sender struct {
	Log      *binlog.Log
	ServerID uint32 // of the log's server, as is UUID
	UUID     binlog.UUID
	Clock    clock.Clock
	Out      Writer

	// Checksum says that the follower wants CRC32 in what is in no file. It counts
	// until a FORMAT_DESCRIPTION has said that the events have them.
	Checksum  bool
	Heartbeat time.Duration // how long it waits for a sign of life; 0: for ever
	// JSONText sends JSON columns as text, to readers that lack the type.
	JSONText bool
	// MariaDB is the version of the MariaDB that the log's server seems to be; the
	// follower is sent that one's events. "": MySQL's.
	MariaDB string
	// Payloads says that the follower knows compressed transactions. Others are sent
	// what is in them.
	Payloads bool
	// Acks says that the end of each group is to be acknowledged.
	Acks bool

	request Request
	stream  *binlog.Stream
	buf     []byte
	unpack  binlog.Unpacker
	// format is the first event of the file formatOf.
	format   binlog.Event
	formatOf string
	rewrite  func(binlog.Event) ([][]byte, error) // nil: events are sent as they are
	mariaDB  *binlog.MariaDB                      // nil: the follower is none
	// known is where the log ended when the stream began: the follower has no group
	// behind that. In front of apart nothing is shared with others (shared).
	known, apart binlog.Pos
	sent         uint64 // offset behind the last event, in the stream's file
	skipped      bool   // groups since then were left out
	counted      uint64 // where a MariaDB may think that it is in that file
	added        uint64 // where a replica by place thinks so, which adds up lengths
}

// Send sends what r asks for until ctx ends, the follower is gone or, with
// NonBlock, all that is durable now was sent: then it returns nil. A *Refusal is
// why the follower cannot be served.
func (s *Sender) Send(ctx context.Context, r Request) (err error) {
	s.request = r
	s.speak()
	s.known = s.Log.DurablePos()
	if s.stream, err = s.begin(); err != nil {
		return refusal(err)
	}
	defer func() { err = errors.Join(err, s.stream.Close()) }()
	s.unpack.Skip = s.stream.Inside()
	for begins := s.stream.Pos().Offset + uint64(s.stream.Inside()); ; begins = 0 {
		if err := s.head(begins); err != nil {
			return refusal(err)
		}
		if err := s.events(ctx); err != io.EOF {
			return refusal(err)
		}
	}
}

// begin opens the stream at what the request says.
func (s *Sender) begin() (*binlog.Stream, error) {
	if s.request.GTIDs != nil {
		if s.Log.Anonymous() {
			return nil, &Refusal{"The replication sender thread cannot start in AUTO_POSITION mode: this server has GTID_MODE = OFF instead of ON."}
		}
		if err := s.checkSet(*s.request.GTIDs); err != nil {
			return nil, err
		}
		return s.Log.StreamBehind(*s.request.GTIDs)
	}
	files := s.Log.Files()
	if s.request.File == "" && len(files) > 0 {
		s.request.File = files[0].Name
	}
	if s.request.Offset < uint64(len(binlog.Magic)) {
		return nil, &Refusal{"Client requested source to start replication from position < 4"}
	}
	for _, f := range files {
		if f.Name == s.request.File {
			return s.Log.Stream(binlog.Pos{File: f.Number, Offset: s.request.Offset})
		}
	}
	return nil, &Refusal{"Could not find first log file name in binary log index file"}
}

// checkSet refuses a follower that has what this server has not: it has followed
// another life of it.
func (s *Sender) checkSet(has binlog.GTIDSet) error {
	logged, own := s.Log.LoggedGTIDs(), s.UUID
	if last := has.Last(own); last > logged.Last(own) {
		return &Refusal{fmt.Sprintf("Replica has more GTIDs than the source has, using the source's SERVER_UUID: "+
			"it has %v up to %d, the source %v; the source may have been restored from a backup, or its log reset", own, last, logged)}
	}
	return nil
}

// head sends what a file begins with: a fake ROTATE and its FORMAT_DESCRIPTION.
// begins is the offset of the stream's next event there; 0 at the file's start.
func (s *Sender) head(begins uint64) error {
	start := uint64(len(binlog.Magic))
	if s.mariaDB != nil && begins > start {
		var err error
		if s.mariaDB.Before, err = s.stream.Before(); err != nil {
			return err
		}
	}
	s.sent = max(begins, start)
	s.counted, s.added = s.sent, s.sent
	rotate := binlog.AppendFakeRotate(s.buf[:0], s.origin(), s.stream.File(), s.sent)
	if err := s.Out.WriteEvent(rotate, false); err != nil {
		return err
	}
	s.buf = rotate[:0]
	if s.format.Raw == nil || s.formatOf != s.stream.File() {
		format, err := s.stream.Format()
		if err != nil {
			return err
		}
		format.Raw = bytes.Clone(format.Raw)
		s.format, s.formatOf = format, s.stream.File()
	}
	format := s.format
	s.Checksum = true
	fromStart := s.sent == start
	s.buf = binlog.AppendSentFormat(s.buf[:0], format, fromStart)
	format.Raw, format.Flags = s.buf, 0
	if !fromStart {
		format.LogPos = 0
		return s.write(format)
	}
	s.sent = uint64(format.End())
	if _, err := s.stream.Next(context.Background()); err != nil { // that event, which is there
		return err
	}
	return s.write(format)
}

func (s *Sender) origin() binlog.Origin {
	return binlog.Origin{ServerID: s.ServerID, Checksum: s.Checksum}
}

// events sends the rest of a file; io.EOF at its end.
func (s *Sender) events(ctx context.Context) error {
	skipping := false
	for {
		if err := s.ready(ctx); err != nil {
			return err
		}
		if !skipping {
			if done, err := s.shared(); err != nil {
				return err
			} else if done {
				continue
			}
		}
		ev, err := s.stream.Next(ctx)
		if err != nil {
			return err
		}
		switch ev.Type {
		case binlog.EventGTID:
			if skipping, err = s.has(ev); err != nil {
				return err
			}
		case binlog.EventRotate, binlog.EventStop:
			skipping = false
		}
		if skipping {
			s.skipped, s.sent = s.MariaDB == "", uint64(ev.End()) // D3
			continue
		}
		if err := s.sendAll(ev); err != nil {
			return err
		}
	}
}

// sendAll sends what ev stands for to the follower.
func (s *Sender) sendAll(ev binlog.Event) error {
	if s.Payloads && s.unpack.Skip == 0 {
		return s.send(ev)
	}
	events, err := s.unpack.Events(ev)
	if err != nil {
		return err
	}
	for _, in := range events {
		if err := s.send(in); err != nil {
			return err
		}
	}
	return nil
}

// has reports whether the follower has the group that begins with ev.
func (s *Sender) has(ev binlog.Event) (bool, error) {
	if s.request.GTIDs == nil {
		return false, nil
	}
	info, err := binlog.DecodeGTID(ev.Body())
	return err == nil && s.request.GTIDs.Contains(info.GTID), err
}

func (s *Sender) send(ev binlog.Event) error {
	if s.skipped {
		if err := s.beat(); err != nil { // D2
			return err
		}
	}
	s.sent = uint64(ev.End())
	if err := s.write(ev); err != nil {
		return err
	}
	if s.request.GTIDs == nil && !s.request.NonBlock && s.added != s.sent && endsGroup(ev) {
		return s.head(s.sent) // or it would come back to a place that there is not
	}
	return nil
}

// endsGroup reports whether an event is the last one of its group. One too many
// costs an acknowledgement.
func endsGroup(ev binlog.Event) bool {
	switch ev.Type {
	case binlog.EventXID, binlog.EventXAPrepare, binlog.EventTransactionPayload:
		return true
	case binlog.EventQuery:
		q, err := binlog.DecodeQuery(ev.Body())
		return err == nil && q.SQL != "BEGIN" && !strings.HasPrefix(q.SQL, "XA START ") && !strings.HasPrefix(q.SQL, "XA END ")
	}
	return false
}

// ready waits until there is a next event. What was collected is sent before that.
func (s *Sender) ready(ctx context.Context) error {
	for !s.stream.Ready() {
		if err := s.idle(); err != nil {
			return err
		}
		if err := s.await(ctx); err != nil {
			return err
		}
	}
	return nil
}

// shared sends the newest events as all followers get them, and reports whether it
// has: not where this one needs others, has some of them or is to acknowledge them.
func (s *Sender) shared() (done bool, err error) {
	at := s.stream.Pos()
	byPlace := s.request.GTIDs == nil && !s.request.NonBlock
	switch {
	case s.Acks, s.MariaDB != "", s.skipped, s.unpack.Skip > 0, at.Less(s.known), at.Less(s.apart), byPlace && s.added != s.sent:
		return false, nil
	}
	run, err := s.stream.Run()
	if run == nil || err != nil {
		return false, err
	}
	if (run.JSON || run.Definition) && s.JSONText || run.Payload && !s.Payloads {
		s.apart = run.End()
		return false, nil
	}
	from := 0
	for _, end := range run.Ends {
		if err := s.Out.WriteEvent(run.Raw[from:end], false); err != nil {
			return false, err
		}
		from = end
	}
	s.sent = run.End().Offset
	s.added += uint64(len(run.Raw))
	return true, s.stream.Pass(run)
}

// await waits until there is something to send, or a heartbeat is due and sent.
func (s *Sender) await(ctx context.Context) error {
	var late <-chan time.Time
	if s.Heartbeat > 0 {
		timer := s.Clock.NewTimer(s.Heartbeat)
		defer timer.Stop()
		late = timer.C()
	}
	ready, err := s.stream.Await(ctx, late)
	if err != nil || ready {
		return err
	}
	return s.beat()
}

// errEnd is the end of a stream that does not wait.
var errEnd = errors.New("dump: all is sent")

// idle is where there is nothing more to send for now.
func (s *Sender) idle() error {
	if s.skipped {
		if err := s.beat(); err != nil { // D2
			return err
		}
	}
	if err := s.Out.Flush(); err != nil {
		return err
	}
	if s.request.NonBlock {
		return errEnd
	}
	return nil
}

// beat sends a heartbeat.
func (s *Sender) beat() error {
	s.skipped = false
	at := s.sent
	if s.MariaDB != "" {
		at = max(at, s.counted)
	}
	if s.request.HeartbeatV2 || at > math.MaxUint32 {
		s.buf = binlog.AppendHeartbeatV2(s.buf[:0], s.origin(), s.stream.File(), at)
	} else {
		s.buf = binlog.AppendHeartbeat(s.buf[:0], s.origin(), s.stream.File(), uint32(at))
	}
	return s.Out.WriteEvent(s.buf, false)
}
