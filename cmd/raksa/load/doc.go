// Package load measures the whole program under weight: real hosts, real
// SQLite files, real TLS, made-up records. Every figure stands beside a baseline
// that was taken in the same run, so that it is a ratio and outlives the machine.
//
// Its nouns: a made-up record (sixty answers, about 4 KB as JSON), a field (an
// office and its tablets) and a floor (what the bare disk or the bare store
// does with the same bytes).
//
//	make bench     a few minutes, benchstat-ready
//	make load      200 tablets at once, and a log that grows
//
// It promises that what it times is what people run: nothing is skipped, no
// check is off, every record is signed, sealed and verified. It holds no code of
// the program itself.
package load
