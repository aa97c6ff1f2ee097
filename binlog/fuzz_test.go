package binlog

import (
	"errors"
	"io"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// FuzzReader reads any bytes as a file, and any bytes as the bodies of events
// whose frames are right.
func FuzzReader(f *testing.F) {
	fs := vfs.NewMem()
	l := mustStart(f, testOptions(fs))
	allKinds(f, l, 1)
	c := NewCache(0)
	must(f, c.AddRows(wideTable, UpdateRows, []RowChange{{Before: wideRow(1), After: wideRow(2)}}))
	c.SetRowImage(MinimalImage)
	must(f, c.AddRows(wideTable, UpdateRows, []RowChange{{Before: wideRow(1), After: wideRow(2)}}))
	commit(f, l, &PendingGroup{Kind: DML, Cache: c, InternalXID: 50, Time: testTime})
	packed := &PendingGroup{Kind: DML, Cache: c, InternalXID: 51, Time: testTime}
	must(f, l.Pack(packed, CompressionLevelDefault))
	commit(f, l, packed)
	must(f, l.Close())
	whole := readFile(f, fs, closedFile)
	f.Add(whole, byte(0))
	f.Add(whole[:len(whole)/2], byte(0))
	r, err := OpenReader(fs, fs.PathJoin(testDir, closedFile))
	must(f, err)
	for {
		ev, err := r.Next()
		if err == io.EOF {
			break
		}
		must(f, err)
		f.Add(ev.Body(), byte(ev.Type))
	}
	f.Fuzz(func(t *testing.T, in []byte, typ byte) {
		file := in
		if typ != 0 {
			file = frame(typ, in)
		}
		fs := vfs.NewMem()
		must(t, fs.MkdirAll(testDir, 0o755))
		writeFile(t, fs, closedFile, file)
		writeFile(t, fs, "binlog.index", []byte(closedFile+"\n"))
		describeAll(t, fs)
		if _, err := Scan(testDir, testOptions(fs), Pos{}, nil); err != nil && !errors.Is(err, ErrCorrupt) {
			t.Fatalf("scan: %v", err)
		}
	})
}

// frame is a file with a head, the table map of wideTable and one event with
// that type and body.
func frame(typ byte, body []byte) []byte {
	file := []byte(Magic)
	for _, event := range [][]byte{
		appendFormatDescription(nil, "8.0.36", 0, FlagInUse),
		appendPreviousGTIDs(nil, &GTIDSet{}),
		appendTableMap(nil, wideTable),
		endEvent(append(beginEvent(nil, EventType(typ), 0), body...), 0),
	} {
		at := len(file)
		file = append(file, event...)
		sealEvent(file[at:], 1, 1, uint32(len(file)))
	}
	return file
}

func describeAll(t *testing.T, fs vfs.FS) {
	r, err := OpenReader(fs, fs.PathJoin(testDir, closedFile))
	var d Describer
	for err == nil {
		var ev Event
		if ev, err = r.Next(); err == nil {
			d.Describe(ev)
		}
	}
	if err != io.EOF && !errors.Is(err, errBadEvent) {
		t.Fatalf("reading: %v", err)
	}
}
