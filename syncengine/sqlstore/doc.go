// Package sqlstore keeps a syncengine store in SQL: in one SQLite file (Store),
// or in a PostgreSQL database that several processes share (Postgres). Both go
// through database/sql, without cgo.
//
// There are two tables: change, the log, and cell, everything beside it. All
// text in both is either an id, a number, a stream name or sealed bytes. The
// statements are one text for both; schema.go holds the few words that differ.
//
// It promises that an Update which returned nil survives a killed process, a
// crashed system and a power cut as far as the disk honours fsync
// (synchronous=FULL; synchronous_commit and fsync on), and that a change whose
// bytes no longer hash to its id is reported as damaged and never returned as
// good. In SQLite, deleted bytes are overwritten (secure_delete). PostgreSQL
// keeps older versions of a row until Scour, and in its write-ahead log for
// longer; the manual says for how long.
package sqlstore
