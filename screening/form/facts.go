package form

import (
	"raksa/screening"
	"raksa/screening/expr"
)

// The facts that conditions may use beside items.
const (
	factAge   = "age"
	factChild = "is_child"
)

// The items that the facts are made from. They are named in code because the
// definition of a child stands in the form specification (section 4), and no
// form may change it by leaving it out.
const (
	itemBirth      = "idn_birth_date"
	itemAge        = "idn_age_stated"
	itemAgeBasis   = "idn_age_basis"
	itemChildAlone = "tri_child_alone"
	itemLeftHome   = "rec_left_home"
	itemAgeThen    = "rec_age"
	itemWorkFrom   = "wrk_from"
)

// ageItems are those of them that say something about the age.
var ageItems = []string{itemBirth, itemAge, itemAgeBasis, itemChildAlone, itemLeftHome, itemAgeThen, itemWorkFrom}

// adultAgeYears, and the age below which an estimate gets the benefit of doubt.
const (
	adultAgeYears            = 18
	benefitOfDoubtBelowYears = 21
)

// Child says whether the person counts as a child and because of which items.
// A truth of Unknown means that nothing about the age is known.
type Child struct {
	Truth   expr.Truth
	Today   bool // possibly under 18 today, so that the child path opens for the interview itself
	Then    bool // possibly under 18 when it began
	Because []string
	skipped bool
}

// ageYears is what is known of the age today.
type ageYears struct {
	low, high int
	known     bool
	skipped   bool
	because   string
	birth     screening.PartialDate // a birth date, or the last day it can have been
}

// ageToday prefers a date of birth to the age as said.
func ageToday(answers screening.Answers, today screening.PartialDate) ageYears {
	if birth, ok := answers[itemBirth].Value.(screening.PartialDate); ok {
		low, high := birth.AgeAt(today)
		return ageYears{low: low, high: high, known: true, because: itemBirth, birth: birth}
	}
	if stated, ok := answers[itemAge].Value.(screening.Int); ok {
		birth := today.Last()
		birth.Year -= int(stated)
		if !birth.Valid() { // 29 February
			birth.Day = 28
		}
		return ageYears{low: int(stated), high: int(stated), known: true, because: itemAge, birth: birth}
	}
	skipped := answers[itemBirth].State == screening.Skipped || answers[itemAge].State == screening.Skipped
	return ageYears{skipped: skipped, because: itemBirth}
}

// childOf follows the form specification, section 4: a child when the age
// today or at the time of the exploitation is, or may be, under 18; when the
// age is disputed; when it is only estimated and under 21; until somebody
// settles it. Without any age, somebody who looks under 18 and has no parent
// there counts as a child.
func childOf(answers screening.Answers, today screening.PartialDate) Child {
	age := ageToday(answers, today)
	basis := answers.Code(itemAgeBasis)
	c := Child{skipped: age.skipped}
	mark := func(when *bool, because ...string) {
		c.Truth = expr.True
		*when = true
		c.Because = append(c.Because, because...)
	}
	if basis == "disputed" {
		mark(&c.Today, itemAgeBasis)
	}
	if age.known && age.low < adultAgeYears {
		mark(&c.Today, age.because)
	} else if age.known && age.low < benefitOfDoubtBelowYears && (basis == "estimated" || age.birth.Estimated) {
		mark(&c.Today, age.because, itemAgeBasis)
	}
	if !age.known && answers.Code(itemChildAlone) == "yes" {
		mark(&c.Today, itemChildAlone)
	}
	if then, ok := answers[itemAgeThen].Value.(screening.Int); ok && then < adultAgeYears {
		mark(&c.Then, itemAgeThen)
	}
	if start, item, ok := beginning(answers); ok && age.known {
		if low, _ := age.birth.AgeAt(start); low < adultAgeYears {
			mark(&c.Then, age.because, item)
		}
	}
	if c.Truth != expr.True {
		c.Because = []string{age.because}
		if !age.known {
			c.Truth = expr.Unknown
		}
	}
	return c
}

// beginning returns the earliest date at which the recruitment or the
// exploitation began, and the item that says it.
func beginning(answers screening.Answers) (start screening.PartialDate, item string, ok bool) {
	for name, answer := range answers {
		field, err := screening.ParseField(name)
		date, dated := answer.Value.(screening.PartialDate)
		if err != nil || !dated || field.Item != itemLeftHome && field.Item != itemWorkFrom {
			continue
		}
		earlier := date.First().CertainlyBefore(start.First())
		same := ok && !earlier && !start.First().CertainlyBefore(date.First())
		if !ok || earlier || same && field.Item < item {
			start, item, ok = date, field.Item, true
		}
	}
	return start, item, ok
}
