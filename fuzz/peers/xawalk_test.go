package peers

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var xaGenerate = flag.Bool("generate", false, "write the random scripts of testdata/xa anew, to be recorded")

const (
	xaWalks     = 6
	walkBlocks  = 4
	blockLength = 30
)

// Random scripts are in testdata/xa as walk_N. Each is what xaWalk makes of N.
func TestXAWalks(t *testing.T) {
	for n := range uint64(xaWalks) {
		path := filepath.Join("testdata/xa", fmt.Sprintf("walk_%d", n+1))
		blocks := xaWalk(n + 1)
		if *xaGenerate {
			text := "# Random; made by go test -run TestXAWalks -generate.\n"
			for _, b := range blocks {
				text += "run\n" + b + "\n----\n\n"
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i, b := range blocks {
			if !strings.Contains(string(text), "run\n"+b+"\n----\n") {
				t.Errorf("%s: block %d is not what the generator makes; run it with -generate and record it", path, i)
			}
		}
	}
}

// xaWalk is blocks of random statements in two sessions over three branches.
// No two write the same row, so that nobody waits.
func xaWalk(seed uint64) []string {
	rng := rand.New(rand.NewPCG(seed, 7))
	var blocks []string
	for range walkBlocks {
		w := xaWalker{rng: rng, lines: []string{"reset"}}
		for range blockLength {
			w.step()
		}
		w.add("c", "XA RECOVER")
		w.add("c", "SELECT * FROM t ORDER BY k")
		blocks = append(blocks, strings.Join(w.lines, "\n"))
	}
	return blocks
}

type xaWalker struct {
	rng     *rand.Rand
	lines   []string
	current [2]string // the branch that each session has started last
	key     int
}

func (w *xaWalker) add(session, statement string) {
	w.lines = append(w.lines, session+": "+statement)
}

// xaForms are three branches in several spellings.
var xaForms = []string{"'g1'", "'g1',''", "'g1','',1", "'g2','b'", "X'6732','b',1", "'g2','b',0x1", "'g3','b',7", "0x6733,'b',7"}

func (w *xaWalker) step() {
	n := w.rng.IntN(2)
	session := string(rune('a' + n))
	x := w.current[n]
	if x == "" || w.rng.IntN(8) == 0 {
		x = xaForms[w.rng.IntN(len(xaForms))]
	}
	w.key++
	choices := []string{
		"XA START " + x, "XA START " + x, "XA BEGIN " + x, "XA START " + x + " JOIN", "XA START " + x + " RESUME",
		"XA END " + x, "XA END " + x, "XA END " + x, "XA END " + x + " SUSPEND",
		"XA PREPARE " + x, "XA PREPARE " + x, "XA PREPARE " + x,
		"XA COMMIT " + x, "XA COMMIT " + x, "XA COMMIT " + x + " ONE PHASE", "XA ROLLBACK " + x, "XA ROLLBACK " + x,
		fmt.Sprintf("INSERT INTO t VALUES (%d, %d)", 100+w.key, n), fmt.Sprintf("INSERT INTO t VALUES (%d, %d)", 100+w.key, n),
		"INSERT INTO t VALUES (1, 1)", // a duplicate
		"SELECT COUNT(*) FROM u", "XA RECOVER", "XA RECOVER CONVERT XID",
		"BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT s", "ROLLBACK TO s", "RELEASE SAVEPOINT s",
		"SET autocommit = 0", "SET autocommit = 1", "SELECT @@autocommit", "START TRANSACTION READ ONLY", "close",
	}
	statement := choices[w.rng.IntN(len(choices))]
	switch {
	case strings.HasPrefix(statement, "XA START"), strings.HasPrefix(statement, "XA BEGIN"):
		w.current[n] = x
	case statement == "close":
		w.current[n] = ""
		w.add(session, "SELECT 1") // there is something to close
	}
	w.add(session, statement)
}
