package status_test

import (
	"context"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/xadb/xadb/server/status"
)

var (
	metricName = regexp.MustCompile(`\bxadb_[a-z0-9_]+`)
	ruleLine   = regexp.MustCompile(`^(groups:|  - name: \w+|    rules:|      - alert: Xadb\w+|        (expr|for|labels|annotations): ?.*|          summary: .+|#.*)$`)
)

// The dashboard and the alerts name metrics that there are.
func TestObservability(t *testing.T) {
	s := newStatus(t, status.Options{})
	_, db := serve(t, s)
	c, err := db.Conn(context.Background())
	must(t, err)
	defer c.Close()
	_, types := scrape(t, s)
	for _, e := range append(dashboard(t), alerts(t)...) {
		names := metricName.FindAllString(e, -1)
		if len(names) == 0 {
			t.Errorf("%s: no metric", e)
		}
		if strings.Count(e, "(") != strings.Count(e, ")") {
			t.Errorf("%s: parentheses", e)
		}
		for _, name := range names {
			base := strings.TrimSuffix(name, "_bucket")
			if types[base] == "" || (base != name) != (types[base] == "histogram") {
				t.Errorf("%s: there is no %s", e, name)
			}
			if rated := strings.Contains(e, "rate(") || strings.Contains(e, "increase("); types[base] == "gauge" == rated {
				t.Errorf("%s: %s is a %s", e, name, types[base])
			}
		}
	}
}

func dashboard(t *testing.T) (exprs []string) {
	t.Helper()
	text, err := os.ReadFile("../../observability/grafana.json")
	must(t, err)
	var d struct {
		Title  string
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	must(t, json.Unmarshal(text, &d))
	for _, p := range d.Panels {
		if p.Title == "" || len(p.Targets) == 0 {
			t.Errorf("an empty panel: %+v", p)
		}
		for _, target := range p.Targets {
			exprs = append(exprs, target.Expr)
		}
	}
	return exprs
}

// alerts reads the part of YAML that the rules are written in.
func alerts(t *testing.T) (exprs []string) {
	t.Helper()
	text, err := os.ReadFile("../../observability/alerts.yml")
	must(t, err)
	rules := 0
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if !ruleLine.MatchString(line) {
			t.Errorf("not a line of a rule: %q", line)
		}
		if strings.HasPrefix(line, "      - alert:") {
			rules++
		}
		if e, ok := strings.CutPrefix(line, "        expr: "); ok {
			exprs = append(exprs, e)
		}
	}
	if rules == 0 || rules != len(exprs) {
		t.Errorf("%d rules with %d expressions", rules, len(exprs))
	}
	return exprs
}
