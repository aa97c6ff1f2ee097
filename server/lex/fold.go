package lex

import "strings"

// ContainsFold reports whether a text has a word of lower case letters in it, in any
// case and anywhere.
func ContainsFold(text, word string) bool {
	for i := 0; i+len(word) <= len(text); i++ {
		if text[i]|0x20 == word[0] && strings.EqualFold(text[i:i+len(word)], word) {
			return true
		}
	}
	return false
}
