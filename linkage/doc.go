// Package linkage finds the records that may be about one person, says why,
// and groups records into persons.
//
// Its nouns:
//
//	profile     a record made comparable, with the original beside it
//	comparison  a record pair with its match weight, the sum of named parts
//	decision    what a supervisor said about a pair: same, different, cannot tell
//	partition   every record in one cluster; a cluster is a person
//
// How a record becomes a person:
//
//	Record ─NewProfile─► Profile ─Keys─► blocking keys ─host's index─► candidates
//	                        │                                              │
//	                        └──────────────── Compare ◄────────────────────┘
//	                                             │ weight = prior + family + given + birth + …
//	                                             ▼
//	                    decisions ───────►   Cluster ──► persons, disputed pairs, open pairs
//
// Comparison is Fellegi and Sunter's with four classes (same person at one
// return, same person at two, same household, unrelated): two classes cannot
// tell "same village, phone, batch and family name" from identity, nor "another
// batch, month and sector" from another person. m, r, h and u are a table with
// its source (model/model.json); package linkage/eval estimates it and measures
// the result. A host fits the class shares to its own candidates (Reweighed)
// and counts how common names are (CountTerms), now and then, not at every
// record. Link does a whole list in one pass.
//
// On 12,079 invented records of 5,001 persons this finds true pairs with
// precision 0.980 and recall 0.958 (F1 0.969; with a table from other people
// 0.972 and 0.974 on the halves), comparing 5.5 pairs for each record. Real
// lists will differ.
//
// The package promises: the same input gives the same result bit for bit, in
// any order and on any machine; parts sum to the weight exactly; one
// uncontradicted decision is never overruled by a score; nothing of a record
// is lost or changed. It reads no clock, file or random source, and its errors
// carry ids only.
//
// It does not store, hash keys, merge records or decide that a person is a
// victim; it does not estimate how many persons were never recorded.
package linkage
