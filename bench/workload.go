package main

import "time"

// A workload is what every store of a comparison has to do.
type workload struct {
	name    string
	what    string
	clients []int
	added   []time.Duration // to each sync; nil is one line without
	peers   []peer          // the first that runs is what the others are compared with
	bytes   int64           // of keys and values that an operation writes
}

// A peer is one make of store in a workload.
type peer struct {
	name string
	open func(site) (store, error)
	// goals holds the ratio to the first peer that is wanted, by clients.
	goals map[int]float64
	// grouped asks, of a line with syncs that were made longer, for a rate of
	// 0.8 × 64 commits per sync and for groups of 50.
	grouped bool
	// budget is what one operation of a client that is alone may take; 0: any
	// time.
	budget time.Duration
	// least is how many operations per second are wanted; 0: any number.
	least float64
}

// putBytes are the keys and values of two puts.
const putBytes = 2 * (keyLen + valLen)

var (
	writers = []int{1, 16, 128}
	readers = []int{1, 8}
)

var workloads = []workload{
	{
		name: "commit", what: "two 100-byte puts, durable", clients: writers, bytes: putBytes,
		peers: []peer{
			{name: "pebble", open: pebbleWrites},
			{name: "xadb", open: xadbCommits(false), goals: map[int]float64{1: 1.3, 16: 1.0, 128: 0.75}},
			{name: "xadb+binlog", open: xadbCommits(true), goals: map[int]float64{1: 1.3, 16: 0.9, 128: 0.65}},
			{name: "badger", open: badgerWrites},
			{name: "bbolt", open: boltWrites},
		},
	},
	{
		name: "binlog", what: "the same, without a binlog and with it", clients: writers, bytes: putBytes,
		peers: []peer{
			{name: "xadb", open: xadbCommits(false)},
			{name: "xadb+binlog", open: xadbCommits(true), goals: map[int]float64{1: 1 / 1.35, 16: 1 / 1.35, 128: 1 / 1.35}},
		},
	},
	{
		name: "branch", what: "two 100-byte puts, prepared by name and committed, both durable", clients: writers, bytes: putBytes,
		peers: []peer{
			{name: "rocksdb", open: rocksBranches},
			{name: "xadb", open: xadbBranches(false), goals: map[int]float64{1: 1.2, 16: 1.8, 128: 2.5}},
			{name: "xadb+binlog", open: xadbBranches(true)},
		},
	},
	{
		name: "get", what: "one row, as it was committed last", clients: readers,
		peers: []peer{
			{name: "pebble", open: pebbleGets},
			{name: "xadb", open: xadbGets, goals: map[int]float64{1: 0.7, 8: 0.7}},
		},
	},
	{
		name: "gettx", what: "one row, in a transaction of its own; pebble's without", clients: readers,
		peers: []peer{
			{name: "pebble", open: pebbleGets},
			{name: "xadb", open: xadbTxGets, goals: map[int]float64{1: 0.7, 8: 0.7}},
		},
	},
	{
		name: "scan", what: "100 rows of a snapshot", clients: readers,
		peers: []peer{
			{name: "pebble", open: pebbleScans},
			{name: "xadb", open: xadbScans, goals: map[int]float64{1: 0.7, 8: 0.7}},
		},
	},
	{
		name: "delay", what: "commit with syncs made longer", clients: []int{128}, bytes: putBytes,
		added: []time.Duration{500 * time.Microsecond, time.Millisecond, 5 * time.Millisecond},
		peers: []peer{
			{name: "pebble", open: pebbleWrites},
			{name: "xadb", open: xadbCommits(false), grouped: true},
			{name: "xadb+binlog", open: xadbCommits(true), grouped: true},
		},
	},
	{
		name: "sql-xa", what: "XA START, UPDATE by key, XA END, XA PREPARE, XA COMMIT, over TCP", clients: []int{1, 64},
		peers: sqlPeers(sqlBranch, peer{goals: map[int]float64{1: 1.2, 64: 2}}),
	},
	{
		name: "sql-update", what: "UPDATE by key, autocommit, over TCP", clients: []int{1, 64},
		peers: sqlPeers(sqlUpdate, peer{goals: map[int]float64{64: 1.2}}),
	},
	{
		name: "sql-select", what: "SELECT by key, over TCP", clients: []int{1, 64},
		peers: sqlPeers(sqlSelect, peer{goals: map[int]float64{64: 0.9}}),
	},
	{
		name: "sql-one", what: "SELECT 1, over TCP", clients: []int{1},
		peers: sqlPeers(sqlSelectOne, peer{budget: 25 * time.Microsecond}),
	},
	{
		name: "sql-replicas", what: "UPDATE by key, autocommit, while replicas read the binlog, all over TCP", clients: []int{1, 64},
		peers: []peer{
			{name: "xadb", open: sqlClients(startXadb, sqlUpdate)},
			{name: "xadb+8", open: followed(startXadb, sqlUpdate, 8), goals: map[int]float64{1: 0.9, 64: 0.9}},
		},
	},
	{
		name: "sql-dump", what: "the binlog to a replica, over TCP; an operation is a MiB", clients: []int{1},
		peers: []peer{
			{name: "mariadb", open: dumped(startMariaDB)},
			{name: "xadb", open: dumped(startXadb), least: 300e6 / mebi},
		},
	},
	{
		name: "sql-sysbench", what: "sysbench oltp_read_write, over TCP; p50 is the mean", clients: []int{16},
		peers: []peer{
			{name: "mariadb", open: sysbench(startMariaDB)},
			{name: "xadb", open: sysbench(startXadb), goals: map[int]float64{16: 0.5}},
		},
	},
}

// sqlPeers are MariaDB, our server, of which ours says what is wanted, and one
// that knows nothing.
func sqlPeers(op func(c *sqlConn, rows, i int64) error, ours peer) []peer {
	ours.name, ours.open = "xadb", sqlClients(startXadb, op)
	return []peer{
		{name: "mariadb", open: sqlClients(startMariaDB, op)}, ours,
		{name: "canned", open: sqlClients(startCanned, op)},
	}
}
