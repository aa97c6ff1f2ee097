package server

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/reword"
	"github.com/xadb/xadb/server/types"
)

// sortedCharsets are the character sets by name.
func sortedCharsets() []types.Charset { return slices.Sorted(slices.Values(types.Charsets())) }

// sortedCollations are the collations by name.
func sortedCollations() []types.Collation {
	return slices.SortedFunc(slices.Values(types.Collations()), func(a, b types.Collation) int {
		return cmp.Compare(a.Name(), b.Name())
	})
}

func knownCharset(name string) bool { return defaultCollation(name) != "" }

func defaultCollation(cs string) string {
	_, c, ok := types.CharsetByName(cs)
	if !ok {
		return ""
	}
	return c.Name()
}

func knownCollation(name string) bool {
	_, ok := types.CollationByName(name)
	return ok
}

// A charsetOf is how a session's text comes and goes.
type charsetOf struct {
	client  types.Charset // that statements are written in
	results types.Charset // that results are wanted in; "" in UTF-8
	// literals is what literals are converted to, if that writes text in other bytes than UTF-8
	// or is no text (binary).
	literals types.Charset
	// unconverted: of results each column is wanted in its own character set, and a
	// definition's text in the one that it was written in.
	unconverted bool
	// bytes: and all are told to be bytes.
	bytes bool
	// raw: the client's literals are bytes of the set literals, the rest of its text is UTF-8.
	raw bool
}

func (s *session) charset() charsetOf {
	named := func(variable string) types.Charset {
		cs, _, ok := types.CharsetByName(s.value(sysVars[variable], false))
		if !ok || cs == types.CharsetUTF8MB4 || cs == types.CharsetBinary {
			return ""
		}
		return cs
	}
	out := charsetOf{client: named("character_set_client"), results: named("character_set_results")}
	switch s.value(sysVars["character_set_connection"], false) {
	case string(types.CharsetBinary):
		out.literals = types.CharsetBinary
	default:
		if out.literals = named("character_set_connection"); !out.literals.Recodes() {
			out.literals = ""
		}
	}
	out.raw = out.literals.Recodes() && s.value(sysVars["character_set_client"], false) == string(types.CharsetBinary)
	set := s.value(sysVars["character_set_results"], false)
	out.bytes = set == string(types.CharsetBinary)
	out.unconverted = set == "" || out.bytes
	return out
}

// decode is a client's text as UTF-8.
func (cs charsetOf) decode(text string) string {
	if !cs.client.Recodes() {
		return text
	}
	return string(cs.receive([]byte(text)))
}

// encode is the inverse of decode.
func (cs charsetOf) encode(text string) string {
	if !cs.client.Recodes() {
		return text
	}
	return string(cs.client.Encode([]byte(text)))
}

// receive is what a client sends as UTF-8. Where the connection's set is the client's, it
// may still be bytes that become of it.
func (cs charsetOf) receive(b []byte) []byte {
	if cs.literals == cs.client || cs.literals == types.CharsetBinary {
		return cs.client.Receive(b)
	}
	return cs.client.Decode(b)
}

// readLiterals is a statement whose literals, which came as bytes of the connection's set, are
// text.
func (cs charsetOf) readLiterals(sql string) string {
	if !cs.raw || types.CharsetASCII.Holds([]byte(sql)) {
		return sql
	}
	var out strings.Builder
	done := 0
	for _, t := range lex.All(sql) {
		if t.Kind == lex.String && !types.CharsetASCII.Holds([]byte(t.Text)) {
			out.WriteString(sql[done:t.Pos])
			out.Write(cs.literals.Receive([]byte(sql[t.Pos:t.End])))
			done = t.End
		}
	}
	return out.String() + sql[done:]
}

// introduced is a statement whose literals that name a character set, _binary'...' among
// them, are bytes: those that the client has sent, whatever its own set makes of them.
func (cs charsetOf) introduced(sql string) string {
	if cs.raw {
		return cs.readLiterals(sql)
	}
	if !cs.client.Recodes() || !strings.Contains(sql, "_") {
		return sql
	}
	var out strings.Builder
	done := 0
	for list, i := lex.All(sql), 1; i < len(list); i++ {
		if list[i].Kind != lex.String || !introduces(list[i-1]) {
			continue
		}
		first, whole := i, ""
		for ; i < len(list) && list[i].Kind == lex.String; i++ { // 'a' 'b' is 'ab'
			text, _ := list[i].Value()
			whole += text
		}
		if !types.CharsetASCII.Holds([]byte(whole)) {
			fmt.Fprintf(&out, "%s"+reword.SentMark+"X'%X'", strings.TrimRight(sql[done:list[first].Pos], " "), cs.client.Encode([]byte(whole)))
			done = list[i-1].End
		}
	}
	return out.String() + sql[done:]
}

// introduces reports whether a word is the name of a character set in front of a literal.
func introduces(t lex.Token) bool {
	name, is := strings.CutPrefix(t.Text, "_")
	return is && t.Kind == lex.Word && (knownCharset(strings.ToLower(name)) || strings.EqualFold(name, "utf8"))
}

// decodeParam is decode for text in parameters; nil if there is nothing to do.
func (cs charsetOf) decodeParam() func([]byte) []byte {
	if !cs.client.Recodes() {
		return nil
	}
	return cs.receive
}

// loginCharset obeys the collation that a client names when it logs in. One that is
// not known leaves the defaults, as in MySQL, and so does one that statements cannot be in.
func (s *session) loginCharset(id uint8) {
	c := types.Collation(id)
	if !c.Known() || c.Charset().BytesMin() > 1 {
		return
	}
	named := map[string]string{"collation_connection": c.Name()}
	for _, name := range []string{"character_set_client", "character_set_connection", "character_set_results"} {
		named[name] = string(c.Charset())
	}
	changed := false
	for name, value := range named {
		if s.value(sysVars[name], false) == value {
			continue
		}
		if s.vars == nil {
			s.vars = map[string]string{}
		}
		s.vars[name], changed = value, true
	}
	if changed {
		s.settings = decodeSettings(s)
	}
}
