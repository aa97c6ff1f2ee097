// Command twostores moves money between two stores: both have the transfer, or
// neither.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/xadb/xadb"
)

// A Bank is a store with balances by name.
type Bank struct {
	db       *xadb.DB
	balances *xadb.TypedTable[string, int]
}

func open(ctx context.Context) Bank {
	db, err := xadb.OpenMem(ctx, xadb.Options{})
	check(err)
	balances, err := xadb.NewTable(ctx, db, "balances", xadb.StringKey, xadb.JSON[int]())
	check(err)
	return Bank{db, balances}
}

// add changes the balance of one account.
func (b Bank) add(tx *xadb.Tx, name string, amount int) error {
	balance, _, err := b.balances.GetForUpdate(tx, name)
	if err != nil {
		return err
	}
	if balance+amount < 0 {
		return errors.New(name + " has too little")
	}
	return b.balances.Put(tx, name, balance+amount)
}

func main() {
	ctx := context.Background()
	east, west := open(ctx), open(ctx)
	defer east.db.Close(ctx)
	defer west.db.Close(ctx)
	check(east.db.Update(ctx, func(tx *xadb.Tx) error { return east.add(tx, "alice", 100) }))

	// The first store keeps the decisions. After a crash, open both stores and
	// make the coordinator again: it settles what was under way.
	both, err := xadb.NewCoordinator(ctx, east.db, west.db)
	check(err)
	for _, amount := range []int{30, 80} {
		err := both.Run(ctx, func(txs []*xadb.Tx) error {
			if err := west.add(txs[1], "bob", amount); err != nil {
				return err
			}
			return east.add(txs[0], "alice", -amount)
		})
		fmt.Println("transfer of", amount, "-", err)
	}
	for _, bank := range []Bank{east, west} {
		check(bank.db.View(ctx, func(s *xadb.Snap) error {
			for e, err := range bank.balances.Scan(s, xadb.Range{}) {
				if err != nil {
					return err
				}
				fmt.Println(e.Key, e.Value)
			}
			return nil
		}))
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
