package main

import (
	"fmt"
	"time"
)

// A site is where a store is to live, and what it shall hold.
type site struct {
	dir  string
	disk *disk
	rows int64 // that there are to be read

	serve []string // more flags for xadb serve
}

// A store is one open store on which one kind of operation is done.
type store interface {
	// run does operations until the slice ends and notes how long each took.
	// Many clients call it at once.
	run(*slice, *histogram) error
	close() error
}

// A syncCounter notes how long each sync took. A store that does not write
// through its disk may be one.
type syncCounter interface{ syncs() histogram }

// A together is a store whose clients are not ours: it runs all of them.
type together interface {
	runAll(clients int, length time.Duration) (turn, error)
}

// A server is a store in a process of its own.
type server interface {
	cpu() time.Duration
	rss() int64
}

// A grouper is a store that counts its commit groups.
type grouper interface{ groups() int64 }

// scanLen is how many rows a scan reads.
const scanLen = 100

// loadBatch is how many rows are loaded by one transaction.
const loadBatch = 1000

// load calls put for the rows of [0, n), some at a time.
func load(n int64, put func(from, to int64) error) error {
	for from := int64(0); from < n; from += loadBatch {
		if err := put(from, min(from+loadBatch, n)); err != nil {
			return err
		}
	}
	return nil
}

func checkValue(v []byte) error {
	if len(v) != valLen {
		return fmt.Errorf("a value of %d bytes, not %d", len(v), valLen)
	}
	return nil
}

func checkCount(n int) error {
	if n != scanLen {
		return fmt.Errorf("a scan of %d rows, not %d", n, scanLen)
	}
	return nil
}
