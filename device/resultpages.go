package device

import (
	"slices"

	"raksa/casefile"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/screening/indicator"
	"raksa/web"
)

func (a *asking) ownView() web.FieldView {
	view := web.OwnView{RecordID: a.seen.ID.String(), Who: a.who(), Grounds: said(a.seen.Answers, "asm_why_differs")}
	for _, choice := range a.seen.Form.Choices("prelim") {
		view.Options = append(view.Options, web.Option{
			Code: choice.Code, Label: label(a.lang, choice.EN, choice.KM), Chosen: a.seen.Answers.Code("asm_view") == choice.Code,
		})
	}
	return view
}

// viewPage keeps what the interviewer thinks, before the computed result is shown.
func viewPage(v *visit) (web.FieldView, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	a, err := v.ask(id, "")
	if err != nil {
		return nil, err
	}
	code := v.text("view")
	if code == "" {
		if v.opens() {
			return a.ownView(), nil
		}
		return nil, ErrChoice
	}
	answers := map[string]screening.Answer{"asm_view": screening.Of(screening.Code(code))}
	if grounds := screening.TextOf(v.text("grounds")); grounds.Canonical() != "" {
		answers["asm_why_differs"] = screening.Of(grounds)
	}
	_, err = v.device.SaveAnswers(v.ctx, id, Edit{
		Basis: casefile.BasisOf(a.seen.Record, "asm_view", "asm_why_differs"), Answers: answers,
		Reasons: map[string]string{"asm_view": "the interviewer's own view", "asm_why_differs": "the interviewer's own view"},
	})
	if err != nil {
		return nil, err
	}
	return resultPage(v)
}

func resultPage(v *visit) (web.FieldView, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	a, err := v.ask(id, "")
	if err != nil {
		return nil, err
	}
	if a.seen.Answers.Code("asm_view") == "" && a.seen.May("asm_view") {
		return a.ownView(), ErrViewFirst
	}
	sent, err := v.device.Referrals(v.ctx, id)
	if err != nil {
		return nil, err
	}
	refusal := v.device.refusal(v.ctx, a.seen)
	view := web.Result{
		RecordID: id.String(), Who: a.who(), Outcome: a.outcome(), View: a.seen.Answers.Code("asm_view"),
		Grounds: said(a.seen.Answers, "asm_why_differs"), CanClose: !a.seen.Closed, LongForm: a.kind != form.Long,
		Private: len(a.sheet.HeldBack) > 0, CanRefer: refusal == nil, SlipCode: a.seen.Slip,
	}
	if refusal != nil {
		view.NoReferral = Code(refusal)
	}
	for _, one := range sent {
		view.Referrals = append(view.Referrals, v.sentView(one))
	}
	return view, nil
}

// outcome is what the rules compute, cut to what this person may see.
func (a *asking) outcome() web.Outcome {
	rules := indicator.Builtin()
	full := a.seen.Form.Assess(rules, a.seen.Interview.Answers, a.v.device.today())
	result := full.Visible(a.seen.May)
	outcome := web.Outcome{
		Code: string(result.Outcome), ChildSet: result.Set == indicator.ChildLabour, Rules: result.Version, At: a.v.device.now(),
	}
	if result.ForcedLabour {
		outcome.Hints = append(outcome.Hints, "forced_labour")
	}
	for _, hint := range result.Hints {
		if !slices.Contains(outcome.Hints, hint.ID) {
			outcome.Hints = append(outcome.Hints, hint.ID)
		}
	}
	if result.NonPunishment && !slices.Contains(outcome.Hints, "non_punishment") {
		outcome.Hints = append(outcome.Hints, "non_punishment")
	}
	for _, dimension := range result.Dimensions {
		outcome.Dimensions = append(outcome.Dimensions, web.Dimension{
			Code: dimension.ID, Finding: findings[dimension.Level], Because: a.because(result, dimension.ID),
		})
	}
	outcome.Side, outcome.Unscored = a.beside(result)
	outcome.Earlier = a.computedBefore(full)
	return outcome
}

var findings = map[indicator.Level]string{
	indicator.Positive: "found", indicator.Negative: "not_found", indicator.Undetermined: "open",
}

// because lists the answers behind a dimension: those that show an indicator,
// and those that are still missing.
func (a *asking) because(result indicator.Result, dimension string) (list []web.Because) {
	for _, finding := range result.Findings {
		if finding.Dimension != dimension || finding.State == indicator.Absent {
			continue
		}
		for _, name := range finding.Because {
			field, err := screening.ParseField(name)
			item := a.seen.Form.Item(field.Item)
			if err != nil || item == nil {
				continue
			}
			one := web.Because{Indicator: finding.Name, Strength: string(finding.Strength), Question: label(a.lang, item.EN, item.KM)}
			answer := a.seen.Answers[name]
			if answer.Value != nil {
				one.Answer = a.words(item, answer.Value)
			} else if answer.State != screening.NotAsked && answer.State != screening.Skipped {
				one.Answer = web.CodeWord(a.lang, "answer", answer.State.String())
			}
			if page, known := a.seen.Form.PageOf(a.kind, item.ID); known {
				one.Page = page.ID
			}
			list = append(list, one)
		}
	}
	return list
}
