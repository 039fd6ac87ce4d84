// Package sheet reads lists of people, and what is known about them, from CSV,
// and writes clusters.
//
// Its nouns:
//
//	people     records as the linker takes them, from the columns of khmer-dev
//	truth      who each record is, for measuring only
//	decisions  what supervisors said about pairs
//	clusters   rec_id,cluster_id: which records are one person
//
// It promises that nothing outside the named columns is read, that a row it
// cannot read is an error naming the line and never what stands there, and that
// reading is bounded. It opens no files: hosts hand in readers.
package sheet
