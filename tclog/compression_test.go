package tclog

import (
	"fmt"
	"strings"
	"testing"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/fuzz/simdisk"
)

// TestCompressedCrash cuts the power after each operation of a run whose transactions
// are compressed in the binlog: what was committed is there, and the feed has just
// what the tables have.
func TestCompressedCrash(t *testing.T) { inModes(t, binlogs, compressedCrash) }

func compressedCrash(t *testing.T, m mode) {
	const rows = 5
	d := simdisk.New(simdisk.Options{Seed: 1, Scribble: true})
	l, err := Open(bg, "store", options(d.FS(), m))
	must(t, err)
	value := strings.Repeat("v", 1000)
	var committed [rows]int
	for i := range committed {
		txn := l.Begin()
		txn.SetCompression(binlog.CompressionLevelDefault)
		write(t, txn, fmt.Sprint("row", i), value)
		must(t, l.Commit(bg, txn))
		committed[i] = d.Ops()
	}
	if size := l.Binlog().DurablePos().Offset; size > rows*500 {
		t.Errorf("%d bytes", size)
	}
	l.Abandon()
	images := 0
	for k := 0; k <= d.Ops(); k++ {
		for _, c := range d.Choices(k, simdisk.Bounded(2)) {
			images++
			l, err := Open(bg, "store", options(d.CrashAt(k, c).FS(), m))
			if err != nil {
				t.Fatalf("crash at %d, %v: %v", k, c, err)
			}
			told := " " + feed(t, l, 0) + " "
			for i, at := range committed {
				row := fmt.Sprint("row", i)
				in := read(t, l, row) == value
				if at <= k && !in || in != strings.Contains(told, " "+row+" ") {
					t.Fatalf("crash at %d, %v: row %d is there: %t; the feed has%s", k, c, i, in, told)
				}
			}
			l.Abandon()
		}
	}
	t.Logf("%d operations, %d images", d.Ops(), images)
}
