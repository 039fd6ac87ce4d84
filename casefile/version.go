package casefile

import (
	"fmt"
	"maps"
	"slices"

	"raksa/screening"
	"raksa/screening/form"
	"raksa/syncengine"
)

// An interview stays on the form version that it was begun with, until somebody
// moves it:
//
//	vif/1 ── answers ──┐            the same ids: nothing is written
//	                   ├─ MoveTo ─► $form = vif/2, and what has another name
//	vif/2 ─────────────┘            now, written anew over what it was
//	                        else ─► Elsewhere: kept where it is, shown as it was said
//
// A tablet that does not know the new version goes on with the old one. What it
// writes there joins what is asked under both, or stands in Elsewhere.

// Elsewhere is a live version of a field that the interview's form version does
// not ask, or cannot read: of a question that is gone, or of another type.
type Elsewhere struct {
	Version
	Field string
	Class syncengine.Class
	Item  *form.Item // as its own form version asks it; nil when that is unknown here
}

// formOf gives the version that a record stands on: the one it was moved to, if
// that is known here, else the one it was begun with.
func formOf(rec *syncengine.Record, forms Forms) *form.Definition {
	if moved := latest(rec.Field(fieldForm)); moved != "" {
		if def := forms(moved); def != nil {
			return def
		}
	}
	return forms(rec.Form)
}

// findElsewhere lists what the interview's form version does not explain.
func (iv *Interview) findElsewhere(forms Forms) {
	for _, class := range slices.Sorted(maps.Keys(iv.Record.Classes)) {
		folded := iv.Record.Classes[class]
		for _, field := range slices.Sorted(maps.Keys(folded)) {
			named, err := screening.ParseField(field)
			if err != nil || field[0] == '$' {
				continue
			}
			item := iv.Form.Item(named.Item)
			for _, v := range folded[field].Live() {
				if item != nil && v.Form == iv.Form.Version() { // it was written under this very form
					continue
				}
				if v.State == syncengine.Struck || readable(item, named, v) || iv.wentOn(named, v) {
					continue
				}
				one := Elsewhere{Version: Version{Version: v}, Field: field, Class: class}
				if def := forms(v.Form); def != nil {
					one.Item = def.Item(named.Item)
					one.Answer = parseVersion(one.Item, v)
				}
				iv.Elsewhere = append(iv.Elsewhere, one)
			}
		}
	}
}

// wentOn reports whether a version was written anew under the name that its
// question has now.
func (iv *Interview) wentOn(field screening.Field, v syncengine.Version) bool {
	heir := iv.Form.Heir(field.Item)
	return heir != nil && iv.Record.Field(screening.Field{Item: heir.ID, Entry: field.Entry}.String()).Superseded(v.ID)
}

// readable reports whether the item takes the version as an answer to itself.
func readable(item *form.Item, field screening.Field, v syncengine.Version) bool {
	if item == nil || field.Entry != "" && item.Repeat == "" {
		return false
	}
	if screening.State(v.State) != screening.Answered {
		return screening.State(v.State) <= screening.NotApplicable
	}
	_, err := screening.ParseValue(item.Kind, string(v.Value))
	return err == nil
}

// PlanMove says what becomes of the answers under another form version.
func (iv *Interview) PlanMove(to *form.Definition) form.Move {
	move := iv.Form.MoveTo(to, iv.Answers, iv.Contested)
	for _, field := range iv.Contested { // of those that read as nothing
		named, _ := screening.ParseField(field)
		if _, read := iv.Answers[field]; !read && to.Item(named.Item) == nil {
			move.Settle = append(move.Settle, field)
		}
	}
	return move
}

// MoveDraft drafts the change that moves an open interview to another form
// version. What has another name there replaces what it was; the log keeps both.
func (iv *Interview) MoveDraft(to *form.Definition, author syncengine.PersonID) (syncengine.Draft, form.Move, error) {
	move := iv.PlanMove(to)
	edit := Edit{Author: author, Basis: BasisOf(iv.Record, fieldForm), Answers: map[string]screening.Answer{}, Reasons: map[string]string{}}
	for _, one := range move.Moved {
		edit.Answers[one.To] = one.Answer
		edit.Reasons[one.To] = fmt.Sprintf("%s: %s", move.From, one.From)
		edit.Basis[one.To] = append(iv.Record.Field(one.To).Basis(), iv.Record.Field(one.From).Basis()...)
	}
	edit.set(fieldForm, to.Version())
	there := *iv
	there.Form = to
	draft, err := there.Draft(edit)
	draft.SignClass = syncengine.Class(screening.Admin)
	return draft, move, err
}

// MayUnder reports whether the viewer may see a field as another form version
// asks it: for what the interview's own version does not explain.
func (s *Seen) MayUnder(def *form.Definition, field string) bool {
	named, err := screening.ParseField(field)
	class, known := def.Class(named.Item)
	return err == nil && known && s.viewer.MaySee(named.Item, class, s.sight)
}

// Elsewhere lists what the interview's form version does not ask, as far as the
// viewer may see the class in which it lies.
func (s *Seen) Elsewhere() []Elsewhere {
	var seen []Elsewhere
	for _, one := range s.Interview.Elsewhere {
		named, err := screening.ParseField(one.Field)
		if err == nil && s.viewer.MaySee(named.Item, screening.Class(one.Class), s.sight) {
			seen = append(seen, one)
		}
	}
	return seen
}
