// Package writeset finds out which transactions of a binary log may be replayed
// at the same time: it makes the last_committed of their stamps.
//
// The commit order knows that two transactions are independent if each held its
// locks when the other did. Write sets know more: two that have written no key in
// common are independent whenever they ran.
//
//	rows        every unique key of every image: hash(index, encoded key)
//	            and, of a child, the key of its parent that it points to
//	Set         the hashes of one transaction
//	Tracker     hash → sequence number of the last transaction that had it
//
//	            start                                             seq
//	  -----------|----h1---h2----h1'------------------------------|
//	  forgotten: |    h1 and h2 were last written at their places | parent:
//	  depend on  |                                                | the latest
//	  start      |                                                | of its own
//
// Start is the transaction that everything behind it is taken to depend on: what
// was forgotten lies in front of it, or is it. A transaction with no usable Set
// becomes start itself: a data definition, a change of rows that foreign keys point
// to, a Set larger than the history may be, an outcome of a branch that an earlier
// life of the store has prepared. So does one for which the history has no room,
// once it has looked itself up; a new file, and another mode, begin anew.
//
// The hashes' keys are those of the store's own indexes, so what an index holds for
// equal has one hash: any case and accents that its collation ignores, trailing
// spaces, -0.0, the beginning that it keeps of a long value. Two keys with one
// hash are taken for one: nothing worse comes of it than waiting.
//
// # Branches
//
// The PREPARE of a branch has the keys of its rows and its XID. Its outcome has the
// same Set, which is kept in memory in between. So an outcome depends on its PREPARE,
// the next writer of a row on the outcome, and a reused XID on both.
//
// # What holds
//
// lc is what Next returns, oc what the commit order says.
//
//	P1  lc < sequence number; both grow from the beginning of a file.
//	P2  of two that have a key in common the later one's lc is not below the
//	    earlier one, if it took its locks when that one had committed.
//	P3  under WriteSet and WriteSetSession lc <= oc. So lc tells, as oc does, what
//	    was durable when a transaction was prepared.
//	P4  under WriteSetSession lc is not below that under WriteSet, nor below the
//	    session's transaction before.
//	P5  lc of a data definition d is its oc, and lc of whatever follows is not
//	    below d, unless it held its locks when d did.
//	P6  the history has no more hashes than it may, whatever comes; what is kept
//	    of branches and sessions is bounded too.
//	P7  the same calls give the same results.
package writeset
