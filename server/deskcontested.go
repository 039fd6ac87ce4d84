package server

import (
	"strings"
	"unicode/utf8"

	"raksa/casefile"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/syncengine"
	"raksa/web"
)

// longTextFrom is how long a text is before its differences are marked.
const longTextFrom = 60

// openQuestion is one contested answer that this person may see.
type openQuestion struct {
	seen  *casefile.Seen
	item  *form.Item
	field string
}

// openQuestions lists the contested answers of one record or of all.
func (v *deskVisit) openQuestions(only string) (questions []openQuestion, _ error) {
	found, err := v.caseList(v.tx, func(one listed) bool {
		return one.Contested > 0 && (only == "" || one.id.String() == only)
	})
	if err != nil {
		return nil, err
	}
	for _, one := range found {
		s, err := v.seen(one.id)
		if err != nil {
			return nil, err
		}
		for _, field := range s.Contested {
			named, _ := screening.ParseField(field)
			questions = append(questions, openQuestion{s, s.Form.Item(named.Item), field})
		}
	}
	return questions, nil
}

func contestedListPage(v *deskVisit) (deskReply, error) {
	questions, err := v.openQuestions(v.asked("record"))
	if err != nil {
		return deskReply{}, err
	}
	if err := v.leaf(Leaf{What: "search", Reason: "contested"}); err != nil {
		return deskReply{}, err
	}
	var page web.ContestedList
	for _, q := range questions {
		who, err := v.row(q.seen)
		if err != nil {
			return deskReply{}, err
		}
		label, _ := v.labelOf(q.item)
		page.Rows = append(page.Rows, web.ContestedRow{
			Path: contestedPath(q.seen.ID, q.field), Who: who, Label: label,
			Values: len(q.seen.Versions(q.field)), Reads: string(q.item.Contested.Rule),
		})
	}
	return deskReply{page: page}, nil
}

func contestedPage(v *deskVisit) (deskReply, error) {
	id, err := v.record()
	if err != nil {
		return deskReply{}, err
	}
	s, err := v.seen(id)
	if err != nil {
		return deskReply{}, err
	}
	field := v.r.PathValue("field")
	named, err := screening.ParseField(field)
	item := s.Form.Item(named.Item)
	if err != nil || item == nil {
		return deskReply{}, errNotThere
	}
	if !s.May(field) {
		return deskReply{}, &Denied{Reason: "read_class"}
	}
	if err := v.leaf(Leaf{What: "read", Record: id.String()}); err != nil {
		return deskReply{}, err
	}
	page := web.Contested{Path: contestedPath(id, field), RecordID: id.String(), Reads: string(item.Contested.Rule), Typed: v.typed}
	page.Label, page.Small = v.labelOf(item)
	page.Basis = casefile.BasisOf(s.Record, field).String()
	if page.Who, err = v.row(s); err != nil {
		return deskReply{}, err
	}
	if page.Versions, err = v.contestedVersions(s, item, field); err != nil {
		return deskReply{}, err
	}
	if len(page.Versions) < 2 {
		return deskReply{to: "/records/" + id.String()}, nil // settled meanwhile
	}
	for _, version := range page.Versions {
		page.Long = page.Long || utf8.RuneCountInString(version.Text) >= longTextFrom
	}
	page.Next, page.Left, err = v.nextQuestion(id, field)
	page.Skipped = page.Next
	return deskReply{page: page}, err
}

// contestedVersions shows the live versions, each with what its author had on
// the screen when writing it.
func (v *deskVisit) contestedVersions(s *casefile.Seen, item *form.Item, field string) (versions []web.Version, _ error) {
	all, err := v.history(v.tx, s.ID)
	if err != nil {
		return nil, err
	}
	for _, one := range s.Versions(field) {
		shown, err := v.version(s.Form, item, one.Version)
		if err != nil {
			return nil, err
		}
		shown.OnScreen = v.onScreen(s.Form, item, field, one.ID, all)
		versions = append(versions, shown)
	}
	return versions, nil
}

func (v *deskVisit) onScreen(def *form.Definition, item *form.Item, field string, change syncengine.ChangeID, all history) string {
	written, _ := all.at(field, change)
	var texts []string
	for _, id := range written.Supersedes {
		before, here := all.at(field, id)
		if !here {
			continue
		}
		answer := asAnswer(item, before.State, before.Value)
		text := v.answerText(def, item, answer)
		if text == "" {
			text = web.CodeWord(v.lang, "answer", stateCode(answer))
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, " / ")
}

// nextQuestion gives the path of the contested answer after this one, and how
// many others there are.
func (v *deskVisit) nextQuestion(id syncengine.RecordID, field string) (path string, others int, _ error) {
	questions, err := v.openQuestions("")
	if err != nil {
		return "", 0, err
	}
	passed := false
	first := ""
	for _, q := range questions {
		switch own := contestedPath(q.seen.ID, q.field); {
		case q.seen.ID == id && q.field == field:
			passed = true
			continue
		case passed && path == "":
			path = own
		case first == "":
			first = own
		}
		others++
	}
	if path == "" {
		path = first
	}
	return path, others, nil
}

func settleContested(v *deskVisit) (deskReply, error) {
	id, err := v.record()
	if err != nil {
		return deskReply{}, err
	}
	field := v.r.PathValue("field")
	next, _, err := v.nextQuestion(id, field)
	if err != nil {
		return deskReply{}, err
	}
	if next == "" {
		next = "/contested"
	}
	if v.asked("choice") == "open" {
		return deskReply{to: next}, v.leaf(Leaf{What: "settle", Record: id.String(), Reason: "left_open"})
	}
	choice, err := syncengine.ParseChangeID(v.asked("choice"))
	if err != nil {
		return deskReply{}, atField("choice", errNoChoice)
	}
	basis, err := casefile.ParseBasis(v.asked("basis"))
	if err != nil {
		return deskReply{}, err
	}
	err = atFields(v.Settle(v.tx, v.viewer(), Settlement{
		Record: id, Field: field, Choice: choice, Basis: basis, Reason: v.asked("reason"),
	}, v.session.sign), map[error]string{errNoReason: "reason", errNoChoice: "choice"})
	return deskReply{to: next, done: "settled"}, err
}
