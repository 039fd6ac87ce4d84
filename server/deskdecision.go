package server

import (
	"slices"
	"strings"
	"time"

	"raksa/casefile"
	"raksa/screening"
	"raksa/web"
)

func decisionPage(v *deskVisit) (deskReply, error) {
	id, err := v.record()
	if err != nil {
		return deskReply{}, err
	}
	s, err := v.seen(id)
	if err != nil {
		return deskReply{}, err
	}
	if s.Record.Erased {
		return deskReply{to: "/records/" + id.String()}, nil
	}
	if err := v.leaf(Leaf{What: "read", Record: id.String()}); err != nil {
		return deskReply{}, err
	}
	page := web.Decision{
		RecordID: id.String(), Outcome: v.outcome(s), View: s.Answers.Code("asm_view"), ViewText: textAnswer(s, "asm_why_differs"),
		Basis: casefile.BasisOf(s.Record, decisionFields()...).String(), MayDecide: v.mayRule(v.viewer()),
		Typed: v.typed,
	}
	page.Rule, page.RuleSince, page.RuleSource = v.eligible()
	if _, err := decisionSteps(s.State, "pending"); err != nil || !page.MayDecide {
		page.MayDecide, page.Refusal = false, "not_allowed"
	}
	if !s.Closed {
		page.MayDecide, page.Refusal = false, "interview_not_closed"
	}
	if page.Who, err = v.row(s); err != nil {
		return deskReply{}, err
	}
	if live := s.Record.Field("asm_view").Live(); page.View != "" && len(live) > 0 {
		who, err := v.person(live[len(live)-1].Author)
		if err != nil {
			return deskReply{}, err
		}
		page.ViewBy = who.Name
	}
	if page.Outcome.Earlier, err = v.computedBefore(s, page.Outcome); err != nil {
		return deskReply{}, err
	}
	page.Standing, page.Earlier, err = v.decisions(s)
	return deskReply{page: page}, err
}

// decisions gives the official decision that stands, and those before it,
// newest first.
func (v *deskVisit) decisions(s *casefile.Seen) (standing *web.Decided, earlier []web.Decided, _ error) {
	all, err := v.history(v.tx, s.ID)
	if err != nil {
		return nil, nil, err
	}
	item := s.Form.Item(itemDecision)
	if item == nil || !s.May(itemDecision) {
		return nil, nil, nil
	}
	live := s.Record.Field(itemDecision).Live()
	for _, p := range slices.Backward(all[itemDecision]) {
		who, err := v.person(p.Author)
		if err != nil {
			return nil, nil, err
		}
		code, _ := asAnswer(item, p.State, p.Value).Value.(screening.Code)
		one := web.Decided{Code: string(code), Who: who.Name, Agency: string(who.Agency), At: time.UnixMilli(p.DeviceMillis)}
		if s.May(itemGrounds) {
			grounds, _ := all.at(itemGrounds, p.ID)
			dissent, _ := all.at(fieldDissent, p.ID)
			one.Grounds, one.Dissent = string(grounds.Value), string(dissent.Value)
		}
		if standing == nil && len(live) > 0 && live[len(live)-1].ID == p.ID {
			standing = &one
		} else {
			earlier = append(earlier, one)
		}
	}
	return standing, earlier, nil
}

// eligible names the agency classes that may decide today, and since when.
func (v *deskVisit) eligible() (rule, since, source string) {
	row, found := v.Eligible.On(v.today())
	var names []string
	for _, agency := range row.Agencies {
		names = append(names, web.CodeWord(v.lang, "agency", string(agency)))
	}
	if found {
		since = row.From.Canonical()
	}
	return strings.Join(names, ", ") + " (" + v.dayText(v.Now()) + ")", since, row.Source
}

func decide(v *deskVisit) (deskReply, error) {
	id, err := v.record()
	if err != nil {
		return deskReply{}, err
	}
	basis, err := casefile.ParseBasis(v.asked("basis"))
	if err != nil {
		return deskReply{}, err
	}
	err = atFields(v.Decide(v.tx, v.viewer(), Ruling{
		Record: id, Decision: v.asked("decision"), Grounds: v.asked("grounds"), Dissent: v.asked("dissent"), Basis: basis,
	}, v.session.sign), map[error]string{errNoReason: "grounds", errNoChoice: "decision"})
	return deskReply{to: "/records/" + id.String(), done: "decided"}, err
}
