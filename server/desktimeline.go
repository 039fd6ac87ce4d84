package server

import (
	"slices"
	"time"

	"raksa/casefile"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/syncengine"
	"raksa/web"
)

// eventOf maps what the audit log says of a record to an event of its time line.
var eventOf = map[string]string{"read": "read", "refer": "referral", "withdraw": "withdrawn", "erase": "erased"}

// readsShown bounds how many readings stand on a time line, and leavesSearched
// how far back the log is searched for them: the newest of each. The page of
// the log has them all.
const (
	readsShown     = 20
	leavesSearched = 5_000
)

// timeline tells what happened to a record, oldest first: from its own changes,
// and from the audit log who read it.
func (v *deskVisit) timeline(s *casefile.Seen, all history) (events []web.Event, err error) {
	add := func(kind, text string, p past) error {
		who, err := v.person(p.Author)
		events = append(events, web.Event{At: time.UnixMilli(p.DeviceMillis), Kind: kind, Text: text, Who: who.Name})
		return err
	}
	for kind, field := range map[string]string{
		"interview": fieldOpened, "closed": fieldClosed, "consent": itemInterview, "decision": itemDecision,
	} {
		item := s.Form.Item(field)
		if item != nil && !s.May(field) {
			continue
		}
		for _, p := range all[field] {
			text := ""
			if item != nil {
				text = v.answerText(s.Form, item, asAnswer(item, p.State, p.Value))
			}
			if err := add(kind, text, p); err != nil {
				return nil, err
			}
		}
	}
	logged, err := v.logged(s.ID)
	if err != nil {
		return nil, err
	}
	events = append(events, logged...)
	slices.SortStableFunc(events, func(a, b web.Event) int { return a.At.Compare(b.At) })
	return events, nil
}

// logged gives the events of a record that only the audit log knows, newest
// first. A person who reads a page several times an hour is one event.
func (v *deskVisit) logged(id syncengine.RecordID) (events []web.Event, _ error) {
	size, err := auditSize(v.tx)
	if err != nil {
		return nil, err
	}
	after, reads := map[string]int64{}, 0
	for at := size - 1; at >= max(0, size-leavesSearched); at-- {
		leaf, _, err := leaves.Get(v.tx, number(at))
		if err != nil {
			return nil, err
		}
		kind := eventOf[leaf.What]
		if kind == "" || leaf.Record != id.String() {
			continue
		}
		if kind == "read" {
			later, again := after[leaf.Person]
			after[leaf.Person] = leaf.Millis
			if reads == readsShown || again && later-leaf.Millis < time.Hour.Milliseconds() {
				continue
			}
			reads++
		}
		name, err := v.leafPerson(leaf)
		if err != nil {
			return nil, err
		}
		events = append(events, web.Event{At: time.UnixMilli(leaf.Millis), Kind: kind, Text: v.leafText(leaf), Who: name})
	}
	return events, nil
}

// leafText puts a leaf's reason into words where it is a code that has some.
func (v *deskVisit) leafText(leaf Leaf) string {
	if leaf.What == "withdraw" && slices.Contains(screening.Scopes(), screening.Scope(leaf.Reason)) {
		item := form.Builtin().Item("con_withdrawn_scope")
		return v.choiceText(form.Builtin(), item.List, leaf.Reason)
	}
	return ""
}

func (v *deskVisit) leafPerson(leaf Leaf) (string, error) {
	id, err := syncengine.ParsePersonID(leaf.Person)
	if err != nil {
		return "", nil // nobody: the office by itself, or somebody unknown
	}
	who, err := v.person(id)
	return who.Name, err
}
