// Package lint holds the house rules that a compiler does not check, as tests:
//
//   - every package has a place in the layers and imports only from below it;
//   - below server, files, time and chance come through their seams, so that a
//     test can replay a failure;
//   - an embedding program compiles neither a wire protocol nor an SQL engine;
//   - every package and every exported name says what it is;
//   - no file names a place on one person's machine, or leaves work undone.
package lint
