// Package pgtest runs a real PostgreSQL server for tests: a new cluster in a
// temporary folder, reached by a Unix socket in it, owned by nobody who matters,
// gone with the test.
//
// It takes what is installed (Debian's postgresql, or initdb on the PATH). Where
// there is none, tests are skipped and say so; with RAKSA_PG=required in the
// environment, as `make test-pg` sets it, they fail instead. It works on Linux
// only: elsewhere its tests are left out.
//
// It keeps the server's ordinary settings of safety (fsync is on); only making
// the cluster is not synced.
package pgtest
