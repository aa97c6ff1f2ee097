package exec

import (
	"strings"
	"testing"
)

// Each level of an expression keeps its text for errors: a bounded one, or a
// sum of 50000 numbers holds its length squared, 14 GiB.
func TestDeepExpressionKeepsShortTexts(t *testing.T) {
	c := newServer(t).session("a")
	sql := "SELECT 18446744073709551615" + strings.Repeat("+0", 2000) + "+1"
	_, err := c.run(sql)
	if err == nil {
		t.Fatal("no error")
	}
	if got := err.Error(); !strings.Contains(got, "out of range") || len(got) > 4*operandTextMax {
		t.Errorf("%d bytes: %.200s", len(got), got)
	}
}
