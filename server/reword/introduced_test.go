package reword

import "testing"

// TestIntroduced: literals say of which character set they are where operands stand, and
// nowhere else; the way back leads to their words.
func TestIntroduced(t *testing.T) {
	for _, c := range []struct{ text, part, all string }{
		{"SELECT 'é'", "SELECT _latin1/**/x'E9'", ""},
		{"SELECT 'a', 'b' 'é', N'é', _utf8mb4'é'", "SELECT 'a', _latin1/**/x'62E9', N'é', _utf8mb4'é'", "SELECT _latin1'a', _latin1/**/x'62E9', N'é', _utf8mb4'é'"},
		{"SELECT a 'é', b AS 'é', a->'$.é'", "", ""},
		{"GROUP_CONCAT(a, 'é' SEPARATOR 'é')", "GROUP_CONCAT(a, _latin1/**/x'E9' SEPARATOR 'é')", ""},
		{"JSON_TABLE(a, '$.é' COLUMNS (x INT PATH '$.é'))", "", ""},
		{"a LIKE 'é' ESCAPE 'é'", "a LIKE _latin1/**/x'E9' ESCAPE 'é'", ""},
		{"concat(`é`,'')", "", "concat(`é`,_latin1'')"},
		{"'é", "", ""},
	} {
		if c.part == "" {
			c.part = c.text
		}
		if c.all == "" {
			c.all = c.part
		}
		if got := Introduced(c.text, "latin1", false); got != c.part {
			t.Errorf("%s: %s", c.text, got)
		}
		if got := Introduced(c.text, "latin1", true); got != c.all {
			t.Errorf("all of %s: %s", c.text, got)
		}
		if got := Introduced(c.text, "utf8mb4", true); got != c.text {
			t.Errorf("%s in UTF-8: %s", c.text, got)
		}
	}
	for text, want := range map[string]string{"_latin1/**/x'E9'": "é", "concat(_latin1/**/x'27E9', _latin1 x'E9')": "concat('''é', _latin1 x'E9')", "_q/**/x'E9'": "_q/**/x'E9'",
		"_latin1  X'E9'": "é", "hex(_latin1  X'E9')": "hex(_latin1'é')", "_binary  X'E9'": "_binary  X'E9'", "_latin1 X'E9'": "_latin1 X'E9'",
	} {
		if got := AsIntroduced(text); got != want {
			t.Errorf("%s: %s", text, got)
		}
	}
}
