package lex

import (
	"strings"
	"testing"
)

func TestLike(t *testing.T) {
	tests := []struct {
		pattern, s string
		want       bool
	}{
		{"", "", true}, {"", "a", false}, {"%", "", true}, {"a%", "ABC", true}, {"%c", "abc", true}, {"a_c", "abc", true},
		{"a_c", "ac", false}, {`a\_c`, "a_c", true}, {`a\_c`, "abc", false}, {"%b%d%", "abcd", true}, {"%b%b%", "abcd", false},
		{strings.Repeat("%a", 30), strings.Repeat("a", 29) + "b", false},
	}
	for _, tt := range tests {
		if got := Like(tt.pattern, tt.s); got != tt.want {
			t.Errorf("Like(%q, %q) = %v", tt.pattern, tt.s, got)
		}
	}
}
