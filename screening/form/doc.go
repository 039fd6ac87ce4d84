// Package form holds the two interview forms as data and says, for the answers
// of a record, what to ask next.
//
// Nouns: a Definition (a version of the forms: sections, items, choice lists,
// pages), an Item (one question), a Page (the few items on one screen) and a
// Sheet (the form as it stands for one record).
//
//	data/vif-1.json ──Load──► Definition ─┐
//	                        Answers ──────┼─Evaluate─► Sheet: shown, hidden, missing,
//	                        today ────────┘            problems, child?, next page
//
// The short form is exactly the items marked "both"; the long form is all
// items. Same ids, same record (form specification, section 3).
//
// It promises: a definition that loads is sound (ids, lists, conditions,
// classes, contested rules, pages), and a broken one is refused with the item
// and the reason; Evaluate is pure and never drops an answer, not even one it
// does not understand. The wording of the real forms is not public; the
// embedded version is a reconstruction that a ministry replaces without code.
package form
