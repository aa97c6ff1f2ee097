package lint

import (
	"errors"
	"os/exec"
	"strings"
	"testing"
)

// TestEmbeddedDependencies holds what a program that imports the engine has to
// compile: neither a wire protocol, nor an SQL engine, nor a client of some
// other server.
func TestEmbeddedDependencies(t *testing.T) {
	cmd := exec.Command("go", "list", "-deps", ".", "./engine", "./tclog")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderrOf(err))
	}
	deps := strings.Fields(string(out))
	if len(deps) < 10 {
		t.Fatalf("go list named only %d packages", len(deps))
	}
	for _, dep := range deps {
		for _, refused := range []string{
			"github.com/go-mysql-org/", "github.com/go-sql-driver/", "github.com/redis/", "go.etcd.io/",
			"github.com/dolthub/", "github.com/spf13/",
			module + "/server", module + "/fuzz", module + "/cmd", module + "/bench",
		} {
			if strings.HasPrefix(dep, refused) {
				t.Errorf("whoever imports the engine compiles %s", dep)
			}
		}
	}
}

func stderrOf(err error) string {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return string(exit.Stderr)
	}
	return ""
}
