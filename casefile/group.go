package casefile

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"raksa/screening"
	"raksa/syncengine"
)

// Group is an arrival group: one truck, one night. Its three counts stay side
// by side; -1 is not given.
type Group struct {
	ID            syncengine.RecordID
	Center        string
	Gate          string // site code where the group came over
	ArrivedMillis int64
	Declared      int // people according to the Thai side
	Counted       int // people counted on arrival
	Closed        bool
	Lines         []Line   // of the list from the Thai side, by number; never nil names
	Imports       []Import // every list that was taken in, the oldest first
}

// Line is one line of the arrivals list, as it was written there.
type Line struct {
	Number      int    `json:"number"`
	FamilyKhmer string `json:"family_km,omitempty"`
	GivenKhmer  string `json:"given_km,omitempty"`
	FamilyLatin string `json:"family_latin,omitempty"`
	GivenLatin  string `json:"given_latin,omitempty"`
	Thai        string `json:"thai,omitempty"` // the whole name in Thai letters
	Sex         string `json:"sex,omitempty"`  // male, female or empty
	AgeYears    int    `json:"age,omitempty"`
	BirthYear   int    `json:"birth_year,omitempty"` // Gregorian
	// Birth is the date of birth, canonical, with the Buddhist year that stood
	// there; empty when the list had a year at most.
	Birth    string `json:"birth,omitempty"`
	Province string `json:"province,omitempty"` // as written
	// Other is what else stood on the line, as "heading: text; …": nothing that
	// the list said is lost.
	Other string `json:"other,omitempty"`
}

// Import is one list that was taken in. It can be undone and brought back; what
// it brought stays in the record either way.
type Import struct {
	ID     string // of eight hex digits; names the lines that it wrote
	By     syncengine.PersonID
	Millis int64 // of the device that took it in
	Lines  int   // that it brought
	Faults int   // lines and cells that it could not take
	Undone bool
}

// OnList gives the whole name as it stands on the list.
func (line Line) OnList() string {
	for _, name := range []string{
		strings.TrimSpace(line.FamilyKhmer + " " + line.GivenKhmer), strings.TrimSpace(line.FamilyLatin + " " + line.GivenLatin), line.Thai,
	} {
		if name != "" {
			return name
		}
	}
	return ""
}

const (
	groupCenter   = "center"
	groupGate     = "gate"
	groupArrived  = "arrived"
	groupDeclared = "declared"
	groupCounted  = "counted"
	groupClosed   = "closed"
	prefixLine    = "line."   // + number in four digits [+ "." + import]
	prefixImport  = "import." // + import: faults
	prefixUndone  = "undone." // + import: yes or no
)

// GroupEdit is what is to be written about a group; nil leaves a field alone.
type GroupEdit struct {
	Center   string
	Gate     string
	Arrived  *int64
	Declared *int
	Counted  *int
	Close    bool
	Lines    []Line
	Import   string // names the import that brings the lines; empty when they are typed
	Faults   int    // of that import
	Undo     string // an import that is to count no longer
	Redo     string // one that is to count again
}

// GroupDraft drafts a change of an arrival group. rec is nil for a new one.
func GroupDraft(id syncengine.RecordID, author syncengine.PersonID, rec *syncengine.Record, edit GroupEdit) (syncengine.Draft, error) {
	draft := syncengine.Draft{Record: id, Kind: KindGroup, Author: author, Writes: map[syncengine.Class][]syncengine.Write{}}
	put := func(class screening.Class, field, text string) {
		write := syncengine.Write{Field: field, State: syncengine.State(screening.Answered), Value: []byte(text)}
		if rec != nil {
			write.Supersedes = rec.Field(field).Basis()
		}
		draft.Writes[syncengine.Class(class)] = append(draft.Writes[syncengine.Class(class)], write)
	}
	if edit.Center != "" {
		put(screening.Admin, groupCenter, edit.Center)
	}
	if edit.Gate != "" {
		put(screening.Admin, groupGate, edit.Gate)
	}
	if edit.Arrived != nil {
		put(screening.Admin, groupArrived, strconv.FormatInt(*edit.Arrived, 10))
	}
	if edit.Declared != nil {
		put(screening.Admin, groupDeclared, strconv.Itoa(*edit.Declared))
	}
	if edit.Counted != nil {
		put(screening.Admin, groupCounted, strconv.Itoa(*edit.Counted))
	}
	if edit.Close {
		put(screening.Admin, groupClosed, "yes")
	}
	for _, line := range edit.Lines {
		text, err := json.Marshal(line)
		if err != nil {
			return draft, err
		}
		put(screening.Identity, lineField(line.Number, edit.Import), string(text))
	}
	if edit.Import != "" {
		put(screening.Admin, prefixImport+edit.Import, strconv.Itoa(edit.Faults))
	}
	if edit.Undo != "" {
		put(screening.Admin, prefixUndone+edit.Undo, "yes")
	}
	if edit.Redo != "" {
		put(screening.Admin, prefixUndone+edit.Redo, "no")
	}
	if len(draft.Writes) == 0 {
		return draft, ErrNothing
	}
	return draft, nil
}

// OpenGroup reads a record as an arrival group. Without the identity class it
// has counts and no lines.
func OpenGroup(rec *syncengine.Record) (Group, error) {
	if rec.Kind != KindGroup {
		return Group{}, &NotOfKind{Record: rec.ID, Want: "an arrival group"}
	}
	number := func(field string) int {
		if text := latest(rec.Field(field)); text != "" {
			return smallNumber(text)
		}
		return -1
	}
	g := Group{
		ID: rec.ID, Center: latest(rec.Field(groupCenter)), Closed: latest(rec.Field(groupClosed)) != "",
		Gate:     latest(rec.Field(groupGate)),
		Declared: number(groupDeclared), Counted: number(groupCounted),
	}
	g.ArrivedMillis, _ = strconv.ParseInt(latest(rec.Field(groupArrived)), 10, 64)
	g.readLines(rec)
	return g, nil
}

func lineField(number int, imported string) string {
	field := fmt.Sprintf("%s%04d", prefixLine, number)
	if imported != "" {
		field += "." + imported
	}
	return field
}

// readLines reads the imports and, of each number, the line that was written
// last: lists that were undone do not count.
func (g *Group) readLines(rec *syncengine.Record) {
	at := map[string]int{}
	for field, reg := range rec.Classes[syncengine.Class(screening.Admin)] {
		id, is := strings.CutPrefix(field, prefixImport)
		live := reg.Live()
		if !is || len(live) == 0 {
			continue
		}
		g.Imports = append(g.Imports, Import{
			ID: id, By: live[0].Author, Millis: live[0].DeviceMillis, Faults: smallNumber(latest(reg)),
			Undone: latest(rec.Field(prefixUndone+id)) == "yes",
		})
	}
	slices.SortFunc(g.Imports, func(a, b Import) int {
		return cmp.Or(cmp.Compare(a.Millis, b.Millis), strings.Compare(a.ID, b.ID))
	})
	for i, one := range g.Imports {
		at[one.ID] = i
	}
	newest := map[int]syncengine.Stamp{}
	lines := map[int]Line{}
	for field, reg := range rec.Classes[syncengine.Class(screening.Identity)] {
		rest, is := strings.CutPrefix(field, prefixLine)
		number, imported, _ := strings.Cut(rest, ".")
		live := reg.Live()
		var line Line
		if !is || len(live) == 0 || json.Unmarshal([]byte(latest(reg)), &line) != nil || line.Number != smallNumber(strings.TrimLeft(number, "0")) {
			continue
		}
		if i, known := at[imported]; known {
			g.Imports[i].Lines++
			if g.Imports[i].Undone {
				continue
			}
		}
		stamp := live[len(live)-1].Stamp
		if before, here := lines[line.Number]; here && (newest[line.Number] > stamp || newest[line.Number] == stamp && before.OnList() >= line.OnList()) {
			continue
		}
		lines[line.Number], newest[line.Number] = line, stamp
	}
	for _, line := range lines {
		g.Lines = append(g.Lines, line)
	}
	slices.SortFunc(g.Lines, func(a, b Line) int { return a.Number - b.Number })
}
