package server

import (
	"cmp"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"raksa/casefile"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/syncengine"
	"raksa/web"
)

func recordPage(v *deskVisit) (deskReply, error) {
	id, err := v.record()
	if err != nil {
		return deskReply{}, err
	}
	s, err := v.seen(id)
	if err != nil {
		return deskReply{}, err
	}
	if err := v.leaf(Leaf{What: "read", Record: id.String()}); err != nil {
		return deskReply{}, err
	}
	if s.Record.Erased {
		return deskReply{page: web.Record{ID: id.String(), Who: web.Row{ID: id.String(), Where: "office"}, Erased: true}}, nil
	}
	page := web.Record{
		ID: id.String(), Contested: len(s.Contested), CanErase: true, Typed: v.typed,
		Centers:   slices.DeleteFunc(v.sites(), func(site web.Option) bool { return site.Code == s.Center }),
		CanDecide: v.mayRule(v.viewer()) && s.Closed, View: s.Answers.Code("asm_view"), Official: s.Answers.Code(itemDecision),
		Outcome: v.outcome(s), Grants: v.grants(s), Form: s.Form.Version(),
		Flaw: string(s.Interview.Consent().Flaw),
	}
	if method := s.Answers.Code("con_method"); method != "" {
		page.How, page.Language = v.choiceText(s.Form, "cmethod", method), v.choiceText(s.Form, "language", s.Answers.Code("ses_language"))
	}
	all, err := v.history(v.tx, id)
	if err != nil {
		return deskReply{}, err
	}
	for _, fill := range []func() error{
		func() (err error) { page.Who, err = v.row(s); return },
		func() (err error) { page.Sections, err = v.sections(s, all); return },
		func() (err error) { page.Elsewhere, err = v.elsewhere(s); return },
		func() (err error) { page.Referrals, err = v.referrals(id); return },
		func() (err error) { page.Siblings, err = v.siblings(id); return },
		func() (err error) { page.Timeline, err = v.timeline(s, all); return },
	} {
		if err := fill(); err != nil {
			return deskReply{}, err
		}
	}
	return deskReply{page: page}, nil
}

// sections gives every answer that is there, by section of the form, each with
// its origin and what stood there before. A section of which nothing may be
// seen is shown as locked.
func (v *deskVisit) sections(s *casefile.Seen, all history) (sections []web.RecordSection, _ error) {
	fields := fieldsByItem(all)
	for _, section := range s.Form.Sections() {
		shown := web.RecordSection{Label: section.KM}
		if v.lang == web.English {
			shown.Label = section.EN
		}
		hidden := false
		for _, item := range s.Form.Items() {
			if item.Section != section.ID {
				continue
			}
			for _, field := range fields[item.ID] {
				if !s.May(field) {
					hidden = true
					continue
				}
				row, err := v.answerRow(s, item, field, withEarlierNames(all, item, field))
				if err != nil {
					return nil, err
				}
				shown.Rows = append(shown.Rows, row)
			}
		}
		if shown.Locked = hidden && len(shown.Rows) == 0; shown.Locked || len(shown.Rows) > 0 {
			sections = append(sections, shown)
		}
	}
	return sections, nil
}

// fieldsByItem lists the fields that were ever written, by item, entries in order.
func fieldsByItem(all history) map[string][]string {
	fields := map[string][]string{}
	for field := range all {
		if named, err := screening.ParseField(field); err == nil {
			fields[named.Item] = append(fields[named.Item], field)
		}
	}
	for _, own := range fields {
		slices.Sort(own)
	}
	return fields
}

func (v *deskVisit) answerRow(s *casefile.Seen, item *form.Item, field string, writes []past) (web.Answer, error) {
	answer := s.Answers[field]
	label, _ := v.labelOf(item)
	row := web.Answer{Label: label, Text: v.answerText(s.Form, item, answer), State: stateCode(answer)}
	if slices.Contains(s.Contested, field) {
		row.Contested = contestedPath(s.ID, field)
		row.Text = v.allTexts(s, item, field) // nobody has said yet which is right: all stand there
	}
	live := s.Record.Field(field).Live()
	if len(live) > 0 {
		var err error
		if row.Origin, err = v.origin(live[len(live)-1]); err != nil {
			return row, err
		}
	}
	for _, p := range writes {
		if slices.ContainsFunc(live, func(w syncengine.Version) bool { return w.ID == p.ID }) {
			continue
		}
		version, err := v.version(s.Form, item, p.Version)
		if err != nil {
			return row, err
		}
		row.Earlier = append(row.Earlier, version)
	}
	return row, nil
}

// allTexts gives every live version of a field in words.
func (v *deskVisit) allTexts(s *casefile.Seen, item *form.Item, field string) string {
	var texts []string
	for _, version := range s.Versions(field) {
		text := v.answerText(s.Form, item, version.Answer)
		texts = append(texts, cmp.Or(text, web.CodeWord(v.lang, "answer", stateCode(version.Answer))))
	}
	return strings.Join(texts, " / ")
}

// version shows one version of an answer.
func (v *deskVisit) version(def *form.Definition, item *form.Item, one syncengine.Version) (web.Version, error) {
	answer := asAnswer(item, one.State, one.Value)
	origin, err := v.origin(one)
	shown := web.Version{ID: one.ID.String(), Text: v.answerText(def, item, answer), State: stateCode(answer), Origin: origin}
	if answer.Value != nil {
		shown.Value = answer.Value.Canonical()
	}
	return shown, err
}

// outcome computes what the answers amount to, as far as this person may know
// the answers behind it.
// grants lists what the person agreed to, receiver by receiver.
func (v *deskVisit) grants(s *casefile.Seen) (grants []web.Grant) {
	consent, back := s.Interview.Consent(), takenBack(s)
	for _, agency := range screening.AllAgencies() {
		item := "con_share_" + string(agency)
		share := screening.ParseShare(s.Answers.Code(item))
		stands := consent.ShareWith(agency) != screening.ShareNone
		if share == screening.ShareNone || !stands && back.IsZero() {
			continue
		}
		grant := web.Grant{Scope: item, Label: web.CodeWord(v.lang, "agency", string(agency)), Extent: share.String()}
		if live := s.Record.Field(item).Live(); len(live) > 0 {
			grant.Since = time.UnixMilli(live[len(live)-1].DeviceMillis)
		}
		if !stands {
			grant.Withdrawn = back
		}
		grants = append(grants, grant)
	}
	return grants
}

// takenBack is when consent was first taken back; zero when it was not.
func takenBack(s *casefile.Seen) (at time.Time) {
	for field := range s.Interview.Answers {
		if named, err := screening.ParseField(field); err != nil || named.Item != "con_withdrawn_scope" {
			continue
		}
		for _, version := range s.Record.Field(field).Live() {
			if said := time.UnixMilli(version.DeviceMillis); at.IsZero() || said.Before(at) {
				at = said
			}
		}
	}
	return at
}

// referralDaysMax is how long a referral may wait for an answer (scenario 16).
const referralDaysMax = 14

func (v *deskVisit) referrals(id syncengine.RecordID) (shown []web.Sent, _ error) {
	sent, err := v.Referrals(v.tx, id)
	if err != nil {
		return nil, err
	}
	for _, one := range sent {
		receiver, err := v.organisation(v.tx, one.Request.Organisation)
		if err != nil && !errors.Is(err, errNoOrganisation) {
			return nil, err
		}
		row := web.Sent{
			ID: one.Copy.String(), Service: one.Request.Service, Receiver: cmp.Or(receiver.Name, "–"),
			State: cmp.Or(string(one.State), "draft"), At: time.UnixMilli(cmp.Or(one.MadeMillis, one.Request.Stamp.Millis())),
			Decline: one.Reason, Note: one.Note, Where: "office", Withheld: one.Refused,
		}
		if one.StoppedMillis > 0 {
			row.Stopped, row.StoppedAt = true, time.UnixMilli(one.StoppedMillis)
			row.Deleted, row.DeletedAt = one.DeletedMillis > 0, time.UnixMilli(one.DeletedMillis)
		}
		if one.waits() {
			row.Days = int(v.Now().Sub(row.At).Hours() / 24)
			row.Overdue = row.Days >= referralDaysMax
		}
		shown = append(shown, row)
	}
	return shown, nil
}

// siblings lists the other records that are counted as the same person.
func (v *deskVisit) siblings(id syncengine.RecordID) (rows []web.Row, _ error) {
	all, err := v.PersonRecords(v.tx, id)
	if err != nil {
		return nil, err
	}
	for _, other := range all {
		if other == id {
			continue
		}
		row, err := v.rowOf(other)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func contestedPath(id syncengine.RecordID, field string) string {
	return "/contested/" + id.String() + "/" + url.PathEscape(field)
}
