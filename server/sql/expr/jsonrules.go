package expr

import (
	"bytes"

	"github.com/shopspring/decimal"

	"github.com/xadb/xadb/server/types"
)

// A schemaRule is a keyword of JSON Schema that needs no other schema. What it is not
// about keeps it.
type schemaRule struct {
	keyword string
	holds   func(schema, arg, doc any) bool
}

var schemaRules = []schemaRule{
	{"enum", func(_, arg, doc any) bool { list, is := arg.(types.JSONArray); return !is || hasDocument(list, doc) }},
	{"type", func(_, arg, doc any) bool {
		if list, is := arg.(types.JSONArray); is {
			for _, one := range list {
				if isOfType(one, doc) {
					return true
				}
			}
			return false
		}
		return isOfType(arg, doc)
	}},
	{"multipleOf", ofNumber(func(_ any, n, limit decimal.Decimal) bool { return limit.IsZero() || n.Mod(limit).IsZero() })},
	{"minimum", ofNumber(func(schema any, n, limit decimal.Decimal) bool {
		exclusive, _ := memberOf(schema, "exclusiveMinimum")
		return n.GreaterThan(limit) || exclusive != true && n.Equal(limit)
	})},
	{"maximum", ofNumber(func(schema any, n, limit decimal.Decimal) bool {
		exclusive, _ := memberOf(schema, "exclusiveMaximum")
		return n.LessThan(limit) || exclusive != true && n.Equal(limit)
	})},
	{"minLength", ofCount(letterCount, atLeast)},
	{"maxLength", ofCount(letterCount, atMost)},
	{"pattern", func(_, arg, doc any) bool {
		pattern, ok := arg.(string)
		text, is := doc.(string)
		return !ok || !is || matches(pattern, text)
	}},
	{"minItems", ofCount(cellCount, atLeast)},
	{"maxItems", ofCount(cellCount, atMost)},
	{"uniqueItems", func(_, arg, doc any) bool {
		list, _ := doc.(types.JSONArray)
		for i, one := range list {
			if arg == true && hasDocument(list[:i], one) {
				return false
			}
		}
		return true
	}},
	{"minProperties", ofCount(memberCount, atLeast)},
	{"maxProperties", ofCount(memberCount, atMost)},
	{"required", func(_, arg, doc any) bool {
		names, is := arg.(types.JSONArray)
		_, object := doc.(types.JSONObject)
		return !is || !object || hasAll(doc, names)
	}},
}

func ofNumber(holds func(schema any, n, limit decimal.Decimal) bool) func(schema, arg, doc any) bool {
	return func(schema, arg, doc any) bool {
		limit, ok := decimalValue(arg)
		n, is := decimalValue(doc)
		return !ok || !is || holds(schema, n, limit)
	}
}

func ofCount(count func(any) (int, bool), holds func(n int, limit decimal.Decimal) bool) func(schema, arg, doc any) bool {
	return func(_, arg, doc any) bool {
		limit, ok := decimalValue(arg)
		n, is := count(doc)
		return !ok || !is || holds(n, limit)
	}
}

func atLeast(n int, limit decimal.Decimal) bool {
	return decimal.NewFromInt(int64(n)).GreaterThanOrEqual(limit)
}

func atMost(n int, limit decimal.Decimal) bool {
	return decimal.NewFromInt(int64(n)).LessThanOrEqual(limit)
}

func cellCount(tree any) (int, bool) {
	list, is := tree.(types.JSONArray)
	return len(list), is
}

func memberCount(tree any) (int, bool) {
	object, is := tree.(types.JSONObject)
	return len(object), is
}

// hasDocument compares documents by their binary forms, numbers by what they are.
func hasDocument(list types.JSONArray, doc any) bool {
	n, number := decimalValue(doc)
	want, err := types.EncodeJSON(doc)
	for _, one := range list {
		if other, is := decimalValue(one); is && number && other.Equal(n) {
			return true
		}
		if has, herr := types.EncodeJSON(one); err == nil && herr == nil && bytes.Equal(has, want) {
			return true
		}
	}
	return false
}

func isOfType(name, doc any) bool {
	is := false
	switch name {
	case "object":
		_, is = doc.(types.JSONObject)
	case "array":
		_, is = doc.(types.JSONArray)
	case "string":
		_, is = doc.(string)
	case "boolean":
		_, is = doc.(bool)
	case "null":
		is = doc == nil
	case "number":
		_, is = decimalValue(doc)
	case "integer":
		switch doc.(type) {
		case int64, uint64:
			is = true
		}
	}
	return is
}
