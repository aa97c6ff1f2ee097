package catalog

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"
)

// A Counter is one of a table's two numbers that grow, and are lowered only by Reset.
type Counter byte

// The counters.
const (
	RowIDs  Counter = 'r' // hidden IDs of rows without a primary key
	AutoInc Counter = 'a' // values of the AUTO_INCREMENT column
)

func (n Counter) key(id uint32) []byte { return binary.BigEndian.AppendUint32([]byte{byte(n)}, id) }

// Take takes count numbers, none below least, and returns the first. The
// counter stays locked until the transaction ends. At its end it gives
// fewer: taken is how many.
func (c *Catalog) Take(ctx context.Context, s Store, t *Table, of Counter, least, count uint64) (first, taken uint64, err error) {
	key := of.key(t.ID)
	b, ok, err := s.GetForUpdate(ctx, tablesSpace, key, Exclusive)
	if err != nil {
		return 0, 0, err
	}
	if first, err = counted(b, ok); err != nil {
		return 0, 0, err
	}
	first = max(first, least)
	taken = min(count, math.MaxUint64-first)
	return first, taken, s.Put(ctx, tablesSpace, key, binary.LittleEndian.AppendUint64(nil, first+taken))
}

// Reset makes next the first number that is not taken. The caller has the table for
// itself, and knows that no row has next or a larger one.
func (c *Catalog) Reset(ctx context.Context, s Store, t *Table, of Counter, next uint64) error {
	key := of.key(t.ID)
	if _, _, err := s.GetForUpdate(ctx, tablesSpace, key, Exclusive); err != nil {
		return err
	}
	return s.Put(ctx, tablesSpace, key, binary.LittleEndian.AppendUint64(nil, max(next, 1)))
}

// Next is the first number that is not taken, without a lock.
func (c *Catalog) Next(s Store, t *Table, of Counter) (uint64, error) {
	b, ok, err := latest(s, tablesSpace, of.key(t.ID))
	if err != nil {
		return 0, err
	}
	return counted(b, ok)
}

func counted(b []byte, ok bool) (uint64, error) {
	if !ok {
		return 1, nil
	}
	if len(b) != 8 || binary.LittleEndian.Uint64(b) == 0 {
		return 0, fmt.Errorf("%w: counter of a table", ErrCorrupt)
	}
	return binary.LittleEndian.Uint64(b), nil
}

// DropCounters forgets the counters of a table's ID, which is in use no more.
func (c *Catalog) DropCounters(ctx context.Context, s Store, id uint32) error {
	if err := s.Delete(ctx, tablesSpace, RowIDs.key(id)); err != nil {
		return err
	}
	return s.Delete(ctx, tablesSpace, AutoInc.key(id))
}

const orphanTag = 'o'

func orphanKey(id uint32) []byte { return binary.BigEndian.AppendUint32([]byte{orphanTag}, id) }

// Abandon notes that no definition names an ID that may have rows: they are
// garbage (G5).
func (c *Catalog) Abandon(ctx context.Context, s Store, id uint32) error {
	return s.Put(ctx, tablesSpace, orphanKey(id), []byte{})
}

// Adopt takes Abandon back: a definition names the ID, or its rows are gone. ok
// is false if somebody else has taken it back already.
func (c *Catalog) Adopt(ctx context.Context, s Store, id uint32) (ok bool, err error) {
	_, ok, err = s.GetForUpdate(ctx, tablesSpace, orphanKey(id), Exclusive)
	if err != nil || !ok {
		return false, err
	}
	return true, s.Delete(ctx, tablesSpace, orphanKey(id))
}

// A Locker is a Store that can lock without waiting.
type Locker interface {
	Store
	TryLock(t Space, key []byte, m Mode) (bool, error)
}

// Claim locks an ID that is abandoned; ok is false if it is not, or somebody
// else has it.
func (c *Catalog) Claim(ctx context.Context, s Locker, id uint32) (ok bool, err error) {
	if ok, err = s.TryLock(tablesSpace, orphanKey(id), Exclusive); err != nil || !ok {
		return false, err
	}
	_, ok, err = s.GetForUpdate(ctx, tablesSpace, orphanKey(id), Exclusive)
	return ok, err
}

// Orphans lists the IDs that are abandoned.
func (c *Catalog) Orphans(s Store) ([]uint32, error) {
	var out []uint32
	err := walk(s, tablesSpace, []byte{orphanTag}, []byte{orphanTag + 1}, func(key, val []byte) error {
		if len(key) != 5 || len(val) != 0 {
			return fmt.Errorf("%w: an abandoned ID %x", ErrCorrupt, bytes.Clone(key))
		}
		out = append(out, binary.BigEndian.Uint32(key[1:]))
		return nil
	})
	return out, err
}
