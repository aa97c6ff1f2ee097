package binlog

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"
)

// Fields of a HEARTBEAT_V2 event's body.
const (
	heartbeatEnd      = 0
	heartbeatFile     = 1
	heartbeatPosition = 2
)

// An Origin says for whom AppendFakeRotate and its like make an event that is
// in no file.
type Origin struct {
	ServerID uint32 // of the sender
	Checksum bool   // the reader asked for CRC32
}

// end completes the event that begins at start.
func (o Origin) end(dst []byte, start int, logPos uint32) []byte {
	dst = endEvent(dst, start)
	sealEvent(dst[start:], 0, o.ServerID, logPos)
	if o.Checksum {
		return dst
	}
	dst = dst[:len(dst)-ChecksumSize]
	binary.LittleEndian.PutUint32(dst[start+9:], uint32(len(dst)-start))
	return dst
}

// AppendFakeRotate appends the ROTATE event that tells a replica which file,
// and which position in it, the next events come from.
func AppendFakeRotate(dst []byte, o Origin, file string, position uint64) []byte {
	start := len(dst)
	dst = beginEvent(dst, EventRotate, FlagArtificial)
	dst = binary.LittleEndian.AppendUint64(dst, position)
	return o.end(append(dst, file...), start, 0)
}

// AppendHeartbeat appends the HEARTBEAT event that tells a replica that there
// is nothing new behind position, which must be the end of the last event it
// was sent: with a smaller one it stops.
func AppendHeartbeat(dst []byte, o Origin, file string, position uint32) []byte {
	start := len(dst)
	dst = beginEvent(dst, EventHeartbeat, 0)
	return o.end(append(dst, file...), start, position)
}

// AppendHeartbeatV2 is AppendHeartbeat for readers that asked for version 2.
func AppendHeartbeatV2(dst []byte, o Origin, file string, position uint64) []byte {
	start := len(dst)
	dst = beginEvent(dst, EventHeartbeatV2, 0)
	dst = append(appendLenenc(append(dst, heartbeatFile), uint64(len(file))), file...)
	dst = append(dst, heartbeatPosition, byte(lenencSize(position)))
	dst = append(appendLenenc(dst, position), heartbeatEnd)
	return o.end(dst, start, 0)
}

// AppendSentFormat appends a file's FORMAT_DESCRIPTION event ev as a replica
// is sent it: not in use. To one that does not begin at the file's start it is
// in no file and no server start, lest it drop what it has open.
func AppendSentFormat(dst []byte, ev Event, fromStart bool) []byte {
	start := len(dst)
	dst = append(dst, ev.Raw...)
	raw := dst[start:]
	raw[flagsOffset] &^= FlagInUse
	logPos := ev.LogPos
	if !fromStart {
		logPos = 0
		clear(raw[HeaderSize+createdOffset : HeaderSize+createdOffset+4])
	}
	sealEvent(raw, ev.Timestamp, ev.ServerID, logPos)
	return dst
}

// createdOffset is where a FORMAT_DESCRIPTION body has its time of creation.
const createdOffset = 2 + versionSize

// WaitDurable waits until something behind after is durable and returns the
// durable position then. It fails when ctx ends, and with ErrPoisoned or
// ErrClosed when nothing more can come.
func (l *Log) WaitDurable(ctx context.Context, after Pos) (Pos, error) {
	return l.waitDurable(ctx, nil, after)
}

// waitDurable is WaitDurable that late ends, too, without an error.
func (l *Log) waitDurable(ctx context.Context, late <-chan time.Time, after Pos) (Pos, error) {
	for {
		l.mu.Lock()
		durable, err := l.durable, l.failedLocked()
		if l.moved == nil {
			l.moved = make(chan struct{})
		}
		moved := l.moved
		l.mu.Unlock()
		if after.Less(durable) {
			return durable, nil
		}
		if err != nil {
			return Pos{}, err
		}
		select {
		case <-moved:
		case <-late:
			return durable, nil
		case <-ctx.Done():
			return Pos{}, fmt.Errorf("binlog: waiting for events behind %v: %w", after, ctx.Err())
		}
	}
}

// wakeLocked lets all who wait look again. l.mu is held.
func (l *Log) wakeLocked() {
	for _, ch := range []*chan struct{}{&l.moved, &l.reached} {
		if *ch != nil {
			close(*ch)
			*ch = nil
		}
	}
}
