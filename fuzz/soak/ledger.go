package soak

import (
	"fmt"
	"slices"
	"sync"

	"github.com/xadb/xadb/xid"
)

// A ledger is what the clients of one store were told.
type ledger struct {
	mu      sync.Mutex
	acked   [clients]uint64   // last number told to be committed
	open    [clients][]uint64 // numbers behind it of which nobody told
	next    [clients]uint64   // numbers so far
	unsure  map[string]bool   // branches of which nobody told whether they are prepared
	certain map[string]bool   // branches told to be prepared, and not told to be decided
}

func newLedger() *ledger {
	return &ledger{unsure: map[string]bool{}, certain: map[string]bool{}}
}

// begin takes the client's next number.
func (l *ledger) begin(client int) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next[client]++
	return l.next[client]
}

// committed says that a number is, as the client was told.
func (l *ledger) committed(client int, n uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.acked[client], l.open[client] = n, nil
}

// doubted says that nobody was told what became of a number.
func (l *ledger) doubted(client int, n uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next[client] = max(l.next[client], n)
	l.open[client] = append(l.open[client], n)
}

// branch notes what is known of a branch: prepared, in doubt, or neither.
func (l *ledger) branch(x xid.XID, certain, unsure bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.certain, x.Key())
	delete(l.unsure, x.Key())
	if certain {
		l.certain[x.Key()] = true
	}
	if unsure {
		l.unsure[x.Key()] = true
	}
}

// found compares a client's row with what it was told, and believes it (S1).
func (l *ledger) found(client int, n uint64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n != l.acked[client] && !slices.Contains(l.open[client], n) {
		return fmt.Errorf("soak: client %d finds %d; it was told %d, and nothing of %v", client, n, l.acked[client], l.open[client])
	}
	l.acked[client], l.open[client] = n, nil
	return nil
}

// listed compares the prepared branches with what is known of them (S3).
func (l *ledger) listed(list []xid.XID) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	there := map[string]bool{}
	for _, x := range list {
		there[x.Key()] = true
		if !l.certain[x.Key()] && !l.unsure[x.Key()] {
			return fmt.Errorf("soak: branch %s is listed, but it was decided or never prepared", x)
		}
	}
	for key := range l.certain {
		if !there[key] {
			return fmt.Errorf("soak: a branch (%q) that was told to be prepared is not listed", key)
		}
	}
	return nil
}
