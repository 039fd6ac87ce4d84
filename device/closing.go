package device

import (
	"errors"
	"slices"
	"strings"
	"time"

	"raksa/casefile"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/screening/indicator"
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
	view.Given = a.grants()
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
	v.done = "withdrawn"
	err := v.device.WithdrawBySlip(v.ctx, v.text("code"))
	if errors.Is(err, ErrNotFound) || errors.Is(err, syncengine.ErrNoKey) {
		v.done = "filed"
		err = v.device.FileWithdrawal(v.ctx, v.text("code"))
	}
	if err != nil {
		return nil, err
	}
	return tonight(v, "")
}

// recordPage opens a record at the page where it stands.
func recordPage(v *visit) (web.FieldView, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	all, err := v.device.List(v.ctx)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(all, func(one Someone) bool { return one.ID == id })
	if at < 0 {
		return nil, ErrNotFound
	}
	switch one := all[at]; {
	case one.Seen == nil:
		return v.closedView(one), nil
	case one.Closed:
		return resultPage(v)
	}
	if err := v.device.setAside(v.ctx, id, func(row *asideRow) { row.Paused = false }); err != nil {
		return nil, err
	}
	return v.question(id, "")
}

// closedView is all that a capture tablet still shows of what it closed.
func (v *visit) closedView(one Someone) web.FieldView {
	return web.ClosedRecord{
		RecordID: one.ID.String(), Number: one.Number, Age: web.Age{Child: one.Child}, Where: string(one.Where),
		NeedsYou: one.needsYou(), Progress: progress(one), Needs: one.Needs, SlipCode: one.Slip,
	}
}

// readBackPage opens the read-back, or takes it as right and goes on to the
// interviewer's own view.
func readBackPage(v *visit) (web.FieldView, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	if !v.has("answers") {
		a, err := v.ask(id, "")
		if err != nil {
			return nil, err
		}
		return a.readBack(), nil
	}
	if err := v.keepBefore(id); err != nil {
		return nil, err
	}
	a, err := v.ask(id, "")
	if err != nil {
		return nil, err
	}
	if a.seen.Answers["con_interview"].State == screening.NotAsked {
		for _, at := range a.spots() {
			if slices.Contains(at.Items, "con_interview") {
				return a.consent(at, time.Time{}), nil
			}
		}
	}
	return a.ownView(), nil
}

// readBack is everything that was answered, in plain lines to read aloud.
func (a *asking) readBack() web.FieldView {
	view := web.ReadBack{RecordID: a.seen.ID.String(), Who: a.who(), Account: said(a.seen.Answers, "rec_story")}
	sections := map[string]string{}
	for _, section := range a.seen.Form.Sections() {
		sections[section.ID] = label(a.lang, section.EN, section.KM)
	}
	last := ""
	for _, at := range a.spots() {
		for _, shown := range a.on(at) {
			answer := a.seen.Answers[shown.Field.String()]
			if shown.Visibility != form.Shown || answer.State == screening.NotAsked || shown.Item.ID == "rec_story" {
				continue
			}
			line := web.ReadLine{Page: at.name(), Label: label(a.lang, shown.Item.EN, shown.Item.KM), State: answer.State.String()}
			if answer.Value != nil {
				line.Text = a.words(shown.Item, answer.Value)
			}
			if at.Section != last {
				line.Section, last = sections[at.Section], at.Section
			}
			view.Lines = append(view.Lines, line)
		}
	}
	for _, section := range a.rail(spot{}) {
		at, _ := spotNamed(a.seen.Form, a.kind, section.Page)
		if a.missing(at.Section) {
			section.State = "to_come"
			view.Missing = append(view.Missing, section)
		}
	}
	var confirm []string
	for _, page := range a.seen.Form.Pages(a.kind) {
		if page.Section != "cls" {
			continue
		}
		at := spot{Page: page}
		questions, _ := a.questions(at)
		view.Confirm = append(view.Confirm, questions...)
		for _, q := range questions {
			confirm = append(confirm, q.Item)
		}
	}
	view.Basis = casefile.BasisOf(a.seen.Record, confirm...).String()
	return view
}

func (a *asking) missing(section string) bool {
	for _, progress := range a.sheet.Sections {
		if progress.Section == section && section != "" {
			return progress.MissingNeeded > 0
		}
	}
	return false
}

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
		Private: len(a.sheet.HeldBack) > 0, CanRefer: refusal == nil,
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

func closePage(v *visit) (web.FieldView, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	if err := v.keepBefore(id); err != nil {
		return nil, err
	}
	if err := v.device.CloseInterview(v.ctx, id); err != nil {
		return nil, err
	}
	v.done = "saved"
	return tonight(v, "")
}

func longPage(v *visit) (web.FieldView, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	if err := v.device.LongForm(v.ctx, id); err != nil {
		return nil, err
	}
	return v.question(id, "")
}

// privateRoomPage lets the interview wait for a private room; the row says so.
func privateRoomPage(v *visit) (web.FieldView, error) { return pausePage(v) }

func pausePage(v *visit) (web.FieldView, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	if err := v.keepBefore(id); err != nil {
		return nil, err
	}
	if err := v.device.setAside(v.ctx, id, func(row *asideRow) { row.Paused = true }); err != nil {
		return nil, err
	}
	return tonight(v, "")
}

func leftPage(v *visit) (web.FieldView, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	if err := v.device.Leave(v.ctx, id, strings.TrimSpace(v.text("reason"))); err != nil {
		return nil, err
	}
	return tonight(v, "")
}

// handoverPage offers colleagues here and devices elsewhere. A colleague here
// signs in; a device elsewhere finds the interview through the office.
func handoverPage(v *visit) (web.FieldView, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	if err := v.keepBefore(id); err != nil {
		return nil, err
	}
	to := v.text("to")
	if to == "" {
		return v.handover(id)
	}
	if err := v.device.setAside(v.ctx, id, func(row *asideRow) { row.Paused = true }); err != nil {
		return nil, err
	}
	people, err := v.device.People(v.ctx)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(people, func(p Person) bool { return p.ID.String() == to }) {
		v.device.Lock()
		return signedOut(v, to)
	}
	v.device.stir()
	v.done = "handed_over"
	return tonight(v, "")
}

func (v *visit) handover(id syncengine.RecordID) (web.FieldView, error) {
	a, err := v.ask(id, "")
	if err != nil {
		return nil, err
	}
	view := web.Handover{RecordID: id.String(), Who: a.who()}
	people, err := v.device.People(v.ctx)
	if err != nil {
		return nil, err
	}
	me, err := v.device.Person(v.ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range people {
		if p.ID != me.ID {
			view.Here = append(view.Here, web.Colleague{ID: p.ID.String(), Name: p.Name, Initials: initials(p.Name), Agency: string(p.Agency)})
		}
	}
	devices, err := v.device.Devices(v.ctx)
	if err != nil {
		return nil, err
	}
	for _, other := range devices {
		if other.Profile == screening.CaseDevice { // only a case device is given open interviews of its center
			view.Elsewhere = append(view.Elsewhere, web.Peer{ID: other.ID.String(), Label: other.Name})
		}
	}
	return view, nil
}

// addendumPage adds to an interview that a capture tablet closed: a new one,
// which names the slip of the first.
func addendumPage(v *visit) (web.FieldView, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	all, err := v.device.List(v.ctx)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(all, func(one Someone) bool { return one.ID == id })
	if at < 0 || !all[at].Closed {
		return nil, ErrNotFound
	}
	opening := Opening{Answers: map[string]screening.Answer{
		"ses_stage":      screening.Of(screening.Code("follow_up")),
		"ses_prior_refs": screening.Of(screening.TextOf(all[at].Slip)),
	}}
	added, err := v.device.NewInterview(v.ctx, opening)
	if err != nil {
		return nil, err
	}
	return v.question(added, "")
}

// earlierPage notes that the case office was asked for an earlier record.
func earlierPage(v *visit) (web.FieldView, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	if err := v.keepBefore(id); err != nil {
		return nil, err
	}
	now := v.device.now().UnixMilli()
	if err := v.device.setAside(v.ctx, id, func(row *asideRow) { row.AskedMillis = now }); err != nil {
		return nil, err
	}
	return v.question(id, v.text("page"))
}
