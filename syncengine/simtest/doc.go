// Package simtest plays tablets and an office against a rude link, under one
// seed, and holds what is left against what people typed.
//
// Its nouns:
//
//   - A replica is a store in memory with the engine on it: a tablet, or the office.
//
//   - The link carries requests and answers as bytes. It loses, repeats, holds
//     back, reorders and cuts them.
//
//   - The truth is what people typed, and what they had on the screen when they
//     did. It is kept apart from the engine.
//
//   - [Steps] are the engine's own functions as the simulation calls them. A
//     test puts a fault into one of them, and the simulation must turn red.
//
// One run:
//
//	people type ─► tablets ══ rude link ══ office ─► orders, quarantine, erasure
//	                 │                       │
//	        restored, cloned, locked,   restored from a backup,
//	        destroyed, clocks wrong     killed before a commit
//	                 └───────────┬───────────┘
//	             the link heals, all is brought over
//	                             │
//	                      the truth is asked
//
// It promises: the same seed gives the same run; every kind of fault is
// counted, and a long run in which one never occurred is itself a failure. The
// checks name the invariants of the reliability study: I2 chains are closed, I3
// what is shown is the fold of the log, I4 every answer is live or replaced, I5
// by somebody who saw it, I7 salts are chained, I8 what counts as acknowledged
// is held, I10 equal logs are equal bytes, I12 repeats have no effect, I13 what
// was erased is gone. What was destroyed with its only copies is counted apart.
//
// It does not model scope (records that enter and leave a device), key delivery,
// or several offices, and it has no goroutines: hosts test those. A change that
// the office and its author both lost is not brought back by a third tablet
// that has a copy, for nodes send their own chains only: such are counted too.
package simtest
