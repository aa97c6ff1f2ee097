package binlog

import (
	"errors"
	"fmt"
	"io"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// readChunk is how many bytes a Reader asks for at a time.
const readChunk = 256 << 10

// A Reader returns the events of one file in order, each checked: its size,
// its place and its CRC32. It is not safe for concurrent use.
type Reader struct {
	file   readerAt
	name   string
	limit  int64 // bytes at and behind it are not looked at
	next   int64 // offset of the next event
	window []byte
	at     int64 // offset of window[0]
	format FormatDescription
	inUse  bool
}

type readerAt interface {
	io.ReaderAt
	io.Closer
}

// OpenReader opens the file at path, checks that it is a binary log and
// returns a Reader at its first event. The Reader ends where the file ended
// at this moment; see SetLimit. Bytes that are not a binary log are an
// *EventError.
func OpenReader(fs vfs.FS, path string) (*Reader, error) {
	file, err := fs.Open(path)
	if err != nil {
		return nil, fmt.Errorf("binlog: opening %s: %w", path, err)
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("binlog: size of %s: %w", path, err), file.Close())
	}
	if info.IsDir() {
		return nil, errors.Join(fmt.Errorf("binlog: %s is a directory", path), file.Close())
	}
	r := &Reader{file: file, name: fs.PathBase(path), limit: info.Size()}
	if err := r.readHead(); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return r, nil
}

// readHead checks the magic and the FORMAT_DESCRIPTION, and steps back in
// front of it.
func (r *Reader) readHead() error {
	if r.limit < firstOffset {
		return r.bad(0, "shorter than the magic number")
	}
	magic, err := r.fill(0, int(firstOffset))
	if err != nil {
		return err
	}
	if string(magic) != Magic {
		return r.bad(0, fmt.Sprintf("magic number % x, not % x", magic, Magic))
	}
	r.next = firstOffset
	ev, err := r.Next()
	if err == io.EOF {
		return r.bad(r.next, "no format description")
	}
	if err != nil {
		return err
	}
	if r.format, err = DecodeFormatDescription(ev.Body()); err != nil {
		return r.bad(ev.Offset, err.Error())
	}
	r.inUse = ev.Flags&FlagInUse != 0
	r.next = firstOffset
	return nil
}

// Format is what the file's first event says.
func (r *Reader) Format() FormatDescription { return r.format }

// InUse reports whether the file was not closed when the Reader was opened:
// it is being written, or its writer crashed.
func (r *Reader) InUse() bool { return r.inUse }

// Offset is where Next reads next.
func (r *Reader) Offset() int64 { return r.next }

// Limit is the offset at which the Reader ends.
func (r *Reader) Limit() int64 { return r.limit }

// SetLimit moves the Reader's end, such as to Log.DurablePos of a file that
// is being written. What the Reader holds in memory beyond the old end is
// read again.
func (r *Reader) SetLimit(limit int64) {
	r.limit = limit
	r.window, r.at = r.window[:0], 0
}

// SeekTo moves to the event at offset, which must be the place of one.
func (r *Reader) SeekTo(offset int64) error {
	if offset < firstOffset || offset > r.limit {
		return fmt.Errorf("%w: %s has no offset %d", ErrInvalid, r.name, offset)
	}
	r.next = offset
	return nil
}

// Close releases the file.
func (r *Reader) Close() error { return r.file.Close() }

func (r *Reader) bad(offset int64, reason string) error {
	return &EventError{File: r.name, Offset: offset, Reason: reason}
}

// fill returns the n bytes at offset, which lie below the limit, out of the
// window. They are valid until the next call.
func (r *Reader) fill(offset int64, n int) ([]byte, error) {
	if end := r.at + int64(len(r.window)); offset < r.at || offset+int64(n) > end {
		size := int64(max(n, readChunk))
		size = min(size, r.limit-offset)
		if int64(cap(r.window)) < size {
			r.window = make([]byte, size)
		}
		r.window, r.at = r.window[:size], offset
		if got, err := r.file.ReadAt(r.window, offset); got < len(r.window) {
			r.window = r.window[:0]
			if err == nil || err == io.EOF {
				err = io.ErrUnexpectedEOF // the size said there was more
			}
			return nil, fmt.Errorf("binlog: reading %s at offset %d: %w", r.name, offset, err)
		}
	}
	from := int(offset - r.at)
	return r.window[from : from+n : from+n], nil
}

// Next returns the next event, valid until the call after, or io.EOF at the
// end. Bytes that are not an event are an *EventError and the Reader stays
// where it is; any other error is the file system's.
func (r *Reader) Next() (Event, error) {
	left := r.limit - r.next
	if left == 0 {
		return Event{}, io.EOF
	}
	if left < eventSizeMin {
		return Event{}, r.bad(r.next, fmt.Sprintf("%d bytes, too few for an event", left))
	}
	head, err := r.fill(r.next, HeaderSize)
	if err != nil {
		return Event{}, err
	}
	h := decodeHeader(head)
	if h.Size < eventSizeMin || h.Size > EventSizeMax {
		return Event{}, r.bad(r.next, fmt.Sprintf("event size %d", h.Size))
	}
	if int64(h.Size) > left {
		return Event{}, r.bad(r.next, fmt.Sprintf("event size %d with %d bytes left", h.Size, left))
	}
	if end := r.next + int64(h.Size); uint32(end) != h.LogPos {
		return Event{}, r.bad(r.next, fmt.Sprintf("event ends at %d but says %d", end, h.LogPos))
	}
	raw, err := r.fill(r.next, int(h.Size))
	if err != nil {
		return Event{}, err
	}
	if want, got := checksum(raw), uint32(uintLE(raw[len(raw)-ChecksumSize:])); want != got {
		return Event{}, r.bad(r.next, fmt.Sprintf("checksum %08x, want %08x", got, want))
	}
	if first := r.next == firstOffset; first != (h.Type == EventFormatDescription) {
		return Event{}, r.bad(r.next, fmt.Sprintf("unexpected %v event", h.Type))
	}
	ev := Event{Header: h, Offset: r.next, Raw: raw}
	r.next += int64(h.Size)
	return ev, nil
}
