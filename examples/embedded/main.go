// Command embedded keeps balances in a store of its own.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/xadb/xadb"
)

func main() {
	ctx := context.Background()
	db, err := xadb.OpenMem(ctx, xadb.Options{}) // on disk: xadb.Open(ctx, "bank", xadb.Options{})
	check(err)
	defer db.Close(ctx)
	balances, err := xadb.NewTable(ctx, db, "balances", xadb.StringKey, xadb.JSON[int]())
	check(err)
	check(db.Update(ctx, func(tx *xadb.Tx) error { // durable when it returns; again on a conflict
		return balances.Put(tx, "alice", 90)
	}))
	check(db.View(ctx, func(s *xadb.Snap) error { // a snapshot: waits for nobody
		n, _, err := balances.Get(s, "alice")
		fmt.Println("alice:", n)
		return err
	}))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
