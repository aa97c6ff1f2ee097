package xa

import (
	"strconv"

	"github.com/xadb/xadb/server/lex"
	"github.com/xadb/xadb/server/types"
	"github.com/xadb/xadb/xid"
)

// A Verb is the first word behind XA.
type Verb uint8

// The verbs; BEGIN is START.
const (
	Start Verb = iota
	End
	Prepare
	Commit
	Rollback
	Recover
)

// A Statement is a parsed XA statement.
type Statement struct {
	Verb     Verb
	XID      xid.XID // all verbs but Recover
	Join     bool    // START … JOIN
	Resume   bool    // START … RESUME
	Suspend  bool    // END … SUSPEND [FOR MIGRATE]
	OnePhase bool    // COMMIT … ONE PHASE
	Convert  bool    // RECOVER CONVERT XID
}

var verbs = [...]struct {
	word string
	verb Verb
}{
	{"START", Start}, {"END", End}, {"PREPARE", Prepare}, {"COMMIT", Commit}, {"ROLLBACK", Rollback}, {"RECOVER", Recover},
	{"BEGIN", Start},
}

// Parse reads an XA statement (MySQL manual, XA Transaction SQL Statements). What names a
// branch as text are its bytes in a character set. Its errors are MySQL's: 1064 for text that is no XA statement, 1398 for an
// empty gtrid.
func Parse(sql string, set types.Charset) (Statement, error) {
	var room [8]lex.Token
	cursor, err := lex.MakeCursor(sql, room[:])
	if err != nil {
		return Statement{}, err
	}
	c := &cursor
	if err := c.Expect("XA"); err != nil {
		return Statement{}, err
	}
	s := Statement{}
	verb, ok := acceptVerb(c)
	if !ok {
		return s, c.Fail()
	}
	s.Verb = verb
	if verb != Recover {
		if s.XID, err = parseXID(c, set); err != nil {
			return s, err
		}
	}
	s.options(c)
	return s, c.End()
}

func acceptVerb(c *lex.Cursor) (Verb, bool) {
	for _, v := range verbs {
		if c.Accept(v.word) {
			return v.verb, true
		}
	}
	return 0, false
}

func (s *Statement) options(c *lex.Cursor) {
	switch s.Verb {
	case Start:
		s.Join = c.Accept("JOIN")
		s.Resume = !s.Join && c.Accept("RESUME")
	case End:
		s.Suspend = c.Accept("SUSPEND")
		if s.Suspend {
			c.Accept("FOR", "MIGRATE")
		}
	case Commit:
		s.OnePhase = c.Accept("ONE", "PHASE")
	case Recover:
		s.Convert = c.Accept("CONVERT", "XID")
	}
}

// parseXID reads gtrid [, bqual [, formatID]].
func parseXID(c *lex.Cursor, set types.Charset) (xid.XID, error) {
	gtrid, err := part(c, set)
	if err != nil {
		return xid.XID{}, err
	}
	bqual, format := "", int64(xid.FormatIDDefault)
	if c.Accept(",") {
		if bqual, err = part(c, set); err != nil {
			return xid.XID{}, err
		}
		if c.Accept(",") {
			if format, err = formatID(c); err != nil {
				return xid.XID{}, err
			}
		}
	}
	x, err := xid.New(format, []byte(gtrid), []byte(bqual))
	if err != nil {
		return xid.XID{}, invalid() // an empty gtrid: X/Open names no such branch
	}
	return x, nil
}

func part(c *lex.Cursor, set types.Charset) (string, error) {
	t := c.Peek()
	s, err := c.Text()
	if t.Kind == lex.String && set.Recodes() {
		s = string(set.Encode([]byte(s)))
	}
	if err == nil && len(s) > xid.PartMax {
		return "", lex.Error(c.Source(), t.Pos)
	}
	return s, err
}

func formatID(c *lex.Cursor) (int64, error) {
	t := c.Peek()
	if t.Kind != lex.Number && t.Kind != lex.Hex {
		return 0, c.Fail()
	}
	n, err := strconv.ParseInt(t.Text, 0, 64)
	if t.Kind == lex.Number {
		n, err = strconv.ParseInt(t.Text, 10, 64)
	}
	if err != nil || n < 0 || n > xid.FormatIDMaxSQL {
		return 0, c.Fail()
	}
	c.Next()
	return n, nil
}
