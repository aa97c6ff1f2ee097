package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
)

// A sqlConn is a client of a MySQL server that costs next to nothing: it sends
// a text and counts the packets of the answer, without looking into rows.
type sqlConn struct {
	nc   net.Conn
	r    *bufio.Reader
	out  []byte // the packet to be sent, whose header has room
	seq  byte
	body []byte // of the last packet
}

// Capabilities and packets of the protocol (MySQL Internals, Client/Server
// Protocol).
const (
	sqlLongPassword = 1 << 0
	sqlConnectDB    = 1 << 3
	sqlProtocol41   = 1 << 9
	sqlSecure       = 1 << 15
	sqlPluginAuth   = 1 << 19

	sqlOK, sqlEOF, sqlErr = 0x00, 0xfe, 0xff
	comQuery              = 3
)

// dialSQL logs in as root, who has no password.
func dialSQL(addr, db string) (*sqlConn, error) {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	c := &sqlConn{nc: nc, r: bufio.NewReaderSize(nc, 16<<10)}
	if err := c.login(db); err != nil {
		return nil, errors.Join(err, nc.Close())
	}
	return c, nil
}

func (c *sqlConn) login(db string) error {
	if err := c.packet(); err != nil { // the greeting, of which nothing matters
		return err
	}
	caps := uint32(sqlLongPassword | sqlProtocol41 | sqlSecure | sqlPluginAuth)
	if db != "" {
		caps |= sqlConnectDB
	}
	c.begin()
	c.out = binary.LittleEndian.AppendUint32(c.out, caps)
	c.out = binary.LittleEndian.AppendUint32(c.out, 1<<24)
	c.out = append(c.out, 45) // utf8mb4_general_ci
	c.out = append(c.out, make([]byte, 23)...)
	c.out = append(c.out, "root\x00\x00"...) // and no password
	if db != "" {
		c.out = append(append(c.out, db...), 0)
	}
	c.out = append(c.out, "mysql_native_password\x00"...)
	if err := c.send(); err != nil {
		return err
	}
	if err := c.packet(); err != nil {
		return err
	}
	if c.body[0] == sqlEOF { // another plugin: no password there either
		c.begin()
		if err := c.send(); err != nil {
			return err
		}
		return c.packet()
	}
	return nil
}

// begin opens the packet to be sent.
func (c *sqlConn) begin() { c.out = append(c.out[:0], 0, 0, 0, c.seq) }

func (c *sqlConn) send() error {
	n := len(c.out) - 4
	c.out[0], c.out[1], c.out[2] = byte(n), byte(n>>8), byte(n>>16)
	_, err := c.nc.Write(c.out)
	return err
}

// packet reads one packet; ERR is an error.
func (c *sqlConn) packet() error {
	head, err := c.r.Peek(4)
	if err != nil {
		return err
	}
	n := int(head[0]) | int(head[1])<<8 | int(head[2])<<16
	c.seq = head[3] + 1
	if _, err := c.r.Discard(4); err != nil {
		return err
	}
	if cap(c.body) < n {
		c.body = make([]byte, n)
	}
	c.body = c.body[:n]
	if _, err := io.ReadFull(c.r, c.body); err != nil {
		return err
	}
	if n == 0 {
		return errors.New("an empty packet")
	}
	if c.body[0] == sqlErr && n > 9 {
		return fmt.Errorf("error %d: %s", binary.LittleEndian.Uint16(c.body[1:]), c.body[9:])
	}
	return nil
}

// query begins a statement; its text is appended to what is returned, and sent
// by run.
func (c *sqlConn) query() []byte {
	c.seq = 0
	c.begin()
	return append(c.out, comQuery)
}

// run sends a statement and reads its answer to the end; it returns the number
// of rows.
func (c *sqlConn) run(statement []byte) (rows int, err error) {
	c.out = statement
	if err := c.send(); err != nil {
		return 0, err
	}
	if err := c.packet(); err != nil || c.body[0] == sqlOK {
		return 0, err
	}
	for ends := 0; ends < 2; { // of the columns, and of the rows
		if err := c.packet(); err != nil {
			return 0, err
		}
		switch {
		case c.body[0] == sqlEOF && len(c.body) < 9:
			ends++
		case ends == 1:
			rows++
		}
	}
	return rows, nil
}

// exec is run of a text.
func (c *sqlConn) exec(text string) error {
	_, err := c.run(append(c.query(), text...))
	return err
}

func (c *sqlConn) close() error { return c.nc.Close() }
