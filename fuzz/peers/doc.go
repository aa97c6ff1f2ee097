// Package peers holds clients and servers of other projects against a real
// "xadb serve": their own test suites, what they do by default, and one script
// of XA statements that a MySQL 9 answers too. It is tests only.
package peers
