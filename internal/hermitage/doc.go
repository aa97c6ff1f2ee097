// Package hermitage runs the anomalies that isolation levels are told apart by
// against a store, and shows what happened as rows of a table. Tests of the
// engine and of the server use it and compare with docs/isolation.md.
//
// The cases, their names and their two rows are those of Martin Kleppmann's
// Hermitage (github.com/ept/hermitage); the reasoning is Adya's, "Weak
// Consistency", 1999.
//
//	case     steps of two or three sessions, and what makes it the anomaly
//	Run      takes the steps one by one; one that waits for a lock goes on in
//	         the background, and its session's next step waits for it
//	outcome  "possible" if the anomaly was seen, else "no", and which steps
//	         waited or failed, and why
package hermitage
