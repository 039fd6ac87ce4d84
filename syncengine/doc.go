// Package syncengine keeps the copies of a record one, without ever choosing
// between two people's answers.
//
// Its nouns:
//
//   - A [Change] is the unit of saving: one tap, one immutable envelope with one
//     sealed block per sensitivity class. Its id is the hash of the envelope, and
//     each envelope names the one before it on the same node, so every node's
//     changes form a chain.
//
//   - A [Write] is one field with a value or a state, and the ids of the versions
//     that its author had on the screen (its basis).
//
//   - A [Register] keeps every version that no later writer had on the screen:
//
//     tablet A   yes(a1) ──────────────┐
//     tablet B              no(b1) ────┤  seen neither way
//     desk                             └► {a1 yes, b1 no}   contested
//     tablet A   "no", replaces a1,b1 ──► {a2 no}           settled
//
//   - A [Stream] is an append-only list of changes at the office, with positions
//     in commit order and a chained salt, from which nodes read "what is new for me".
//
//   - The [Engine] saves, receives, folds and serves all of this over a [Tx], the
//     store seam; the same engine runs on tablets and at the office.
//
// It promises: a change that parses and fits its chain is always kept; the
// merge of two replicas is the union of their changes, in any order, with gaps,
// with repeats and with withheld blocks; no clock decides what survives; nothing
// that a person wrote stops being live unless somebody replaced it who saw it.
//
// It does not know what a field means, who may see it, how it is sealed, how
// bytes travel or where they rest: meaning is in casefile, sealing behind the
// [Keys] seam, transport in the edge package wire, storage in memstore and
// sqlstore. It reads no clock and draws no randomness of its own.
package syncengine
