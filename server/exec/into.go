package exec

import (
	"strings"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/reword"
)

// takeInto takes INTO @a, @b off a query, wherever it stands there: they are the
// variables' names, in lower case.
func takeInto(sql string) (text string, variables []string, err error) {
	if first := lex.New(sql).Next(); !first.Is("(") && !reword.BeginsQuery(first) || !lex.ContainsFold(sql, "into") {
		return sql, nil, nil
	}
	list, depth := lex.All(sql), 0
	for i, t := range list {
		switch {
		case t.Is("("):
			depth++
		case t.Is(")"):
			depth--
		case depth == 0 && t.Is("INTO"):
			return intoVariables(sql, list, i)
		}
	}
	return sql, nil, nil
}

// intoVariables reads what follows the INTO at i.
func intoVariables(sql string, list []lex.Token, i int) (string, []string, error) {
	from, end := list[i].Pos, 0
	var names []string
	for i++; i < len(list); i += 2 {
		t := list[i]
		if t.Kind != lex.UserVar {
			if names == nil && !list[0].Is("WITH") && (t.Kind == lex.Quoted || t.Kind == lex.Word && !t.Is("OUTFILE") && !t.Is("DUMPFILE")) {
				name, _ := t.Value()
				return "", nil, mysqlerr.New(mysqlerr.SPUndeclaredVar, name)
			}
			if names == nil {
				return sql, nil, nil // a file's name, or the INSERT of a WITH
			}
			return "", nil, lex.Error(sql, t.Pos)
		}
		name, _ := t.Value()
		names, end = append(names, strings.ToLower(name)), t.End
		if i+1 == len(list) || !list[i+1].Is(",") {
			break
		}
	}
	for _, t := range list[min(i+1, len(list)):] {
		if t.Is("INTO") {
			return "", nil, lex.Error(sql, t.Pos)
		}
	}
	if names == nil {
		return sql, nil, nil
	}
	return sql[:from] + " " + sql[end:], names, nil
}
