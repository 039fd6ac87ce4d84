// Package screening holds the nouns of an interview that screens a returned
// person for trafficking, and the rules that stand in no form: what an answer
// is, how sensitive it is, who may see it, what the person agreed to, and
// which states a case goes through.
//
// Nouns: an Answer (a Value or a State such as refused), a Class of
// sensitivity, a Consent with a Share for each kind of agency, and a
// CaseState. The rooms below it:
//
//	screening            answers, classes, consent, sharing, roles, case states
//	 ├─ expr             conditions, three-valued, with reasons
//	 ├─ indicator        the ILO rule: indicators, dimensions, outcome
//	 ├─ form             the two forms as data, pages, what to ask next
//	 └─ gazetteer        provinces to villages, code to name and back
//
// It promises: one canonical text for each answer (that text is what is
// sealed, compared and hashed elsewhere); deny by default; "no" is never a
// default; withdrawn consent wins over given consent in every merge.
//
// It does no I/O and reads no clock: today's date comes in as an argument. It
// decides nothing about a person: a computed outcome supports a trained
// interviewer, and the formal decision is a named official's.
package screening
