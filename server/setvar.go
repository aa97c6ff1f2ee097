package server

import (
	"context"
	"maps"
	"strconv"
	"strings"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
)

// hintable are the variables that the hint SET_VAR takes, of those that there are.
var hintable = wordSet(`auto_increment_increment auto_increment_offset big_tables bulk_insert_buffer_size cte_max_recursion_depth
	default_tmp_storage_engine div_precision_increment end_markers_in_json eq_range_index_dive_limit foreign_key_checks
	group_concat_max_len insert_id internal_tmp_mem_storage_engine join_buffer_size lock_wait_timeout max_error_count
	max_execution_time max_heap_table_size max_join_size max_length_for_sort_data max_points_in_geometry max_seeks_for_key
	max_sort_length optimizer_prune_level optimizer_search_depth optimizer_switch optimizer_trace_max_mem_size
	range_alloc_block_size range_optimizer_max_mem_size read_buffer_size read_rnd_buffer_size sort_buffer_size
	sql_auto_is_null sql_big_selects sql_buffer_result sql_mode sql_safe_updates sql_select_limit time_zone timestamp
	tmp_table_size unique_checks updatable_views_with_limit use_secondary_engine windowing_use_high_precision`)

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

// hinted runs a statement with the variables that its hints SET_VAR(name = value) give it
// alone. A hint that cannot be is a warning.
func (s *session) hinted(ctx context.Context, st statement) (*Result, error) {
	if s.expired || s.srv.accounts.Limited() {
		if err := s.admissible(st.sql); err != nil {
			return nil, err
		}
	}
	first, text := hintText(st.sql)
	if text == "" || !takesHints(first) {
		return s.dispatch(ctx, st)
	}
	vars, settings := s.vars, s.settings
	s.vars = maps.Clone(vars)
	remarks, err := s.setHinted(text)
	if err != nil {
		s.vars = vars
		return nil, err
	}
	if !maps.Equal(s.vars, vars) {
		s.settings = decodeSettings(s)
	}
	defer func() { s.vars, s.settings = vars, settings }()
	res, err := s.dispatch(ctx, st)
	if err == nil && len(remarks) > 0 {
		res.Diagnostics = append(remarks, res.Diagnostics...)
		res.Warnings += uint16(len(remarks))
	}
	return res, err
}

func takesHints(first lex.Token) bool {
	for _, word := range [...]string{"SELECT", "INSERT", "REPLACE", "UPDATE", "DELETE"} {
		if first.Is(word) {
			return true
		}
	}
	return false
}

// setHinted sets what a statement's hints say.
func (s *session) setHinted(text string) (remarks []Diagnostic, err error) {
	warn := func(e *mysqlerr.Error) {
		remarks = append(remarks, Diagnostic{Level: "Warning", Code: e.Code, Message: e.Message})
	}
	set := map[string]bool{}
	l := lex.New(text)
	for t := l.Next(); t.Kind != lex.EOF && t.Kind != lex.Bad; t = l.Next() {
		if !t.Is("SET_VAR") {
			continue
		}
		open, name, equals, value := l.Next(), l.Next(), l.Next(), l.Next()
		if !open.Is("(") || !equals.Is("=") || !l.Next().Is(")") {
			continue
		}
		v, err := lookupVar(name.Text)
		switch {
		case err != nil:
			warn(mysqlerr.New(mysqlerr.UnresolvedHintName, name.Text, "SET_VAR"))
			continue
		case !hintable[v.name]:
			warn(mysqlerr.New(mysqlerr.NotHintable, v.name))
			continue
		case set[v.name]:
			warn(mysqlerr.New(mysqlerr.ConflictingHint, "SET_VAR("+name.Text+"="+value.Text+") "))
			continue
		}
		set[v.name] = true
		stored, err := v.normalize(hintedValue(value))
		if err != nil {
			warn(s.toClient(err))
			continue
		}
		if v.constant && !sameValue(stored, v.def) {
			return nil, mysqlerr.New(mysqlerr.NotSupportedYet, "SET_VAR of "+v.name)
		}
		if s.vars == nil {
			s.vars = map[string]string{}
		}
		s.vars[v.name] = strings.Clone(stored)
	}
	return remarks, nil
}

func hintedValue(t lex.Token) binlog.Value {
	if t.Kind == lex.String {
		text, _ := t.Value()
		return []byte(text)
	}
	if n, err := strconv.ParseInt(t.Text, 10, 64); err == nil {
		return n
	}
	if f, err := strconv.ParseFloat(t.Text, 64); t.Kind == lex.Number && err == nil {
		return f
	}
	return []byte(t.Text)
}
