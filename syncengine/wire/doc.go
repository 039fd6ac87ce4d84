// Package wire turns what the engine says into messages that travel, and back.
//
// Its nouns are the engine's own: a [syncengine.Request] goes up, a
// [syncengine.Answer] comes down. On the way they are the messages of
// raksa.sync.v1:
//
//	engine.Request ──FromRequest──► SyncRequest ══ link ══► ToRequest ──► engine.Request
//	engine.Answer ◄──ToAnswer── SyncResponse ◄══ link ══ FromAnswer ◄── engine.Answer
//
// A page up is small because it names node and prev once, people, records and
// forms by number, and leaves seq, prev and digests of each change to the
// receiver. [ToRequest] computes them again, and refuses the page unless the id
// of its last change comes out as it was sent: as each id covers the one before,
// that one comparison covers the page.
//
// [EncodeRequest] and its fellows do the same down to bytes, for carriers that
// are not the service.
//
// It promises: From then To gives the same value, so that every id, digest and
// signature still holds; any bytes whatever give a value or a typed error, never
// a panic; every list and every length that comes from outside has a limit.
//
// It does not check signatures or rights, does not keep anything, and hashes no
// message: protobuf carries the canonical encoding and is never hashed.
// What it returns shares memory with the message that it came from.
package wire
