package exec

import (
	"strings"

	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/types"
)

// charsetOptions are those of one table, or database, so far.
type charsetOptions struct {
	set   types.Charset // that an option has named
	named bool
}

// option is collationOption; options that contradict each other are refused.
func (o *charsetOptions) option(option, value string, before types.Collation) (types.Collation, error) {
	c, err := collationOption(option, value, before)
	if err != nil {
		return c, err
	}
	isCollation := strings.Contains(strings.ToLower(option), "collat")
	switch {
	case !o.named || o.set == c.Charset():
	case isCollation:
		return c, mysqlerr.New(mysqlerr.CollationMismatch, c.Name(), string(o.set))
	default:
		return c, mysqlerr.New(mysqlerr.ConflictingDeclarations, "CHARACTER SET ", string(o.set), "CHARACTER SET ", string(c.Charset()))
	}
	o.set, o.named = c.Charset(), true
	return c, nil
}

// collationOption is what CHARACTER SET or COLLATE name, over what held
// before.
func collationOption(option, value string, before types.Collation) (types.Collation, error) {
	if strings.Contains(strings.ToLower(option), "collat") {
		return collationNamed(value)
	}
	cs, c, err := charsetNamed(value)
	if err == nil && cs == before.Charset() {
		return before, nil
	}
	return c, err
}
