package expr

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/shopspring/decimal"

	gms "github.com/dolthub/go-mysql-server/sql"
	gtypes "github.com/dolthub/go-mysql-server/sql/types"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

// schemaRecipes ask whether documents follow a JSON Schema of draft 4.
var schemaRecipes = map[string]Recipe{
	"json_schema_valid":             {2, 2, Always(gtypes.Int64), schemaValid, false, false},
	"json_schema_validation_report": {2, 2, Always(gtypes.JSON), schemaReport, false, false},
}

// A schemaFault says where a document does not follow its schema.
type schemaFault struct{ schema, document, keyword string }

// A jsonSchema is a schema, with the references that are being followed.
type jsonSchema struct {
	root  any
	depth int
}

// schemaDepthMax bounds how deep schemas refer to schemas.
const schemaDepthMax = 200

func schemaValid(ctx *gms.Context, f *Function, v []any) (any, error) {
	fault, err := f.schemaFault(ctx, v)
	if fault != nil || err != nil {
		return int64(0), err
	}
	return int64(1), nil
}

func schemaReport(ctx *gms.Context, f *Function, v []any) (any, error) {
	fault, err := f.schemaFault(ctx, v)
	if err != nil {
		return nil, err
	}
	if fault == nil {
		return gtypes.JSONDocument{Val: map[string]any{"valid": true}}, nil
	}
	reason := fmt.Sprintf("The JSON document location '%s' failed requirement '%s' at JSON Schema location '%s'", fault.document, fault.keyword, fault.schema)
	return gtypes.JSONDocument{Val: map[string]any{
		"valid": false, "reason": reason, "schema-location": fault.schema, "document-location": fault.document, "schema-failed-keyword": fault.keyword,
	}}, nil
}

func (f *Function) schemaFault(ctx *gms.Context, v []any) (*schemaFault, error) {
	var trees [2]any
	for i := range trees {
		tree, err := f.Document(ctx, i, v[i])
		if err != nil {
			return nil, err
		}
		trees[i] = tree
	}
	if _, is := trees[0].(types.JSONObject); !is {
		return nil, mysqlerr.New(mysqlerr.JSONNotObject, 1, f.Name)
	}
	s := &jsonSchema{root: trees[0]}
	return s.check(trees[0], trees[1], "#", "#")
}

// memberOf is an object's member of that name; nil, which is no schema, if it has none.
func memberOf(object any, key string) (any, bool) {
	o, _ := object.(types.JSONObject)
	for _, m := range o {
		if m.Key == key {
			return m.Value, true
		}
	}
	return nil, false
}

// check is the first fault of a document; nil if there is none. What is no object says
// nothing.
func (s *jsonSchema) check(schema, doc any, at, place string) (*schemaFault, error) {
	if s.depth++; s.depth > schemaDepthMax {
		return nil, unsupported("a JSON schema that refers to itself without an end")
	}
	defer func() { s.depth-- }()
	if ref, is := memberOf(schema, "$ref"); is {
		target, where, err := s.resolve(ref)
		if err != nil {
			return nil, err
		}
		return s.check(target, doc, where, place)
	}
	fault := func(keyword string) *schemaFault { return &schemaFault{at, place, keyword} }
	for _, rule := range schemaRules {
		arg, is := memberOf(schema, rule.keyword)
		if is && !rule.holds(schema, arg, doc) {
			return fault(rule.keyword), nil
		}
	}
	if keyword, err := s.combined(schema, doc, at, place); keyword != "" || err != nil {
		return fault(keyword), err
	}
	switch doc := doc.(type) {
	case types.JSONObject:
		return s.checkMembers(schema, doc, at, place)
	case types.JSONArray:
		return s.checkCells(schema, doc, at, place)
	}
	return nil, nil
}

// resolve follows a reference such as #/definitions/a within the schema.
func (s *jsonSchema) resolve(ref any) (target any, where string, err error) {
	text, _ := ref.(string)
	if !strings.HasPrefix(text, "#") {
		return nil, "", unsupported("references to external resources in JSON schema")
	}
	target = s.root
	for part := range strings.SplitSeq(strings.TrimPrefix(strings.TrimPrefix(text, "#"), "/"), "/") {
		if part == "" {
			continue
		}
		part = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
		if list, is := target.(types.JSONArray); is {
			n, err := strconv.Atoi(part)
			if err != nil || n < 0 || n >= len(list) {
				return nil, text, nil
			}
			target = list[n]
			continue
		}
		target, _ = memberOf(target, part)
	}
	return target, text, nil
}

// combined is the keyword among allOf, anyOf, oneOf and not that does not hold; empty if
// all do.
func (s *jsonSchema) combined(schema, doc any, at, place string) (string, error) {
	for _, keyword := range []string{"allOf", "anyOf", "oneOf"} {
		list, is := memberOf(schema, keyword)
		of, _ := list.(types.JSONArray)
		if !is || len(of) == 0 {
			continue
		}
		n := 0
		for i, one := range of {
			fault, err := s.check(one, doc, fmt.Sprintf("%s/%s/%d", at, keyword, i), place)
			if err != nil {
				return "", err
			}
			if fault == nil {
				n++
			}
		}
		if keyword == "allOf" && n < len(of) || keyword == "anyOf" && n == 0 || keyword == "oneOf" && n != 1 {
			return keyword, nil
		}
	}
	if not, is := memberOf(schema, "not"); is {
		fault, err := s.check(not, doc, at+"/not", place)
		if fault == nil && err == nil {
			return "not", nil
		}
		return "", err
	}
	return "", nil
}

func (s *jsonSchema) checkMembers(schema any, doc types.JSONObject, at, place string) (*schemaFault, error) {
	properties, _ := memberOf(schema, "properties")
	patterns, _ := memberOf(schema, "patternProperties")
	more, hasMore := memberOf(schema, "additionalProperties")
	for _, m := range doc {
		known, here := false, place+"/"+m.Key
		if one, is := memberOf(properties, m.Key); is {
			known = true
			if fault, err := s.check(one, m.Value, at+"/properties/"+m.Key, here); fault != nil || err != nil {
				return fault, err
			}
		}
		list, _ := patterns.(types.JSONObject)
		for _, p := range list {
			if !matches(p.Key, m.Key) {
				continue
			}
			known = true
			if fault, err := s.check(p.Value, m.Value, at+"/patternProperties/"+p.Key, here); fault != nil || err != nil {
				return fault, err
			}
		}
		if known || !hasMore {
			continue
		}
		if more == false {
			return &schemaFault{at, here, "additionalProperties"}, nil
		}
		if fault, err := s.check(more, m.Value, at+"/additionalProperties", here); fault != nil || err != nil {
			return fault, err
		}
	}
	return s.checkDependencies(schema, doc, at, place)
}

// checkDependencies: a member wants others, or the object to follow another schema.
func (s *jsonSchema) checkDependencies(schema any, doc types.JSONObject, at, place string) (*schemaFault, error) {
	dependencies, _ := memberOf(schema, "dependencies")
	list, _ := dependencies.(types.JSONObject)
	for _, d := range list {
		if _, is := memberOf(doc, d.Key); !is {
			continue
		}
		if names, is := d.Value.(types.JSONArray); is {
			if !hasAll(doc, names) {
				return &schemaFault{at, place, "dependencies"}, nil
			}
			continue
		}
		if fault, err := s.check(d.Value, doc, at+"/dependencies/"+d.Key, place); fault != nil || err != nil {
			return fault, err
		}
	}
	return nil, nil
}

func (s *jsonSchema) checkCells(schema any, doc types.JSONArray, at, place string) (*schemaFault, error) {
	items, has := memberOf(schema, "items")
	if !has {
		return nil, nil
	}
	list, each := items.(types.JSONArray)
	more, hasMore := memberOf(schema, "additionalItems")
	for i, cell := range doc {
		of, where := items, at+"/items"
		switch {
		case each && i < len(list):
			of, where = list[i], fmt.Sprintf("%s/items/%d", at, i)
		case each && !hasMore:
			continue
		case each && more == false:
			return &schemaFault{at, place, "additionalItems"}, nil
		case each:
			of, where = more, at+"/additionalItems"
		}
		if fault, err := s.check(of, cell, where, fmt.Sprintf("%s/%d", place, i)); fault != nil || err != nil {
			return fault, err
		}
	}
	return nil, nil
}

// matches reports whether a pattern is somewhere in a text; one that is none is.
func matches(pattern, text string) bool {
	re, err := regexp.Compile(pattern)
	return err != nil || re.MatchString(text)
}

func hasAll(doc any, names types.JSONArray) bool {
	for _, n := range names {
		name, _ := n.(string)
		if _, is := memberOf(doc, name); !is {
			return false
		}
	}
	return true
}

// decimalValue is a number of a document.
func decimalValue(tree any) (decimal.Decimal, bool) { return types.Exact(tree) }

// letterCount is how long a text of a document is.
func letterCount(tree any) (int, bool) {
	s, is := tree.(string)
	return utf8.RuneCountInString(s), is
}
