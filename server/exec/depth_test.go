package exec

import (
	"strings"
	"testing"
)

// A number of a megabyte is no deep expression; a megabyte of signs may be.
func TestDepthOfLongWords(t *testing.T) {
	if err := checkDepth("INSERT INTO t VALUES (0x" + strings.Repeat("AB", 1<<20) + ")"); err != nil {
		t.Error(err)
	}
	if err := checkDepth("SELECT " + strings.Repeat("-", depthMax+10) + "1"); err == nil {
		t.Error("a deep expression is let through")
	}
}
