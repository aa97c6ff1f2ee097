package catalog

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

// A View is a view's definition.
type View struct {
	Name    string  `json:"-"`
	Query   string  `json:"query"`  // its SELECT
	Create  string  `json:"create"` // the whole CREATE VIEW
	SQLMode string  `json:"sql_mode,omitempty"`
	Written Written `json:"written,omitzero"`
	// Definer is the account whose rights count when the view is read; with
	// Invoker, those of the reader do (SQL SECURITY).
	Definer Definer `json:"definer,omitzero"`
	Invoker bool    `json:"invoker,omitempty"`
}

// Written is how a definition's text was written: the variables of who did. Where they are
// "", it was in utf8mb4.
type Written struct {
	Client     string `json:"client,omitempty"`     // character_set_client
	Connection string `json:"connection,omitempty"` // collation_connection
}

// Literals is the character set of the text's literals, if that writes them in other bytes than
// UTF-8; else "".
func (w Written) Literals() types.Charset {
	c, ok := types.CollationByName(w.Connection)
	if !ok || !c.Charset().Recodes() {
		return ""
	}
	return c.Charset()
}

// Text is the text, or part of it, in the character set that it was written in.
func (w Written) Text(text string) string {
	set, _, ok := types.CharsetByName(w.Client)
	if !ok || !set.Recodes() {
		return text
	}
	return string(set.Encode([]byte(text)))
}

// Names are the variables.
func (w Written) Names() (client, connection string) {
	return cmp.Or(w.Client, string(types.CharsetUTF8MB4)), cmp.Or(w.Connection, types.CollationGeneralCI.Name())
}

// A Definer is an account's name.
type Definer struct {
	User string `json:"user"`
	Host string `json:"host"`
}

// viewFormat is the first byte of a view's row.
const viewFormat = 1

func viewKey(db, name string) []byte { return []byte("v" + db + "\x00" + name) }

func decodeView(name string, b []byte) (View, error) {
	v := View{Name: name}
	if len(b) == 0 || b[0] != viewFormat {
		return v, fmt.Errorf("%w: view %q has no definition of format %d", ErrCorrupt, name, viewFormat)
	}
	if err := json.Unmarshal(b[1:], &v); err != nil {
		return v, fmt.Errorf("%w: view %q: %w", ErrCorrupt, name, err)
	}
	v.Query = WithoutCheck(v.Query)
	return v, nil
}

// WithoutCheck is a view's query without WITH CHECK OPTION, which is no part of it, and
// of which the parser leaves the first word.
func WithoutCheck(query string) string {
	l := lex.New(query)
	var last lex.Token
	for t := l.Next(); t.Kind != lex.EOF && t.Kind != lex.Bad; t = l.Next() {
		last = t
	}
	if !last.Is("WITH") {
		return query
	}
	return strings.TrimRight(query[:last.Pos], " \t\r\n")
}

// Views lists a database's views by name.
func (c *Catalog) Views(s Store, db string) ([]View, error) {
	prefix := viewKey(db, "")
	end := append(bytes.Clone(prefix[:len(prefix)-1]), 1)
	var out []View
	err := walk(s, tablesSpace, prefix, end, func(key, val []byte) error {
		v, err := decodeView(string(key[len(prefix):]), val)
		out = append(out, v)
		return err
	})
	return out, err
}

// View finds one, the newest committed, without a lock.
func (c *Catalog) View(s Store, db, name string) (View, bool, error) {
	b, ok, err := latest(s, tablesSpace, viewKey(db, name))
	if err != nil || !ok {
		return View{}, false, err
	}
	v, err := decodeView(name, b)
	return v, err == nil, err
}

// CreateView writes a new one; created is false if there is a table or view of
// this name. The database must be locked (Shared).
func (c *Catalog) CreateView(ctx context.Context, s Store, db string, v View) (created bool, err error) {
	if !ValidName(v.Name) {
		return false, mysqlerr.New(mysqlerr.WrongTableName, v.Name)
	}
	exists, err := taken(ctx, s, tablesSpace, tableKey(db, v.Name))
	if err != nil || exists {
		return false, err
	}
	// A statement that replaces a view has just dropped it, which only a read
	// with a lock sees.
	_, exists, err = s.GetForUpdate(ctx, tablesSpace, viewKey(db, v.Name), Exclusive)
	if err != nil || exists {
		return false, err
	}
	b, err := json.Marshal(v)
	if err != nil {
		return false, fmt.Errorf("catalog: writing view %q.%q: %w", db, v.Name, err)
	}
	return true, s.Put(ctx, tablesSpace, viewKey(db, v.Name), append([]byte{viewFormat}, b...))
}

// DropView removes one; dropped is false if there is none.
func (c *Catalog) DropView(ctx context.Context, s Store, db, name string) (dropped bool, err error) {
	_, ok, err := s.GetForUpdate(ctx, tablesSpace, viewKey(db, name), Exclusive)
	if err != nil || !ok {
		return false, err
	}
	return true, s.Delete(ctx, tablesSpace, viewKey(db, name))
}
