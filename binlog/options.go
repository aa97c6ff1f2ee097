package binlog

import (
	"fmt"
	"log/slog"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/xadb/xadb/binlog/writeset"
	"github.com/xadb/xadb/internal/clock"
)

// Options configure a Log. The zero value means the defaults.
type Options struct {
	// FS is where the files live.
	//
	// Default: vfs.Default.
	FS vfs.FS

	// Clock stamps groups that come without a time, and new files.
	//
	// Default: clock.Real.
	Clock clock.Clock

	// Logger receives notes on files begun, repaired and cut.
	//
	// Default: slog.Default().
	Logger *slog.Logger

	// ServerID is written into every event. Replicas drop events that carry
	// their own.
	//
	// Default: 1.
	ServerID uint32

	// ServerUUID is this server's part of each GTID. It must not be zero
	// unless AnonymousGTID is set.
	ServerUUID UUID

	// AnonymousGTID leaves groups without a GTID, as MySQL does with
	// gtid_mode=OFF. A log has GTIDs from its first group on, or never.
	AnonymousGTID bool

	// SizeMax is the size, in bytes, at which NeedRotate says yes. A group is
	// never split: the one that crosses it is finished first. From 4096 to
	// 2 GiB.
	//
	// Default: 128 MiB.
	SizeMax int64

	// BaseName is the part of the file names before ".000001"; the index is
	// BaseName + ".index". Letters, digits, '_' and '-'.
	//
	// Default: "binlog".
	BaseName string

	// ServerVersion is what files say wrote them. Readers take the format
	// from it: three numbers, at least 5.6.1, below 50 bytes in all.
	//
	// Default: "8.0.36-xadb".
	ServerVersion string

	// BufferSizeMax is how many bytes Append collects before it writes them
	// to the file by itself.
	//
	// Default: 4 MiB.
	BufferSizeMax int

	// Tracking is how last_committed is found, and HistoryMax how many hashes of
	// keys are remembered for it: see package writeset.
	//
	// Default: writeset.WriteSet, writeset.HistoryDefault.
	Tracking   writeset.Mode
	HistoryMax int

	// Behind says that another log makes the groups durable, and that this one
	// is written behind it: see Take.
	Behind bool

	// Tail is what that other log holds of the last file. Open and Scan read it
	// in place of the file's own bytes, which may not have reached the disk.
	Tail Chunk
}

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
	if o.ServerID == 0 {
		o.ServerID = 1
	}
	if o.SizeMax == 0 {
		o.SizeMax = 128 << 20
	}
	if o.BaseName == "" {
		o.BaseName = "binlog"
	}
	if o.ServerVersion == "" {
		o.ServerVersion = "8.0.36-xadb"
	}
	if o.HistoryMax == 0 {
		o.HistoryMax = writeset.HistoryDefault
	}
	if o.BufferSizeMax == 0 {
		o.BufferSizeMax = 4 << 20
	}
	return o
}

// validate expects defaults filled in.
func (o Options) validate() error {
	if err := checkSizeMax(o.SizeMax); err != nil {
		return err
	}
	if o.BufferSizeMax < 0 {
		return fmt.Errorf("%w: BufferSizeMax %d is negative", ErrInvalid, o.BufferSizeMax)
	}
	if !o.Tracking.Valid() || o.HistoryMax < 1 || o.HistoryMax > writeset.HistoryMax {
		return fmt.Errorf("%w: %v, HistoryMax %d is not between 1 and %d", ErrInvalid, o.Tracking, o.HistoryMax, writeset.HistoryMax)
	}
	if len(o.BaseName) > NameMax-16 {
		return fmt.Errorf("%w: BaseName of %d bytes", ErrInvalid, len(o.BaseName))
	}
	for _, r := range o.BaseName {
		if r != '_' && r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return fmt.Errorf("%w: BaseName %q has a %q", ErrInvalid, o.BaseName, r)
		}
	}
	if len(o.ServerVersion) >= versionSize || !checksumVersion(o.ServerVersion) {
		return fmt.Errorf("%w: ServerVersion %q is not a version from 5.6.1 on of less than %d bytes", ErrInvalid, o.ServerVersion, versionSize)
	}
	return nil
}

func checkSizeMax(n int64) error {
	if n < 4096 || n > 2<<30 {
		return fmt.Errorf("%w: SizeMax %d is not between 4096 and 2 GiB", ErrInvalid, n)
	}
	return nil
}

// checksumVersion reports whether readers will believe that a server of this
// version writes checksums.
func checksumVersion(v string) bool {
	v, _, _ = strings.Cut(v, "-")
	parts := strings.Split(v, ".")
	if len(parts) != 3 {
		return false
	}
	number := 0
	for _, p := range parts {
		n, err := strconv.Atoi(p)
		if err != nil || n < 0 || n > 255 {
			return false
		}
		number = number<<8 | n
	}
	return number >= 5<<16|6<<8|1
}
