package exec

import "testing"

// A sum of two minuses is no comment.
func TestMinusOfMinus(t *testing.T) {
	c := newServer(t).session("a")
	r := c.must("SELECT 5 --3")
	if got := cell(r.Rows[0][0], r.Columns[0]); got != "8" {
		t.Error(got)
	}
}
