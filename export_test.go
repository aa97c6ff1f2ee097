package xadb

// Decisions is the number of rows that coordinators have not forgotten.
func (db *DB) Decisions() (n int, err error) {
	s, err := db.snapshot(bg)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	it := s.rows.Scan(decisions, nil, nil)
	for it.Next() {
		n++
	}
	return n, it.Close()
}
