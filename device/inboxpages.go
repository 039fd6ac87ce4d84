package device

import (
	"slices"
	"strings"
	"time"

	"raksa/casefile"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/web"
)

// inboxPage is a partner's home. A stop notice takes the page over.
func inboxPage(v *visit) (web.FieldView, error) {
	copies, err := v.device.Inbox(v.ctx)
	if err != nil {
		return nil, err
	}
	if len(copies) > 0 && copies[0].Stopped {
		return v.stop(copies), nil
	}
	view := web.Inbox{}
	for _, one := range copies {
		view.Rows = append(view.Rows, v.inboxRow(one))
		if one.Answer.State == "" {
			view.Open++
		}
	}
	return view, nil
}

// stopPage is shown in place of whatever was asked for.
func stopPage(v *visit) (web.FieldView, error) {
	copies, err := v.device.Inbox(v.ctx)
	if err != nil || len(copies) == 0 || !copies[0].Stopped {
		return nil, err
	}
	return v.stop(copies), nil
}

func (v *visit) stop(copies []Copy) web.FieldView {
	view := web.Stop{ID: copies[0].ID.String(), From: copies[0].From, Since: copies[0].Since}
	for _, one := range copies[1:] {
		if one.Stopped {
			view.More++
		}
	}
	return view
}

func (v *visit) inboxRow(one Copy) web.InboxRow {
	made := time.UnixMilli(one.MadeMillis)
	row := web.InboxRow{
		ID: one.ID.String(), Who: nameOf(one.Answers), Sex: one.Answers.Code("idn_sex"), Service: one.Service, Urgency: one.Urgency,
		State: string(one.State), From: one.From, Sent: made, Days: max(0, int(v.device.now().Sub(made).Hours()/24)), Stopped: one.Stopped,
		Age: ageOf(one.Answers, v.device.today(), one.Fact(one.Record, screening.FactChild) == "yes"),
	}
	if one.Answer.State != "" {
		row.Where = string(one.Where)
	}
	return row
}

// receivedPage shows one copy: only what was shared, and why.
func receivedPage(v *visit) (web.FieldView, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	one, err := v.device.Received(v.ctx, id)
	if err != nil {
		return nil, err
	}
	if one.Stopped {
		return stopPage(v)
	}
	return v.received(one), nil
}

// channelItems are shown in places of their own.
var channelItems = []string{"con_safe_channel", "ses_language", "idn_family_km", "idn_given_km", "idn_family_latin", "idn_given_latin", "idn_sex"}

func (v *visit) received(one Copy) web.FieldView {
	lang, def := v.lang(), v.device.Forms(one.Form)
	view := web.Received{
		Row: v.inboxRow(one), Asked: one.Note, Channel: said(one.Answers, "con_safe_channel"),
		Why:     web.CodeWord(lang, "scope", one.Share.String()),
		NoBlame: one.Answers.Code("jus_flag") == "yes",
	}
	if view.Row.Age.Child {
		view.Safety = web.Word(lang, "row.child")
	}
	for _, item := range def.Items() {
		answer := one.Answers[item.ID]
		switch {
		case answer.Value == nil || item.How == form.Auto:
		case item.ID == "ses_language":
			view.Language = wordsOf(def, lang, item, answer.Value)
		case slices.Contains(channelItems, item.ID):
		default:
			view.Shared = append(view.Shared, web.Field{Label: label(lang, item.EN, item.KM), Text: wordsOf(def, lang, item, answer.Value)})
		}
	}
	if band := one.Fact(one.Record, screening.FactAgeBand); band != "" && !view.Row.Age.Known {
		view.Shared = append(view.Shared, web.Field{Label: itemLabel(def, lang, "idn_age_stated"), Text: band})
	}
	if one.Answer.State != "" {
		view.Steps = []web.Step{{State: string(one.Answer.State), At: time.UnixMilli(one.Answer.Stamp.Millis()), Note: one.Answer.Note}}
	}
	for _, next := range one.State.NextStates() {
		view.Next = append(view.Next, string(next))
	}
	return view
}

func itemLabel(def *form.Definition, lang web.Lang, id string) string {
	if item := def.Item(id); item != nil {
		return label(lang, item.EN, item.KM)
	}
	return id
}

func answerPage(v *visit) (web.FieldView, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	to := casefile.ReferralState(v.text("answer"))
	if to == "" {
		return nil, ErrChoice
	}
	reason := ""
	if to == casefile.Declined {
		reason = v.text("reason")
		if _, known := v.device.shelf.Newest().Choice("rdecline", reason); !known {
			return nil, ErrReason
		}
	}
	if err := v.device.AnswerReferral(v.ctx, id, to, reason, strings.TrimSpace(v.text("note"))); err != nil {
		return nil, err
	}
	v.done = "sent"
	one, err := v.device.Received(v.ctx, id)
	if err != nil {
		return nil, err
	}
	return v.received(one), nil
}

// deletePage confirms that a stopped copy is gone from this device.
func deletePage(v *visit) (web.FieldView, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	if v.text("confirm") != "true" {
		return nil, ErrConfirm
	}
	if err := v.device.ConfirmDeletion(v.ctx, id); err != nil {
		return nil, err
	}
	return inboxPage(v)
}
