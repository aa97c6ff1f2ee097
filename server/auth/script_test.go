package auth

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

// A script runs statements about accounts:
//
//	run as=user@host db=d     one statement a line: its text in the binary log, or its error
//	grants                    SHOW GRANTS of everybody
//	may as=user@host          level and privileges a line: who may what
//
// With roles, whoever it is has made all roles active.
type script struct {
	t        *testing.T
	accounts *Accounts
}

func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		root := &Account{Name: Name{"root", Localhost}, Plugin: SHA2, Grants: Grants{Global: All | GrantOption}}
		s := &script{t, New(bytes.NewReader(bytes.Repeat([]byte("abcdefghijklmnopqrst"), 1000)))}
		s.accounts.Publish([]*Account{root})
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			name := Name{"root", Localhost}
			if d.HasArg("as") {
				var text string
				d.ScanArgs(t, "as", &text)
				name.User, name.Host, _ = strings.Cut(text, "@")
			}
			known := new(Known)
			if d.HasArg("roles") {
				known.SetRoles(ChooseAll())
			}
			who := s.accounts.Rights(name, name.Host, known)
			switch d.Cmd {
			case "run":
				db := ""
				d.MaybeScanArgs(t, "db", &db)
				return s.each(d.Input, func(line string) string { return s.run(who, db, line) })
			case "grants":
				return s.grants()
			case "may":
				return s.each(d.Input, func(line string) string { return may(who, line) })
			}
			t.Fatalf("no command %q", d.Cmd)
			return ""
		})
	})
}

// abc are the columns of every table.
func abc(string, string) ([]string, error) { return []string{"a", "b", "c"}, nil }

func (s *script) each(input string, f func(string) string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(input, "\n") {
		fmt.Fprintf(&b, "%s\n", f(line))
	}
	return b.String()
}

func (s *script) run(who Rights, db, line string) string {
	d := s.accounts.Draft(Session{Rights: who, DB: db, Exists: func(_, table string) (bool, error) { return table == "t", nil }, Columns: abc})
	c, err := lex.NewCursor(line)
	if err != nil {
		return err.Error()
	}
	st, err := Parse(c)
	if err == nil {
		err = c.End()
	}
	var text string
	if err == nil {
		text, err = st.Run(d)
	}
	var known *mysqlerr.Error
	if errors.As(err, &known) {
		return fmt.Sprintf("%d: %s", known.Code, known.Message)
	}
	if err != nil {
		return err.Error()
	}
	for _, n := range d.Notes() {
		text += fmt.Sprintf("\n  note %d: %s", n.Code, n.Message)
	}
	if d.Changed() {
		s.accounts.PublishDraft(d)
		s.again(text)
	}
	return text
}

// again runs a statement of the binary log, which must leave the accounts as
// they are.
func (s *script) again(text string) {
	text, _, _ = strings.Cut(text, "\n")
	for _, once := range []string{"CREATE", "DROP", "RENAME", "REVOKE"} {
		if strings.HasPrefix(text, once) {
			return
		}
	}
	before := s.grants()
	d := s.accounts.Draft(Session{Rights: Everything, Exists: func(string, string) (bool, error) { return true, nil }, Columns: abc})
	c, err := lex.NewCursor(text)
	if err != nil {
		s.t.Fatal(err)
	}
	st, err := Parse(c)
	if err == nil {
		err = c.End()
	}
	if err == nil {
		_, err = st.Run(d)
	}
	if err != nil {
		s.t.Fatalf("the binary log's %s: %v", text, err)
	}
	s.accounts.PublishDraft(d)
	if after := s.grants(); after != before {
		s.t.Errorf("after the binary log's %s:\n%s\nbefore:\n%s", text, after, before)
	}
}

func (s *script) grants() string {
	var b strings.Builder
	d := s.accounts.Draft(Session{})
	for _, a := range d.base {
		d.changed[a.Name] = a
	}
	for _, n := range d.names() {
		acc := d.changed[n]
		fmt.Fprintf(&b, "%s\n", acc.ShowCreate(true))
		for _, line := range acc.Show() {
			fmt.Fprintf(&b, "  %s\n", line)
		}
	}
	return b.String()
}

// may answers "SELECT d.t", "SELECT d", "SELECT", "see d" or "see d.t".
func may(who Rights, line string) string {
	what, where, _ := strings.Cut(line, " on ")
	n := Need{}
	for _, p := range privileges {
		if p.name == what {
			n.All = p.bit
		}
	}
	n.Seen = what == "see"
	if where != "" {
		n.Level = AtDatabase
		if db, table, ok := strings.Cut(where, "."); ok {
			n.Level, n.DB, n.Table = AtTable, db, table
		} else {
			n.DB = db
		}
	}
	err := NeedsOf(n).Check(who, "")
	if err == nil {
		return "yes: " + line
	}
	var known *mysqlerr.Error
	if errors.As(err, &known) {
		return fmt.Sprintf("%d: %s", known.Code, known.Message)
	}
	return err.Error()
}

// A statement whose needs nobody has thought of is for those alone who may do
// everything.
func TestUnknownNeeds(t *testing.T) {
	almost := Rights{Account: &Account{Name: Name{"a", "%"}, Grants: Grants{Global: All &^ File}}}
	if err := (Needs{}).Check(almost, "d"); !mysqlerr.Is(err, mysqlerr.SpecificAccessDenied) {
		t.Error(err)
	}
	if err := (Needs{}).Check(Everything, "d"); err != nil {
		t.Error(err)
	}
	if err := NeedsOf(Need{Level: AtTable, DB: "d", Table: "t", All: Select}).Check(Rights{}, "d"); err == nil {
		t.Error("nobody may read")
	}
}
