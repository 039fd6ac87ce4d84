package server

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
)

// exported is one answer that was ever given, as a line of an export.
type exported struct {
	Field    string `json:"field"`
	Form     string `json:"form"`            // version under which it was given
	Question string `json:"question"`        // as that version asks it; empty when it is unknown here
	State    string `json:"state"`           // of the answer; "taken_back" when it was struck
	Value    string `json:"value,omitempty"` // canonical
	By       string `json:"by"`
	At       string `json:"at"`
	Change   string `json:"change"`
	Stands   bool   `json:"stands"` // nobody replaced it
	Counts   bool   `json:"counts"` // the form on which the interview stands asks it
}

// exportRecord gives every answer that was ever given in a record, each under
// the form version in which it was given: also what was replaced, and what no
// newer version asks. What the person at the desk may not see is not in it.
func exportRecord(v *deskVisit) (deskReply, error) {
	id, err := v.record()
	if err != nil {
		return deskReply{}, err
	}
	seen, err := v.seen(id)
	if err != nil {
		return deskReply{}, err
	}
	all, err := v.history(v.tx, id)
	if err != nil {
		return deskReply{}, err
	}
	var out bytes.Buffer
	lines := json.NewEncoder(&out)
	lines.SetEscapeHTML(false)
	for _, field := range slices.Sorted(maps.Keys(all)) {
		named, err := screening.ParseField(field)
		if err != nil || field[0] == '$' {
			continue
		}
		live := seen.Record.Field(field).Live()
		for _, p := range all[field] {
			if !mayExport(v, seen, field, p) {
				continue
			}
			one := exported{
				Field: field, Form: p.Form, State: "taken_back", Value: string(p.Value), By: p.Author.String(), Change: p.ID.String(),
				At:     time.UnixMilli(p.DeviceMillis).In(siteZone).Format(time.RFC3339),
				Stands: slices.ContainsFunc(live, func(w syncengine.Version) bool { return w.ID == p.ID }),
				Counts: seen.Form.Item(named.Item) != nil,
			}
			if p.State != syncengine.Struck {
				one.State = screening.State(p.State).String()
			}
			if def := v.formIn(v.tx, p.Form); def != nil && def.Item(named.Item) != nil {
				one.Question = def.Item(named.Item).EN
			}
			if err := lines.Encode(one); err != nil {
				return deskReply{}, err
			}
		}
	}
	file := &deskFile{name: "raksa-" + id.String() + ".jsonl", content: bytes.NewReader(out.Bytes())}
	return deskReply{file: file}, v.leaf(Leaf{What: "export", Record: id.String()})
}

// mayExport holds every answer against the class that it was given under, by its
// own form; one that no form here explains is kept back.
func mayExport(v *deskVisit, seen *casefile.Seen, field string, p past) bool {
	if seen.May(field) {
		return true
	}
	def := v.formIn(v.tx, p.Form)
	return def != nil && seen.Form.Item(fieldItem(field)) == nil && seen.MayUnder(def, field)
}

func fieldItem(field string) string {
	named, _ := screening.ParseField(field)
	return named.Item
}
