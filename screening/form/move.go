package form

import (
	"maps"
	"slices"

	"raksa/screening"
)

// Move says what becomes of the answers of a record when it goes over to
// another version of the form. Every answer stands in exactly one of Stays,
// Moved, Unmatched and Settle; Removed marks some of those in Stays and Moved.
//
//	stays      the question is still asked under this id
//	moved      the question or the choice has another name now: Was says so
//	unmatched  no question takes it: kept, shown as it was said, never counted
//	settle     two answers stand against each other where a name changed
//	removed    it stays, but a choice in it is no longer offered
type Move struct {
	From, To  string // versions
	Stays     []string
	Moved     []Moved
	Unmatched []string
	Settle    []string
	Removed   []string // by the new name of the field
}

// Moved is one answer under its new name, or in its new words.
type Moved struct {
	From, To string // fields; equal when only a choice has another name
	Answer   screening.Answer
}

// MoveTo plans the way of a record's answers to another version. contested
// lists the fields whose versions differ: a person settles them first where
// they would have to be written anew. It changes nothing.
func (d *Definition) MoveTo(to *Definition, answers screening.Answers, contested []string) Move {
	m := Move{From: d.version, To: to.version}
	taken := map[string]bool{}
	for name := range answers {
		taken[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(answers)) {
		answer := answers[name]
		field, err := screening.ParseField(name)
		if err != nil || answer.State == screening.NotAsked {
			continue
		}
		item := to.byID[field.Item]
		if item == nil {
			item = to.heirs[field.Item]
		}
		if item == nil || field.Entry != "" && item.Repeat == "" {
			m.Unmatched = append(m.Unmatched, name)
			continue
		}
		now, removed, fits := to.inWordsOf(item, answer)
		target := screening.Field{Item: item.ID, Entry: field.Entry}.String()
		changed := target != name || !screening.Same(now, answer)
		switch {
		case !fits, target != name && taken[target]:
			m.Unmatched = append(m.Unmatched, name)
			continue
		case changed && slices.Contains(contested, name):
			m.Settle = append(m.Settle, name)
			continue
		case changed:
			m.Moved, taken[target] = append(m.Moved, Moved{name, target, now}), true
		default:
			m.Stays = append(m.Stays, name)
		}
		if removed {
			m.Removed = append(m.Removed, target)
		}
	}
	return m
}

// Heir returns the item that had another id in an earlier version, or nil.
func (d *Definition) Heir(was string) *Item { return d.heirs[was] }

// inWordsOf says an answer in the codes of this version's lists. removed: a code
// in it is not on the list any more; it stays as it is. fits is false when the
// value is of another type than the item.
func (d *Definition) inWordsOf(i *Item, a screening.Answer) (now screening.Answer, removed, fits bool) {
	if a.State != screening.Answered {
		return a, false, true
	}
	if a.Value.Kind() != i.Kind {
		return a, false, false
	}
	switch value := a.Value.(type) {
	case screening.Code:
		code, known := d.codeNow(i.List, string(value))
		return screening.Of(screening.Code(code)), !known, true
	case screening.Set:
		var codes []string
		for _, old := range value.Codes() {
			code, known := d.codeNow(i.List, old)
			removed = removed || !known
			codes = append(codes, code)
		}
		return screening.Of(screening.SetOf(codes...)), removed, true
	}
	return a, false, true
}

// codeNow gives the code that a choice has in this version.
func (d *Definition) codeNow(list, old string) (code string, known bool) {
	if _, here := d.Choice(list, old); here {
		return old, true
	}
	for _, choice := range d.lists[list] {
		if slices.Contains(choice.Was, old) {
			return choice.Code, true
		}
	}
	return old, false
}
