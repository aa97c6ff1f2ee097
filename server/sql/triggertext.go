package sql

import (
	"slices"
	"strings"
	"unicode/utf8"

	gms "github.com/dolthub/go-mysql-server/sql"
	"github.com/dolthub/vitess/go/vt/sqlparser"

	"github.com/xadb/xadb/server/auth"
	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/exec"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

// A triggerHead is what a CREATE TRIGGER says before its body.
type triggerHead struct {
	name, time, event string
	definer           catalog.Definer
	ifNotExists       bool
	order, other      string // FOLLOWS or PRECEDES, and whom
}

// text is the head as a statement has it. Order is kept by the list of the table's
// triggers.
func (h *triggerHead) text(table string) string { return h.on(name(table)) }

// on is the head about a table as it is named there.
func (h *triggerHead) on(table string) string {
	definer := ""
	if h.definer != (catalog.Definer{}) {
		definer = "DEFINER=" + name(h.definer.User) + "@" + name(h.definer.Host) + " "
	}
	return "CREATE " + definer + "TRIGGER " + name(h.name) + " " + h.time + " " + h.event + " ON " + table + " FOR EACH ROW"
}

// partTrigger parts a CREATE TRIGGER into head and body.
func partTrigger(text string) (h triggerHead, body string, err error) {
	invalid := gms.ErrTriggerCreateStatementInvalid.New(text)
	l := lex.New(text)
	t := l.Next()
	for ; !t.Is("TRIGGER"); t = l.Next() {
		if t.Kind == lex.EOF || t.Kind == lex.Bad {
			return h, "", invalid
		}
	}
	t = l.Next()
	if t.Is("IF") && t.Kind != lex.Quoted {
		l.Next()
		l.Next()
		h.ifNotExists = true
		t = l.Next()
	}
	for ; t.Kind != lex.EOF && t.Kind != lex.Bad; t = l.Next() {
		switch {
		case h.time == "" && (t.Is("BEFORE") || t.Is("AFTER")):
			h.time = strings.ToUpper(text[t.Pos:t.End])
			h.event = strings.ToUpper(word(l.Next(), text))
		case h.time == "" && !t.Is("."):
			h.name, _ = t.Value()
		case h.time != "" && t.Is("EACH"):
			end := l.Next().End // ROW
			if t = l.Next(); t.Is("FOLLOWS") || t.Is("PRECEDES") {
				h.order = strings.ToUpper(text[t.Pos:t.End])
				other := l.Next()
				h.other, _ = other.Value()
				end = other.End
			}
			return h, strings.TrimRight(plainText(text, end), "; \t\r\n"), nil
		}
	}
	return h, "", invalid
}

func word(t lex.Token, text string) string { return text[t.Pos:t.End] }

// createTrigger is CREATE TRIGGER.
func (c *call) createTrigger(ctx *gms.Context, d *sqlparser.DDL, r *exec.Result) error {
	h, body, err := partTrigger(c.stmt.tree.SQL)
	if err != nil {
		return err
	}
	id := tableID{d.Table.DbQualifier.String(), d.Table.Name.String()}
	if id.db == "" {
		id.db = c.env.DB
	}
	if err := c.checkTrigger(d, id); err != nil {
		return err
	}
	if !utf8.ValidString(body) {
		return unsupported("bytes in the text of a trigger") // which the catalog could not keep
	}
	db, err := (provider{c.Engine}).Database(ctx, id.db)
	if err != nil {
		return err
	}
	in, is := db.(*database)
	if !is {
		return mysqlerr.New(mysqlerr.NoSuchTable, id.db, id.name)
	}
	if !catalog.ValidName(h.name) {
		return mysqlerr.New(mysqlerr.WrongSpec, h.name)
	}
	other, _, err := in.trigger(h.name)
	if err != nil {
		return err
	}
	if other != nil && h.ifNotExists {
		note := mysqlerr.New(mysqlerr.TriggerExistsNote, h.name, other.DB, other.Name)
		r.Diagnostics = append(r.Diagnostics, exec.Diagnostic{Level: "Note", Code: note.Code, Message: note.Message})
		r.Warnings++
		return nil
	}
	if other != nil {
		return mysqlerr.New(mysqlerr.TriggerExists)
	}
	if h.definer, err = c.triggerDefiner(d.TriggerSpec); err != nil {
		return err
	}
	return in.changeTriggers(id.name, func(t *catalog.Table) error {
		at, err := placeTrigger(t, h)
		if err == nil {
			t.Triggers = slices.Insert(t.Triggers, at, catalog.Trigger{
				Name: h.name, Create: h.text(t.Name) + " " + body, SQLMode: c.env.SQLMode,
				Created: c.env.Now.UTC(), Definer: h.definer, Written: c.written(),
			})
		}
		return err
	})
}

// triggerDefiner is who a new trigger names. Another than the client takes SUPER.
func (c *call) triggerDefiner(s *sqlparser.TriggerSpec) (catalog.Definer, error) {
	a := c.env.Rights.Account
	if a == nil {
		return catalog.Definer{}, nil
	}
	if s.Definer == "" {
		return catalog.Definer(a.Name), nil
	}
	name, err := auth.ParseName(s.Definer, a.Name)
	if err == nil && name != a.Name {
		err = c.env.Rights.Require(auth.Super)
	}
	return catalog.Definer(name), err
}

// placeTrigger is where a trigger comes among those of its table.
func placeTrigger(t *catalog.Table, h triggerHead) (int, error) {
	if h.order == "" {
		return len(t.Triggers), nil
	}
	for i := range t.Triggers {
		g := &t.Triggers[i]
		head, _, err := partTrigger(g.Create)
		if err != nil {
			return 0, err
		}
		if strings.EqualFold(g.Name, h.other) && head.time == h.time && head.event == h.event {
			if h.order == "FOLLOWS" {
				i++
			}
			return i, nil
		}
	}
	return 0, mysqlerr.New(mysqlerr.ReferencedTrigger, h.other)
}

// renameTriggers: their texts name the table.
func renameTriggers(t *catalog.Table) error {
	for i := range t.Triggers {
		g := &t.Triggers[i]
		h, body, err := partTrigger(g.Create)
		if err != nil {
			return err
		}
		h.definer = g.Definer
		g.Create = h.text(t.Name) + " " + body
	}
	return nil
}
