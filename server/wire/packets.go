package wire

import (
	"encoding/binary"

	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/xadb/xadb/server/mysqlerr"
)

// An OK is the answer to a statement without rows.
type OK struct {
	AffectedRows uint64
	InsertID     uint64
	Status       uint16 // mysql.SERVER_…
	Warnings     uint16
	Info         string // "Rows matched: 1  Changed: 1  Warnings: 0"
}

// A Column describes one column of a result.
type Column struct {
	Name     string // as the statement calls it
	OrgName  string // as the table calls it
	Table    string
	OrgTable string
	DB       string
	Type     byte // mysql.MYSQL_TYPE_…
	Charset  uint16
	Own      uint16 // the collation of text that is sent unconverted; 0: it is the server's own
	Length   uint32 // display width, in bytes
	Decimals uint8
	Flags    uint16
}

// WriteOK collects an OK packet.
func (c *Conn) WriteOK(ok OK) error { return c.writeOK(mysql.OK_HEADER, ok) }

// writeOK also writes the OK that stands for an EOF, under that one's header.
func (c *Conn) writeOK(header byte, ok OK) error {
	c.begin()
	if len(c.track.State) > 0 {
		ok.Status |= mysql.SERVER_SESSION_STATE_CHANGED
	}
	c.out = append(c.out, header)
	c.out = mysql.AppendLengthEncodedInteger(c.out, ok.AffectedRows)
	c.out = mysql.AppendLengthEncodedInteger(c.out, ok.InsertID)
	c.out = binary.LittleEndian.AppendUint16(c.out, ok.Status)
	c.out = binary.LittleEndian.AppendUint16(c.out, ok.Warnings)
	if ok.Info != "" || len(c.track.State) > 0 {
		c.out = appendString(c.out, ok.Info)
	}
	if len(c.track.State) > 0 {
		c.out = appendBytes(c.out, c.track.State)
		c.track = Track{}
	}
	return c.end()
}

// WriteError collects an ERR packet.
func (c *Conn) WriteError(e *mysqlerr.Error) error {
	c.begin()
	c.out = appendError(c.out, e)
	return c.end()
}

func appendError(b []byte, e *mysqlerr.Error) []byte {
	b = append(b, mysql.ERR_HEADER)
	b = binary.LittleEndian.AppendUint16(b, e.Code)
	b = append(b, '#')
	b = append(b, e.State...)
	return append(b, e.Message...)
}

// WriteEOF collects what ends rows: an EOF packet, or an OK with its header
// for clients that want no EOF (CLIENT_DEPRECATE_EOF).
func (c *Conn) WriteEOF(status, warnings uint16) error {
	if c.Has(mysql.CLIENT_DEPRECATE_EOF) {
		return c.writeOK(mysql.EOF_HEADER, OK{Status: status, Warnings: warnings})
	}
	return c.WriteOldEOF(status, warnings)
}

// WriteOldEOF collects an EOF packet, which ends a dump for every client.
func (c *Conn) WriteOldEOF(status, warnings uint16) error {
	c.begin()
	c.out = append(c.out, mysql.EOF_HEADER)
	c.out = binary.LittleEndian.AppendUint16(c.out, warnings)
	c.out = binary.LittleEndian.AppendUint16(c.out, status)
	return c.end()
}

// WriteString collects a packet of plain text, the answer to COM_STATISTICS.
func (c *Conn) WriteString(s string) error {
	c.begin()
	c.out = append(c.out, s...)
	return c.end()
}

// WriteColumns collects the head of a result: the number of columns, their
// descriptions and an EOF.
func (c *Conn) WriteColumns(columns []Column, status uint16) error {
	c.begin()
	c.out = mysql.AppendLengthEncodedInteger(c.out, uint64(len(columns)))
	if err := c.end(); err != nil {
		return err
	}
	return c.WriteFields(columns, status)
}

// WriteCursor collects the answer to an execution that opens a cursor: the
// head of a result, without rows.
func (c *Conn) WriteCursor(columns []Column, status, warnings uint16) error {
	if err := c.WriteColumns(columns, status); err != nil || !c.Has(mysql.CLIENT_DEPRECATE_EOF) {
		return err
	}
	return c.WriteEOF(status, warnings)
}

// WriteFields collects the descriptions of columns, and an EOF for the clients
// that want one there.
func (c *Conn) WriteFields(columns []Column, status uint16) error {
	for i := range columns {
		c.begin()
		c.out = appendColumn(c.out, &columns[i])
		if err := c.end(); err != nil {
			return err
		}
	}
	if c.Has(mysql.CLIENT_DEPRECATE_EOF) {
		return nil
	}
	return c.WriteOldEOF(status, 0)
}

// WriteFieldList collects the answer to COM_FIELD_LIST: descriptions with the
// columns' defaults, here always NULL, and an EOF.
func (c *Conn) WriteFieldList(columns []Column, status uint16) error {
	for i := range columns {
		c.begin()
		c.out = append(appendColumn(c.out, &columns[i]), nullText)
		if err := c.end(); err != nil {
			return err
		}
	}
	return c.WriteEOF(status, 0)
}

func appendColumn(b []byte, col *Column) []byte {
	b = appendString(b, "def")
	for _, s := range []string{col.DB, col.Table, col.OrgTable, col.Name, col.OrgName} {
		b = appendString(b, s)
	}
	b = append(b, 0x0c) // length of what follows
	b = binary.LittleEndian.AppendUint16(b, col.Charset)
	b = binary.LittleEndian.AppendUint32(b, col.Length)
	b = append(b, col.Type)
	b = binary.LittleEndian.AppendUint16(b, col.Flags)
	return append(b, col.Decimals, 0, 0)
}

// WritePrepared collects the answer to COM_STMT_PREPARE.
func (c *Conn) WritePrepared(id uint32, params int, columns []Column, status, warnings uint16) error {
	c.begin()
	c.out = append(c.out, mysql.OK_HEADER)
	c.out = binary.LittleEndian.AppendUint32(c.out, id)
	c.out = binary.LittleEndian.AppendUint16(c.out, uint16(len(columns)))
	c.out = binary.LittleEndian.AppendUint16(c.out, uint16(params))
	c.out = append(c.out, 0) // filler
	c.out = binary.LittleEndian.AppendUint16(c.out, warnings)
	if err := c.end(); err != nil {
		return err
	}
	if params > 0 {
		mark := Column{Name: "?", Type: mysql.MYSQL_TYPE_VAR_STRING, Charset: 63, Flags: mysql.BINARY_FLAG}
		marks := make([]Column, params)
		for i := range marks {
			marks[i] = mark
		}
		if err := c.WriteFields(marks, status); err != nil {
			return err
		}
	}
	if len(columns) > 0 {
		return c.WriteFields(columns, status)
	}
	return nil
}

func appendString(b []byte, s string) []byte {
	b = mysql.AppendLengthEncodedInteger(b, uint64(len(s)))
	return append(b, s...)
}

func appendBytes(b, s []byte) []byte {
	b = mysql.AppendLengthEncodedInteger(b, uint64(len(s)))
	return append(b, s...)
}
