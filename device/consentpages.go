package device

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
	"raksa/web"
)

// consent is the page on which each scope is a plain question, alone.
func (a *asking) consent(at spot, savedAt time.Time) web.FieldView {
	view := web.Consent{RecordID: a.seen.ID.String(), Who: a.who(), Page: at.name(), Basis: a.basis(at).String(), SavedAt: savedAt}
	questions, _ := a.questions(at)
	for _, q := range questions {
		if strings.HasPrefix(q.Item, "con_told_") {
			view.Told = append(view.Told, q)
		} else {
			view.Questions = append(view.Questions, q)
		}
	}
	view.Given, view.Flaw = a.grants(), string(a.seen.Consent().Flaw)
	if choice, known := a.seen.Form.Choice("cmethod", a.seen.Answers.Code("con_method")); known {
		view.How = label(a.lang, choice.EN, choice.KM)
	}
	if choice, known := a.seen.Form.Choice("language", a.seen.Answers.Code("ses_language")); known {
		view.Language = label(a.lang, choice.EN, choice.KM)
	}
	return view
}

// scopes are the consents that stand beside the shares with agencies.
var scopes = map[string]screening.Scope{
	"con_interview": screening.ScopeInterview, "con_referral": screening.ScopeReferral, "con_recontact": screening.ScopeRecontact,
}

// grants lists what the person agreed to, with when and whether it was taken back.
func (a *asking) grants() []web.Grant {
	var grants []web.Grant
	consent := a.seen.Consent()
	for _, item := range a.seen.Form.Items() {
		answer := a.seen.Answers[item.ID]
		code, _ := answer.Value.(screening.Code)
		agency, share := strings.CutPrefix(item.ID, "con_share_")
		scope, plain := scopes[item.ID]
		if !(share && code != "" && code != "none") && !(plain && code == "yes") {
			continue
		}
		live := a.seen.Record.Field(item.ID).Live()
		if len(live) == 0 {
			continue
		}
		one := web.Grant{Scope: item.ID, Label: label(a.lang, item.EN, item.KM), Extent: string(code), Since: time.UnixMilli(live[0].DeviceMillis)}
		if plain {
			one.Extent = "full"
		}
		if share {
			one.Label = web.CodeWord(a.lang, "agency", agency)
			scope = screening.ScopeSharing
		}
		if consent.Taken(scope) || item.ID != "con_recontact" && consent.Taken(screening.ScopeInterview) {
			one.Withdrawn = a.withdrawnAt()
		}
		grants = append(grants, one)
	}
	return grants
}

// withdrawnAt is when consent was first taken back.
func (a *asking) withdrawnAt() time.Time {
	first := int64(0)
	for _, folded := range a.seen.Record.Classes {
		for field, reg := range folded {
			if !strings.HasPrefix(field, "con_withdrawn_scope") {
				continue
			}
			for _, version := range reg.Live() {
				if first == 0 || version.DeviceMillis < first {
					first = version.DeviceMillis
				}
			}
		}
	}
	if first == 0 {
		return a.v.device.now()
	}
	return time.UnixMilli(first)
}

// withdrawScopePage takes one consent back.
func withdrawScopePage(v *visit) (web.FieldView, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	item := v.text("scope")
	if scope, plain := scopes[item]; plain {
		err = v.device.Withdraw(v.ctx, id, scope)
	} else if strings.HasPrefix(item, "con_share_") {
		err = v.unshare(id, item)
	} else {
		err = ErrChoice
	}
	if err != nil {
		return nil, err
	}
	v.done = "withdrawn"
	a, err := v.ask(id, "")
	if err != nil {
		return nil, err
	}
	for _, at := range a.spots() {
		if at.Section == "con" {
			return a.consent(at, time.Time{}), nil
		}
	}
	return web.Consent{RecordID: id.String(), Who: a.who(), Given: a.grants()}, nil
}

// unshare sets a share back to nothing; it replaces what the page showed.
func (v *visit) unshare(id syncengine.RecordID, item string) error {
	seen, err := v.device.Record(v.ctx, id)
	if err != nil {
		return err
	}
	_, err = v.device.SaveAnswers(v.ctx, id, Edit{
		Basis: casefile.BasisOf(seen.Record, item), Answers: map[string]screening.Answer{item: screening.Of(screening.Code("none"))},
		Reasons: map[string]string{item: "taken back by the person"},
	})
	return err
}

// withdrawPage takes consent back by the code on the person's slip.
func withdrawPage(v *visit) (web.FieldView, error) {
	if _, err := v.device.uncovered(); err != nil {
		return nil, err
	}
	if !v.has("code") {
		return web.Withdraw{}, nil
	}
	taken := screening.Scope(cmp.Or(v.text("scope"), string(screening.ScopeAll)))
	if !slices.Contains(screening.Scopes(), taken) {
		return nil, ErrChoice
	}
	v.done = "withdrawn"
	err := v.device.WithdrawBySlip(v.ctx, v.text("code"), taken)
	if errors.Is(err, ErrNotFound) || errors.Is(err, syncengine.ErrNoKey) {
		v.done = "filed"
		err = v.device.FileWithdrawal(v.ctx, v.text("code"), taken)
	}
	if err != nil {
		return nil, err
	}
	return tonight(v, "")
}
