// Package vault is the only room that touches ciphers: it seals what the
// other rooms keep, and says who holds a key to which record.
//
// Its nouns:
//
//   - A RecordKey K is 32 random bytes, made with the record. Whoever holds K
//     reads the whole record. A ClassKey, derived from K, reads one
//     sensitivity class of it and nothing else.
//   - A wrap is a key sealed under another key. Wraps lie beside the log and
//     can be deleted: deleting every wrap of a record is how it is erased.
//   - A Wrapper is a root key that seals wraps and small values: the tablet's
//     vault (Unlocked) or the office's root (Office).
//   - A Keyring keeps the wraps of one node in cells of its store, and refuses
//     every wrap of an erased record for ever.
//
// How a key reaches each holder ("bytes and keys", §3):
//
//	secret ─Argon2id─► slot ─► vault key ─► wrap of K        tablet that made R
//	                             └► receiving key, ratchet, signing key of a person
//
//	E0 ──HPKE, once──────────────► office
//	 E0 ─"next"─► E1 ─"next"─► E2     tablet keeps only the newest
//	  └"wrap"► K of R0  └► K of R1    72 bytes each ───────► office re-wraps K
//
//	office ─HPKE, once a period─► delivery seed ─► class keys of R   other device
//	tablet ─HPKE────────────────► K or class keys of R               handover
//
//	K ─"raksa/class/"‖c─► class key c ─► blocks of the log, folded state
//
// What it promises:
//
//   - Every opener refuses a wrong key, a wrong place (record, class, device,
//     head), a cut or an altered byte with a typed error, and never panics.
//   - The bytes are fixed: testdata/vectors.json replays each derivation and
//     sealing, for other programs too.
//   - Randomness comes in as an io.Reader (crypto/rand.Reader in a host). The
//     one exception is HPKE, whose library draws its own.
//   - A key prints as "(hidden)" and refuses to be marshalled. fmt cannot see
//     that from inside another type's unexported field, so do not print those.
//   - No error text holds a secret, an answer or a name: items and ids only.
//
// What it does not do:
//
//   - It knows no change, form or screen: a record is 16 bytes, a class one
//     byte from 1 to 255, a head some bytes that the caller encoded. (Package
//     enginekeys, below it, joins it to the replication core.)
//   - It does not compress or pad; the caller does that before sealing.
//   - It does not say who sealed something to a receiving key: HPKE is used in
//     its base mode. Take such seals only from a signed page.
//   - It cannot promise that a cleared key is gone. Keys are overwritten where
//     that is possible, but Go copies values, and ciphers keep their own
//     schedules: after a hard lock only the end of the process is an answer.
//   - It does not stop somebody who puts an older copy of a whole store back;
//     flash memory may also keep what a store deleted. Both are in the manual.
package vault
