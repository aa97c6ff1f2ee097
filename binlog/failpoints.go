package binlog

import "github.com/xadb/xadb/internal/failpoint"

// The moments of a file's life at which a test may stop the program.
var (
	rotateBeforeEvent  = failpoint.New("bl.rotate_before_rotate_event")
	rotateAfterEvent   = failpoint.New("bl.rotate_after_rotate_event")
	rotateAfterOldSync = failpoint.New("bl.rotate_after_old_sync")
	rotateBeforeClear  = failpoint.New("bl.rotate_before_clear_in_use_flag")
	rotateAfterClear   = failpoint.New("bl.rotate_after_clear_in_use_flag")
	newAfterCreate     = failpoint.New("bl.new_after_create")
	newAfterMagic      = failpoint.New("bl.new_after_magic")
	newAfterFormat     = failpoint.New("bl.new_after_format_description")
	newAfterPrevGTIDs  = failpoint.New("bl.new_after_prev_gtids")
	newAfterSync       = failpoint.New("bl.new_after_sync")
	createBeforeIndex  = failpoint.New("bl.create_critical_before_update_index")
	createAfterIndex   = failpoint.New("bl.create_after_update_index")
	indexCopyBefore    = failpoint.New("bl.index_crash_safe_copy_before")
	indexCopyMid       = failpoint.New("bl.index_crash_safe_copy_mid")
	indexCopyAfter     = failpoint.New("bl.index_crash_safe_copy_after")
	indexRenameBefore  = failpoint.New("bl.index_rename_before")
	indexRenameAfter   = failpoint.New("bl.index_rename_after")
	indexAfterDirSync  = failpoint.New("bl.index_after_dir_sync")
	purgeBeforeIndex   = failpoint.New("bl.purge_before_update_index")
	purgeAfterIndex    = failpoint.New("bl.purge_critical_after_update_index")
	purgeBeforeUnlink  = failpoint.New("bl.purge_before_unlink")
	purgeAfterUnlink   = failpoint.New("bl.purge_after_unlink")
	resetBefore        = failpoint.New("bl.reset_before")
	behindBeforeWrite  = failpoint.New("bl.behind_before_write")
	behindAfterWrite   = failpoint.New("bl.behind_after_write")

	truncateTailBefore  = failpoint.New("bl.truncate_tail_before")
	truncateTailCut     = failpoint.New("bl.truncate_tail_cut")
	truncateTailWritten = failpoint.New("bl.truncate_tail_written")
	truncateTailSynced  = failpoint.New("bl.truncate_tail_synced")
	truncateTailAfter   = failpoint.New("bl.truncate_tail_after")
)
