package server

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
	"raksa/web"
)

// peopleMax is how many people one group may be declared or counted with (form
// specification: bat_declared_count).
const peopleMax = 2000

// arrivalsPage lists the arrival groups, the latest first.
func arrivalsPage(v *deskVisit) (deskReply, error) {
	page := web.Arrivals{Typed: v.typed, Gates: v.sites()}
	page.Centers = slices.DeleteFunc(v.sites(), func(site web.Option) bool { return !v.looksAfter(site.Code) })
	all, err := v.caseList(v.tx, func(one listed) bool { return one.Group != "" })
	if err != nil {
		return deskReply{}, err
	}
	recorded := map[string]int{}
	for _, one := range all {
		recorded[one.Group]++
	}
	err = v.everyOf(v.tx, casefile.KindGroup, func(rec *syncengine.Record) error {
		g, err := casefile.OpenGroup(rec)
		if err != nil || !v.looksAfter(g.Center) {
			return err
		}
		page.Groups = append(page.Groups, web.ArrivalRow{
			Group: v.groupView(g), Center: v.siteText(g.Center), Recorded: recorded[g.ID.String()], Closed: g.Closed,
		})
		return nil
	})
	slices.SortFunc(page.Groups, func(a, b web.ArrivalRow) int {
		return cmp.Or(b.Group.Arrived.Compare(a.Group.Arrived), strings.Compare(a.Group.ID, b.Group.ID))
	})
	return deskReply{page: page}, err
}

// looksAfter says whether a center is this person's; who has none has all.
func (v *deskVisit) looksAfter(center string) bool {
	return v.staff.Center == "" || v.staff.Center == center
}

func (v *deskVisit) groupView(g casefile.Group) web.Group {
	gate := ""
	if g.Gate != "" {
		gate = v.siteText(g.Gate)
	}
	return web.Group{
		ID: g.ID.String(), Gate: gate, Arrived: time.UnixMilli(g.ArrivedMillis),
		Declared: g.Declared, Counted: g.Counted, Listed: len(g.Lines),
	}
}

// openArrivals opens a group at the desk; its center's tablets get it.
func openArrivals(v *deskVisit) (deskReply, error) {
	center, gate := v.asked("center"), v.asked("gate")
	if !v.isSite(center) || !v.looksAfter(center) {
		return deskReply{}, atField("center", errNoChoice)
	}
	if gate != "" && !v.isSite(gate) {
		return deskReply{}, atField("gate", errNoChoice)
	}
	arrived := v.Now().UnixMilli()
	edit := casefile.GroupEdit{Center: center, Gate: gate, Arrived: &arrived}
	if err := v.counts(&edit); err != nil {
		return deskReply{}, err
	}
	id, commit, err := v.newRecord(v.tx)
	if err != nil {
		return deskReply{}, err
	}
	if err := scope.Put(v.tx, id[:], []string{streamGroups(center)}); err != nil {
		return deskReply{}, err
	}
	draft, err := casefile.GroupDraft(id, v.staff.ID, nil, edit)
	if err != nil {
		return deskReply{}, err
	}
	draft.Commit = commit
	if _, err := v.save(v.tx, draft); err != nil {
		return deskReply{}, err
	}
	return deskReply{to: "/arrivals/" + id.String(), done: "group_opened"}, v.leaf(Leaf{What: "group_open", Record: id.String()})
}

// counts reads the two counts of a form; an empty one leaves what stands.
func (v *deskVisit) counts(edit *casefile.GroupEdit) error {
	for field, into := range map[string]**int{"declared": &edit.Declared, "counted": &edit.Counted} {
		text := v.asked(field)
		if text == "" {
			continue
		}
		value, err := screening.ParseValue(screening.KindInt, text)
		n, whole := value.(screening.Int)
		if err != nil || !whole || n < 0 || n > peopleMax {
			return atField(field, errNoChoice)
		}
		count := int(n)
		*into = &count
	}
	return nil
}

// arrivalGroup opens the group in the address.
func (v *deskVisit) arrivalGroup() (*syncengine.Record, casefile.Group, error) {
	id, err := v.record()
	if err != nil {
		return nil, casefile.Group{}, err
	}
	rec, err := v.read(v.tx, id)
	if errors.Is(err, syncengine.ErrUnknownChange) {
		return nil, casefile.Group{}, errNotThere
	}
	if err != nil {
		return nil, casefile.Group{}, err
	}
	g, err := casefile.OpenGroup(rec)
	if notOfKind(err) || err == nil && !v.looksAfter(g.Center) {
		err = errNotThere
	}
	return rec, g, err
}

// arrivalPage shows a group: its counts, the list against the people who are
// here, and the lists that were taken in.
func arrivalPage(v *deskVisit) (deskReply, error) {
	_, g, err := v.arrivalGroup()
	if err != nil {
		return deskReply{}, err
	}
	if err := v.leaf(Leaf{What: "read", Record: g.ID.String()}); err != nil {
		return deskReply{}, err
	}
	page := web.ArrivalGroup{Group: v.groupView(g), Center: v.siteText(g.Center), Closed: g.Closed, MostMB: casefile.ListFileMax >> 20, Typed: v.typed}
	if err := v.match(g, &page); err != nil {
		return deskReply{}, err
	}
	for _, one := range g.Imports {
		who, err := v.person(one.By)
		if err != nil {
			return deskReply{}, err
		}
		page.Imports = append(page.Imports, web.ListImport{
			ID: one.ID, Who: who.Name, At: time.UnixMilli(one.Millis), Lines: one.Lines, Faults: one.Faults, Undone: one.Undone,
		})
	}
	return deskReply{page: page}, nil
}

// match holds the list against everybody of the group whom the office knows.
func (v *deskVisit) match(g casefile.Group, page *web.ArrivalGroup) error {
	mine, err := v.caseList(v.tx, func(one listed) bool { return one.Group == g.ID.String() })
	if err != nil {
		return err
	}
	var people []casefile.Arrival
	var rows []web.Row
	for _, one := range mine {
		row, err := v.rowOf(one.id)
		if err != nil {
			return err
		}
		arrival := casefile.Arrival{Number: one.Number}
		if s, err := v.seen(one.id); err == nil {
			arrival.Answers = s.Answers
		} else if !notOfKind(err) {
			return err
		}
		people, rows = append(people, arrival), append(rows, row)
	}
	mayName := screening.May(v.staff.Role, v.staff.Agency, screening.Identity, screening.Read)
	matching := g.Match(people)
	page.Recorded = len(people)
	for _, pair := range matching.Here {
		page.Here = append(page.Here, web.Mismatch{Row: rows[pair.Arrival], Line: v.listLine(pair.Line, mayName), Fields: pair.Fields})
	}
	for _, pair := range matching.Different {
		page.Mismatches = append(page.Mismatches, web.Mismatch{Row: rows[pair.Arrival], Line: v.listLine(pair.Line, mayName), Fields: pair.Fields})
	}
	for _, i := range matching.Extra {
		page.NotOnList = append(page.NotOnList, rows[i])
	}
	for _, line := range matching.Missing {
		page.Unmatched = append(page.Unmatched, v.listLine(line, mayName))
	}
	return nil
}

// listLine shows one line of the list; without names it has its number.
func (v *deskVisit) listLine(line casefile.Line, mayName bool) web.ListLine {
	shown := web.ListLine{ID: strconv.Itoa(line.Number), Number: line.Number}
	if !mayName {
		return shown
	}
	shown.Name = web.Name{Khmer: joined(line.FamilyKhmer, line.GivenKhmer), Latin: joined(line.FamilyLatin, line.GivenLatin)}
	shown.Thai, shown.Sex, shown.Province, shown.Other = line.Thai, line.Sex, line.Province, line.Other
	shown.Born = strings.Replace(line.Birth, "|BE", " / ", 1)
	shown.Age = web.Age{Years: line.AgeYears, Known: line.AgeYears > 0, Child: line.AgeYears > 0 && line.AgeYears < 18}
	if !shown.Age.Known && line.BirthYear > 0 {
		shown.Age = web.Age{Years: v.today().Year - line.BirthYear, Known: true, About: true}
	}
	return shown
}

// changeArrivals writes one edit into the group in the address, with its leaf.
func (v *deskVisit) changeArrivals(what, done string, edit casefile.GroupEdit) (deskReply, error) {
	rec, g, err := v.arrivalGroup()
	if err != nil {
		return deskReply{}, err
	}
	reply := deskReply{to: "/arrivals/" + g.ID.String(), done: done}
	draft, err := casefile.GroupDraft(g.ID, v.staff.ID, rec, edit)
	if errors.Is(err, casefile.ErrNothing) {
		return reply, nil
	}
	if err != nil {
		return deskReply{}, err
	}
	if _, err := v.save(v.tx, draft); err != nil {
		return deskReply{}, err
	}
	return reply, v.leaf(Leaf{What: what, Record: g.ID.String(), Reason: cmp.Or(edit.Import, edit.Undo, edit.Redo)})
}

func countArrivals(v *deskVisit) (deskReply, error) {
	var edit casefile.GroupEdit
	if err := v.counts(&edit); err != nil {
		return deskReply{}, err
	}
	return v.changeArrivals("group_edit", "saved", edit)
}

func undoList(v *deskVisit) (deskReply, error) {
	id, err := v.importAsked()
	if err != nil {
		return deskReply{}, err
	}
	return v.changeArrivals("list_undo", "list_undone", casefile.GroupEdit{Undo: id})
}

func redoList(v *deskVisit) (deskReply, error) {
	id, err := v.importAsked()
	if err != nil {
		return deskReply{}, err
	}
	return v.changeArrivals("list_redo", "list_redone", casefile.GroupEdit{Redo: id})
}

// importAsked gives the import that a form names, if the group has it.
func (v *deskVisit) importAsked() (string, error) {
	_, g, err := v.arrivalGroup()
	if err != nil {
		return "", err
	}
	asked := v.asked("import")
	if !slices.ContainsFunc(g.Imports, func(one casefile.Import) bool { return one.ID == asked }) {
		return "", errNotThere
	}
	return asked, nil
}
