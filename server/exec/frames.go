package exec

import (
	"math"
	"strconv"
	"strings"

	"github.com/xadb/xadb/binlog"
	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

// A frame of a window may begin or end at a parameter, where the parser takes a number
// only: the statement is read with 1 in its place, and once more when the value is known.

// A frameEdge is such a parameter.
type frameEdge struct {
	pos   int  // of the question mark in the statement
	param int  // from 0
	rows  bool // of ROWS, not of RANGE
}

// plainFrames is a statement with numbers for the parameters of frames.
func plainFrames(sql string) (string, []frameEdge) {
	if !strings.Contains(sql, "?") || !lex.ContainsFold(sql, "over") && !lex.ContainsFold(sql, "window") {
		return sql, nil
	}
	var found []frameEdge
	list := lex.All(sql)
	params, rows := 0, false
	for i, t := range list {
		switch {
		case t.Is("ROWS"):
			rows = true
		case t.Is("RANGE"), t.Is("GROUPS"):
			rows = false
		case t.Kind == lex.Param:
			if i+1 < len(list) && (list[i+1].Is("PRECEDING") || list[i+1].Is("FOLLOWING")) {
				found = append(found, frameEdge{t.Pos, params, rows})
			}
			params++
		}
	}
	if found == nil {
		return sql, nil
	}
	return putEdges(sql, found, func(frameEdge) string { return "1" }), found
}

func putEdges(sql string, list []frameEdge, text func(frameEdge) string) string {
	var out strings.Builder
	last := 0
	for _, e := range list {
		out.WriteString(sql[last:e.pos] + text(e))
		last = e.pos + len("?")
	}
	return out.String() + sql[last:]
}

// HasFrames reports whether a parameter is a frame's.
func (t *Tree) HasFrames() bool { return len(t.frames) > 0 }

// Framed is the statement with the values of its frames, and the others of its arguments.
func (t *Tree) Framed(args []binlog.Value) (sql string, rest []binlog.Value, err error) {
	if len(args) != t.NumParams {
		return "", nil, mysqlerr.New(mysqlerr.WrongArguments, "EXECUTE")
	}
	taken := map[int]bool{}
	values := map[int]string{}
	for _, e := range t.frames {
		taken[e.param] = true
		if values[e.param], err = e.text(args[e.param]); err != nil {
			return "", nil, err
		}
	}
	for i, v := range args {
		if !taken[i] {
			rest = append(rest, v)
		}
	}
	return putEdges(t.SQL, t.frames, func(e frameEdge) string { return values[e.param] }), rest, nil
}

func (e frameEdge) text(v binlog.Value) (string, error) {
	wrong := mysqlerr.New(mysqlerr.WindowFrameBound, "<unnamed window>")
	switch v := v.(type) {
	case nil:
		return "", wrong
	case int64:
		if v < 0 {
			return "", wrong
		}
		return strconv.FormatInt(v, 10), nil
	case uint64:
		return strconv.FormatUint(v, 10), nil
	}
	if e.rows {
		return "", mysqlerr.New(mysqlerr.WrongArguments, "EXECUTE")
	}
	t, err := types.OfValue(v)
	if err != nil {
		return "", err
	}
	text := string(types.Text(v, t))
	switch f, clean := types.FloatOfString([]byte(text)); {
	case !clean || f < 0:
		return "", wrong
	case f != math.Trunc(f) || f > 1<<53:
		return "", unsupported("a frame of part of a number")
	default:
		return strconv.FormatFloat(f, 'f', 0, 64), nil
	}
}
