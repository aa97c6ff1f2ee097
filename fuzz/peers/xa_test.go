package peers

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

// xaPeer says who runs the scripts: "mysql" is the MySQL 9 of scripts/mysql9.sh,
// and with -rewrite its answers are recorded. Anything else is xadb.
const xaPeer = "XADB_XA_PEER"

const xaDivergences = "testdata/xa_divergences"

// The scripts in testdata/xa hold what a MySQL 9 has answered, and xadb answers
// the same but for what testdata/xa_divergences lists. "a: statement" runs a
// statement in session a, "&a: statement" beside the next lines, whose answer is
// printed by the line "&a". "a: prepared statement" uses the binary protocol,
// "a: close" ends a session, "kill" kills the server and starts it again, and
// "reset" begins with an empty database.
func TestXAScripts(t *testing.T) {
	known := readDivergences(t)
	var server xaServer
	onMySQL := os.Getenv(xaPeer) == "mysql"
	if onMySQL {
		server = newMySQL(t)
	} else {
		server = newXADB(t)
	}
	statements := 0
	datadriven.Walk(t, "testdata/xa", func(t *testing.T, path string) {
		run := newXAScript(t, server)
		run.reset()
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			var out strings.Builder
			expected := strings.Split(d.Expected, "\n")
			for i, line := range strings.Split(d.Input, "\n") {
				statements++
				got := run.line(line)
				if !onMySQL && i < len(expected) {
					got = known.settle(filepath.Base(path), expected[i], got)
				}
				fmt.Fprintln(&out, got)
			}
			return out.String()
		})
		run.reset()
	})
	if statements < 500 {
		t.Errorf("only %d statements were run", statements)
	}
	if !onMySQL && !t.Failed() {
		known.allUsed(t)
	}
}

// divergences are the answers of xadb that are not MySQL's, by script and
// MySQL's line.
type divergences map[[2]string]*divergence

type divergence struct {
	ours string
	used bool
}

// readDivergences reads paragraphs of a reason ("# ..."), then for each line
// the script's name, what MySQL answers, and what xadb answers after "=>".
func readDivergences(t *testing.T) divergences {
	t.Helper()
	f, err := os.Open(xaDivergences)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	list := divergences{}
	reason := false
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := lines.Text()
		if line == "" || strings.HasPrefix(line, "#") {
			reason = line != ""
			continue
		}
		script, rest, _ := strings.Cut(line, " | ")
		theirs, ours, ok := strings.Cut(rest, " => ")
		if !ok || !reason {
			t.Fatalf("%s: a line without its reason or without an answer: %s", xaDivergences, line)
		}
		list[[2]string{script, theirs}] = &divergence{ours: ours}
	}
	return list
}

// settle is the expected line in place of a listed answer.
func (l divergences) settle(script, expected, got string) string {
	d := l[[2]string{script, expected}]
	if d == nil {
		return got
	}
	statement, _, _ := strings.Cut(expected, " -> ")
	if got != statement+" -> "+d.ours {
		return got
	}
	d.used = true
	return expected
}

func (l divergences) allUsed(t *testing.T) {
	t.Helper()
	for key, d := range l {
		if !d.used {
			t.Errorf("%s: %s: %q is not answered %q any more; strike it from %s", key[0], key[1], key[1], d.ours, xaDivergences)
		}
	}
}
