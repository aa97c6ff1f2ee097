// Package model says what a store may look like after a crash. It is the
// oracle of the crash explorer and shares no code with the engine: it has its
// own names, its own bookkeeping, reads the binary log with another
// project's parser and the redo log by its documented layout.
//
// # How it works
//
// A History lists transactions and what was called for them. Every call and
// every return is stamped with the number of disk operations so far. At(k)
// then says what a crash right after operation k leaves to be expected:
//
//	returned at or before k   its effect is there
//	called before k           its effect is there, or not at all
//	called at k or later      its effect is not there
//
// An error that leaves the outcome open counts as a call that never returned.
// A transaction's possible outcomes are a Mask; what a recovery shows narrows
// it, for good (Observe).
//
// Row locks are held until the outcome, so two transactions whose outcome is
// open never wrote the same row: each can be judged by its own rows.
//
// # Locks
//
// The programs use few keys, so a table is a row of cells: each key, and each
// gap between two. Held follows what a transaction locks, cell by cell, and says
// whether a request must be granted; Kept is what a prepared branch still has
// before a restart, and beyond.
//
// # Limits
//
// A transaction whose rows are the same before and after it (a row inserted and
// deleted again) cannot be told from one that did not happen.
package model
