// Package server is the office: it takes in what every device saved, merges it,
// finds people counted twice, carries referrals, and shows supervisors what
// needs them.
//
// Its nouns: the [Office] (store, keys, engine), a device's [Office.Exchange]
// with it, the follower that works behind the log ([Office.CatchUp]), and the
// desk, the pages for supervisors.
//
//	device ──mutual TLS──► Sync ──► Exchange: one transaction
//	                                  chain, signature, admission ▸ log, fold, streams, case list, audit
//	                                  news of its streams, class keys ◄
//	                       CatchUp, behind it: profiles, pairs, referrals released
//	person ──────────────► desk: pages, session, one policy table
//
// It promises: what it acknowledged is durable; a change that cannot be folded
// is quarantined and listed, never dropped, and nothing behind it waits; no
// search for duplicates stands in the way of a save; every reading of identity
// or testimony, every decision and every refusal is a leaf of the audit log; a
// procedure without a rule answers nobody.
//
// Without the office key its database shows what bytes-and-keys §7 lists and
// nothing else.
package server
