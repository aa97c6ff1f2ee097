package exec

import (
	"slices"
	"strings"

	"github.com/xadb/xadb/server/catalog"
	"github.com/xadb/xadb/server/mysqlerr"
)

// Options of a table that mean nothing here, but are kept, because clients ask for them:
// by names in small letters, in catalog.Table.Options.

// A keptOption is how one is shown: by SHOW CREATE TABLE, and by information_schema.
type keptOption struct {
	name    string
	zero    bool // 0 says something, too
	listing string
}

// keptOptions are in the order of SHOW CREATE TABLE.
var keptOptions = []keptOption{
	{"min_rows", false, "min_rows"}, {"max_rows", false, "max_rows"}, {"avg_row_length", false, "avg_row_length"},
	{"pack_keys", true, "pack_keys"}, {"stats_persistent", true, "stats_persistent"}, {"stats_auto_recalc", true, "stats_auto_recalc"},
	{"stats_sample_pages", false, "stats_sample_pages"}, {"checksum", false, "checksum"}, {"delay_key_write", false, "delay_key_write"},
	{"row_format", false, "row_format"}, {"key_block_size", false, "KEY_BLOCK_SIZE"},
}

// listed is the order of information_schema.
var listed = []string{
	"max_rows", "min_rows", "avg_row_length", "row_format", "stats_sample_pages", "stats_auto_recalc", "key_block_size",
	"stats_persistent", "pack_keys", "checksum", "delay_key_write",
}

// keepOption keeps one, unless it says what holds without it.
func keepOption(t *catalog.Table, name, value string) {
	value = strings.ToUpper(value)
	for _, o := range keptOptions {
		if o.name != name {
			continue
		}
		if value == "DEFAULT" || value == "" || strings.Trim(value, "0") == "" && !o.zero {
			delete(t.Options, name)
			return
		}
		if t.Options == nil {
			t.Options = map[string]string{}
		}
		t.Options[name] = value
	}
}

// keySizes are what KEY_BLOCK_SIZE may be, in KiB.
var keySizes = []string{"1", "2", "4", "8", "16"}

// A refusedOption is an option of a table that InnoDB does not take.
type refusedOption struct {
	option, why string // what is wrong, in strict mode
	instead     string // what it does else
}

func refusedOptions(t *catalog.Table) (list []refusedOption) {
	format, size := t.Options["row_format"], t.Options["key_block_size"]
	if size != "" && !slices.Contains(keySizes, size) {
		list = append(list, refusedOption{
			"KEY_BLOCK_SIZE", "invalid KEY_BLOCK_SIZE = " + size + ". Valid values are [1, 2, 4, 8, 16]", "ignoring KEY_BLOCK_SIZE=" + size + ".",
		})
	}
	switch {
	case format == "FIXED":
		list = append(list, refusedOption{"ROW_TYPE", "invalid ROW_FORMAT specifier.", "assuming ROW_FORMAT=DYNAMIC."})
	case size != "" && format != "" && format != "COMPRESSED":
		list = append(list, refusedOption{
			"KEY_BLOCK_SIZE", "cannot specify ROW_FORMAT=" + format + " with KEY_BLOCK_SIZE.",
			"ignoring KEY_BLOCK_SIZE=" + size + " as ROW_FORMAT is not COMPRESSED.",
		})
	}
	return list
}

// checkOptions refuses what InnoDB refuses in its strict mode: a new table has no such
// option (1031), one that is altered does not get it (1478). Else, and where they are written for
// another engine, they are left out.
func (b *builder) checkOptions(isNew bool) error {
	list := refusedOptions(b.table)
	if len(list) == 0 {
		return nil
	}
	if b.env != nil && !b.env.Lenient && !b.other {
		err := mysqlerr.New(mysqlerr.IllegalHa, b.table.Name)
		if !isNew {
			err = mysqlerr.New(mysqlerr.NoCreateOption, "InnoDB", list[0].option)
		}
		var warnings []Diagnostic
		for _, o := range list {
			warnings = append(warnings, Diagnostic{"Warning", mysqlerr.NoCreateOption, "InnoDB: " + o.why})
		}
		return &Remarked{Err: err, Remarks: warnings}
	}
	o := list[0]
	b.remarks = append(b.remarks, Diagnostic{"Warning", mysqlerr.NoCreateOption, "InnoDB: " + o.instead})
	if o.option == "ROW_TYPE" {
		b.table.Options["row_format"] = "DYNAMIC"
	}
	delete(b.table.Options, "key_block_size")
	return nil
}

// optionsText is how SHOW CREATE TABLE shows them.
func optionsText(t *catalog.Table) string {
	var out strings.Builder
	for _, o := range keptOptions {
		if v, ok := t.Options[o.name]; ok {
			out.WriteString(" " + strings.ToUpper(o.name) + "=" + v)
		}
	}
	return out.String()
}

// ListedOptions is how information_schema tells of them.
func ListedOptions(t *catalog.Table) string {
	var out []string
	for _, name := range listed {
		for _, o := range keptOptions {
			if v, ok := t.Options[name]; ok && o.name == name {
				out = append(out, o.listing+"="+v)
			}
		}
	}
	return strings.Join(out, " ")
}

// RowFormat is what a table says of its rows.
func RowFormat(t *catalog.Table) string {
	switch v := t.Options["row_format"]; v {
	case "COMPACT", "REDUNDANT", "COMPRESSED":
		return v[:1] + strings.ToLower(v[1:])
	}
	return "Dynamic"
}
