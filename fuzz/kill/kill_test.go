package kill

import (
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// build makes the command once for a test.
func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "xadb")
	if out, err := exec.Command("go", "build", "-o", binary, "../../cmd/xadb").CombinedOutput(); err != nil {
		t.Fatalf("building the command: %v\n%s", err, out)
	}
	return binary
}

// TestRounds kills a real server at random moments, at failpoints under
// traffic and in recovery.
func TestRounds(t *testing.T) {
	const rounds = 6
	seed := uint64(time.Now().UnixNano())
	rep, err := Run(t.Context(), Options{Rounds: rounds, Seed: seed, Binary: build(t), Dir: t.TempDir(), Out: t.Output()})
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	for _, what := range rep.Violations {
		t.Errorf("seed %d: %s", seed, what)
	}
	if rep.Rounds != rounds || rep.Acks < rounds*50 || rep.Recoveries < rounds {
		t.Errorf("%+v", rep)
	}
	t.Logf("%d failpoints not passed: %v", len(rep.Unreached), rep.Unreached)
}
