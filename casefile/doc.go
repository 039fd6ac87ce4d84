// Package casefile is the one room where the three cores meet: it says what a
// record of the replication core means as an interview, an arrival group, a
// referral or a decision, and how a page of answers becomes one change.
//
//	page of answers + basis ──Draft──► one change     (the host seals and saves it)
//	record ──OpenInterview──► Interview ──For(viewer)──► what this person may see
//	Interview ──Profile──► linkage.Record              (who may it be)
//	Interview + consent ──Copy──► a partner's copy     (only what was agreed to)
//
// Its nouns: an [Interview] (one screening of one return), a [Group] (one truck,
// one night), a [Request] for a referral and its [Copy], an [Answer] of a
// partner, a [Verdict] about a pair of records, the [Staff], [Device] and
// [Organisation] of the directory, and the [Viewer] who is looking.
//
// It promises: whatever is shown has passed For, and what may not be seen is
// not in the result; a save replaces only versions that were on the page; an
// answer that this program does not understand is kept and passed on.
//
// It seals nothing, stores nothing and reads no clock. It is pure.
package casefile
