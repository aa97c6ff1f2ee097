package types

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/xadb/xadb/binlog"
)

// AppendJSONText appends a document's text as MySQL prints it: a space behind
// each comma and colon, members in normal order.
func AppendJSONText(dst []byte, tree any) []byte {
	switch v := tree.(type) {
	case nil:
		return append(dst, "null"...)
	case bool:
		return strconv.AppendBool(dst, v)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case uint64:
		return strconv.AppendUint(dst, v, 10)
	case float64:
		return append(dst, jsonFloat(v)...)
	case binlog.Decimal:
		return append(dst, v...)
	case string:
		return appendJSONString(dst, v)
	case JSONArray:
		dst = append(dst, '[')
		for i, e := range v {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = AppendJSONText(dst, e)
		}
		return append(dst, ']')
	case JSONObject:
		dst = append(dst, '{')
		for i, m := range v {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = append(appendJSONString(dst, m.Key), ": "...)
			dst = AppendJSONText(dst, m.Value)
		}
		return append(dst, '}')
	case JSONTemporal:
		t := v.Type
		if t.Kind != Date { // MySQL always shows all digits here
			t.FSP = FSPMax
		}
		return appendJSONString(dst, string(Text(v.Value, t)))
	case JSONOpaque:
		text := "base64:type" + strconv.Itoa(int(v.Type)) + ":" + base64.StdEncoding.EncodeToString(v.Bytes)
		return appendJSONString(dst, text)
	}
	return append(dst, "null"...)
}

// AppendJSONLines appends a document's text as JSON_PRETTY prints it, on a line of its own
// for each element and member, which are two spaces further right with each depth.
func AppendJSONLines(dst []byte, tree any, depth int) []byte {
	switch v := tree.(type) {
	case JSONArray:
		dst = append(dst, '[')
		for i, e := range v {
			dst = AppendJSONLines(beginJSONLine(dst, i, depth+1), e, depth+1)
		}
		return append(endJSONLines(dst, len(v), depth), ']')
	case JSONObject:
		dst = append(dst, '{')
		for i, m := range v {
			dst = append(appendJSONString(beginJSONLine(dst, i, depth+1), m.Key), ": "...)
			dst = AppendJSONLines(dst, m.Value, depth+1)
		}
		return append(endJSONLines(dst, len(v), depth), '}')
	}
	return AppendJSONText(dst, tree)
}

// beginJSONLine begins the line of an array's or object's i-th part.
func beginJSONLine(dst []byte, i, depth int) []byte {
	if i > 0 {
		dst = append(dst, ',')
	}
	return endJSONLines(dst, 1, depth)
}

// endJSONLines goes to the line below the last of n parts; there is none if there are no parts.
func endJSONLines(dst []byte, n, depth int) []byte {
	if n == 0 {
		return dst
	}
	dst = append(dst, '\n')
	for range depth {
		dst = append(dst, "  "...)
	}
	return dst
}

// jsonFloat shows that a whole number is a DOUBLE.
func jsonFloat(f float64) string {
	s := FormatFloat(f, Double)
	if strings.Trim(s, "-0123456789") == "" {
		s += ".0"
	}
	return s
}

const hexDigits = "0123456789abcdef"

func appendJSONString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := range len(s) {
		switch c := s[i]; c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\b':
			dst = append(dst, `\b`...)
		case '\f':
			dst = append(dst, `\f`...)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		default:
			if c < ' ' {
				dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
				continue
			}
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
