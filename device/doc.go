// Package device is the program on a tablet, a case laptop or a partner's
// laptop: it keeps what people type before it says "kept", brings it to the
// office when there is one, and shows each person what they may see.
//
// Its nouns: a [Device] (one database: not enrolled, locked or open), the
// session of the person who opened it, an [Opening] of an interview, and the
// [Office], the seam to the other side.
//
//	browser ──loopback──► Handler ─► SaveAnswers ─► one transaction ─► "kept"
//	                                                    │ wakes
//	                       Run ─► SyncOnce ─► Office.Exchange ─► news, keys, orders
//
//	                 locked: pushes, stores what comes, obeys orders
//	                   open: also saves, reads, folds what came while locked
//
// It promises: an answer is shown as kept only after its transaction is on the
// disk, and a transaction that fails leaves nothing half-written; nothing that
// the network or the office does can block a save; "at the office" is said only
// when the office holds all of a record and both sides' digests agree; a capture
// tablet that closed an interview holds no key to it any more; every error that
// a person meets has one code.
//
// It makes no rules: what an answer means is in screening, what may be seen in
// casefile, how copies merge in syncengine, how keys are held in vault. It does
// not hand an interview to another tablet directly; that goes through the office.
package device
