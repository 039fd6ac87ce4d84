package server

import (
	"raksa/casefile"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/web"
)

// elsewhere lists the answers that stand and that the interview's form version
// does not ask, in the words of the version under which they were given.
func (v *deskVisit) elsewhere(s *casefile.Seen) (rows []web.Answer, _ error) {
	for _, one := range s.Elsewhere() {
		row := web.Answer{Label: one.Field, Form: one.Version.Form, State: stateCode(one.Answer)}
		if def := v.formIn(v.tx, one.Version.Form); def != nil && one.Item != nil {
			row.Label, _ = v.labelOf(one.Item)
			row.Text = v.answerText(def, one.Item, one.Answer)
		}
		var err error
		if row.Origin, err = v.origin(one.Version.Version); err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// withEarlierNames gives what was ever written to a field, also while its
// question had other names.
func withEarlierNames(all history, item *form.Item, field string) []past {
	named, err := screening.ParseField(field)
	if err != nil || len(item.Was) == 0 {
		return all[field]
	}
	var writes []past
	for _, was := range item.Was {
		writes = append(writes, all[screening.Field{Item: was, Entry: named.Entry}.String()]...)
	}
	return append(writes, all[field]...)
}
