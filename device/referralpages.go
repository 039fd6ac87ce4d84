package device

import (
	"context"
	"slices"
	"strings"
	"time"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
	"raksa/web"
)

// refusal says why an interview cannot be referred to anybody now; nil when it can.
func (d *Device) refusal(ctx context.Context, seen *casefile.Seen) error {
	return d.Store.View(ctx, func(tx syncengine.Tx) error { return d.mayRefer(tx, seen, "") })
}

// Referrals lists the referrals that an interview asked for, oldest first.
func (d *Device) Referrals(ctx context.Context, id syncengine.RecordID) ([]SentReferral, error) {
	s, err := d.uncovered()
	if err != nil {
		return nil, err
	}
	var sent []SentReferral
	err = d.Store.View(ctx, func(tx syncengine.Tx) error {
		seen, err := d.see(tx, s, id)
		if err != nil {
			return err
		}
		answers, err := d.answersTo(tx, s)
		if err != nil {
			return err
		}
		places, err := d.placer(tx)
		if err != nil {
			return err
		}
		place, err := places.where(id)
		if err != nil {
			return err
		}
		stop, _, err := stopTable.Get(tx, id[:])
		if err != nil {
			return err
		}
		for _, request := range seen.Requests() {
			one := SentReferral{Request: request, Interview: id, State: casefile.Sent, At: time.UnixMilli(request.Stamp.Millis()), Where: place}
			if answer, here := answers[request.ID]; here {
				one.Answer, one.State = answer, answer.State
			}
			if stop.stops() || len(seen.Consent().Withdrawn) > 0 && !seen.Consent().MayRefer() {
				one.State = casefile.Withdrawn
			}
			if stop.stops() {
				one.Stopped = time.UnixMilli(stop.Millis)
			}
			sent = append(sent, one)
		}
		return nil
	})
	return sent, err
}

// answersTo gives the partners' answers that are here by the request they answer.
func (d *Device) answersTo(tx syncengine.Tx, s *session) (map[string]casefile.Answer, error) {
	byCopy, err := d.answers(tx, s)
	found := map[string]casefile.Answer{}
	for _, answer := range byCopy {
		if answer.Request != "" {
			found[answer.Request] = answer
		}
	}
	return found, err
}

// feedbackDays is how long a referral may stay without an answer (scenario 16).
const feedbackDays = 14

func (v *visit) sentView(one SentReferral) web.Sent {
	view := web.Sent{
		ID: one.Interview.String() + "-" + one.ID, Service: one.Service, State: string(one.State), At: one.At,
		Decline: one.Answer.Reason, Note: one.Answer.Note, Where: string(one.Where),
	}
	if org, err := v.device.organisation(v.ctx, one.Organisation); err == nil {
		view.Receiver = org.Name
	}
	view.Stopped = one.State == casefile.Withdrawn
	view.StoppedAt, view.Deleted = one.Stopped, one.Answer.State == casefile.Deleted
	view.Steps = append(view.Steps, web.Step{State: string(casefile.Sent), At: one.At, Who: v.staffNames()[one.Author].Name, Note: one.Note})
	if view.Stopped && !one.Stopped.IsZero() {
		view.Steps = append(view.Steps, web.Step{State: string(casefile.Withdrawn), At: one.Stopped})
	}
	if one.Answer.State == "" {
		view.Days = int(v.device.now().Sub(one.At).Hours() / 24)
		view.Overdue = view.Days >= feedbackDays && one.State == casefile.Sent
	} else {
		view.Steps = append(view.Steps, web.Step{State: string(one.Answer.State), At: time.UnixMilli(one.Answer.Stamp.Millis()), Note: one.Answer.Note})
	}
	return view
}

// sentReferralPage shows one referral to its sender.
func sentReferralPage(v *visit) (web.FieldView, error) {
	record, request, named := strings.Cut(v.r.PathValue("id"), "-")
	id, err := syncengine.ParseRecordID(record)
	if err != nil || !named {
		return nil, ErrNotFound
	}
	a, err := v.ask(id, "")
	if err != nil {
		return nil, err
	}
	sent, err := v.device.Referrals(v.ctx, id)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(sent, func(one SentReferral) bool { return one.ID == request })
	if at < 0 {
		return nil, ErrNotFound
	}
	return web.Referral{
		RecordID: record, Who: a.who(), Sent: v.sentView(sent[at]), CanAgain: sent[at].State == casefile.Declined,
	}, nil
}

// referPage asks for a referral: one service, one receiver.
func referPage(v *visit) (web.FieldView, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	if v.opens() {
		return v.refer(id, "")
	}
	request := casefile.Request{
		Organisation: v.text("receiver"), Service: v.text("service"), Urgency: v.text("urgency"), Note: strings.TrimSpace(v.text("note")),
	}
	if request.Service == "" || request.Urgency == "" || request.Organisation == "" {
		return nil, ErrChoice
	}
	if _, known := v.device.shelf.Newest().Choice("need", request.Service); !known {
		return nil, ErrAnswerShape
	}
	requested, err := v.device.Refer(v.ctx, id, request)
	if err != nil {
		return nil, err
	}
	v.done = "sent"
	v.r.SetPathValue("id", id.String()+"-"+requested)
	return sentReferralPage(v)
}

func chooseServicePage(v *visit) (web.FieldView, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	return v.refer(id, v.text("service"))
}

func (v *visit) refer(id syncengine.RecordID, service string) (web.FieldView, error) {
	a, err := v.ask(id, "")
	if err != nil {
		return nil, err
	}
	if err := v.device.refusal(v.ctx, a.seen); err != nil {
		return nil, err
	}
	needs, _ := a.seen.Answers["ref_needs"].Value.(screening.Set)
	if codes := needs.Codes(); service == "" && len(codes) == 1 {
		service = codes[0]
	}
	view := web.Refer{RecordID: id.String(), Who: a.who(), Chosen: service}
	organisations, err := v.device.Organisations(v.ctx)
	if err != nil {
		return nil, err
	}
	declined, err := v.declined(id, service)
	if err != nil {
		return nil, err
	}
	shares := map[string]bool{}
	for _, org := range organisations {
		if service == "" || !slices.Contains(org.Services, service) {
			continue
		}
		one := a.receiver(org)
		if reason, was := declined[org.ID.String()]; was {
			one.Fits, one.Why = false, web.CodeWord(a.lang, "decline", reason)
		}
		view.Receivers = append(view.Receivers, one)
		for _, text := range a.goesAlong(org, service) {
			if !shares[text] {
				shares[text] = true
				view.Shares = append(view.Shares, text)
			}
		}
	}
	slices.SortStableFunc(view.Receivers, func(x, y web.Receiver) int { return rank(y) - rank(x) })
	return view, nil
}

func rank(r web.Receiver) (points int) {
	if r.Consent {
		points += 2
	}
	if r.Fits {
		points++
	}
	return points
}

// declined gives the receivers that declined a service for this person, with why.
func (v *visit) declined(id syncengine.RecordID, service string) (map[string]string, error) {
	sent, err := v.device.Referrals(v.ctx, id)
	found := map[string]string{}
	for _, one := range sent {
		if one.State == casefile.Declined && one.Service == service {
			found[one.Organisation] = one.Answer.Reason
		}
	}
	return found, err
}

func (a *asking) receiver(org casefile.Organisation) web.Receiver {
	sex := a.seen.Answers.Code("idn_sex")
	one := web.Receiver{
		ID: org.ID.String(), Name: org.Name, Place: org.Place,
		Fits:    len(org.Sexes) == 0 || sex == "" || slices.Contains(org.Sexes, sex),
		Consent: a.seen.Consent().ShareWith(org.Agency) > screening.ShareNone,
	}
	if !one.Fits {
		one.Why = web.CodeWord(a.lang, "decline", "criteria")
	}
	return one
}

// goesAlong names in plain lines what the copy would hold.
func (a *asking) goesAlong(org casefile.Organisation, service string) []string {
	items := screening.FactClasses()
	for _, item := range a.seen.Form.Items() {
		items = append(items, screening.ItemClass{Item: item.ID, Class: item.Class})
	}
	var lines []string
	for _, id := range screening.ReferralItems(a.seen.Consent(), org.Agency, service, items) {
		item := a.seen.Form.Item(id)
		if item != nil && a.seen.Answers[id].Value != nil {
			lines = append(lines, label(a.lang, item.EN, item.KM))
		}
	}
	return lines
}
