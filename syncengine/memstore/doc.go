// Package memstore keeps a syncengine store in memory: for tests, for the
// simulator, and as the plain statement of what a store does. It keeps nothing
// when the process ends.
package memstore
