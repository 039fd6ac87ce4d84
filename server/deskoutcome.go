package server

import (
	"slices"
	"time"

	"raksa/casefile"
	"raksa/screening"
	"raksa/screening/indicator"
	"raksa/web"
)

// outcome is what the rules of today say of a record, and beside it what was
// computed before, under other rules or other answers.
func (v *deskVisit) outcome(s *casefile.Seen) web.Outcome {
	if s.Interview.Answers.Code(itemInterview) != "yes" {
		return web.Outcome{}
	}
	result := s.Form.Assess(indicator.Builtin(), s.Interview.Answers, v.today()).Visible(s.May)
	out := web.Outcome{Code: string(result.Outcome), ChildSet: result.Set == indicator.ChildLabour, Rules: result.Version, At: v.Now()}
	for _, hint := range result.Hints {
		out.Hints = append(out.Hints, hint.ID)
	}
	for _, d := range result.Dimensions {
		shown := web.Dimension{Code: d.ID, Finding: findingCode(d.Level)}
		for _, f := range result.Findings {
			if f.Indicator.Dimension == d.ID && f.State == indicator.Present {
				shown.Because = append(shown.Because, v.because(s, f)...)
			}
		}
		out.Dimensions = append(out.Dimensions, shown)
	}
	out.Side, out.Unscored = v.beside(result)
	return out
}

func (v *deskVisit) because(s *casefile.Seen, f indicator.Finding) (out []web.Because) {
	for _, id := range f.Because {
		item := s.Form.Item(id)
		if item == nil || !s.May(id) {
			continue
		}
		label, _ := v.labelOf(item)
		out = append(out, web.Because{Indicator: f.Name, Question: label, Answer: v.answerText(s.Form, item, s.Answers[id])})
	}
	return out
}

func findingCode(level indicator.Level) string {
	switch level {
	case indicator.Positive:
		return "found"
	case indicator.Negative:
		return "not_found"
	}
	return "open"
}

// beside is what stands beside the outcome: debts, pay, harm, and the
// indicators of sexual exploitation, which are not scored.
func (v *deskVisit) beside(result indicator.Result) (side []web.Side, unscored *web.Unscored) {
	in := func(en, km string) string {
		if v.lang == web.English {
			return en
		}
		return km
	}
	for _, f := range result.Side {
		one := web.Side{Kind: f.Kind, Label: in(f.EN, f.KM), Finding: sideCode[f.State]}
		for _, ground := range f.Grounds {
			one.Grounds = append(one.Grounds, in(ground.EN, ground.KM))
		}
		side = append(side, one)
	}
	if set := result.Unscored; set != nil {
		unscored = &web.Unscored{Label: in(set.EN, set.KM), Why: in(set.WhyEN, set.WhyKM)}
		for _, f := range set.Findings {
			if f.State == indicator.Present {
				unscored.Found = append(unscored.Found, f.Name)
			}
		}
	}
	return side, unscored
}

var sideCode = map[indicator.State]string{
	indicator.Present: "found", indicator.Absent: "not_found", indicator.Unknown: "open",
}

const itemOutcome = "asm_outcome"

// computedBefore lists what closings wrote, newest first, where it is not what
// the rules of today say. It stays as it was, with the rules it came from.
func (v *deskVisit) computedBefore(s *casefile.Seen, now web.Outcome) ([]web.PastOutcome, error) {
	item := s.Form.Item(itemOutcome)
	if item == nil || !s.May(itemOutcome) || now.Code == "" {
		return nil, nil
	}
	all, err := v.history(v.tx, s.ID)
	if err != nil {
		return nil, err
	}
	var earlier []web.PastOutcome
	for _, p := range slices.Backward(all[itemOutcome]) {
		before, ok := asAnswer(item, p.State, p.Value).Value.(screening.Derived)
		if ok && (before.Rule != now.Rules || before.Result != now.Code) {
			earlier = append(earlier, web.PastOutcome{Code: before.Result, At: time.UnixMilli(p.DeviceMillis), Rules: before.Rule})
		}
	}
	return earlier, nil
}
