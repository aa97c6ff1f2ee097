// Package engine is a transactional key-value engine whose transactions can be
// prepared by XID, survive a crash while prepared, be listed by Recover and
// then be committed or rolled back by XID.
//
// Its only redo log is the wal package's; the tables live in pebble, opened
// without a log of its own. A transaction keeps its writes in memory, under
// exclusive row locks, until its outcome is known; then they go to pebble, one
// batch for a whole commit group, together with the applied row.
//
// # Layout of a store
//
//	LOCK PID    one opening at a time, by whatever path; PID names its process
//	wal/        log segments and control slots (package wal)
//	data/       pebble
//	BALLAST     room kept back for a full disk (package internal/disk)
//	BALLAST.START   the same, for the next start alone
//	backup/     links to pebble's files, while a backup is made of them
//
// Keys in pebble:
//
//	00 "applied"                          the applied row
//	00 "prep" | prepare LSN, u64 big endian | row, u32 big endian
//	                                      a part of a moved branch
//	01 | table ID, u32 big endian | key   a row of a table
//
// The applied row is 36 bytes, little-endian: how far pebble is. Each batch has
// the next number.
//
//	 0          8          16         24       28         36
//	+----------+----------+----------+--------+----------+
//	| commitNo | log end  | TC offset| TC file| batch no |
//	+----------+----------+----------+--------+----------+
//
// Row 0 of a moved branch is a head, u64 txn ID, u32 flags (1: the coordinator's
// log has its prepare), u32 rows, and the PREPARE's body. Rows 1 and up are the
// bodies of its REDO_CHUNKs, so that no batch need hold it whole (C10).
//
// # Bodies of log records
//
// All integers are little-endian. COMMIT_1PC, and PREPARE behind the 152 bytes
// of its XID:
//
//	 0: u32 ops           4: u32 tables       8: u64 length of the ops
//	16: u32 flags        20: u32 chunks      24: tables {u16 db, u16 name, bytes}
//	then ops {u8 kind, u8 lock, u16 table, u32 key, u32 value, key, value}
//	tail of PREPARE: u64 TC offset, u32 TC file, u32 time in s
//	tail of COMMIT_1PC: u64 commitNo, i64 time in ns, u64 TC offset, u64 TC file
//
// The lock of an op is zero but for those that are a lock (keep.go): its mode.
//
// Ops that are too many for one record go ahead of it in REDO_CHUNKs: u32 number
// from 0, u32 length of the ops, ops. COMMIT, 40 bytes: u64 prepare LSN, u64
// commitNo, i64 time, u64 TC offset, u32 TC file, u32 CRC of the XID. ROLLBACK,
// 32 bytes: u64 prepare LSN, u32 reason, u32 CRC of the XID, u64 TC offset, u32
// TC file, u32 zero. PREPARED_IN_TC, 24 bytes: u64 prepare LSN, u64 TC offset,
// u32 TC file, u32 CRC of the XID. TC_BYTES: u32 TC file, u32 zero, u64 TC
// offset, bytes. CHECKPOINT: u64 durable commitNo, u64 keep-from LSN, u32
// branches, u32 TC file, u64 TC offset, u32 mode, u32 zero, then per unresolved
// branch its u64 prepare LSN.
//
// REDO_CHUNK and TC_BYTES belong to the transaction of their header, and mean
// nothing without the record of that transaction behind them (C8).
//
// # What holds
//
// The numbers are those of the project's invariants.
//
//   - I1, I3, I17: an outcome is visible, and acknowledged, only once it is
//     durable here or in the transaction coordinator's log.
//
//   - I2: a prepared branch is there after any crash, with the same 152 bytes
//     and the same tables, until an outcome is.
//
//   - I6: pebble is an exact prefix of commit numbers; a group is one batch.
//
//   - I9, C1: the log is never cut above the lowest record of a transaction
//     that is undecided, or decided but not yet durable in pebble, nor above
//     bytes of the coordinator's log that are not durable there.
//
//   - C1b, C5: a branch that has seen two checkpoints moves to the tables, and
//     pins the log no more once its rows are durable. They go in the batch that
//     carries out its outcome; the outcome's record is kept until that batch is
//     durable.
//
//   - I10, C15: row locks of prepared branches, shared locks on the tables they
//     wrote, and under Serializable the locks of what they read, are held before
//     and after a restart.
//
//   - C2: before pebble writes to its MANIFEST, the log is durable up to
//     everything pebble was given.
//
//   - C11: no write waits inside pebble. Whoever begins a commit, a prepare or
//     the commit of a branch asks Admit first, before anything is logged: it
//     waits while pebble has too much to flush, and refuses on a full disk what
//     the reserve is not for. OutcomeRoom refuses outcomes that may find no room
//     at all: they would stop the engine.
//
//   - R1: a failed sync of any file, the tables' and the coordinator's included,
//     stops the engine.
//
//   - C14: a snapshot is shared until a group is applied; it is outdated ahead
//     of whatever tells of the group's outcome. A ReadView takes nothing else.
//
//   - C16: under REPEATABLE READ the first updater wins. "Has changed" comes
//     from recentWrites, which is noted before the group's locks go.
//
//   - C17: a statement's scans do not meet its own writes.
//
// What each isolation level allows is in docs/isolation.md.
//
// # Order of positions
//
// A coordinator with a log of its own (tclog) hands in the position of each
// decision in that log; with TC_BYTES also what that log will hold there.
// Within one life decisions are recorded in the order of those positions, so the
// largest position found at recovery, Floor, splits the coordinator's log:
// everything up to it is known here, everything beyond it is still to be told.
//
// # Locks
//
//	stage order of the coordinator > Engine.publishMu > Engine.mu > wal, lock
//	Engine.publishMu > snapshots.mu > readerList.mu
//
// No I/O happens under Engine.mu. Who is inside of Engine.gate blocks nobody but
// Close. Views have a mutex of their own, a leaf. The newest snapshot is shared,
// and one given back, without a mutex. The listener of events is called with
// none of these held.
package engine
