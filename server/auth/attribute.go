package auth

import (
	"slices"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

// parseAttribute reads COMMENT 'text' or ATTRIBUTE 'document', the last of what CREATE and
// ALTER USER say. A comment is a member of the document.
func (o *options) parseAttribute(c *lex.Cursor) error {
	comment := c.Next().Is("COMMENT")
	if c.Peek().Kind != lex.String {
		return c.Fail()
	}
	text, err := c.Text()
	if err != nil {
		return err
	}
	o.attribute = new(string)
	if comment {
		*o.attribute = jsonText(types.JSONObject{{Key: "comment", Value: text}})
		return nil
	}
	object, err := attributeOf(text)
	*o.attribute = jsonText(object)
	return err
}

// attributeOf is a document, which must be an object.
func attributeOf(text string) (types.JSONObject, error) {
	tree, fault := types.ParseJSON([]byte(text))
	object, ok := tree.(types.JSONObject)
	if fault != nil || !ok {
		return nil, mysqlerr.New(mysqlerr.InvalidUserAttribute)
	}
	return object, nil
}

func jsonText(o types.JSONObject) string { return string(types.AppendJSONText(nil, o)) }

// giveAttribute changes the members that are named, and takes away those of which
// the statement says null.
func (o options) giveAttribute(a *Account) error {
	if o.attribute == nil {
		return nil
	}
	var old any
	if a.Attribute != "" {
		object, err := attributeOf(a.Attribute)
		if err != nil {
			return err
		}
		old = object
	}
	patch, err := attributeOf(*o.attribute)
	if err != nil {
		return err
	}
	a.Attribute = string(types.AppendJSONText(nil, patched(old, patch)))
	return nil
}

// patched is what JSON_MERGE_PATCH makes of a value.
func patched(old, patch any) any {
	changes, ok := patch.(types.JSONObject)
	if !ok {
		return patch
	}
	members, _ := old.(types.JSONObject)
	members = slices.Clone(members)
	for _, m := range changes {
		at := slices.IndexFunc(members, func(o types.JSONMember) bool { return o.Key == m.Key })
		var before any
		if at >= 0 {
			before = members[at].Value
			members = slices.Delete(members, at, at+1)
		}
		if m.Value != nil {
			members = append(members, types.JSONMember{Key: m.Key, Value: patched(before, m.Value)})
		}
	}
	return types.NewJSONObject(members)
}
