package xadb_test

import (
	"bytes"
	"context"
	"fmt"
	"log"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb"
	"github.com/xadb/xadb/xid"
)

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// A store, a table, a transaction that is tried again when it meets another
// one, and a read that waits for nobody.
func Example() {
	ctx := context.Background()
	db, err := xadb.OpenMem(ctx, xadb.Options{}) // or Open(ctx, "data", xadb.Options{})
	check(err)
	defer db.Close(ctx)
	accounts, err := db.Table(ctx, "accounts")
	check(err)

	err = db.Update(ctx, func(tx *xadb.Tx) error {
		if err := tx.Put(accounts, []byte("alice"), []byte("90")); err != nil {
			return err
		}
		return tx.Put(accounts, []byte("bob"), []byte("110"))
	})
	check(err)
	err = db.View(ctx, func(s *xadb.Snap) error {
		for row, err := range s.Scan(accounts, xadb.Range{}) {
			if err != nil {
				return err
			}
			fmt.Printf("%s: %s\n", row.Key, row.Value)
		}
		return nil
	})
	check(err)
	// Output:
	// alice: 90
	// bob: 110
}

// One row, read without a transaction.
func ExampleDB_Get() {
	ctx := context.Background()
	db, err := xadb.OpenMem(ctx, xadb.Options{})
	check(err)
	defer db.Close(ctx)
	accounts, err := db.Table(ctx, "accounts")
	check(err)
	check(db.Update(ctx, func(tx *xadb.Tx) error {
		return tx.Put(accounts, []byte("alice"), []byte("90"))
	}))

	val, ok, err := db.Get(ctx, accounts, []byte("alice"))
	check(err)
	fmt.Println(string(val), ok)
	// Output: 90 true
}

// A transfer is prepared, the machine loses power, and after the restart the
// coordinator's decision is carried out. The file system is one that can
// crash; a program leaves it out.
func Example_recover() {
	ctx := context.Background()
	disk := vfs.NewCrashableMem()
	db, err := xadb.Open(ctx, "bank", xadb.Options{FS: disk})
	check(err)
	accounts, err := db.Table(ctx, "accounts")
	check(err)
	tx, err := db.Begin(ctx, xadb.TxOptions{})
	check(err)
	check(tx.Put(accounts, []byte("alice"), []byte("90")))
	x, err := xid.New(1, []byte("transfer-42"), []byte("bank"))
	check(err)
	_, err = tx.Prepare(ctx, x) // durable from here on
	check(err)

	disk = disk.CrashClone(vfs.CrashCloneCfg{}) // everything unsynced is gone
	db, err = xadb.Open(ctx, "bank", xadb.Options{FS: disk})
	check(err)
	defer db.Close(ctx)
	for branch, err := range db.Recover(ctx) {
		check(err)
		fmt.Println("prepared:", branch.XID.SQL(), branch.Tables)
		check(db.CommitXID(ctx, branch.XID))
	}
	check(db.View(ctx, func(s *xadb.Snap) error {
		balance, _, err := s.Get(accounts, []byte("alice"))
		fmt.Println("alice:", string(balance))
		return err
	}))
	// Output:
	// prepared: 'transfer-42','bank' [xadb.accounts]
	// alice: 90
}

// Rows as Go values: the codec of the keys keeps their order, so a range of
// numbers is a range of rows.
func ExampleNewTable() {
	type User struct {
		Name    string
		Balance int
	}
	ctx := context.Background()
	db, err := xadb.OpenMem(ctx, xadb.Options{})
	check(err)
	defer db.Close(ctx)
	users, err := xadb.NewTable(ctx, db, "users", xadb.Uint64Key, xadb.JSON[User]())
	check(err)

	err = db.Update(ctx, func(tx *xadb.Tx) error {
		for id, name := range []string{"ann", "ben", "eve"} {
			if err := users.Put(tx, uint64(id), User{Name: name, Balance: 100 * id}); err != nil {
				return err
			}
		}
		return nil
	})
	check(err)
	err = db.View(ctx, func(s *xadb.Snap) error {
		for e, err := range users.Scan(s, users.Range(1, 100)) {
			if err != nil {
				return err
			}
			fmt.Println(e.Key, e.Value.Name, e.Value.Balance)
		}
		return nil
	})
	check(err)
	// Output:
	// 1 ben 100
	// 2 eve 200
}

// Keys of two parts: the orders of a customer are next to each other.
func ExamplePairKey() {
	ctx := context.Background()
	db, err := xadb.OpenMem(ctx, xadb.Options{})
	check(err)
	defer db.Close(ctx)
	type key = xadb.Pair[string, uint64]
	byCustomer := xadb.PairKey(xadb.StringKey, xadb.Uint64Key)
	orders, err := xadb.NewTable(ctx, db, "orders", byCustomer, xadb.StringValue)
	check(err)

	err = db.Update(ctx, func(tx *xadb.Tx) error {
		for k, v := range map[key]string{
			{First: "ann", Second: 10}: "tea", {First: "ann", Second: 9}: "bread", {First: "anna", Second: 1}: "salt",
		} {
			if err := orders.Put(tx, k, v); err != nil {
				return err
			}
		}
		return nil
	})
	check(err)
	err = db.View(ctx, func(s *xadb.Snap) error {
		for e, err := range orders.Scan(s, byCustomer.With("ann")) {
			if err != nil {
				return err
			}
			fmt.Println(e.Key.Second, e.Value)
		}
		return nil
	})
	check(err)
	// Output:
	// 9 bread
	// 10 tea
}

// A consumer mirrors the store and remembers how far it came, so that it can go
// on there after a restart, of either side.
func ExampleDB_Changes() {
	ctx := context.Background()
	db, err := xadb.OpenMem(ctx, xadb.Options{Binlog: true})
	check(err)
	defer db.Close(ctx)
	stock, err := db.Table(ctx, "stock")
	check(err)
	for _, count := range []string{"3", "2"} {
		check(db.Update(ctx, func(tx *xadb.Tx) error { return tx.Put(stock, []byte("pen"), []byte(count)) }))
	}
	var seen int64 // kept with what the consumer makes of the events
	for ev, err := range db.Changes(ctx, xadb.From(seen), xadb.UntilNow()) {
		check(err)
		for _, c := range ev.Changes {
			fmt.Printf("%d: %s %s %q, before %q\n", ev.Index, c.Table, c.Key, c.After, c.Before)
		}
		seen = ev.Index
	}
	// Output:
	// 3: stock pen "3", before ""
	// 4: stock pen "2", before "3"
}

// A store is backed up while it is open, and the backup becomes another store,
// in which the branch that was prepared can be decided.
func ExampleDB_Backup() {
	ctx := context.Background()
	fs := vfs.NewMem()
	db, err := xadb.Open(ctx, "bank", xadb.Options{FS: fs})
	check(err)
	defer db.Close(ctx)
	accounts, err := db.Table(ctx, "accounts")
	check(err)
	x, err := xid.New(1, []byte("transfer-43"), []byte("bank"))
	check(err)
	tx, err := db.Begin(ctx, xadb.TxOptions{})
	check(err)
	defer tx.Rollback()
	check(tx.Put(accounts, []byte("bob"), []byte("10")))
	_, err = tx.Prepare(ctx, x)
	check(err)

	var file bytes.Buffer // or an *os.File, or a connection
	_, err = db.Backup(ctx, &file, xadb.BackupOptions{})
	check(err)
	_, err = xadb.Restore(ctx, &file, "bank2", xadb.Options{FS: fs}, xadb.Point{})
	check(err)
	copied, err := xadb.Open(ctx, "bank2", xadb.Options{FS: fs})
	check(err)
	defer copied.Close(ctx)
	for branch, err := range copied.Recover(ctx) {
		check(err)
		fmt.Println("prepared in the copy:", branch.XID.SQL())
	}
	// Output: prepared in the copy: 'transfer-43','bank'
}

// Two stores of one process commit as one: the money leaves one and arrives in
// the other, or neither.
func ExampleCoordinator_Run() {
	ctx := context.Background()
	east, err := xadb.OpenMem(ctx, xadb.Options{})
	check(err)
	defer east.Close(ctx)
	west, err := xadb.OpenMem(ctx, xadb.Options{})
	check(err)
	defer west.Close(ctx)
	alice, err := xadb.NewTable(ctx, east, "accounts", xadb.StringKey, xadb.JSON[int]())
	check(err)
	bob, err := xadb.NewTable(ctx, west, "accounts", xadb.StringKey, xadb.JSON[int]())
	check(err)

	both, err := xadb.NewCoordinator(ctx, east, west) // after a crash: settles what was under way
	check(err)
	check(both.Run(ctx, func(txs []*xadb.Tx) error {
		if err := alice.Put(txs[0], "alice", 70); err != nil {
			return err
		}
		return bob.Put(txs[1], "bob", 30)
	}))
	for _, db := range []*xadb.DB{east, west} {
		accounts, err := xadb.NewTable(ctx, db, "accounts", xadb.StringKey, xadb.JSON[int]())
		check(err)
		check(db.View(ctx, func(s *xadb.Snap) error {
			for e, err := range accounts.Scan(s, xadb.Range{}) {
				check(err)
				fmt.Println(e.Key, e.Value)
			}
			return nil
		}))
	}
	// Output:
	// alice 70
	// bob 30
}
