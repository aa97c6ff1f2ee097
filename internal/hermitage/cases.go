package hermitage

import "slices"

// A Case is one anomaly. Its steps are "session verb arguments": get key, scan,
// put key value, commit, abort. Before it, the rows are 1: 10 and 2: 20.
type Case struct {
	Name  string
	What  string
	steps []string
	seen  func(h *history) bool
}

// Cases are the anomalies, from the worst to the subtlest.
var Cases = []Case{
	{
		Name: "G0", What: "dirty write: the rows end up with values of two transactions",
		steps: []string{"1 put 1 11", "2 put 1 12", "1 put 2 21", "1 commit", "2 put 2 22", "2 commit"},
		seen:  func(h *history) bool { return h.last[1] == 12 != (h.last[2] == 22) },
	},
	{
		Name: "G1a", What: "aborted read: a value that was rolled back is seen",
		steps: []string{"1 put 1 101", "2 scan", "1 abort", "2 scan", "2 commit"},
		seen:  func(h *history) bool { return h.saw(2, 1, 101) },
	},
	{
		Name: "G1b", What: "intermediate read: a value that was overwritten before its commit is seen",
		steps: []string{"1 put 1 101", "2 scan", "1 put 1 11", "1 commit", "2 scan", "2 commit"},
		seen:  func(h *history) bool { return h.saw(2, 1, 101) },
	},
	{
		Name: "G1c", What: "circular information flow: two transactions see each other's writes",
		steps: []string{"1 put 1 11", "2 put 2 22", "1 get 2", "2 get 1", "1 commit", "2 commit"},
		seen:  func(h *history) bool { return h.saw(1, 2, 22) && h.saw(2, 1, 11) },
	},
	{
		Name: "OTV", What: "an observed transaction vanishes: behind its writes, older ones are seen",
		steps: []string{
			"1 put 1 11", "1 put 2 19", "2 put 1 12", "1 commit", "3 get 1", "2 put 2 18", "3 get 2",
			"2 commit", "3 get 2", "3 get 1", "3 commit",
		},
		seen: func(h *history) bool {
			of2 := slices.IndexFunc(h.reads, func(r read) bool { return r.who == 3 && (r.val == 12 || r.val == 18) })
			return of2 >= 0 && slices.ContainsFunc(h.reads[of2:], func(r read) bool { return r.who == 3 && r.val != 12 && r.val != 18 })
		},
	},
	{
		Name: "PMP", What: "predicate-many-preceders: a row appears in a scan done before",
		steps: []string{"1 scan", "2 put 3 30", "2 commit", "1 scan", "1 commit"},
		seen:  func(h *history) bool { return h.saw(1, 3, 30) },
	},
	{
		Name: "P4", What: "lost update: both have read the row, and both change it",
		steps: []string{"1 get 1", "2 get 1", "1 put 1 11", "2 put 1 12", "1 commit", "2 commit"},
		seen:  func(h *history) bool { return h.committed(1) && h.committed(2) },
	},
	{
		Name: "G-single", What: "read skew: one row of before, one of behind another transaction",
		steps: []string{"1 get 1", "2 get 1", "2 get 2", "2 put 1 12", "2 put 2 18", "2 commit", "1 get 2", "1 commit"},
		seen:  func(h *history) bool { return h.saw(1, 1, 10) && h.saw(1, 2, 18) },
	},
	{
		Name: "G2-item", What: "write skew: each changes a row that the other has read",
		steps: []string{
			"1 get 1", "1 get 2", "2 get 1", "2 get 2", "1 put 1 11", "2 put 2 21", "1 commit", "2 commit",
		},
		seen: func(h *history) bool { return h.committed(1) && h.committed(2) },
	},
	{
		Name: "G2", What: "anti-dependency cycle: each adds a row that the other's scan would have found",
		steps: []string{"1 scan", "2 scan", "1 put 3 30", "2 put 4 42", "1 commit", "2 commit"},
		seen:  func(h *history) bool { return h.committed(1) && h.committed(2) },
	},
}

type read struct{ who, key, val int }

// A history is what a run has shown.
type history struct {
	reads  []read
	done   []int // sessions that have committed
	last   map[int]int
	events []string // waits and failures
}

func (h *history) saw(who, key, val int) bool { return slices.Contains(h.reads, read{who, key, val}) }

func (h *history) committed(who int) bool { return slices.Contains(h.done, who) }
