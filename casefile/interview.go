package casefile

import (
	"maps"
	"slices"
	"strings"

	"raksa/screening"
	"raksa/screening/form"
	"raksa/syncengine"
)

// Interview is one screening of one return of a person, as it reads now.
type Interview struct {
	ID     syncengine.RecordID
	Form   *form.Definition
	Record *syncengine.Record
	// Answers as they read: one live version, or what the item's contested rule
	// makes of several.
	Answers screening.Answers
	// Contested lists the fields whose live versions differ, by name.
	Contested []string
	// Elsewhere lists what this form version does not ask: kept, shown, not counted.
	Elsewhere []Elsewhere

	Center string // site code
	Group  syncengine.RecordID
	Number int // of the person within the group; 0 when none was given
	Kind   form.Kind
	State  screening.CaseState
	Closed bool
	Slip   string
}

// NotOfKind is the answer to opening a record as something that it is not, or
// of a form version that is unknown here.
type NotOfKind struct {
	Record syncengine.RecordID
	Want   string
}

func (e *NotOfKind) Error() string {
	return "casefile: record " + e.Record.String() + " is not " + e.Want
}

// OpenInterview reads a record as an interview. Versions that do not parse stay
// in the record and are left out of the answers.
func OpenInterview(rec *syncengine.Record, forms Forms) (*Interview, error) {
	def := formOf(rec, forms)
	if rec.Kind != KindInterview || def == nil {
		return nil, &NotOfKind{Record: rec.ID, Want: "an interview of a known form version"}
	}
	iv := &Interview{ID: rec.ID, Form: def, Record: rec, Answers: screening.Answers{}}
	for _, folded := range rec.Classes {
		for _, field := range slices.Sorted(maps.Keys(folded)) {
			iv.read(field, folded[field])
		}
	}
	slices.Sort(iv.Contested)
	iv.findElsewhere(forms)
	return iv, nil
}

func (iv *Interview) read(field string, reg *syncengine.Register) {
	if strings.HasPrefix(field, "$") {
		iv.readSystem(field, reg)
		return
	}
	named, err := screening.ParseField(field)
	item := iv.Form.Item(named.Item)
	if err != nil || item == nil {
		return
	}
	reading := item.Read(parseAll(item, reg.Live()))
	if reading.Answer.State != screening.NotAsked {
		iv.Answers[field] = reading.Answer
	}
	if reading.Contested {
		iv.Contested = append(iv.Contested, field)
	}
}

// readSystem reads the fields that the program keeps for itself: the newest
// version counts, for a device or the office wrote it.
func (iv *Interview) readSystem(field string, reg *syncengine.Register) {
	text := latest(reg)
	switch field {
	case fieldCenter:
		iv.Center = text
	case fieldGroup:
		iv.Group, _ = syncengine.ParseRecordID(text)
	case fieldNumber:
		iv.Number = smallNumber(text)
	case fieldKind:
		iv.Kind = form.Kind(text)
	case fieldState:
		iv.State = protectiveState(reg)
	case fieldClosed:
		iv.Closed = text != ""
	case fieldSlip:
		iv.Slip = text
	}
}

// protectiveState reads the case state. Each new state replaces the one that was
// on the screen, so two live ones were reached at once, unseen by each other:
// then a finding with indications counts, so that nobody drops off the list of
// those who wait for a decision. Else the newest does.
func protectiveState(reg *syncengine.Register) screening.CaseState {
	newest, _ := screening.ParseCaseState(latest(reg))
	if newest != screening.PreliminaryNegative && newest != screening.LeftBeforeInterview {
		return newest
	}
	for _, v := range reg.Live() {
		if v.State != syncengine.Struck && screening.CaseState(v.Value) == screening.PreliminaryPositive {
			return screening.PreliminaryPositive
		}
	}
	return newest
}

// Versions gives the live versions of a field with their answers, oldest first,
// those that say the same counted once.
func (iv *Interview) Versions(field string) []Version {
	named, _ := screening.ParseField(field)
	item := iv.Form.Item(named.Item)
	var out []Version
	for _, v := range iv.Record.Field(field).Distinct() {
		out = append(out, Version{Version: v, Answer: parseVersion(item, v)})
	}
	return out
}

// Version is a live version with the answer that it stands for.
type Version struct {
	syncengine.Version
	Answer screening.Answer
}

func parseAll(item *form.Item, live []syncengine.Version) []screening.Answer {
	var answers []screening.Answer
	for _, v := range live {
		answers = append(answers, parseVersion(item, v))
	}
	return answers
}

// parseVersion reads a version as an answer; struck out reads as not asked, and
// so does what this form version cannot read.
func parseVersion(item *form.Item, v syncengine.Version) screening.Answer {
	state := screening.State(v.State)
	if item == nil || state > screening.NotApplicable {
		return unreadable(item)
	}
	if state != screening.Answered {
		return screening.Saying(state)
	}
	value, err := screening.ParseValue(item.Kind, string(v.Value))
	if err != nil {
		return unreadable(item)
	}
	return screening.Of(value)
}

// unreadable is how a version reads that cannot be read. A withdrawal counts as
// one of everything: somebody took something back, and silence would share it.
func unreadable(item *form.Item) screening.Answer {
	if item == nil || item.Contested.Reads == "" {
		return screening.Answer{}
	}
	return screening.Of(screening.Code(item.Contested.Reads))
}

// latest gives the newest text of a register, or "" when it is empty or struck.
func latest(reg *syncengine.Register) string {
	live := reg.Live()
	if len(live) == 0 || live[len(live)-1].State == syncengine.Struck {
		return ""
	}
	return string(live[len(live)-1].Value)
}

// smallNumber reads up to six digits; anything else is 0.
func smallNumber(text string) int {
	n := 0
	for _, digit := range text {
		if digit < '0' || digit > '9' || n > 99_999 {
			return 0
		}
		n = n*10 + int(digit-'0')
	}
	return n
}
