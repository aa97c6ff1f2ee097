// Package wal is a write-ahead log: typed records go in at the end, become
// durable when Sync returns, and come back in order after a crash.
//
// The package knows nothing of transactions. A record is a type byte and a
// body; what the body means is the caller's business.
//
// # Layout on disk
//
// A log is a directory with a control file and a run of segment files,
// 00000000000000000001.wal and up, numbered without a gap. All integers are
// little-endian.
//
//	segment   +----------------+--------+--------+-- ... --+--------------------+
//	          | header (64 B)  | record | record |         | zeros or old bytes |
//	          +----------------+--------+--------+-- ... --+--------------------+
//
//	header     0          8     12    16          24          32
//	          +----------+-----+-----+-----------+-----------+
//	          | XAEWAL01 |  1  | 64  | segmentNo | firstLSN  |
//	          +----------+-----+-----+-----------+-----+-----+
//	          |     store uuid       | createdNS | epoch|crc32c|
//	          +----------------------+-----------+-----+------+
//	          32                     48          56    60     64
//
//	record     0        4        8                16               24
//	          +--------+--------+----------------+----------------+
//	          | crc32c | bodyLen|      lsn       |   syncedLSN    |
//	          +--------+--------+----+----+------+-------+--------+
//	          |      txnID      |type|flag|hdrLen| epoch | body.. |
//	          +-----------------+----+----+------+-------+--------+
//	          24                32   33   34     36      40
//
// The body is followed by zeros up to a multiple of 8. A checksum covers all
// before it in a header, all behind it in a record, the zeros left out (they
// are checked to be zeros). An LSN is an offset in the endless log: segment
// headers do not count and the first record has LSN 8. syncedLSN is how far the
// log was known durable when the record was appended. The epoch counts boots.
//
// Segment k holds the records from its firstLSN up to that of segment k+1; what
// its file has beyond is stale. A record is never split. Retired segments are
// reused, so a record in the wrong place, or of an earlier epoch than the one
// before it, is stale too. Zeros are no record: they have no header length.
//
// Files that wait to become segments are named *.free when they were retired
// and *.spare when they were made ahead; Open removes those that it finds.
//
// CTRL holds two slots of 4 KiB, written in turn (see ctrlState).
//
// # What holds
//
//   - W1: a record that Replay returns was passed to Append, unchanged.
//   - W2: after Sync returns nil, every record appended before it survives
//     any crash.
//   - W3: what survives a crash is a prefix of what was appended.
//   - W4: after a failed write or sync the log accepts and promises nothing
//     more; a failed sync is never repeated.
//   - W5: a segment exists only if all before it are durable to their ends.
//   - W6: a file gets its name (CTRL, a segment) only when it is complete and
//     synced, and is relied on only when its directory was synced.
//   - W7: a segment is retired only after the control slot that no longer needs
//     it is durable.
//   - W8: recovery relies on no byte above the proven position until it has
//     written it again: after a failed sync, bytes may be readable that the disk
//     does not have.
//   - W9: a segment is filled with zeros ahead of its records, always above the
//     last of them, and records go only where it was filled. So a data sync
//     changes no metadata but once in a step, and a disk that is full is found
//     full before a record is written.
//   - W10: the control slot names a segment durably before a record in it is
//     written, so the loss of the last one cannot pass for a shorter log.
//
// # Where the log ends
//
// It ends at P, the first place that holds no valid record. S is the highest
// position that anything on disk, or the caller, proves to have been durable:
// the control slot, every valid record's syncedLSN, also of valid records
// behind P, and the beginning of the last segment (W5). If P < S, or a segment
// that the control slot names is missing (W10), the log is damaged and Open
// refuses it with ErrCorrupt and the place, having written nothing. Otherwise P
// is a torn tail, the ordinary end after a crash. After a clean Close the log
// must end exactly where the control slot says. A failed read is an error and
// never an end.
//
// # A full disk
//
// PrepareSpare makes the next segment ahead of need, and fills that of a busy log
// to its end, so that commits do not. Room says how much can be appended without
// new space. When the last segment cannot be filled further,
// the log goes on in a spare. That no spare can be made is no failure: SpareErr
// keeps it, and the caller may hold back what can wait. Only a Sync that finds
// neither room nor a spare poisons the log.
//
// # What is taken for granted
//
// A sync that returns nil made the file's bytes, or the directory's entries,
// durable; a write of the bytes that are there already cannot harm them; a
// directory sync that failed leaves its entries to the next one. A failed sync
// of a file may have dropped its pages and left them readable (C6).
//
// A sync is the strongest call that the system has: of pebble's vfs.Default,
// SyncData is fdatasync on Linux and Sync elsewhere, and Go's File.Sync is
// F_FULLFSYNC on Darwin, which makes the drive empty its cache, and
// FlushFileBuffers on Windows (internal/poll, fd_fsync_darwin.go and
// fd_fsync_windows.go). On Windows nothing syncs a directory (vfs,
// default_windows.go): there a name is as durable as NTFS's journal makes it.
//
// What no later byte proves cannot be told from a torn tail: the last group
// before a crash has no witness on disk but Options.ProvenLSN (C25).
//
// # Ownership
//
// Append copies bodies. Replay lends its record for the time of the callback.
// A Log starts no goroutine.
package wal
