package soak

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/xadb/xadb/xid"
)

// childEnv makes a process live one life and print what its clients are told.
const childEnv = "XADB_SOAK_CHILD"

// A childPlan is how a child's life goes.
type childPlan struct {
	dir      string
	binlog   bool
	seed     uint64
	failSync int // the sync that fails; 0: none
}

// Child lives the life that the environment asks for; false if it asks for none.
func Child() (ran bool, err error) {
	text, ok := os.LookupEnv(childEnv)
	if !ok {
		return false, nil
	}
	var p childPlan
	if _, err := fmt.Sscanf(text, "%t %d %d %s", &p.binlog, &p.seed, &p.failSync, &p.dir); err != nil {
		return true, fmt.Errorf("soak: %s=%q: %w", childEnv, text, err)
	}
	var mu sync.Mutex
	tell := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(os.Stdout, format+"\n", args...)
	}
	l := &life{dir: p.dir, disk: newDisk(), book: newLedger(), count: &counts{}, told: tell, seed: p.seed, binlog: p.binlog}
	ctx := context.Background()
	if err := l.open(ctx); err != nil {
		return true, err
	}
	for c := range clients {
		l.book.next[c] = p.seed << 20 // above every number so far
	}
	l.disk.failSync = p.failSync
	return true, l.run(ctx, lifeMax)
}

// child runs a life in a process of its own and ends it.
func (r *runner) child(ctx context.Context, s *store) error {
	p := childPlan{dir: s.dir, binlog: s.binlog, seed: r.nextSeed()}
	until := time.Duration(500+r.rand.IntN(2000)) * time.Millisecond
	if r.rand.IntN(2) == 0 {
		p.failSync = 1 + r.rand.IntN(400)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%t %d %d %s", childEnv, p.binlog, p.seed, p.failSync, p.dir))
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	var trouble strings.Builder
	cmd.Stderr = &trouble
	if err := cmd.Start(); err != nil {
		return err
	}
	timer := time.AfterFunc(until, func() { _ = cmd.Process.Kill() })
	acks, err := s.listen(out)
	timer.Stop()
	state := cmd.Wait() // killed, or ended by a failed sync
	if err == nil && acks < 0 {
		err = fmt.Errorf("soak: a child ended without a word: %w: %s", state, trouble.String())
	}
	if text := trouble.String(); err == nil && (strings.Contains(text, "panic") || strings.Contains(text, "soak:")) {
		err = fmt.Errorf("soak: a child said: %s", text)
	}
	r.report.Kills++
	r.report.ChildAcks += int64(acks)
	return err
}

// listen books what a child tells.
func (s *store) listen(out io.Reader) (acks int, err error) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		switch word {
		case "try", "ok":
			var c int
			var n uint64
			if _, err := fmt.Sscanf(rest, "%d %d", &c, &n); err != nil {
				return acks, fmt.Errorf("soak: a child said %q", lines.Text())
			}
			s.book.doubted(c, n)
			if word == "ok" {
				s.book.committed(c, n)
				acks++
			}
		case "doubt", "prepared", "decided":
			x, err := xid.ParseText(rest)
			if err != nil {
				return acks, fmt.Errorf("soak: a child said %q: %w", lines.Text(), err)
			}
			s.book.branch(x, word == "prepared", word == "doubt")
		}
	}
	return acks, lines.Err()
}

func (r *runner) nextSeed() uint64 {
	r.seeds++
	return r.seeds
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 7)) }
