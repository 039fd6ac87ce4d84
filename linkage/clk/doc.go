// Package clk lets two lists of persons be compared by somebody who may read
// neither: how many are on both, and nothing else.
//
// Its nouns:
//
//	filter    a record as 1,024 bits under a key (a cryptographic long-term key,
//	          a kind of Bloom filter): similar records share bits
//	encoder   makes filters; it needs the secret that two parties share
//	overlap   how many of one list are on the other, with its range
//
// Three roles, and none has what another must not have:
//
//	partner ──list──► Encoder ──filters──┐
//	   │ a secret of these two           ├──► Count ──► "about 410, 380 to 450"
//	office  ──list──► Encoder ──filters──┘    linkage unit: has no secret and no list
//
// Filters are made of sounds, so a name in Khmer script meets the same name in
// Latin letters. They are hardened: positions from HMAC-SHA-256 with one key
// for each part of a record, sex as salt, folded in half with exclusive or, and
// some bits flipped by a noise that only the list's owner knows (randomised
// response). Sources: Schnell, Bachteler and Reiher 2009 and 2011 (filter and
// CLK); Schnell and Borgs 2016 (folding; randomised response); what is known
// to break them stands in docs/without-names.md.
//
// The package promises: the same list, key and exchange give the same filters
// bit for bit; without the secret a filter cannot be made for a guessed name.
// It does not hide from the two parties what they know already, and it is no
// proof of anonymity: filters are personal data.
package clk
