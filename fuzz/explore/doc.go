// Package explore crashes a store after every operation of its disk and looks
// at what each recovery makes of it.
//
// # How it works
//
// A short random program of transactions, XA branches, checkpoints, rotations
// and restarts runs once on a simulated disk, beside a model.History. For every
// operation k of the disk, and several legal choices of what a power failure
// there may leave, the image is recovered and compared with what the history
// says must, or may, be there. On an image that recovered well the program
// goes on for a while, and is crashed again, also inside its recovery.
//
// Some programs run into injected faults: a sync that fails and drops what it
// should have written, a full disk, a place that cannot be read, a bit that
// turned over. An error is then no violation; losing what was acknowledged is.
//
// What is rare in random programs has kinds of its own, and a run of a minute
// that has not met it proves nothing (Report.Valid): crashes between the chunks
// of a transaction and the record that decides them (C10), savepoints undone in
// such a transaction, every change of mode, behind a clean close, a kill or a
// power failure (C13), branches that come back with locks of what they have read
// (C15), and purges and resets of the binlog, whose files the program copies
// before. After each recovery and each decision every key, every gap between
// two and every table is tried: what the model has locked is refused to others,
// and nothing else is.
//
// # Seeds and images
//
// A program with one session and no automatic flush does the same operations
// for the same seed. Others do not: concurrent members meet in different
// groups. A violation is therefore written down with the image itself and the
// expectation (see Plan), and Replay repeats the recovery, not the run.
//
// Images are counted by hash. All programs use the same store identity and the
// same time, so that images which differ in nothing else count once.
package explore
