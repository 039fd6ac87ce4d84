// Package indicator turns answers into what the ILO and European Commission
// rule says about them: which indicators of trafficking are present, which of
// the six dimensions are positive, and what outcome follows.
//
// Nouns: an Indicator (a line of the table, with its strength), a State
// (present, absent or unknown), a Dimension (positive, negative or
// undetermined) and a Result, which lists for every indicator the items whose
// answers led to it.
//
//	answers ─► 67 indicators ─► 6 dimensions ─┬─ means (5) ─┐
//	           present because of wrk_pay_…   └─ purpose ───┼─► outcome
//	                                  rec_act, adult/child ─┘
//
// "Do not know" and "refused" are not "no": they leave an indicator unknown,
// and a dimension undetermined when the unknown ones could still turn it.
//
// It promises: the rule is a versioned table that is checked when loaded; the
// result is a pure function of the answers. It does not decide anything about
// a person, and it does not score the sexual sets, which nobody could verify:
// Result.SexualNotScored says so when that kind of exploitation was recorded.
package indicator
