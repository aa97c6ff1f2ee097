package exec

import (
	"github.com/xadb/xadb/server/mysqlerr"
	"github.com/xadb/xadb/server/reword"
)

// A Method is how a statement wants a table to be altered. Here all alterations are alike,
// but a statement that MySQL refuses to do in such a way is refused.
type Method struct{ reword.Method }

// methodOf refuses what contradicts itself.
func methodOf(m reword.Method) (Method, error) {
	if m.Algorithm == "INSTANT" && m.Lock != "" {
		return Method{}, mysqlerr.New(mysqlerr.WrongUsage, "ALGORITHM=INSTANT", "LOCK=NONE/SHARED/EXCLUSIVE")
	}
	return Method{m}, nil
}

// Why MySQL does not do something in place, or takes a lock for it.
const (
	reasonCopy        = "COPY algorithm requires a lock"
	reasonType        = "Cannot change column type INPLACE"
	reasonTypeInstant = "Need to rebuild the table to change column type"
	reasonForeign     = "Adding foreign keys needs foreign_key_checks=OFF"
	reasonNotNull     = "cannot silently convert NULL values, as required in this SQL_MODE"
	reasonNoPrimary   = "Dropping a primary key is not allowed without also adding a new primary key"
	reasonVirtual     = "INPLACE ADD or DROP of virtual columns cannot be combined with other ALTER TABLE actions"
	reasonTwoFulltext = "InnoDB presently supports one FULLTEXT index creation at a time"
	reasonAuto        = "Adding an auto-increment column requires a lock"
	reasonFulltext    = "Fulltext index creation requires a lock"
	reasonSpatial     = "Do not support online operation on table with GIS index"
	reasonFunctional  = "ADD COLUMN col...VIRTUAL, ADD INDEX(col)"
)

// refuse is what MySQL says of a change that it does not do in this way; nil: it does.
func (m Method) refuse(c *Change) error {
	switch {
	case m.Algorithm == "COPY" && m.Lock == "NONE":
		return mysqlerr.New(mysqlerr.AlterNotSupportedReason, "LOCK=NONE", reasonCopy, "LOCK=SHARED")
	case m.Algorithm == "COPY":
		return nil
	case c.onlyNames:
		if m.Lock == "NONE" || m.Lock == "SHARED" {
			return mysqlerr.New(mysqlerr.AlterNotSupported, "LOCK=NONE/SHARED", "LOCK=EXCLUSIVE")
		}
		return nil
	case c.mustCopy() && m.Algorithm != "":
		return mysqlerr.New(mysqlerr.AlterNotSupported, "ALGORITHM="+m.Algorithm, "ALGORITHM=COPY")
	case c.mustCopy() && m.Lock == "NONE":
		return mysqlerr.New(mysqlerr.AlterNotSupportedReason, "LOCK=NONE", reasonCopy, "LOCK=SHARED")
	case c.mustCopy() || c.instant(m.Algorithm):
		return nil
	}
	copies, reason := c.innerCopy()
	locks := false
	if !copies {
		locks, reason = c.locks()
	}
	switch {
	case m.Algorithm == "INSTANT":
		if reason == reasonType {
			reason = reasonTypeInstant
		}
		return notSupported("ALGORITHM=INSTANT", reason, "ALGORITHM=COPY/INPLACE")
	case m.Algorithm == "INPLACE" && copies:
		return notSupported("ALGORITHM=INPLACE", reason, "ALGORITHM=COPY")
	case m.Lock == "NONE" && (copies || locks):
		return notSupported("LOCK=NONE", reason, "LOCK=SHARED")
	}
	return nil
}

func notSupported(what, reason, instead string) error {
	if reason == "" {
		return mysqlerr.New(mysqlerr.AlterNotSupported, what, instead)
	}
	return mysqlerr.New(mysqlerr.AlterNotSupportedReason, what, reason, instead)
}
