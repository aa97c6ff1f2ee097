package kill

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/go-sql-driver/mysql"
)

const (
	clientsMin, clientsMax = 4, 8
	// trafficMax is how long a server may take to acknowledge what a round
	// wants, or to reach its failpoint.
	trafficMax = 30 * time.Second
	// lockTimeout is that of every connection, in seconds: the smallest.
	lockTimeout = "1"
)

// A driverLog keeps what the driver says beside its errors.
type driverLog struct {
	mu    sync.Mutex
	lines []string
}

// Print implements the driver's Logger.
func (l *driverLog) Print(v ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.lines) < stderrKept {
		l.lines = append(l.lines, fmt.Sprint(v...))
	}
}

func (l *driverLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "\n")
}

// dial is a pool of connections to a server; every connection has the short
// lock timeout.
func dial(addr string, log *driverLog) (*sql.DB, error) {
	cfg := mysql.NewConfig()
	cfg.User, cfg.Net, cfg.Addr = "root", "tcp", addr
	cfg.Params = map[string]string{"innodb_lock_wait_timeout": lockTimeout}
	cfg.Logger = log
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, fmt.Errorf("kill: connecting to %s: %w", addr, err)
	}
	return sql.OpenDB(connector), nil
}

// A life is the traffic on one running server up to its kill.
type life struct {
	p       *Process
	traffic *traffic
	clients []*client
	errs    []error // why each client ended
	wg      sync.WaitGroup
	failed  chan struct{} // a client has ended
	once    sync.Once
	log     driverLog
	broken  bool // a client ended and the server did not
}

// newLife opens the clients' connections. It fails if the server goes away
// meanwhile; there is then nothing to undo.
func newLife(ctx context.Context, p *Process, t *traffic, n int) (*life, error) {
	l := &life{p: p, traffic: t, errs: make([]error, n), failed: make(chan struct{})}
	db, err := dial(p.Addr, &l.log)
	if err != nil {
		return nil, err
	}
	t.db = db
	for i := range n {
		conn, err := db.Conn(ctx)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("kill: connecting: %w", err), db.Close())
		}
		rng := rand.New(rand.NewPCG(t.seed, uint64(i)))
		l.clients = append(l.clients, &client{traffic: t, conn: conn, rng: rng})
	}
	return l, nil
}

func (l *life) start(ctx context.Context) {
	for i, c := range l.clients {
		l.wg.Add(1)
		go func() {
			defer l.wg.Done()
			l.errs[i] = c.run(ctx)
			l.once.Do(func() { close(l.failed) })
		}()
	}
}

// untilAcks returns a while after there are enough acknowledgements, or when
// the server has ended by itself.
func (l *life) untilAcks(while time.Duration) error {
	if err := l.await(l.traffic.acks.full); err != nil {
		return err
	}
	timer := time.NewTimer(while)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-l.p.Gone():
	}
	return nil
}

// untilGone returns when the server has ended by itself.
func (l *life) untilGone() error { return l.await(l.p.Gone()) }

func (l *life) await(event <-chan struct{}) error {
	limit := time.NewTimer(trafficMax)
	defer limit.Stop()
	select {
	case <-event:
	case <-l.p.Gone():
	case <-l.failed:
		l.broken = !l.p.endsSoon()
	case <-limit.C:
		return fmt.Errorf("kill: not there after %v and %d acknowledgements\n%s", trafficMax, l.traffic.acks.n.Load(), l.p.Stderr())
	}
	return nil
}

// join waits for the clients of a server that has ended, takes their lists,
// and returns the errors that its end does not explain.
func (l *life) join(to *ledger) (violations []string) {
	l.wg.Wait()
	_ = l.traffic.db.Close() // its connections are broken
	for i, c := range l.clients {
		to.add(c.notes)
		var answer *mysql.MySQLError
		if err := l.errs[i]; l.broken || errors.As(err, &answer) || errors.Is(err, context.DeadlineExceeded) {
			violations = append(violations, fmt.Sprintf("client %d: %v", i, err))
		}
	}
	if len(violations) > 0 {
		violations = append(violations, fmt.Sprintf("the driver said: %s\nthe server said: %s", l.log.String(), l.p.Stderr()))
	}
	return violations
}
