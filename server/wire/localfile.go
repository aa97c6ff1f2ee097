package wire

import (
	"io"

	"github.com/go-mysql-org/go-mysql/mysql"
)

// A LocalFile is a file of the client's, which it sends after RequestFile in
// packets, the last of them empty (MySQL Internals, LOCAL INFILE).
type LocalFile struct {
	c    *Conn
	rest []byte // of the packet being given out
	err  error  // io.EOF behind the last packet
}

// RequestFile asks the client for a file, and sends what is collected. The
// file must be read to its end, or Drained, before anything else is written.
func (c *Conn) RequestFile(name string) (*LocalFile, error) {
	c.begin()
	c.out = append(append(c.out, mysql.LocalInFile_HEADER), name...)
	if err := c.end(); err != nil {
		return nil, err
	}
	return &LocalFile{c: c}, c.Flush()
}

// Read implements io.Reader.
func (f *LocalFile) Read(p []byte) (int, error) {
	for len(f.rest) == 0 {
		if f.err != nil {
			return 0, f.err
		}
		if f.err = f.c.limitRead(); f.err != nil {
			return 0, f.err
		}
		f.c.in, f.err = f.c.read(f.c.in[:0])
		switch {
		case f.err != nil:
		case len(f.c.in) == 0:
			f.err = io.EOF
		default:
			f.rest = f.c.in
		}
	}
	n := copy(p, f.rest)
	f.rest = f.rest[n:]
	return n, nil
}

// Drain reads what is left. Its error ends the connection.
func (f *LocalFile) Drain() error {
	_, err := io.Copy(io.Discard, f)
	return err
}
