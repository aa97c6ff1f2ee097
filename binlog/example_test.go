package binlog_test

import (
	"fmt"
	"io"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/internal/clock"
)

// A transaction collects its rows, goes through the log, and is listed when
// the log is opened again.
func Example() {
	uuid, _ := binlog.ParseUUID("3e11fa47-71ca-11e1-9e33-c80aa9429562")
	options := binlog.Options{
		FS:         vfs.NewMem(),
		Clock:      clock.NewManual(time.Unix(1, 0)),
		ServerUUID: uuid,
	}
	log, err := binlog.Open("log", options, binlog.Pos{}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	table := &binlog.Table{ID: 16, DB: "shop", Name: "orders", PrimaryKey: []int{0}, Columns: []binlog.Column{
		{Name: "id", Type: binlog.TypeLongLong},
		{Name: "note", Type: binlog.TypeVarchar, Length: 80, Nullable: true, Collation: binlog.CollationUTF8MB4},
	}}
	cache := binlog.NewCache(0)
	err = cache.AddRows(table, binlog.WriteRows, []binlog.RowChange{{After: []binlog.Value{int64(1), []byte("hello")}}})
	fmt.Println("rows:", err)

	fmt.Println("start:", log.Start())
	end, seq, err := log.Append(&binlog.PendingGroup{Kind: binlog.DML, Cache: cache, InternalXID: 42})
	fmt.Println("appended up to", end, err)
	fmt.Println("durable:", log.Flush(), log.Sync())
	log.Committed(seq, end)
	fmt.Println(log.ExecutedGTIDs())
	fmt.Println("closed:", log.Close())

	_, err = binlog.Open("log", options, binlog.Pos{}, func(g binlog.Group) error {
		fmt.Println("found:", g.Kind, g.InternalXID, g.GTID)
		return nil
	})
	fmt.Println("opened:", err)
	// Output:
	// rows: <nil>
	// start: <nil>
	// appended up to binlog.000001:456 <nil>
	// durable: <nil> <nil>
	// 3e11fa47-71ca-11e1-9e33-c80aa9429562:1
	// closed: <nil>
	// found: dml 42 3e11fa47-71ca-11e1-9e33-c80aa9429562:1
	// opened: <nil>
}

// A Describer lists a file's events.
func ExampleDescriber() {
	fs := vfs.NewMem()
	log, err := binlog.Open("log", binlog.Options{FS: fs, Clock: clock.NewManual(time.Unix(0, 0)), AnonymousGTID: true}, binlog.Pos{}, nil)
	if err == nil {
		err = log.Start()
	}
	if err == nil {
		err = log.Close()
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := binlog.OpenReader(fs, "log/binlog.000001")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	var d binlog.Describer
	for {
		ev, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%q\n", d.Describe(ev))
	}
	// Output:
	// "4\t1970-01-01 00:00:00\tserver 1\tend 126\tFormat_desc\tversion \"8.0.36-xadb\" in_use=false"
	// "126\t1970-01-01 00:00:00\tserver 1\tend 157\tPrevious_gtids\t"
	// "157\t1970-01-01 00:00:00\tserver 1\tend 180\tStop\t"
}
