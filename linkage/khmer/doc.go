// Package khmer folds Cambodian personal names, in Khmer script or in Latin
// letters, so that two spellings of one name can meet.
//
// Three nouns:
//
//	canonical   the same picture has one encoding      ស្រ្តី, ស្ដ្រី  ▸ ស្ត្រី
//	match key   spellings that officers mix are one    សុខ, ស៊ុខ   ▸ one key
//	sound       one coarse reading for both scripts    ចន្ធី, Chanty ▸ one sound
//
// A sound is a consonant skeleton with coarse vowels. Consonants are capital
// letters, vowels are small ones:
//
//	សុខ ចន្ធី ─┐
//	             ├─► SoK CaNTi
//	Sok Chanthy ─┘
//
// The package promises: no input makes it panic; Canonical, MatchKey and Latin
// are idempotent; equal pictures give equal results; nothing depends on a
// locale. It does not transliterate for display, and it does not decide
// whether two names belong to one person: linkage weighs that.
//
// Sources: the Unicode Standard, chapter 16 (Khmer); M. Hosken, "Khmer Encoding
// Structure" (2021), for the order of marks; the linkage study for the folds
// that lists of returned migrants need.
package khmer
