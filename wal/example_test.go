package wal_test

import (
	"fmt"
	"log/slog"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/wal"
)

// A record is in memory after Append, durable after Sync, and comes back after
// the process died.
func Example() {
	o := wal.Options{FS: vfs.NewMem(), Logger: slog.New(slog.DiscardHandler), SegmentSize: 64 << 10}
	l, err := wal.Open("wal", o)
	if err != nil {
		fmt.Println(err)
		return
	}
	lsn, err := l.Append(&wal.Record{Type: wal.TypePrepare, TxnID: 42, Body: []byte("move 10 from a to b")})
	if err == nil {
		err = l.Sync(lsn)
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	l.Abandon()

	l, err = wal.Open("wal", o)
	if err != nil {
		fmt.Println(err)
		return
	}
	err = l.Replay(0, func(r *wal.Record) error {
		fmt.Printf("%d %s txn %d: %s\n", r.LSN, r.Type, r.TxnID, r.Body)
		return nil
	})
	fmt.Println("epoch", l.Epoch(), err)
	fmt.Println(l.Close())
	// Output:
	// 8 PREPARE txn 42: move 10 from a to b
	// epoch 2 <nil>
	// <nil>
}
