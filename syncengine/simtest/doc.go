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
// It promises: the same seed gives the same run; every fault of [Vocabulary] that
// is ours is counted, and a long run in which one never occurred is itself a
// failure. [Invariants] names what is checked, at random moments and at rest;
// what must be seen comes from a naive oracle that shares no code with the
// engine. What was destroyed with its only copies is counted apart.
//
// It does not model real sealing, and it has no goroutines: hosts test those.
package simtest
