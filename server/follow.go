package server

import (
	"context"

	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/dump"
	"github.com/xadb/xadb/server/wire"
)

// watchFollower lets ctx end when the client says that it goes, or does go, and
// takes its acknowledgements, if it gives any.
func (c *conn) watchFollower(ctx context.Context, acks *dump.Follower) (context.Context, func(), error) {
	aside, err := c.wire.Aside()
	if err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		defer cancel()
		for {
			packet, err := aside.Read()
			if err != nil || len(packet) > 0 && packet[0] == mysql.COM_QUIT {
				return
			}
			if file, offset, ok := dump.ParseAck(packet); ok && acks != nil {
				if number, ok := c.srv.store.Binlog().FileNumber(file); ok {
					acks.Ack(binlog.Pos{File: number, Offset: offset})
				}
			}
		}
	}()
	if c.isStopping() {
		cancel() // it was interrupted before anybody read
	}
	return ctx, func() { c.wire.Interrupt(); <-gone }, nil
}

// eventWriter sends events as a dump's packets.
type eventWriter struct {
	c     *wire.Conn
	heads bool        // each event has a head
	asks  func() bool // whether a head may ask for an acknowledgement now
}

// WriteEvent implements dump.Writer.
func (w eventWriter) WriteEvent(ev []byte, ack bool) error {
	if w.heads {
		return w.c.WriteParts(dump.AckHead(ack && w.asks()), ev)
	}
	return w.c.WriteParts(eventHead, ev)
}

// Flush implements dump.Writer.
func (w eventWriter) Flush() error { return w.c.Flush() }

// eventHead is in front of each event (MySQL Internals, Binlog Network Stream).
var eventHead = []byte{0}
