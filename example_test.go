package xadb_test

import (
	"context"
	"fmt"
	"log"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb"
	"github.com/xadb/xadb/xid"
)

// A transfer is prepared, the machine loses power, and after the restart the
// coordinator's decision is carried out. The file system is one that can
// crash; a program leaves it out.
func Example() {
	ctx := context.Background()
	disk := vfs.NewCrashableMem()
	db, err := xadb.Open(ctx, "bank", &xadb.Options{FS: disk})
	if err != nil {
		log.Fatal(err)
	}
	accounts, err := db.Table(ctx, "accounts")
	if err != nil {
		log.Fatal(err)
	}
	x, err := xid.New(1, []byte("transfer-42"), []byte("bank"))
	if err != nil {
		log.Fatal(err)
	}
	tx := db.Begin(ctx)
	defer tx.Rollback()
	if err := tx.Put(accounts, []byte("alice"), []byte("90")); err != nil {
		log.Fatal(err)
	}
	if err := tx.Prepare(x); err != nil { // durable from here on
		log.Fatal(err)
	}

	disk = disk.CrashClone(vfs.CrashCloneCfg{}) // everything unsynced is gone
	db, err = xadb.Open(ctx, "bank", &xadb.Options{FS: disk})
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close(ctx)
	for _, branch := range db.Recover() {
		fmt.Println("prepared:", branch.XID.SQL(), branch.Tables)
		if err := db.CommitXID(ctx, branch.XID); err != nil {
			log.Fatal(err)
		}
	}
	tx = db.Begin(ctx)
	defer tx.Rollback()
	balance, _, err := tx.Get(accounts, []byte("alice"))
	fmt.Println("alice:", string(balance), err)
	// Output:
	// prepared: 'transfer-42','bank' [xadb.accounts]
	// alice: 90 <nil>
}

// A consumer mirrors the store and remembers how far it came, so that it can go
// on there after a restart, of either side.
func ExampleDB_Changes() {
	ctx := context.Background()
	db, err := xadb.Open(ctx, "shop", &xadb.Options{FS: vfs.NewMem(), Binlog: true})
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close(ctx)
	stock, err := db.Table(ctx, "stock")
	if err != nil {
		log.Fatal(err)
	}
	for _, count := range []string{"3", "2"} {
		tx := db.Begin(ctx)
		if err := tx.Put(stock, []byte("pen"), []byte(count)); err != nil {
			log.Fatal(err)
		}
		if err := tx.Commit(); err != nil {
			log.Fatal(err)
		}
	}
	var seen int64 // kept with what the consumer makes of the events
	for ev, err := range db.Changes(ctx, xadb.From(seen), xadb.UntilNow()) {
		if err != nil {
			log.Fatal(err)
		}
		for _, c := range ev.Changes {
			fmt.Printf("%d: %s %s %q, before %q\n", ev.Index, c.Table, c.Key, c.After, c.Before)
		}
		seen = ev.Index
	}
	// Output:
	// 3: stock pen "3", before ""
	// 4: stock pen "2", before "3"
}
