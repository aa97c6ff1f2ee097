package fulltext

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The lengths of words that are found, in characters (MySQL's defaults of
// innodb_ft_min_token_size and innodb_ft_max_token_size).
const (
	WordMin = 3
	WordMax = 84
)

// stopwords are the words that are in no index (MySQL manual, INNODB_FT_DEFAULT_STOPWORD).
var stopwords = func() map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields("a about an are as at be by com de en for from how i in is it la of on or that the this to was what when where who will with und the www") {
		out[w] = true
	}
	return out
}()

func inWord(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r)
}

// nextWord is the first word of a text, whatever its length, and what is behind it.
func nextWord(text []byte) (word, rest []byte) {
	start := 0
	for start < len(text) {
		r, n := utf8.DecodeRune(text[start:])
		if inWord(r) {
			break
		}
		start += n
	}
	end := start
	for end < len(text) {
		r, n := utf8.DecodeRune(text[end:])
		if !inWord(r) {
			break
		}
		end += n
	}
	return text[start:end], text[end:]
}

// indexed reports whether a word is one that an index has.
func indexed(word []byte) bool {
	n := utf8.RuneCount(word)
	return n >= WordMin && n <= WordMax && !isStopword(word)
}

func isStopword(word []byte) bool { return stopwords[strings.ToLower(string(word))] }
