package xlsform

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"raksa/screening/form"
	"raksa/screening/indicator"
)

// Result is what compiling gave: the definition, or the faults.
type Result struct {
	Source     *form.Source
	Definition *form.Definition
	Faults     []Fault
}

// Compile makes a definition of workbooks: one that is both forms, or a short
// and a long one in any order. rules says which questions are evidence of which
// indicators. With any fault there is no definition.
func Compile(rules *indicator.Rules, workbooks ...Workbook) Result {
	var short, long *book
	var faults []Fault
	for _, w := range workbooks {
		b := readBook(w)
		if b.kind != "short" {
			long = b
		}
		if b.kind != "long" {
			short = b
		}
		b.checkEvidence(rules)
		faults = append(faults, b.faults...)
	}
	if len(faults) > 0 {
		return Result{Faults: faults}
	}
	if short == nil || long == nil || len(workbooks) > 2 || (len(workbooks) == 2) == (short == long) {
		return Result{Faults: []Fault{{Workbook: workbooks[0].Name, Sheet: "settings", Reason: "a form is one workbook that is both, or one short and one long"}}}
	}
	if short != long {
		if faults = agree(short, long); len(faults) > 0 {
			return Result{Faults: faults}
		}
	}
	source := join(short, long)
	d, err := form.Load(source.Write())
	if err != nil {
		return Result{Faults: []Fault{long.locate(err)}}
	}
	if faults = long.unreachable(); len(faults) > 0 {
		return Result{Faults: faults}
	}
	return Result{source, d, nil}
}

// join puts the definition together. The short form is those questions of the
// long one that stand in the short workbook.
func join(short, long *book) *form.Source {
	s := &form.Source{Version: long.version, Source: long.source, Choices: map[string][]form.Choice{}, Pages: map[form.Kind][]form.Page{}}
	for _, section := range long.sections {
		s.Sections = append(s.Sections, section.SourceSection)
	}
	for _, i := range long.items {
		i.Form = "long"
		if short.item(i.ID) != nil {
			i.Form = "both"
		}
		s.Items = append(s.Items, i.SourceItem)
	}
	for _, list := range long.lists {
		s.Choices[list] = long.plain(list)
	}
	for kind, pages := range map[form.Kind][]page{form.Short: short.pages, form.Long: long.pages, form.Registration: short.registration} {
		for _, p := range pages {
			s.Pages[kind] = append(s.Pages[kind], p.Page)
		}
	}
	return s
}

func (b *book) item(id string) *item {
	for _, i := range b.items {
		if i.ID == id {
			return i
		}
	}
	return nil
}

// locate turns what form.Load refuses into a fault. Most of it was found
// before, cell by cell; the row is the best that is left.
func (b *book) locate(err error) Fault {
	var at *form.LoadError
	if !errors.As(err, &at) {
		return Fault{Workbook: b.workbook, Sheet: "survey", Reason: err.Error()}
	}
	words := strings.Fields(at.Where)
	if len(words) > 0 {
		if r := b.byName[words[len(words)-1]]; r != nil {
			return r.fault(colName, "%s", at.Reason)
		}
	}
	return Fault{Workbook: b.workbook, Sheet: "survey", Reason: at.Where + ": " + at.Reason}
}

// agree finds where the short workbook says other than the long one. A question
// is asked once, so it has one wording and one rule.
func agree(short, long *book) []Fault {
	var faults []Fault
	differ := func(mine, other *row, heading string) {
		faults = append(faults, mine.fault(heading, "differs from %s", other.fault(heading, "").place()))
	}
	compare := func(mine, other *row, headings []string) {
		for _, heading := range headings {
			if strings.TrimSpace(mine.get(heading)) != strings.TrimSpace(other.get(heading)) || mine.get(heading) != other.get(heading) && slices.Contains(labels, heading) {
				differ(mine, other, heading)
			}
		}
	}
	compare(short.settings, long.settings, []string{"version", colSource})
	last := -1
	for _, i := range short.items {
		other := long.item(i.ID)
		if other == nil {
			faults = append(faults, i.row.fault(colName, "the question does not stand in %s; the short form is a part of the long one", long.workbook))
			continue
		}
		compare(i.row, other.row, without(surveyColumns, colRepeat, colAppearance, colApart))
		at := slices.Index(long.items, other)
		if at < last {
			faults = append(faults, i.row.fault(colName, "stands in another order than in %s", long.workbook))
		}
		last = max(last, at)
		if i.Section != other.Section || i.Repeat != other.Repeat {
			faults = append(faults, i.row.fault(colName, "stands in another section or repeat than in %s", long.workbook))
		}
	}
	for _, s := range short.sections {
		at := slices.IndexFunc(long.sections, func(o section) bool { return o.ID == s.ID })
		if at < 0 {
			faults = append(faults, s.row.fault(colName, "the section does not stand in %s", long.workbook))
			continue
		}
		compare(s.row, long.sections[at].row, without(surveyColumns, colAppearance))
	}
	return append(faults, agreeOnChoices(short, long, compare)...)
}

var labels = []string{colLabelKM, colLabelEN, colHintKM, colHintEN, colMessageKM, colMessageEN}

func agreeOnChoices(short, long *book, compare func(mine, other *row, headings []string)) []Fault {
	var faults []Fault
	for _, list := range short.lists {
		mine, other := short.choices[list], long.choices[list]
		for n, c := range mine {
			if n >= len(other) || other[n].Code != c.Code {
				faults = append(faults, c.row.fault(colName, "the list %q has other choices, or another order, in %s", list, long.workbook))
				break
			}
			compare(c.row, other[n].row, choiceColumns)
		}
		if len(other) > len(mine) {
			faults = append(faults, mine[0].row.fault(colList, "the list %q has more choices in %s", list, long.workbook))
		}
	}
	return faults
}

func without(headings []string, left ...string) []string {
	return slices.DeleteFunc(slices.Clone(headings), func(h string) bool { return slices.Contains(left, h) })
}

// place names the workbook and the cell.
func (f Fault) place() string { return f.Workbook + " " + f.Cell() }

// Evidence lists for each question the indicators whose conditions read it.
func Evidence(rules *indicator.Rules) map[string][]string {
	evidence := map[string][]string{}
	if rules == nil {
		return evidence
	}
	for _, i := range rules.Indicators {
		for _, c := range i.Conditions {
			for _, name := range append([]string{c.Item}, c.When.Names()...) {
				if !slices.Contains(evidence[name], i.ID) {
					evidence[name] = append(evidence[name], i.ID)
				}
			}
		}
	}
	return evidence
}

// checkEvidence compares the column "evidence" with the rules: who edits a
// question sees what hangs on it, and a question that is gone is missed.
func (b *book) checkEvidence(rules *indicator.Rules) {
	evidence := Evidence(rules)
	named := false
	for _, i := range b.items {
		said := strings.Fields(i.row.get(colEvidence))
		named = named || len(said) > 0
		want := evidence[i.ID]
		for _, id := range said {
			if !slices.Contains(want, id) {
				b.fault(i.row, colEvidence, "no rule finds the indicator %q at this question", id)
			}
		}
		for _, id := range want {
			if !slices.Contains(said, id) {
				b.fault(i.row, colEvidence, "the indicator %q reads this question and is not named", id)
			}
		}
	}
	if !named || b.kind == "short" {
		return
	}
	for _, i := range rules.Indicators {
		for _, c := range i.Conditions {
			if b.item(c.Item) == nil {
				b.faults = append(b.faults, Fault{Workbook: b.workbook, Sheet: "survey", Reason: fmt.Sprintf("the indicator %q reads the question %q, which is not here", i.ID, c.Item)})
			}
		}
	}
}
