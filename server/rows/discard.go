package rows

import (
	"bytes"
	"context"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
)

const (
	// keyCost is about what the engine keeps beside each key that is written.
	keyCost = 64
	// checkEvery is how many rows pass between two looks at the context.
	checkEvery = 1024
)

// Discard removes all rows of a space that no definition will name after this
// transaction. If that takes more than max bytes of keys, they are abandoned,
// for Purge once the transaction is committed.
func Discard(ctx context.Context, c *catalog.Catalog, txn Txn, s catalog.Space, max int) (abandoned bool, err error) {
	keys, all, err := someKeys(ctx, txn, s, max)
	if err != nil {
		return false, err
	}
	if !all {
		return true, c.Abandon(ctx, txn, s.ID)
	}
	return false, deleteKeys(ctx, txn, s, keys)
}

// someKeys is the keys of a space; all is false if there are more.
func someKeys(ctx context.Context, txn Txn, s catalog.Space, max int) (keys [][]byte, all bool, err error) {
	it := txn.ScanLatest(s, nil, nil)
	defer func() {
		if cerr := it.Close(); err == nil {
			err = cerr
		}
	}()
	size := 0
	for it.Next() {
		if size > max {
			return keys, false, nil
		}
		keys = append(keys, bytes.Clone(it.Key()))
		size += len(it.Key()) + keyCost
		if len(keys)%checkEvery == 0 && ctx.Err() != nil {
			return nil, false, interrupted(ctx)
		}
	}
	return keys, true, it.Err()
}

func interrupted(ctx context.Context) error {
	return mysqlerr.Wrap(ctx.Err(), mysqlerr.QueryInterrupted)
}

func deleteKeys(ctx context.Context, txn Txn, s catalog.Space, keys [][]byte) error {
	for _, key := range keys {
		if err := txn.Delete(ctx, s, key); err != nil {
			return err
		}
	}
	return nil
}

// Purge removes the rows under abandoned IDs, in transactions of its own (G5,
// C20). max is how many bytes of keys one of them removes. IDs that others are
// at work on are passed over, and those that keep says.
func Purge(ctx context.Context, c *catalog.Catalog, autonomous Autonomous, max int, keep func(id uint32) bool) error {
	var ids []uint32
	err := autonomous(ctx, func(txn Txn) (err error) {
		ids, err = c.Orphans(txn)
		return err
	})
	for _, id := range ids {
		if err == nil && !keep(id) {
			err = purge(ctx, c, autonomous, id, max)
		}
	}
	return err
}

func purge(ctx context.Context, c *catalog.Catalog, autonomous Autonomous, id uint32, max int) error {
	s := catalog.Space{ID: id, DB: "xadb", Name: "abandoned"}
	for more := true; more; {
		err := autonomous(ctx, func(txn Txn) error {
			more = false
			ok, err := c.Claim(ctx, txn, id)
			if err != nil || !ok {
				return err
			}
			keys, all, err := someKeys(ctx, txn, s, max)
			if err == nil {
				err = deleteKeys(ctx, txn, s, keys)
			}
			if more = !all; err == nil && all {
				_, err = c.Adopt(ctx, txn, id)
			}
			if err == nil && all {
				err = c.DropCounters(ctx, txn, id)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
