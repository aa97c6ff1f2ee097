// Package bug names the seeded bugs: mistakes that other engines have made,
// put into this one on purpose behind the build tag "bugs", to prove that the
// crash explorer finds each of them. Without the tag On is a constant false
// and the compiler removes every trace.
package bug

// A Bug is one seeded mistake.
type Bug string

// The seeded bugs, each with the promise it breaks.
const (
	AckBeforeSync         Bug = "ack-before-sync"         // a commit is acknowledged before its log is durable
	WrongFileSynced       Bug = "wrong-file-synced"       // the sync goes to another file than the write
	NoDirSync             Bug = "no-dir-sync"             // a new file's directory entry is never made durable
	SyncRetried           Bug = "sync-retried"            // a failed sync is called again and believed
	ReadErrorAsEOF        Bug = "read-error-as-eof"       // a failed read counts as the end of the log
	LastCRCSkipped        Bug = "last-crc-skipped"        // the last record is believed without its checksum
	TailCutAboveSynced    Bug = "tail-cut-above-synced"   // damage below the proven point is cut off as a torn tail
	LogNumberReused       Bug = "log-number-reused"       // a discarded segment's number and epoch are used again
	UnlinkBeforeMarker    Bug = "unlink-before-marker"    // segments go before the control slot is durable
	CheckpointBeforeFlush Bug = "checkpoint-before-flush" // the log is cut at the applied, not the durably applied, position
	CommitByXIDTwice      Bug = "commit-by-xid-twice"     // commit_by_xid succeeds again for a finished branch
	RecoverDropsNext      Bug = "recover-drops-next"      // recover(len) loses the (len+1)-th branch
	XIDByGtridOnly        Bug = "xid-by-gtrid-only"       // two branches of one global transaction are taken for one
	FormatIDSignLost      Bug = "format-id-sign-lost"     // a negative formatID comes back as another number
	FollowerWokenEarly    Bug = "follower-woken-early"    // followers return before the group's sync
	LeaderErrorSwallowed  Bug = "leader-error-swallowed"  // a failed sync is told to the leader only
	BinlogAfterCommit     Bug = "binlog-after-commit"     // the engine commits before the binlog is written
	RollbackNotSynced     Bug = "rollback-not-synced"     // XA ROLLBACK is acknowledged before its record is durable
	LocksNotRestored      Bug = "locks-not-restored"      // prepared branches come back without their locks
	IndexBeforeSync       Bug = "index-before-sync"       // the binlog index names a file whose content is not durable
	PurgeBeforeIndex      Bug = "purge-before-index"      // a binlog file goes before the index is durable without it
	ResetBeforeIndex      Bug = "reset-before-index"      // binlog files go before the index has the log that begins anew
	ResetWithBranch       Bug = "reset-with-branch"       // the binlog is reset while a prepared branch is in it
	SecondCrashStrands    Bug = "second-crash-strands"    // a crash during recovery leaves a branch behind
	BehindNotSynced       Bug = "behind-not-synced"       // the log drops its copy of the binlog before the file is durable
	BehindBeforeSync      Bug = "behind-before-sync"      // the binlog file is written before the log is synced
	TCBytesAlone          Bug = "tc-bytes-alone"          // binlog bytes count without the record that decides them
	MovedNotDurable       Bug = "moved-not-durable"       // a moved branch is let go by the log before its rows are durable
	MovedKept             Bug = "moved-kept"              // a moved branch's rows stay behind its outcome
	MovedLocksLost        Bug = "moved-locks-lost"        // a moved branch comes back without the locks of its reads
	ReadLocksLost         Bug = "read-locks-lost"         // a Serializable branch comes back without the locks of its reads
	RangeLockNarrowed     Bug = "range-lock-narrowed"     // a kept range comes back as its first row alone
	ReadLocksLeak         Bug = "read-locks-leak"         // locks that came back stay behind the branch's outcome
	ChunksAlone           Bug = "chunks-alone"            // chunks count without the record that decides them
	LastChunkLost         Bug = "last-chunk-lost"         // the last chunk is not in front of the record that decides it
	SavepointKeepsRows    Bug = "savepoint-keeps-rows"    // a savepoint's rollback leaves the writes of a large transaction
	SavepointKeepsEvents  Bug = "savepoint-keeps-events"  // a savepoint's rollback leaves the binlog events
	ModeByOption          Bug = "mode-by-option"          // recovery takes the logs for what the options say, not the records
)

// All lists every seeded bug.
var All = []Bug{
	AckBeforeSync, WrongFileSynced, NoDirSync, SyncRetried, ReadErrorAsEOF,
	LastCRCSkipped, TailCutAboveSynced, LogNumberReused, UnlinkBeforeMarker,
	CheckpointBeforeFlush, CommitByXIDTwice, RecoverDropsNext, XIDByGtridOnly,
	FormatIDSignLost, FollowerWokenEarly, LeaderErrorSwallowed,
	BinlogAfterCommit, RollbackNotSynced, LocksNotRestored, IndexBeforeSync, PurgeBeforeIndex,
	ResetBeforeIndex, ResetWithBranch,
	SecondCrashStrands, BehindNotSynced, BehindBeforeSync, TCBytesAlone,
	MovedNotDurable, MovedKept, MovedLocksLost, ReadLocksLost,
	RangeLockNarrowed, ReadLocksLeak, ChunksAlone, LastChunkLost,
	SavepointKeepsRows, SavepointKeepsEvents, ModeByOption,
}
