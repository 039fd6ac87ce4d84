// Package expr is the condition language of the forms: it says whether a
// question is to be asked and whether an indicator is present.
//
// Nouns: an Expr (a condition, parsed once), an Env (where names get their
// values), an Operand (one such value, or the fact that there is none) and an
// Outcome (true, false or unknown, and because of which names).
//
//	(ctl_papers = 'employer' or ctl_papers = 'broker') and ctl_papers_back = 'no'
//	 └──── unknown ─────────────────────────────────┘     └──── false ─────────┘
//	                          unknown and false = false, because of ctl_papers_back
//
// The language: and, or, not, ( ), = != < <= > >=, + - * /, numbers, 'codes',
// has(item,'code'), count(item), count(group[]), answered(item),
// precision(date), estimated(date), and the facts age and is_child. It has
// three values, after Kleene: a comparison with a missing answer is unknown
// (form specification, section 4).
//
// It promises: no loop, no side effect, the same outcome for the same
// environment; an error names the position; text length and nesting are
// bounded. It does not know what an item is: names and their types come from
// the caller.
package expr
