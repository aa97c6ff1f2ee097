package engine

import (
	"fmt"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// TestRecentWritesModel: the table never calls a changed key unchanged, nor an
// unchanged one changed; what it has forgotten, it says it does not know.
func TestRecentWritesModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := newRecentWrites(rapid.IntRange(1, 8).Draw(t, "slots"))
		last := map[string]uint64{}
		keys := rapid.Map(rapid.IntRange(0, 12), func(n int) string { return fmt.Sprint("key", n) })
		for number := uint64(1); number < 40; number++ {
			key := keys.Draw(t, "key")
			r.noteKey([]byte(key), number)
			last[key] = number
			asked, since := keys.Draw(t, "asked"), rapid.Uint64Range(0, number).Draw(t, "since")
			got := r.since([]byte(asked), since)
			if got == hasChanged && last[asked] <= since || got == unchanged && last[asked] > since {
				t.Fatalf("%s since %d: %d, but it changed at %d", asked, since, got, last[asked])
			}
			if asked == key && got == unknown {
				t.Fatalf("%s changed last, and is forgotten", asked)
			}
		}
	})
}

// TestRecentWritesRace: while other keys push a key out of its slot, its reader
// hears that it has changed, or that nobody knows.
func TestRecentWritesRace(t *testing.T) {
	r := newRecentWrites(1)
	key := []byte("mine")
	for round := uint64(0); round < 200; round++ {
		r.noteKey(key, round*1000+10)
		var writer sync.WaitGroup
		writer.Go(func() {
			for i := uint64(0); i < 20; i++ {
				r.noteKey(fmt.Append(nil, i), round*1000+11+i)
			}
		})
		for range 20 {
			if got := r.since(key, round*1000+5); got == unchanged {
				t.Fatal("the change is lost")
			}
			if got := r.since(key, round*1000+10); got == hasChanged {
				t.Fatal("another key's change is taken for this one's")
			}
		}
		writer.Wait()
	}
}
