package disk

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// startRoom is how much is kept for a start.
func (r *rig) startRoom() int64 {
	return r.fs.readSize("s/" + StartName)
}

// TestStartRoom: on a disk without a free byte, whose ballast is gone, a start has
// room of its own, once, and as much of it is there for the next one as leaves the
// store half of what is free.
func TestStartRoom(t *testing.T) {
	const room = ballastSize / 2
	r := newRig(t)
	r.fs.Keep()
	r.fs.Started()
	if got := r.startRoom(); got != room {
		t.Fatalf("%d bytes for a start", got)
	}
	f := r.create("s/f")
	r.eat(0)
	if n, err := f.Write(make([]byte, 2*ballastSize)); !IsFull(err) || n != ballastSize || r.startRoom() != room {
		t.Fatalf("a store that has started wrote %d bytes: %v; %d for a start", n, err, r.startRoom())
	}
	for start := range 3 {
		r.disk = r.disk.Restart()
		r.start()
		before := r.fs.Free()
		r.must(r.create(fmt.Sprint("s/g", start)).Close())
		g := r.create(fmt.Sprint("s/h", start))
		if _, err := g.Write(make([]byte, int(before)+100)); err != nil {
			t.Fatalf("start %d, on a disk with %d bytes: %v", start, before, err)
		}
		if r.startRoom() != 0 {
			t.Error("the room is where it was")
		}
		free := r.fs.Free()
		r.fs.Keep()
		r.fs.Started()
		if got, left := r.startRoom(), r.fs.Free(); got == 0 || left < free/2 || !r.fs.Full() {
			t.Fatalf("start %d: %d bytes for the next, %d of %d free", start, got, left, free)
		}
	}
	r.must(r.fs.Remove("s/other"))
	if !r.fs.Refill() || r.startRoom() != room {
		t.Errorf("with room again: %d bytes for a start", r.startRoom())
	}
}

// TestStartRoomIsNotForTables: what can be written later does not take it.
func TestStartRoomIsNotForTables(t *testing.T) {
	r := newRig(t)
	r.fs.Keep()
	r.fs.Started()
	r.eat(0)
	r.must(r.create("s/table").Close())
	_, err := r.create("s/f").Write(make([]byte, ballastSize))
	r.must(err)
	r.disk = r.disk.Restart()
	r.start()
	table, err := r.fs.OpenReadWrite("s/table", vfs.WriteCategoryUnspecified)
	r.must(err)
	if _, err := r.fs.Modest(table).Write(make([]byte, 100)); !IsFull(err) || r.startRoom() == 0 {
		t.Errorf("a table wrote: %v; %d bytes for a start", err, r.startRoom())
	}
}

// TestStartRoomSizes: a start's room of another size is made again, without a
// ballast there is none.
func TestStartRoomSizes(t *testing.T) {
	r := newRig(t)
	r.fs.Keep()
	r.fs.Started()
	r.fs = New(r.disk.FS(), Options{Dir: "s", Ballast: ballastSize / 2, Logger: r.fs.o.Logger})
	r.fs.Adopt()
	r.fs.Keep()
	r.fs.Started()
	if got := r.startRoom(); got != ballastSize/4 {
		t.Errorf("%d bytes of a smaller ballast", got)
	}
	r = newRig(t)
	r.fs = New(r.disk.FS(), Options{Dir: "s", Ballast: -1})
	r.fs.Adopt()
	r.fs.Keep()
	r.fs.Started()
	if got := r.startRoom(); got != 0 {
		t.Errorf("%d bytes without a ballast", got)
	}
}

// TestShort: what a start may still use counts as free while it runs.
func TestShort(t *testing.T) {
	r := newRig(t)
	r.fs.Keep()
	r.fs.Started()
	if r.fs.Short(diskSize) {
		t.Error("a disk with room for the ballast is short")
	}
	r.eat(0)
	_, err := r.create("s/f").Write(make([]byte, ballastSize-10))
	r.must(err)
	if r.fs.Short(10) || !r.fs.Short(11) {
		t.Error("10 bytes are free")
	}
	r.disk = r.disk.Restart()
	r.start()
	_, err = r.create("s/g").Write(make([]byte, 10))
	r.must(err)
	r.fs.Keep() // finds the disk full
	if r.fs.Short(ballastSize/2) || !r.fs.Short(ballastSize/2+1) {
		t.Error("a start may use up what is kept for it")
	}
}

// TestStartRoomSyncs: a failed sync of it is told.
func TestStartRoomSyncs(t *testing.T) {
	for _, rule := range []string{"sync *.START", "dirsync s"} {
		r := newRig(t)
		r.fs.Keep()
		r.inject(rule)
		r.fs.Started()
		if len(r.failed) != 1 || !strings.Contains(r.failed[0], "s") {
			t.Errorf("%s: told %v", rule, r.failed)
		}
	}
}
