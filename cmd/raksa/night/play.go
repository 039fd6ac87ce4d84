package night

import (
	"context"
	"fmt"

	"raksa/casefile"
	"raksa/device"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/syncengine"
)

// truckCount is how many people came on the truck; twice is how many of them
// KTC wrote down again.
const (
	truckCount = 45
	onHall     = 30 // interviewed on PTC-1, the others in PTC's case office
	twice      = 5
)

// Expected is what the night put in, to be held against what the desk shows.
type Expected struct {
	Records   int // interviews at the office
	Closed    int
	Twice     int // pairs that are one person
	Contested int // fields with two live answers
	Referrals map[casefile.ReferralState]int
	Declared  int
	Counted   int
	Listed    int
}

// Play plays the night.
func (n *Night) Play(ctx context.Context) error {
	people := truck(n.Seed, truckCount)
	n.expected = Expected{Referrals: map[casefile.ReferralState]int{}, Twice: twice}
	for _, part := range []struct {
		what string
		do   func(context.Context, []person) error
	}{
		{"a truck of 45 arrives at Poipet with a list of 46", n.arrive},
		{"PTC-1 and PTC-2 interview; the link is cut half way", n.interview},
		{"one interview is handed on through the office, and two devices disagree about it", n.handOn},
		{"KTC writes down five of them again, spelled otherwise", n.writeAgain},
		{"three referrals go to the partner, who declines one", n.refer},
	} {
		n.say(part.what)
		if err := part.do(ctx, people); err != nil {
			return fmt.Errorf("%s: %w", part.what, err)
		}
	}
	n.say("everything meets at the office")
	return n.syncAll(ctx)
}

// arrive opens the group on PTC-1 and imports the list.
func (n *Night) arrive(ctx context.Context, people []person) error {
	group, err := n.PTC1.NewGroup(ctx, device.GroupOpening{Gate: "POE-POIPET", Declared: 47, Counted: truckCount})
	if err != nil {
		return err
	}
	list := casefile.ReadSheets(casefile.SplitList(arrivalsCSV(people)))
	if len(list.Faults) > 0 {
		return list.Faults[0]
	}
	if err := n.PTC1.ImportList(ctx, group, list); err != nil {
		return err
	}
	n.expected.Declared, n.expected.Counted, n.expected.Listed = 47, truckCount, len(list.Lines)
	if err := n.PTC1.SyncOnce(ctx); err != nil {
		return err
	}
	return n.PTC2.SyncOnce(ctx)
}

// interview plays all but one interview of the truck.
func (n *Night) interview(ctx context.Context, people []person) error {
	groups, err := n.PTC1.Groups(ctx)
	if err != nil {
		return err
	}
	line := 0
	for _, p := range people {
		on := n.PTC1
		if p.number > onHall {
			on = n.PTC2
		}
		switch p.number {
		case 10:
			n.say("  the link is cut")
			n.link.setCut(true)
		case 38:
			n.say("  the link is back")
			n.link.setCut(false)
		}
		if p.number%5 == 0 { // a try now and then; failing is ordinary while the link is cut
			_ = on.SyncOnce(ctx)
		}
		opening := device.Opening{Group: groups[0].ID}
		if p.number != 20 && p.number != 33 {
			line++
			opening.Line = line
		}
		if p.number == handedOn {
			continue
		}
		if _, err := n.whole(ctx, on, opening, p); err != nil {
			return fmt.Errorf("person %d: %w", p.number, err)
		}
	}
	return n.syncAll(ctx)
}

// handedOn is the person whose interview is begun on PTC-1 and ended on PTC-2.
const handedOn = 18

// handOn begins an interview in the hall, continues it in the case office, and
// lets both answer one item differently while the link is cut.
func (n *Night) handOn(ctx context.Context, people []person) error {
	p := people[handedOn-1]
	id, err := n.PTC1.NewInterview(ctx, device.Opening{Group: n.groupOf(ctx), Kind: form.Short})
	if err != nil {
		return err
	}
	if err := n.answer(ctx, n.PTC1, id, identity(p)); err != nil {
		return err
	}
	if err := n.syncAll(ctx); err != nil {
		return err
	}
	n.link.setCut(true)
	if err := n.answer(ctx, n.PTC1, id, map[string]string{"rec_found_by": "village_broker"}); err != nil {
		return err
	}
	if err := n.answer(ctx, n.PTC2, id, map[string]string{"rec_found_by": "relative"}); err != nil {
		return err
	}
	n.link.setCut(false)
	n.expected.Contested = 1
	if err := n.syncAll(ctx); err != nil {
		return err
	}
	rest := answersOf(p)
	delete(rest, "rec_found_by")
	if err := n.answer(ctx, n.PTC2, id, rest); err != nil {
		return err
	}
	n.expected.Records++
	n.expected.Closed++
	return n.PTC2.CloseInterview(ctx, id)
}

func (n *Night) groupOf(ctx context.Context) syncengine.RecordID {
	groups, err := n.PTC1.Groups(ctx)
	if err != nil || len(groups) == 0 {
		return syncengine.RecordID{}
	}
	return groups[0].ID
}

// writeAgain lets KTC interview five of the truck as new people.
func (n *Night) writeAgain(ctx context.Context, people []person) error {
	for _, number := range []int{3, 12, 24, 31, 40} {
		p := people[number-1].respelled()
		if _, err := n.whole(ctx, n.KTC1, device.Opening{}, p); err != nil {
			return fmt.Errorf("person %d again: %w", number, err)
		}
	}
	return n.syncAll(ctx)
}

// refer sends three requests from the case office and lets the partner answer.
func (n *Night) refer(ctx context.Context, _ []person) error {
	list, err := n.PTC2.List(ctx)
	if err != nil {
		return err
	}
	asked := 0
	for _, someone := range list {
		if someone.Seen == nil || !someone.Closed || someone.Seen.Answers.Code("asm_view") != "indicators" || asked == 3 {
			continue
		}
		request := casefile.Request{Organisation: n.Shelter.String(), Service: "shelter", Urgency: "24h", Note: "made up: please call before noon"}
		if _, err := n.PTC2.Refer(ctx, someone.ID, request); err != nil {
			return err
		}
		asked++
	}
	if asked != 3 {
		return fmt.Errorf("only %d of 3 referrals were asked for", asked)
	}
	if err := n.syncAll(ctx); err != nil {
		return err
	}
	inbox, err := n.Partner.Inbox(ctx)
	if err != nil {
		return err
	}
	for i, answer := range []struct {
		to     casefile.ReferralState
		reason string
	}{{casefile.Accepted, ""}, {casefile.Declined, "full"}, {casefile.Accepted, ""}} {
		if i >= len(inbox) {
			return fmt.Errorf("the partner has %d of 3 referrals", len(inbox))
		}
		if err := n.Partner.AnswerReferral(ctx, inbox[i].ID, answer.to, answer.reason, ""); err != nil {
			return err
		}
		n.expected.Referrals[answer.to]++
	}
	return nil
}

// whole plays one interview from the first tap to the close.
func (n *Night) whole(ctx context.Context, on *device.Device, opening device.Opening, p person) (syncengine.RecordID, error) {
	id, err := on.NewInterview(ctx, opening)
	if err != nil {
		return id, err
	}
	for _, page := range []map[string]string{identity(p), answersOf(p)} {
		if err := n.answer(ctx, on, id, page); err != nil {
			return id, err
		}
	}
	n.expected.Records++
	n.expected.Closed++
	return id, on.CloseInterview(ctx, id)
}

// answer saves canonical texts as one page, with everything that stands in the
// record on the screen.
func (n *Night) answer(ctx context.Context, on *device.Device, id syncengine.RecordID, texts map[string]string) error {
	seen, err := on.Record(ctx, id)
	if err != nil {
		return err
	}
	edit := device.Edit{Answers: map[string]screening.Answer{}, Reasons: map[string]string{}}
	var fields []string
	for item, text := range texts {
		value, err := screening.ParseValue(seen.Form.Item(item).Kind, text)
		if err != nil {
			return fmt.Errorf("item %s: %w", item, err)
		}
		edit.Answers[item] = screening.Of(value)
		edit.Reasons[item] = "made up"
		fields = append(fields, item)
	}
	edit.Basis = casefile.BasisOf(seen.Record, fields...)
	_, err = on.SaveAnswers(ctx, id, edit)
	return err
}

// identity is the page about who somebody is.
func identity(p person) map[string]string {
	return map[string]string{
		"con_interview": "yes",
		"idn_family_km": p.family.km, "idn_given_km": p.given.km, "idn_family_latin": p.family.latin, "idn_given_latin": p.given.latin,
		"idn_sex": p.sex, "idn_birth_date": fmt.Sprint(p.bornYear), "idn_age_stated": fmt.Sprint(thisYear - p.bornYear),
		"idn_home": "KH|" + p.village + "|kh-2026-06|", "idn_phone": p.phone,
	}
}

// thisYear is the year of the made-up night.
const thisYear = 2026

// answersOf is everything else that somebody says.
func answersOf(p person) map[string]string {
	all := map[string]string{
		"wrk_place": "TH|21||", "rec_fee": "300000 THB", "ref_destination": "KH|" + p.village[:2] + "|kh-2026-06|",
	}
	for item, text := range common {
		all[item] = text
	}
	for item, text := range stories[p.story] {
		all[item] = text
	}
	if p.story == "child" {
		for item, text := range ofChild {
			all[item] = text
		}
	}
	if all["dbt_any"] == "yes" {
		all["dbt_creditor"] = "employer"
	}
	return all
}
