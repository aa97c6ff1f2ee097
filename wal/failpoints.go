package wal

import "github.com/xadb/xadb/internal/failpoint"

// The moments of a log's life at which a test may step in. An error from a
// point is treated as the failure of the step next to it.
var (
	openScanHeader = failpoint.New("wal.open_scan_header")

	createTmp         = failpoint.New("wal.create_tmp")
	afterCreate       = failpoint.New("wal.after_create")
	afterPreallocate  = failpoint.New("wal.after_preallocate")
	afterHeaderWrite  = failpoint.New("wal.after_header_write")
	afterHeaderSync   = failpoint.New("wal.after_header_sync")
	afterDirSync      = failpoint.New("wal.after_dir_sync")
	spareAfterFill    = failpoint.New("wal.spare_after_fill")
	spareAfterSync    = failpoint.New("wal.spare_after_sync")
	recycleBeforeName = failpoint.New("wal.recycle_before_rename")
	recycleAfterName  = failpoint.New("wal.recycle_after_rename")
	recycleAfterFirst = failpoint.New("wal.recycle_after_first_record")

	rotateBeforeSwitch  = failpoint.New("wal.rotate_before_switch")
	rotateAfterOldSync  = failpoint.New("wal.rotate_after_old_sync")
	rotateAfterOldClose = failpoint.New("wal.rotate_after_old_close")
	rotateBeforeCtrl    = failpoint.New("wal.rotate_before_control_slot")
	rotateAfterCtrl     = failpoint.New("wal.rotate_after_control_slot")

	truncateTailBefore    = failpoint.New("wal.truncate_tail_before")
	truncateTailAfter     = failpoint.New("wal.truncate_tail_after")
	truncateTailAfterSync = failpoint.New("wal.truncate_tail_after_sync")

	deleteObsoleteBefore = failpoint.New("wal.delete_obsolete_before")
	deleteObsoleteAfter  = failpoint.New("wal.delete_obsolete_after")
	deleteAfterDirSync   = failpoint.New("wal.delete_after_dir_sync")

	syncError              = failpoint.New("wal.sync_error")
	appendENOSPC           = failpoint.New("wal.append_enospc")
	bufferFullWait         = failpoint.New("wal.buffer_full_wait")
	concurrentAppendDuring = failpoint.New("wal.concurrent_append_during_sync")
)
