// Package trial plays several days of the whole system in virtual time: the
// real office behind its real handlers and TLS, real devices with their real
// loops, real SQLite files, and wires, clocks and disks that go wrong by a seed.
//
// Its nouns:
//
//   - A host is the office or a tablet: the same code as in the field, on a
//     store whose process can be killed before or after a commit and whose file
//     can be copied, restored and cloned.
//
//   - The link is a net.Pipe from a tablet to the office's listener with a fault
//     layer on it: cuts, delays, trickles, silence, a hotel's login page.
//
//   - The truth is what people were told is kept, with what they had on the
//     screen when they typed it. It is written down outside of the hosts.
//
//   - [Hands] are the places where a test makes a host lie, to see the judge
//     turn red.
//
// One run:
//
//	officers, supervisors, partners ─► tablets ══ link ══ office
//	                                      │                 │
//	                      killed, restored, cloned,   killed, restored from
//	                      revoked, clocks wrong       a backup, away
//	                                      └────────┬────────┘
//	                          faults end, everybody comes to rest
//	                                               │
//	                                       the judge asks the truth
//
// It runs inside a testing/synctest bubble, where a day costs no time: only
// work does. The plan of a run hangs on its seed alone; the order in which
// goroutines of one moment run does not, so a red seed repeats its faults and
// nearly always its failure.
//
// It promises that every fault is counted, and that a long run in which one
// never occurred is itself red. It does not cut power under a disk, and does not
// test the pages: other tests do.
package trial
