package casefile

import (
	"maps"
	"slices"

	"raksa/screening"
	"raksa/syncengine"
)

// Viewer is somebody who looks at a record, and through what.
type Viewer struct {
	Person syncengine.PersonID
	screening.Viewer
}

// Seen is what one person may see of an interview. What may not be seen is not
// in it.
type Seen struct {
	*Interview
	Answers   screening.Answers
	Contested []string
	// Hidden counts the answers that are there and not shown.
	Hidden int
	sight  screening.Sight
	viewer Viewer
}

// For is the one door through which answers reach a page, a search or an
// export: the interview as this person may see it.
func (iv *Interview) For(v Viewer) *Seen {
	seen := &Seen{Interview: iv, Answers: screening.Answers{}, viewer: v, sight: iv.sight(v)}
	for _, field := range slices.Sorted(maps.Keys(iv.Answers)) {
		if seen.May(field) {
			seen.Answers[field] = iv.Answers[field]
		} else {
			seen.Hidden++
		}
	}
	for _, field := range iv.Contested {
		if seen.May(field) {
			seen.Contested = append(seen.Contested, field)
		}
	}
	return seen
}

// May reports whether the viewer may see a field.
func (s *Seen) May(field string) bool {
	named, err := screening.ParseField(field)
	class, known := s.Form.Class(named.Item)
	return err == nil && known && s.viewer.MaySee(named.Item, class, s.sight)
}

// MayWrite reports whether the viewer may write answers of a field: never one
// that they may not see.
func (s *Seen) MayWrite(field string) bool {
	return s.May(field) && s.viewer.MayWrite(screening.Class(classOf(s.Form, field)), s.sight)
}

// Requests lists the referrals that were asked for. A note to the receiver says
// where and how to reach the person, and is told like any other such answer.
func (s *Seen) Requests() []Request {
	requests := s.Interview.Requests()
	for i := range requests {
		if !s.May("ref_note") {
			requests[i].Note = ""
		}
	}
	return requests
}

// Versions gives the live versions of a field that the viewer may see.
func (s *Seen) Versions(field string) []Version {
	if !s.May(field) {
		return nil
	}
	return s.Interview.Versions(field)
}

// sight says what stands between a viewer and this interview. Whoever wrote in
// it takes part in it.
func (iv *Interview) sight(v Viewer) screening.Sight {
	return screening.Sight{
		Open:  !iv.Closed,
		Mine:  iv.takesPart(v.Person),
		Share: iv.Consent().ShareWith(v.Agency),
	}
}

func (iv *Interview) takesPart(person syncengine.PersonID) bool {
	for _, folded := range iv.Record.Classes {
		for _, reg := range folded {
			if slices.ContainsFunc(reg.Live(), func(w syncengine.Version) bool { return w.Author == person }) {
				return true
			}
		}
	}
	// An open interview belongs to whoever opens it on a device that holds it.
	return !iv.Closed
}

// Consent is what the person agreed to and has not taken back.
func (iv *Interview) Consent() screening.Consent { return screening.ConsentOf(iv.Answers) }
