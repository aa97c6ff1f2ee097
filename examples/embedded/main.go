// Command embedded keeps accounts in a store of its own.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/xadb/xadb"
)

// An Account is one row.
type Account struct {
	Owner   string
	Balance int
}

func main() {
	ctx := context.Background()
	db, err := xadb.OpenMem(ctx, xadb.Options{}) // on disk: xadb.Open(ctx, "bank", xadb.Options{})
	check(err)
	defer db.Close(ctx)
	accounts, err := xadb.NewTable(ctx, db, "accounts", xadb.Uint64Key, xadb.JSON[Account]())
	check(err)

	check(db.Update(ctx, func(tx *xadb.Tx) error { // durable when it returns; again on a conflict
		if err := accounts.Put(tx, 1, Account{"alice", 90}); err != nil {
			return err
		}
		return accounts.Put(tx, 2, Account{"bob", 110})
	}))
	check(db.View(ctx, func(s *xadb.Snap) error { // a snapshot: waits for nobody
		for e, err := range accounts.Scan(s, accounts.Range(1, 100)) {
			if err != nil {
				return err
			}
			fmt.Println(e.Key, e.Value.Owner, e.Value.Balance)
		}
		return nil
	}))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
