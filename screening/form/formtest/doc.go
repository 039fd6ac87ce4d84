// Package formtest holds the shared vectors of the forms: made-up answers, and
// what is asked, what counts and what is found for them.
//
// Nouns: a Vector, and Next, a version that somebody made of the built-in form.
//
//	vectors.json ─► the bare form ─┐
//	             ─► the tablet ────┼─ Differs: nothing
//	             ─► the office ────┘
//
// It promises that a host that stores the answers of a vector and reads them
// back is held to what the vector says, word by word. It is for tests only.
package formtest
