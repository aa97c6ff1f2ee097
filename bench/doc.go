// Command bench measures xadb beside other stores: the same work, in the same
// run, on the same disk.
//
// All stores of a comparison are open at once and take turns in short slices,
// in a different order each round, so that what else the machine does hits them
// alike. A ratio is the median, over the rounds, of a store's rate divided by
// that of the store it is compared with in the same round.
//
//	disk      counts, times and delays what is synced, below a store
//	client    does operations one after the other and notes how long each took
//	store     one open store of one make; its run method is a client's loop
//	workload  what is done, by how many clients, to which stores, and the goal
//	contest   the stores of one line of a workload, round by round
//
// Every write is durable when its call returns. Sizes that matter are equal for
// all and are printed (C24).
//
// Workloads sql-* start our server and MariaDB, as durable as ours, in processes
// of their own and drive both with one client that costs little, or with sysbench.
// Their followers are clients that ask for the binlog as a replica does, and
// throw it away.
//
// The module is its own because some of its peers are not written in Go: the
// root module needs none of this.
package main
