// Package kill runs a real server, kills it with SIGKILL again and again while
// clients move money, and checks after each restart what it has promised.
//
// # A round
//
//	clients move money ──> SIGKILL ──> restart ──> check ──> next round
//	                      │            │
//	                      │            └ may be killed too, while it recovers
//	                      └ at a random moment, or by the server itself at a failpoint
//
// A kill keeps the kernel's page cache: this finds errors of order and of
// recovery in the whole program. What a power failure loses is the matter of
// the simulated disk (fuzz/simdisk).
//
// # The bank
//
// Two tables of 20 accounts and a history. A transfer takes from one account
// and gives to another, of the same table or not, and writes a row of history
// under its own number, in one transaction: a plain one, or an XA branch that
// is committed in one phase, or prepared and then committed or rolled back, by
// the same connection, by another one, or, over a restart, by the check.
//
// # Who knows what
//
// Each client keeps its own list of what it called and what was acknowledged.
// Between the two, a crash may leave either outcome. The check compares:
//
//	K1  A transfer whose commit was acknowledged is in the history (I1).
//	K2  One whose prepare was acknowledged, and no outcome called, is listed by
//	    XA RECOVER and not visible (I2); so is nothing that was finished, and
//	    nothing unknown.
//	K3  One whose rollback was acknowledged, or whose commit was never called,
//	    is neither (I3).
//	K4  Each account holds its first balance plus the transfers in the history:
//	    both legs or none (I6). The total never changes.
//	K5  A prepared branch still keeps others from its rows (I10), and can be
//	    committed and rolled back by its XID, once (I11).
//	K6  go-mysql's parser, from the binlog files alone, arrives at the same
//	    tables and the same prepared branches (I7); mariadb-binlog reads every
//	    file.
//	K7  What a check has seen is never different in a later one.
//	K8  A stopped server's store passes xadb check, after a kill as well.
//
// A round counts only with enough acknowledgements before its kill, and a round
// at a failpoint only if that point killed the server.
package kill
