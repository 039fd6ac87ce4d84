package form

import (
	"slices"

	"raksa/screening"
	"raksa/screening/expr"
)

// SeenBy returns the answers that a viewer may see of a record. It is the one
// place where the answers of a record are cut to a viewer; pages, search,
// export and pull go through it. Answers to items that the form does not know
// are seen by nobody.
func (d *Definition) SeenBy(v screening.Viewer, s screening.Sight, answers screening.Answers) screening.Answers {
	seen := screening.Answers{}
	for name, answer := range answers {
		if d.maySee(v, s, name) {
			seen[name] = answer
		}
	}
	return seen
}

func (d *Definition) maySee(v screening.Viewer, s screening.Sight, name string) bool {
	field, err := screening.ParseField(name)
	class, known := d.Class(field.Item)
	return err == nil && known && v.MaySee(field.Item, class, s)
}

// SeenBy returns the sheet as a viewer may see it. Evaluate the sheet on all
// answers first and cut it then: evaluated on a part, what is withheld would
// look as if nobody had asked.
func (s Sheet) SeenBy(d *Definition, v screening.Viewer, sight screening.Sight) Sheet {
	hidden := func(item string) bool { return !d.maySee(v, sight, item) }
	hiddenField := func(f screening.Field) bool { return hidden(f.Item) }
	s.Fields = slices.DeleteFunc(slices.Clone(s.Fields), func(f FieldView) bool { return hidden(f.Item.ID) })
	for i := range s.Fields {
		s.Fields[i].Because = slices.DeleteFunc(slices.Clone(s.Fields[i].Because), hidden)
	}
	s.Missing = slices.DeleteFunc(slices.Clone(s.Missing), hiddenField)
	s.HeldBack = slices.DeleteFunc(slices.Clone(s.HeldBack), hiddenField)
	s.Problems = slices.DeleteFunc(slices.Clone(s.Problems), func(p Problem) bool { return hidden(p.Field.Item) })
	s.Alerts = slices.DeleteFunc(slices.Clone(s.Alerts), hidden)
	s.Unknown = nil
	if !v.MaySee(screening.FactChild, screening.Indicator, sight) {
		s.Child = Child{Truth: expr.Unknown}
	}
	return s
}

// ReferralCopy returns what a referral to an agency class for a service may
// carry now, copied from the record: its fields, and the facts that stand in
// place of items which stay back. entry names the referral's own line, so that
// the lines of other referrals stay at home. Both are empty without consent.
func (d *Definition) ReferralCopy(
	consent screening.Consent, receiver screening.Agency, service, entry string,
	answers screening.Answers, today screening.PartialDate,
) (copied screening.Answers, facts map[string]string) {
	items := screening.FactClasses()
	for _, item := range d.items {
		items = append(items, screening.ItemClass{Item: item.ID, Class: item.Class})
	}
	allowed := screening.ReferralItems(consent, receiver, service, items)
	copied, facts = screening.Answers{}, map[string]string{}
	for name, answer := range answers {
		field, err := screening.ParseField(name)
		item := d.byID[field.Item]
		if err != nil || item == nil || !slices.Contains(allowed, item.ID) {
			continue
		}
		if item.Repeat != "referral[]" || field.Entry == entry {
			copied[name] = answer
		}
	}
	for fact, value := range d.Facts(answers, today) {
		if slices.Contains(allowed, fact) {
			facts[fact] = value
		}
	}
	return copied, facts
}

// Facts computes what may be told in place of items: the age band today, the
// child flag and the province of the home. A fact that is not known is left
// out.
func (d *Definition) Facts(answers screening.Answers, today screening.PartialDate) map[string]string {
	facts := map[string]string{}
	if age := ageToday(answers, today); age.known {
		if band := ageBand(age.low); band == ageBand(age.high) {
			facts[screening.FactAgeBand] = band
		}
	}
	switch childOf(answers, today).Truth {
	case expr.True:
		facts[screening.FactChild] = "yes"
	case expr.False:
		facts[screening.FactChild] = "no"
	}
	if home, ok := answers[itemHome].Value.(screening.Place); ok && home.Province() != "" {
		facts[screening.FactProvince] = home.Country + home.Province()
	}
	return facts
}

const itemHome = "idn_home"

// ageBand returns the band of an age; the bands are those in which the
// Counter-Trafficking Data Collaborative publishes.
func ageBand(years int) string {
	for _, band := range []struct {
		upTo int
		name string
	}{{8, "0-8"}, {17, "9-17"}, {20, "18-20"}, {23, "21-23"}, {26, "24-26"}, {29, "27-29"}, {38, "30-38"}, {47, "39-47"}} {
		if years <= band.upTo {
			return band.name
		}
	}
	return "48+"
}
