package form

import (
	"slices"

	"raksa/screening"
	"raksa/screening/expr"
)

// ProblemCode says what is wrong with an answer. The words for it belong to
// the pages.
type ProblemCode string

// The problems.
const (
	WrongKind     ProblemCode = "wrong_kind"      // the value is of another type than the item
	NotOnList     ProblemCode = "not_on_list"     // a code that the list does not have
	NotTogether   ProblemCode = "not_together"    // "none" beside another
	NotAllowed    ProblemCode = "not_allowed"     // on the list, but not for this item
	OutOfRange    ProblemCode = "out_of_range"    //
	InTheFuture   ProblemCode = "in_the_future"   //
	TooEarly      ProblemCode = "too_early"       //
	BeforeOther   ProblemCode = "before_other"    // before the date in Other
	AnimalDiffers ProblemCode = "animal_differs"  // the animal does not fit the year in Other
	NoPhoneNumber ProblemCode = "no_phone_number" //
	NotAsExpected ProblemCode = "not_as_expected" // an expectation between items does not hold
)

// Problem is one thing that is odd about one field. It carries ids only.
type Problem struct {
	Field screening.Field
	Code  ProblemCode
	Level Level
	Other []string // further items it has to do with
}

// problems checks one answered field. Answers that do not count are left
// alone.
func (r *record) problems(v FieldView, today screening.PartialDate) []Problem {
	if v.Answer.State != screening.Answered || v.Uncounted() {
		return nil
	}
	if code := r.form.Fits(v.Item, v.Answer.Value); code != "" {
		return []Problem{{Field: v.Field, Code: code, Level: Error}}
	}
	var found []Problem
	for _, c := range v.Item.Constraints {
		if code, other := r.breaks(c, v, today); code != "" {
			found = append(found, Problem{v.Field, code, c.Level, other})
		}
	}
	return found
}

// Fits checks a value against the item's type and choice list. It returns ""
// when the value fits.
func (d *Definition) Fits(i *Item, v screening.Value) ProblemCode {
	if v == nil || v.Kind() != i.Kind {
		return WrongKind
	}
	var codes []string
	switch v := v.(type) {
	case screening.Code:
		codes = []string{string(v)}
	case screening.Set:
		codes = v.Codes()
	default:
		return ""
	}
	for _, code := range codes {
		choice, known := d.Choice(i.List, code)
		if !known {
			return NotOnList
		}
		if choice.Excludes && len(codes) > 1 {
			return NotTogether
		}
	}
	return ""
}

// breaks reports how an answer breaks a constraint, and with which items.
func (r *record) breaks(c Constraint, v FieldView, today screening.PartialDate) (ProblemCode, []string) {
	switch value := v.Answer.Value; c.Kind {
	case Range:
		if n := operand(v.Answer).Number; n < float64(c.Min) || n > float64(c.Max) {
			return OutOfRange, nil
		}
	case NotFuture:
		if today.CertainlyBefore(value.(screening.PartialDate)) {
			return InTheFuture, nil
		}
	case Earliest:
		if value.(screening.PartialDate).CertainlyBefore(c.Date) {
			return TooEarly, nil
		}
	case NotBefore:
		if before(value, r.counted(c.Item).Value) {
			return BeforeOther, []string{c.Item}
		}
	case Zodiac:
		if born, ok := r.counted(c.Item).Value.(screening.PartialDate); ok && !animalFits(value.Canonical(), born) {
			return AnimalDiffers, []string{c.Item}
		}
	case Phone:
		if _, ok := CleanPhone(value.Canonical(), "KH"); !ok {
			return NoPhoneNumber, nil
		}
	case Allow:
		if !slices.Contains(c.Codes, value.Canonical()) {
			return NotAllowed, nil
		}
	case Expect:
		if c.If.Eval(r).Truth == expr.True && c.Then.Eval(r).Truth == expr.False {
			return NotAsExpected, slices.DeleteFunc(append(c.If.Names(), c.Then.Names()...), func(name string) bool {
				return name == v.Item.ID
			})
		}
	}
	return "", nil
}

func before(a, b screening.Value) bool {
	switch a := a.(type) {
	case screening.PartialDate:
		other, ok := b.(screening.PartialDate)
		return ok && a.CertainlyBefore(other)
	case screening.DateTime:
		other, ok := b.(screening.DateTime)
		return ok && a.UnixSeconds() < other.UnixSeconds()
	}
	return false
}

// animals is the cycle of twelve, counted from the rat; 1900 and 2020 are
// years of the rat.
var animals = []string{"rat", "ox", "tiger", "rabbit", "dragon", "snake", "horse", "goat", "monkey", "rooster", "dog", "pig"}

// animalFits reports whether somebody born then can carry the animal. The
// animal changes at the Khmer new year in mid April, so a birth before that
// day carries the animal of the year before. An estimated year may be out by
// two.
func animalFits(animal string, born screening.PartialDate) bool {
	first, last := born.First(), born.Last()
	if born.Estimated {
		first.Year, last.Year = first.Year-2, last.Year+2
	}
	for year := first.Year - 1; year <= last.Year; year++ {
		from := screening.PartialDate{Year: year, Month: 4, Day: 13}
		until := screening.PartialDate{Year: year + 1, Month: 4, Day: 16}
		fits := animals[(year-1900+1200)%12] == animal
		if fits && !last.CertainlyBefore(from) && !until.CertainlyBefore(first) {
			return true
		}
	}
	return false
}
