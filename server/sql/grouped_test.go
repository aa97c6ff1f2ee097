package sql

import (
	"cmp"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

// S13: what testdata/grouped says, MySQL 9 has answered, but for what is refused.
func TestS13_SubqueriesAmongGroups(t *testing.T) { runScript(t, "testdata/grouped") }

// What testdata/groups says, MySQL 9 has answered.
func TestGroupsAndWindows(t *testing.T) { runScript(t, "testdata/groups") }

func runScript(t *testing.T, path string) {
	s := open(t)
	datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
		var out []string
		for _, query := range strings.Split(d.Input, "\n") {
			r, err := s.run(t.Context(), query)
			if err != nil {
				out = append(out, err.Error())
				continue
			}
			out = append(out, cmp.Or(resultText(r), "no rows"))
		}
		return strings.Join(out, "\n")
	})
}
