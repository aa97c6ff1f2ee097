package tclog

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/xadb/xadb/binlog"
)

// A retention lets binlog files go that are too old or too many. It works beside
// the groups, from the first limit on.
type retention struct {
	age, size atomic.Int64 // 0: no limit

	mu    sync.Mutex // guards the others
	begun bool
	ended bool
	kick  chan struct{}
	end   context.CancelFunc
	gone  chan struct{}
}

// lookPeriod is how often the age of files is looked at; they are counted in
// seconds.
const lookPeriod = time.Minute

// SetRetention changes Options.BinlogAgeMax and BinlogSizeTotalMax. Files that
// are beyond them go soon.
func (l *Log) SetRetention(age time.Duration, size int64) error {
	if age < 0 || size < 0 {
		return fmt.Errorf("tclog: binlog files cannot be kept for %v and %d bytes", age, size)
	}
	if l.bl == nil {
		return nil
	}
	r := &l.retention
	r.age.Store(int64(age))
	r.size.Store(size)
	r.mu.Lock()
	if !r.begun && !r.ended && (age > 0 || size > 0) {
		r.begin(l)
	}
	r.mu.Unlock()
	r.signal()
	return nil
}

// Retention is Options.BinlogAgeMax and BinlogSizeTotalMax, or what SetRetention
// has made of them.
func (l *Log) Retention() (age time.Duration, size int64) {
	return time.Duration(l.retention.age.Load()), l.retention.size.Load()
}

// begin starts the work. REQUIRES: r.mu.
func (r *retention) begin(l *Log) {
	r.begun = true
	r.kick, r.gone = make(chan struct{}, 1), make(chan struct{})
	var ctx context.Context
	ctx, r.end = context.WithCancel(context.Background())
	timer := l.opts.Engine.Clock.NewTimer(lookPeriod)
	go func() {
		defer close(r.gone)
		var said string // why files stay
		for {
			select {
			case <-ctx.Done():
				timer.Stop()
				return
			case <-timer.C():
				timer = l.opts.Engine.Clock.NewTimer(lookPeriod)
			case <-r.kick:
			}
			said = l.retain(ctx, said)
		}
	}()
}

// retain purges what is beyond the limits. What keeps files is logged once.
func (l *Log) retain(ctx context.Context, said string) string {
	age, size := l.Retention()
	if age == 0 && size == 0 {
		return ""
	}
	r := binlog.PurgeRequest{SizeMax: size}
	if age > 0 {
		r.Before = l.opts.Engine.Clock.Now().Add(-age)
	}
	p, err := l.purge(ctx, r)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		l.opts.Engine.Logger.Warn("tclog: purging the binlog", "error", err)
	case p.Kept == "" || p.Why == binlog.KeptRecovery: // the next checkpoint lets those go
		return ""
	case p.Kept+p.Why.String() != said:
		l.opts.Engine.Logger.Warn("tclog: binlog files stay that are too old or too many", "first", p.Kept, "because", p.Why.String())
		return p.Kept + p.Why.String()
	}
	return said
}

// signal has the limits looked at now.
func (r *retention) signal() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.begun {
		select {
		case r.kick <- struct{}{}:
		default: // it is about to look
		}
	}
}

// stop waits until no more is removed.
func (r *retention) stop() {
	r.mu.Lock()
	begun := r.begun && !r.ended
	r.ended = true
	r.mu.Unlock()
	if begun {
		r.end()
		<-r.gone
	}
}
