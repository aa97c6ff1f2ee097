// Package binlog writes a server's binary log in the format of MySQL 8.0, so
// that MySQL and MariaDB replicas and change-data readers can follow it, and
// reads it back at recovery, where it is the list of committed transactions.
//
// The package knows nothing of storage: which transaction a group belongs to
// is the caller's business. It writes row images only, never statements
// other than data definitions.
//
// # Layout on disk
//
// A log is a run of files binlog.000001 and up, and binlog.index, which names
// them, one per line; behind a Reset a line "#reset binlog.000007 1234" in front
// says with which file, and behind how many indexes, numbers began anew. All integers are little-endian but where noted.
//
//	file     +------+--------------------+----------------+-------+-----+----------------+
//	         | magic| FORMAT_DESCRIPTION | PREVIOUS_GTIDS | group | ... | ROTATE or STOP |
//	         +------+--------------------+----------------+-------+-----+----------------+
//
//	event     0           4      5           9      13        17      19
//	         +-----------+------+-----------+------+---------+-------+-- ... --+-------+
//	         | timestamp | type | server id | size | log pos | flags |  body   | crc32 |
//	         +-----------+------+-----------+------+---------+-------+-- ... --+-------+
//
// size counts all of it; log pos is where the event ends in its file; the
// checksum (IEEE) covers everything in front of it. The flag IN_USE of the
// first event is set while the file is written and taken back in place, so
// the checksum counts it as clear. See Kind for the events of a group.
//
// # What holds
//
//   - B1: a group is contiguous in one file, and sequence numbers run from 1
//     without gaps in each file.
//   - B2: after Sync returns nil, every group flushed before it survives any
//     crash.
//   - B3: what survives a crash is a prefix of the groups.
//   - B4: after a failed write, sync or rotation the log accepts nothing more;
//     the next Open writes what nothing proves durable again before anyone
//     trusts it (C6).
//   - B5: the index names a file only after the file's head and its entry in
//     the folder are durable.
//   - B6: a file without the IN_USE flag, and every file but the last, ends in
//     ROTATE or STOP: its groups were synced before the flag was taken back.
//     Open ends a file that a crash left open with a STOP.
//   - B7: the set in PREVIOUS_GTIDS is exactly the groups in the files before,
//     up to the last Reset.
//   - B8: every file that the index names is there, and they follow one another;
//     what was purged is missing in front. A file goes after the index is durable
//     without it, and Open removes those in front of the first it names.
//   - B9: file numbers grow for ever, and so do indexes. Recovery needs nothing of
//     what was in front of a Reset, whatever place it asks for.
//
// # Where the log ends
//
// Only the end of a last file with IN_USE may be incomplete: that is what a
// crash leaves, and Open cuts it after the last complete group. Bad bytes are
// corruption, and Open changes nothing, if they are in any other file (B6),
// in a file's head (B5), in front of the caller's from position, or in front
// of a complete group which proves that they were durable: one that was
// prepared when they were committed, as its last_committed says. Without that
// proof they were unsynced, and disks may write later blocks first. An event
// that is whole but out of order counts as bad bytes: a file may grow over
// what another file left on the disk.
//
// # Where the disk is full
//
// Open cuts and closes the last file where it lies: that takes the room of a STOP,
// which as a rule there is behind a torn end, and of what the other log has and the
// file has not. Bytes in front of the end never change: they are written again as
// they are, which as with the engine's log is taken to harm none, and those that
// were durable before are not touched. So a crash in the middle leaves the
// same groups, and replicas that have them have not read anything else. Only a
// file system whose files cannot be cut has the last file copied, and needs
// room for that; one that copies what is written again needs as much for a while.
//
// Start needs room for a file without groups, and for an index.
//
// # Payloads
//
// Pack makes one TRANSACTION_PAYLOAD of what follows a group's GTID, compressed by
// zstd and without checksums:
//
//	fields: field, length, value   algorithm, sizes with and without compression
//	0, and the events              BEGIN, rows, XID
//
// It has more bytes than events: each event inside has one of them as its place, for
// readers that are sent what is inside and come back by place (see Unpacker).
//
// # Following
//
// A Follower reads the files behind the writer, up to DurablePos, without a
// lock of the writer's. A group's index is its place among the groups with GTIDs,
// whichever server has named it, on top of what there was before the last Reset (see
// Transaction.Index): by B1 and B7 how many GTIDs the head of its file has, and its
// sequence number.
//
// A group gets the next number of this server, or comes with the GTID that it has on the
// server that it is from; none twice.
//
// # Purging
//
// Purge removes the oldest files and leaves what somebody needs: the file that
// recovery begins with, files that a Stream or a Follower is in, and those with the
// rows of branches that are decided in a file that stays, or not yet: whoever
// follows the log from a file that was not to go gets all rows.
//
// # Reset
//
// Reset is MySQL's RESET BINARY LOGS AND GTIDS. The rename of the index is the
// moment: the new file, with an empty set in front, is durable before it, and the
// old ones go behind it, when nobody reads them any more. Whoever has followed the
// log to its end goes on in the new one; others hear that something is missing (an
// IndexError), and replicas, who go by GTIDs, are sent away (ErrReset).
//
// # Locks and ownership
//
// One goroutine at a time, the leader of the FLUSH stage, calls Start, Append,
// Flush, Rotate, Reset and Close. Sync, which has a file handle of its own, WriteBehind
// and Purge may run beside it. Lock order: purgeMu, syncMu, behind.mu, indexMu,
// mu, which is a leaf. Append copies what it is given; events from a Reader are valid until the
// next call.
package binlog
