package reword

import "testing"

// Two minus signs are a comment only before a space: v --5 adds five.
func TestTwoMinuses(t *testing.T) {
	for sql, want := range map[string]string{
		"5--3":                "5- -3",
		"5 ---3":              "5 - - -3",
		"'--3' \"--3\" `--3`": "'--3' \"--3\" `--3`",
		"1 -- 5--3\n--4":      "1 -- 5--3\n- -4",
		"1 --\t'\n--4 --":     "1 --\t'\n- -4 --",
		"1 /* --2 */ # --3":   "1 /* --2 */ # --3",
		"'it''s' --1 'a\\'--": "'it''s' - -1 'a\\'--",
	} {
		if got := partMinuses(sql); got != want {
			t.Errorf("%q: %q, want %q", sql, got, want)
		}
	}
}
