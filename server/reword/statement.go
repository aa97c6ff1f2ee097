package reword

import "github.com/xadb/xadb/server/mysqlerr"

// Plain is a statement in forms that the parser knows.
type Plain struct {
	Text     string
	View     ViewChange
	Warnings []*mysqlerr.Error
	// Dates leads from the casts that stand for literals of dates back to these, in pairs.
	Dates []string
}

// Clauses writes what a statement about tables or indexes says in clauses that the parser
// knows, and gives what it says of how. Its error is a *mysqlerr.Error.
func Clauses(sql string) (string, Method, error) {
	sql, m, err := plainClauses(sql)
	if err != nil {
		return "", m, err
	}
	return separateOptions(sql), m, nil
}

// Statement writes a statement in forms that the parser, and SQL, know. Its error is a
// *mysqlerr.Error.
func Statement(sql string) (p Plain, err error) {
	text, view := plainView(plainTrigger(sql))
	text = plainViewQuery(text)
	p.View = view
	if text, p.Warnings, err = plainText(plainForms(plainKeyParts(text))); err != nil {
		return Plain{}, err
	}
	if text, p.Dates, err = plainDates(plainJSONValue(text)); err != nil {
		return Plain{}, err
	}
	if text, err = plainDefinition(text); err != nil {
		return Plain{}, err
	}
	p.Text, _ = References(text)
	return p, nil
}

// plainText is a statement in the parser's words, but for dates and definitions.
func plainText(sql string) (string, []*mysqlerr.Error, error) {
	text, err := plainOver(RollupWords(plainBraces(partMinuses(sql))))
	if err != nil {
		return "", nil, err
	}
	text, notes, err := plainModifiers(text)
	return plainFilling(plainHints(text)), notes, err
}

func unsupported(what string) error { return mysqlerr.New(mysqlerr.NotSupportedYet, what) }
