package exec

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/reword"
)

// ReadSQL parses a text with the words of package reword, too. The places in what it
// gives are the text's, and so are the names of columns. Its error is a *mysqlerr.Error.
func ReadSQL(text string) (sqlparser.Statement, error) {
	if f, is := reword.SplitFilling(text); is {
		return readFilling(f)
	}
	words, places, err := reword.SQL(text)
	if err != nil {
		return nil, err
	}
	tree, err := parse(words)
	if err != nil {
		q := quoteNames(words, places, err)
		if q.err != nil {
			if chained, ok := readChained(text); ok {
				q = chained
			}
		}
		words, places, tree, err = q.words, q.places, q.tree, q.err
	}
	switch {
	case mysqlerr.Is(err, mysqlerr.EmptyQuery):
		return nil, mysqlerr.New(mysqlerr.EmptyQuery)
	case err != nil:
		if what := lockingLeft.FindStringSubmatch(text); what != nil {
			return nil, unsupported("FOR " + strings.ToUpper(what[1]+" "+what[2]))
		}
		return nil, syntaxError(text, places, err)
	case !places.Same() || commaApart(words):
		putBack(tree, text, places)
	}
	keepViewNames(tree, words)
	joinLists(tree)
	plainOperands(tree, text)
	return tree, nil
}

// readChained parses a text whose comparisons or joins follow each other, or whose columns
// have several CHECKs; ok is false if the parser refuses it all the same.
func readChained(text string) (q quoting, ok bool) {
	words, places, err := reword.Chained(reword.ColumnChecks(text))
	if err != nil {
		return q, false
	}
	tree, err := parse(words)
	if err != nil {
		q = quoteNames(words, places, err)
		return q, q.err == nil
	}
	return quoting{words: words, places: places, tree: tree}, true
}

// parse calls the parser, whose panics are syntax errors too.
func parse(words string) (tree sqlparser.Statement, err error) {
	defer func() {
		if r := recover(); r != nil {
			tree, err = nil, mysqlerr.New(mysqlerr.ParseError, fmt.Sprintf("the parser gave up: %v", r))
		}
	}()
	tree, err = sqlparser.Parse(words)
	switch {
	case errors.Is(err, sqlparser.ErrEmpty):
		err = mysqlerr.Wrap(err, mysqlerr.EmptyQuery)
	case err == nil:
		sizedTexts(tree)
	}
	return tree, err
}

// putBack makes the places in a tree those of the text that was sent.
func putBack(tree sqlparser.Statement, text string, places reword.Map) {
	if _, load := tree.(*sqlparser.Load); load {
		return // it has none, and cannot be walked
	}
	visit := func(n sqlparser.SQLNode) (bool, error) {
		if e, is := n.(*sqlparser.AliasedExpr); is && e.EndParsePos > e.StartParsePos {
			e.StartParsePos, e.EndParsePos = places.Old(e.StartParsePos), min(places.Old(e.EndParsePos), len(text))
			if e.InputExpression != "" && e.EndParsePos > e.StartParsePos {
				e.InputExpression = columnName(text[e.StartParsePos:e.EndParsePos])
			}
		}
		return true, nil
	}
	if d, is := tree.(*sqlparser.DDL); is {
		if d.SubStatementPositionEnd > 0 {
			d.SubStatementPositionStart = places.Old(d.SubStatementPositionStart)
			d.SubStatementPositionEnd = min(places.Old(d.SubStatementPositionEnd), len(text))
		}
		if d.ViewSpec != nil {
			_ = Walk(visit, d.ViewSpec.ViewExpr) // the visitor has no errors
		}
	}
	_ = Walk(visit, tree)
}

// commaApart reports whether a comma may stand apart from what is before it: the parser
// takes it for the beginning of the next column's text.
func commaApart(words string) bool {
	for i := 1; i < len(words); i++ {
		if words[i] != ',' {
			continue
		}
		switch words[i-1] {
		case ' ', '\n', '\t', '\r', '\f', '\v', '/':
			return true
		}
	}
	return false
}

// columnName is that of a column without an alias: its text, of a string alone what
// is in it.
func columnName(text string) string {
	if comma := lex.New(text).Next(); comma.Is(",") {
		text = text[comma.End:]
	}
	text = strings.Trim(text, " \n\t\r")
	if l := lex.New(text); l.Next().Kind == lex.String && l.Next().Kind == lex.EOF {
		return text[1 : len(text)-1]
	}
	return text
}

var errorPosition = regexp.MustCompile(`at position (\d+)(?: near '?([^']*)'?)?`)

const (
	nearMax   = 80 // bytes of the text that a syntax error shows
	seeManual = "check the manual that corresponds to your MySQL server version for the right syntax to use near '%s' at line %d"
)

// syntaxError words the parser's error as MySQL does: the text from the token
// it stopped at.
func syntaxError(sql string, places reword.Map, cause error) error {
	near, line := "", 1+strings.Count(sql, "\n")
	if m := errorPosition.FindStringSubmatch(cause.Error()); m != nil {
		at, err := strconv.Atoi(m[1])
		at = min(places.Old(max(at-1, 0)), len(sql))
		if err == nil {
			start := max(at-len(m[2]), 0)
			near, line = sql[start:], 1+strings.Count(sql[:start], "\n")
		}
	}
	if len(near) > nearMax {
		near = near[:nearMax]
	}
	return mysqlerr.Wrap(cause, mysqlerr.ParseError, fmt.Sprintf(seeManual, strings.ToValidUTF8(near, "?"), line))
}
