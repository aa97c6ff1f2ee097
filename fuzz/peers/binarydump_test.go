package peers

import (
	"bytes"
	"os/exec"
	"testing"
)

// What is dumped without a character set, each text as its own bytes, is loaded as that: the
// same rows.
func TestBinaryDumps(t *testing.T) {
	if !need(t, "mariadb", "mariadb-dump") {
		return
	}
	ours := serve(t).Addr
	mustExec(t, dial(t, ours, ""), "CREATE DATABASE shop", "CREATE DATABASE loaded")
	mustExec(t, dial(t, ours, "shop"), sets, setsRows)
	want := sums(t, ours, "shop")
	for _, args := range [][]string{{"--extended-insert"}, {"--skip-extended-insert"}, {"--hex-blob", "--complete-insert"}} {
		dump := mariadbDump(ours).run(t, append(args, "--default-character-set=binary", "shop")...)
		load := exec.CommandContext(t.Context(), "mariadb", append(reach(ours), "--default-character-set=binary", "--binary-mode", "loaded")...)
		load.Stdin = bytes.NewReader(dump)
		if out, err := load.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%.2000s", args, err, out)
		}
		sameRows(t, args[0], sums(t, ours, "loaded"), want)
	}
}
