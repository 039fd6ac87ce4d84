// Package witness keeps, in a small file outside the database, how far the
// database's own chains had come.
//
// SQLite drops the tail of a damaged write-ahead log without a word, and a file
// that somebody put back from a backup looks as good as any. Both lose saves
// that were shown as kept. The witness is how the node notices: at the next
// start its file is ahead of the database, or names another change at that seq.
//
// Its nouns: a [File], which holds the marks, and a [Store], which notes each
// committed save in it.
//
//	save ─► database: commit, fsync ─► witness: one write in place, no fsync
//	                                        fsync every 50 saves and before a push
//	start ─► witness ahead of the database ▸ saves were lost ▸ a new node id
//
// It promises: a note is written only after its commit, so the witness never
// runs ahead of a sound database; a torn note is not believed, and the one
// before it stands in the other slot.
//
// It does not say what was lost, only which seqs. It may lag after a power cut,
// by what was saved since its last fsync. Keep its file out of every backup:
// restored together with the database it has nothing to tell.
package witness
