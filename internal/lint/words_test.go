package lint

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// The words are put together here so that this file passes its own test.
var (
	undone       = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b`)
	machinePaths = regexp.MustCompile(`(^|[^\w.])/(ho` + `me|ro` + `ot|wo` + `rk|Us` + `ers)/\w`)
)

// TestWords fails on work left undone, and on a path of somebody's machine, in
// any text file.
func TestWords(t *testing.T) {
	read := 0
	walk(t, func(p string) {
		content, err := os.ReadFile(filepath.Join(root, p))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.IndexByte(content, 0) >= 0 {
			return // not text
		}
		read++
		for i, line := range bytes.Split(content, []byte("\n")) {
			if undone.Match(line) {
				t.Errorf("%s:%d: work left undone: %s", p, i+1, line)
			}
			if machinePaths.Match(line) {
				t.Errorf("%s:%d: names a place on one machine: %s", p, i+1, line)
			}
		}
	})
	if read < 10 {
		t.Errorf("only %d files read: the walk is broken", read)
	}
}
