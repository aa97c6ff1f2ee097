package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Of COM_BINLOG_DUMP.
const (
	comBinlogDump   = 18
	dumpNonBlock    = 1 // an EOF at the log's end
	firstEvent      = 4 // its offset in a file
	firstFollowerID = 100
)

// mebi is what a dump's operations are counted in.
const mebi = 1 << 20

// follow asks for a server's binary log from its oldest file on.
func (c *sqlConn) follow(serverID uint32, flags uint16) error {
	for _, sql := range []string{"SET @master_binlog_checksum = 'CRC32'", "SET @mariadb_slave_capability = 4"} {
		if err := c.exec(sql); err != nil {
			return err
		}
	}
	c.seq = 0
	c.begin()
	c.out = append(c.out, comBinlogDump)
	c.out = binary.LittleEndian.AppendUint32(c.out, firstEvent)
	c.out = binary.LittleEndian.AppendUint16(c.out, flags)
	c.out = binary.LittleEndian.AppendUint32(c.out, serverID)
	return c.send() // and no file's name
}

// followers read a server's binary log as it grows.
type followers struct {
	conns []*sqlConn
	read  []atomic.Int64 // bytes, of each
	ended atomic.Bool
	errs  []error
	wg    sync.WaitGroup
}

func follow(addr string, n int) (*followers, error) {
	f := &followers{read: make([]atomic.Int64, n), errs: make([]error, n)}
	for i := range n {
		c, err := dialSQL(addr, "")
		if err == nil {
			f.conns = append(f.conns, c)
			err = c.follow(uint32(firstFollowerID+i), 0)
		}
		if err != nil {
			return nil, errors.Join(err, f.close())
		}
		f.wg.Go(func() {
			for err == nil {
				if err = c.packet(); err == nil {
					f.read[i].Add(int64(len(c.body)))
				}
			}
			if !f.ended.Load() || !errors.Is(err, net.ErrClosed) {
				f.errs[i] = err
			}
		})
	}
	return f, nil
}

// behind is how many bytes the slowest of them has read less than the fastest.
func (f *followers) behind() int64 {
	least, most := f.read[0].Load(), f.read[0].Load()
	for i := range f.read {
		least, most = min(least, f.read[i].Load()), max(most, f.read[i].Load())
	}
	return most - least
}

// catchUp returns when nothing has come for a while, to any of them.
func (f *followers) catchUp() {
	for last := int64(-1); ; time.Sleep(50 * time.Millisecond) {
		now := int64(0)
		for i := range f.read {
			now += f.read[i].Load()
		}
		if now == last {
			return
		}
		last = now
	}
}

func (f *followers) close() error {
	if len(f.conns) == len(f.read) {
		f.catchUp()
	}
	f.ended.Store(true)
	var errs []error
	for _, c := range f.conns {
		errs = append(errs, c.close())
	}
	f.wg.Wait()
	if d := f.behind(); d != 0 && len(f.conns) == len(f.read) {
		errs = append(errs, fmt.Errorf("a follower has %d bytes less than another", d))
	}
	return errors.Join(append(errs, f.errs...)...)
}

// A followedStore is a server with followers.
type followedStore struct {
	*sqlStore
	followers *followers
}

// followed opens a server with one table, on which clients do op while so many
// followers read what it logs.
func followed(start starter, op func(c *sqlConn, rows, i int64) error, n int) func(site) (store, error) {
	return func(s site) (store, error) {
		st, err := openSQL(start, op, s)
		if err != nil {
			return nil, err
		}
		f, err := follow(st.addr, n)
		if err != nil {
			return nil, errors.Join(err, st.close())
		}
		f.catchUp()
		return &followedStore{st, f}, nil
	}
}

func (st *followedStore) close() error { return errors.Join(st.followers.close(), st.sqlStore.close()) }

// A dumpedStore is a server whose binary log is read from end to end.
type dumpedStore struct{ *sqlStore }

// dumpUpdates is how often each row of a store that is dumped was changed, so
// many rows at a time.
const (
	dumpUpdates = 8
	dumpRows    = 20_000
)

// dumped opens a server with a log of some hundred MiB; its clients dump it, and
// an operation is a MiB of it.
func dumped(start starter) func(site) (store, error) {
	return func(s site) (store, error) {
		st, err := openSQL(start, nil, s)
		if err != nil {
			return nil, err
		}
		c, err := st.client()
		for i := int64(0); err == nil && i < dumpUpdates*max(st.rows, dumpRows); i += dumpRows {
			err = c.exec(fmt.Sprintf("UPDATE t SET n = n + 1 WHERE id >= %d AND id < %d", i%st.rows, i%st.rows+dumpRows))
		}
		if err != nil {
			return nil, errors.Join(err, st.close())
		}
		st.free = append(st.free, c)
		return &dumpedStore{st}, nil
	}
}

func (st *dumpedStore) run(s *slice, h *histogram) error {
	for !s.stopped() {
		if err := st.dump(s, h); err != nil {
			return err
		}
	}
	return nil
}

// dump reads the log once, or until the slice ends; one MiB at least.
func (st *dumpedStore) dump(s *slice, h *histogram) (err error) {
	c, err := dialSQL(st.addr, "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	if err := c.follow(firstFollowerID, dumpNonBlock); err != nil {
		return err
	}
	last, read := time.Now(), 0
	for first := true; first || !s.stopped(); {
		if err := c.packet(); err != nil {
			return err
		}
		if c.body[0] == sqlEOF {
			return nil
		}
		if read += len(c.body); read >= mebi {
			read -= mebi
			atomic.AddInt64(s.next, 1)
			h.note(int64(time.Since(last)))
			last, first = time.Now(), false
		}
	}
	return nil
}
