// Command recover prepares a transfer, loses power, and decides afterwards.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb"
	"github.com/xadb/xadb/xid"
)

func main() {
	ctx := context.Background()
	disk := vfs.NewCrashableMem() // leave out Options.FS for the machine's own disk
	db, err := xadb.Open(ctx, "bank-a", xadb.Options{FS: disk})
	check(err)
	accounts, err := db.Table(ctx, "accounts")
	check(err)

	tx, err := db.Begin(ctx, xadb.TxOptions{})
	check(err)
	check(tx.Put(accounts, []byte("alice"), []byte("90")))
	x, err := xid.New(1, []byte("transfer-42"), []byte("bank-a"))
	check(err)
	_, err = tx.Prepare(ctx, x) // durable; the row stays locked until somebody decides
	check(err)

	disk = disk.CrashClone(vfs.CrashCloneCfg{}) // power is lost: what was not synced is gone

	db, err = xadb.Open(ctx, "bank-a", xadb.Options{FS: disk})
	check(err)
	defer db.Close(ctx)
	for p, err := range db.Recover(ctx) {
		check(err)
		fmt.Println("in doubt:", p.XID.SQL(), p.Tables)
		check(db.CommitXID(ctx, p.XID)) // or RollbackXID
	}
	accounts, err = db.Table(ctx, "accounts")
	check(err)
	check(db.View(ctx, func(s *xadb.Snap) error {
		balance, _, err := s.Get(accounts, []byte("alice"))
		fmt.Printf("alice: %s\n", balance)
		return err
	}))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
