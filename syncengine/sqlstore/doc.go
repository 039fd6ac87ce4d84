// Package sqlstore keeps a syncengine store in one SQLite file, through
// database/sql and modernc.org/sqlite, without cgo.
//
// There are two tables: change, the log, and cell, everything beside it. All
// text in both is either an id, a number, a stream name or sealed bytes.
//
// It promises that an Update which returned nil survives a killed process, a
// crashed system and a power cut as far as the disk honours fsync
// (synchronous=FULL), that deleted bytes are overwritten (secure_delete), and
// that a change whose bytes no longer hash to its id is reported as damaged and
// never returned as good.
package sqlstore
