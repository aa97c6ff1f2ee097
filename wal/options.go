package wal

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/internal/clock"
)

// Options configure a Log. The zero value means the defaults.
type Options struct {
	// FS is where the log lives. Default: vfs.Default.
	FS vfs.FS

	// Clock dates segment headers. Default: clock.Real.
	Clock clock.Clock

	// Logger receives notes on recovery and on poisoning. Default: slog.Default().
	Logger *slog.Logger

	// StoreID names the store; it is used only when the log is created, and
	// read back from the control file ever after.
	StoreID [16]byte

	// SegmentSize is the size in bytes, header included, at which a segment
	// is closed and the next one begun. A multiple of 4096. Default: 64 MiB.
	SegmentSize int64

	// RecordSizeMax bounds one body, in bytes. It may exceed SegmentSize: a
	// record that fits into no segment gets a larger one of its own.
	// Default: 64 MiB; at most 1 GiB.
	RecordSizeMax int

	// BufferSizeMax bounds the bytes that Append collects in memory before it
	// writes them out itself. A single record may be larger. There are two
	// such buffers. Default: 8 MiB.
	BufferSizeMax int

	// RecycleMax is how many retired segment files are kept for reuse.
	// Negative means none. Default: 4.
	RecycleMax int

	// Scarce says that the disk has next to no room: then nothing is filled ahead
	// and no spare is made, so that what is left lasts, and others find some.
	// It must return at once. Default: it never is; a full disk is found out.
	Scarce func() bool

	// OnSegment is told the number of each segment that is begun, and of each
	// that is retired. OnSync is told how long each sync of a segment took. Both
	// are called with locks held and must return at once.
	OnSegment func(number uint64, begun bool)
	OnSync    func(time.Duration)

	// ProvenLSN is a position below which the caller knows the log to have
	// been durable, such as the position of the last record that its tables
	// durably hold. Damage below it is corruption, never a torn tail.
	ProvenLSN LSN

	steps steps // tests take smaller ones
}

const (
	segmentSizeDefault   = 64 << 20
	recordSizeDefault    = 64 << 20
	recordSizeLimit      = 1 << 30
	bufferSizeDefault    = 8 << 20
	recycleDefault       = 4
	segmentSizeAlignment = 4096
)

// withDefaults returns a filled-in copy.
func (o Options) withDefaults() Options {
	if o.FS == nil {
		o.FS = vfs.Default
	}
	if o.Clock == nil {
		o.Clock = clock.Real
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Scarce == nil {
		o.Scarce = func() bool { return false }
	}
	if o.OnSegment == nil {
		o.OnSegment = func(uint64, bool) {}
	}
	if o.OnSync == nil {
		o.OnSync = func(time.Duration) {}
	}
	if o.SegmentSize == 0 {
		o.SegmentSize = segmentSizeDefault
	}
	if o.RecordSizeMax == 0 {
		o.RecordSizeMax = recordSizeDefault
	}
	if o.BufferSizeMax == 0 {
		o.BufferSizeMax = bufferSizeDefault
	}
	if o.RecycleMax == 0 {
		o.RecycleMax = recycleDefault
	}
	if o.steps == (steps{}) {
		o.steps = stepsDefault
	}
	return o
}

// validate expects defaults filled in.
func (o Options) validate() error {
	if o.SegmentSize < segmentSizeAlignment || o.SegmentSize%segmentSizeAlignment != 0 {
		return fmt.Errorf("wal: SegmentSize %d is not a positive multiple of %d", o.SegmentSize, segmentSizeAlignment)
	}
	if o.RecordSizeMax < 1 || o.RecordSizeMax > recordSizeLimit {
		return fmt.Errorf("wal: RecordSizeMax %d is not between 1 and %d", o.RecordSizeMax, recordSizeLimit)
	}
	if o.BufferSizeMax < 1 {
		return fmt.Errorf("wal: BufferSizeMax %d is not positive", o.BufferSizeMax)
	}
	return nil
}
