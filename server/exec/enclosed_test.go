package exec

import "testing"

// What GENERATION_EXPRESSION has of MySQL 9.7.
func TestEnclosed(t *testing.T) {
	for expr, want := range map[string]string{
		"`a` + 1":                "(`a` + 1)",
		"abs(`a`)":               "abs(`a`)",
		"-(`a`)":                 "(-(`a`))",
		"abs(`a`) + abs(`b`)":    "(abs(`a`) + abs(`b`))",
		"(`a`) + (`b`)":          "((`a`) + (`b`))",
		"concat(`a`,upper(`b`))": "concat(`a`,upper(`b`))",
		"`a`":                    "`a`",
	} {
		if got := Enclosed(expr); got != want {
			t.Errorf("%s: %s, want %s", expr, got, want)
		}
	}
}
