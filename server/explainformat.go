package server

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/exec"
)

// An explained is what EXPLAIN shows in any format.
type explained struct {
	list []exec.Access
	rows []uint64
}

func (e explained) inserts(i int) bool {
	return e.list[i].Select == "INSERT" || e.list[i].Select == "REPLACE"
}

func (e explained) lines() *Result {
	r := &Result{Columns: slices.Clone(explainColumns)}
	r.Columns[0], r.Columns[9] = intColumn("id"), intColumn("rows")
	text := func(s string) binlog.Value {
		if s == "" {
			return nil
		}
		return []byte(s)
	}
	for i, a := range e.list {
		var keyLen string
		var rows, filtered binlog.Value
		if a.KeyLen > 0 {
			keyLen = strconv.Itoa(a.KeyLen)
		}
		if e.rows[i] > 0 && !e.inserts(i) {
			rows, filtered = int64(e.rows[i]), []byte("100.00")
		}
		r.Rows = append(r.Rows, []binlog.Value{
			int64(a.ID), []byte(a.Select), text(a.Table), nil, text(a.Type), text(strings.Join(a.Possible, ",")), text(a.Key), text(keyLen),
			text(strings.Join(a.Ref, ",")), rows, filtered, text(strings.Join(a.Extra, "; ")),
		})
	}
	return r
}

// tree is a line for each step, those that it takes its rows from below it.
func (e explained) tree() string {
	var b strings.Builder
	for i := 0; i < len(e.list); {
		n := i + 1
		for n < len(e.list) && e.list[n].ID == e.list[i].ID {
			n++
		}
		depth := 0
		step := func(format string, args ...any) {
			fmt.Fprintf(&b, "%s-> %s\n", strings.Repeat("    ", depth), fmt.Sprintf(format, args...))
		}
		if e.list[i].ID > 1 {
			step("Select #%d (%s)", e.list[i].ID, strings.ToLower(e.list[i].Select))
			depth++
		}
		for _, x := range e.steps(i, n) {
			step("%s", x)
			depth++
		}
		for ; i < n; i++ {
			if at := depth; slices.Contains(e.list[i].Extra, exec.UsingWhere) {
				step("Filter")
				depth++
				step("%s", e.access(i))
				depth = at
			} else {
				step("%s", e.access(i))
			}
		}
	}
	return b.String()
}

// steps is what is done with the rows of several tables, or with sorted ones.
func (e explained) steps(from, to int) (out []string) {
	for i := from; i < to; i++ {
		if slices.Contains(e.list[i].Extra, exec.UsingSort) {
			out = append(out, "Sort")
		}
		if slices.Contains(e.list[i].Extra, exec.UsingTemp) {
			out = append(out, "Temporary table")
		}
	}
	if to-from > 1 && !e.inserts(from) {
		out = append(out, "Join")
	}
	return out
}

func (e explained) access(i int) string {
	a := e.list[i]
	rows := fmt.Sprintf("  (rows=%d)", e.rows[i])
	switch {
	case e.inserts(i):
		return strings.ToUpper(a.Select[:1]) + strings.ToLower(a.Select[1:]) + " into " + a.Table
	case a.Table == "":
		return "Rows fetched before execution  (rows=1)"
	case e.rows[i] == 0:
		rows = ""
	}
	switch a.Type {
	case exec.AccessConst, exec.AccessEqRef:
		return "Single-row index lookup on " + a.Table + " using " + a.Key + " (" + strings.Join(a.Ref, ", ") + ")" + rows
	case exec.AccessRef:
		return "Index lookup on " + a.Table + " using " + a.Key + " (" + strings.Join(a.Ref, ", ") + ")" + rows
	case exec.AccessRange:
		return "Index range scan on " + a.Table + " using " + a.Key + rows
	case exec.AccessIndex:
		return "Index scan on " + a.Table + " using " + a.Key + rows
	}
	return "Table scan on " + a.Table + rows
}

// jsonTable is a table in the JSON format.
type jsonTable struct {
	Name     string   `json:"table_name,omitempty"`
	Access   string   `json:"access_type,omitempty"`
	Possible []string `json:"possible_keys,omitempty"`
	Key      string   `json:"key,omitempty"`
	KeyLen   string   `json:"key_length,omitempty"`
	Ref      []string `json:"ref,omitempty"`
	Rows     uint64   `json:"rows_examined_per_scan,omitempty"`
	Filtered string   `json:"filtered,omitempty"`
	Insert   bool     `json:"insert,omitempty"`
	Where    bool     `json:"using_where,omitempty"`
	Sort     bool     `json:"using_filesort,omitempty"`
	Temp     bool     `json:"using_temporary_table,omitempty"`
	Message  string   `json:"message,omitempty"`
}

type jsonBlock struct {
	ID         int             `json:"select_id"`
	SelectType string          `json:"select_type,omitempty"`
	Message    string          `json:"message,omitempty"`
	Table      *jsonTable      `json:"table,omitempty"`
	NestedLoop []jsonStep      `json:"nested_loop,omitempty"`
	Others     []jsonQueryDoes `json:"query_specifications,omitempty"`
}

type jsonStep struct {
	Table *jsonTable `json:"table"`
}

type jsonQueryDoes struct {
	Block *jsonBlock `json:"query_block"`
}

func (e explained) json() (string, error) {
	var blocks []*jsonBlock
	for i, a := range e.list {
		if len(blocks) == 0 || blocks[len(blocks)-1].ID != a.ID {
			blocks = append(blocks, &jsonBlock{ID: a.ID, SelectType: a.Select})
		}
		b := blocks[len(blocks)-1]
		if a.Table == "" {
			b.Message = strings.Join(a.Extra, "; ")
			continue
		}
		b.NestedLoop = append(b.NestedLoop, jsonStep{e.jsonTable(i)})
	}
	for _, b := range blocks {
		if len(b.NestedLoop) == 1 {
			b.Table, b.NestedLoop = b.NestedLoop[0].Table, nil
		}
	}
	for _, b := range blocks[1:] {
		blocks[0].Others = append(blocks[0].Others, jsonQueryDoes{b})
	}
	text, err := json.MarshalIndent(jsonQueryDoes{blocks[0]}, "", "  ")
	return string(text), err
}

func (e explained) jsonTable(i int) *jsonTable {
	a := e.list[i]
	t := &jsonTable{
		Name: a.Table, Access: a.Type, Possible: a.Possible, Key: a.Key, Ref: a.Ref, Insert: e.inserts(i),
		Where: slices.Contains(a.Extra, exec.UsingWhere), Sort: slices.Contains(a.Extra, exec.UsingSort),
		Temp: slices.Contains(a.Extra, exec.UsingTemp),
	}
	if a.KeyLen > 0 {
		t.KeyLen = strconv.Itoa(a.KeyLen)
	}
	if !t.Insert && e.rows[i] > 0 {
		t.Rows, t.Filtered = e.rows[i], "100.00"
	}
	return t
}
