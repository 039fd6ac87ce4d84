package xlsform

import (
	"fmt"
	"slices"
	"strings"

	"raksa/screening/expr"
	"raksa/screening/form"
	"raksa/screening/indicator"
)

// Export writes a definition as two workbooks, the short form and the long one.
// Compile makes the same definition of them again.
func Export(source *form.Source, rules *indicator.Rules) (short, long Workbook) {
	evidence := Evidence(rules)
	return exporter{source, evidence, true}.workbook("short.xlsx"), exporter{source, evidence, false}.workbook("long.xlsx")
}

type exporter struct {
	source   *form.Source
	evidence map[string][]string
	short    bool
}

func (e exporter) workbook(name string) Workbook {
	w := Workbook{Name: name, Sheets: []Sheet{e.survey(), e.choices(), e.settings()}}
	if e.short {
		w.Sheets = append(w.Sheets, e.registration())
	}
	return w
}

func (e exporter) holds(i form.SourceItem) bool { return !e.short || i.Form == "both" }

func (e exporter) settings() Sheet {
	kind, title := "long", "Raksa: long interview form"
	if e.short {
		kind, title = "short", "Raksa: short interview form"
	}
	return Sheet{"settings", [][]string{settingColumns, {title, "raksa_" + kind, e.source.Version, "Khmer (km)", kind, e.source.Source}}}
}

func (e exporter) registration() Sheet {
	s := Sheet{"registration", [][]string{registrationColumns}}
	for _, page := range e.source.Pages[form.Registration] {
		for _, item := range page.Items {
			s.Rows = append(s.Rows, []string{page.ID, page.KM, page.EN, item})
		}
	}
	return s
}

// choices lists those that the form uses, in the order in which it does.
func (e exporter) choices() Sheet {
	s := Sheet{"choices", [][]string{choiceColumns}}
	var done []string
	for _, item := range e.source.Items {
		list := listOf(item.Type)
		if list == "" || slices.Contains(done, list) || !e.holds(item) {
			continue
		}
		done = append(done, list)
		for _, c := range e.source.Choices[list] {
			s.Rows = append(s.Rows, []string{list, c.Code, c.KM, c.EN, sayYes(c.Excludes), strings.Join(c.Was, " ")})
		}
	}
	return s
}

func sayYes(is bool) string {
	if is {
		return "yes"
	}
	return ""
}

// survey writes the rows. Pages stand in sections and repeats in pages; a
// repeat that goes on after a page has a second block with the same entries.
func (e exporter) survey() Sheet {
	s := surveySheet{exporter: e, taken: map[string]bool{}}
	s.rows = append(s.rows, surveyColumns)
	for _, section := range e.source.Sections {
		s.taken[section.ID] = true
	}
	kind := form.Long
	if e.short {
		kind = form.Short
	}
	for _, page := range e.source.Pages[kind] {
		s.taken[page.ID] = true
	}
	for _, name := range []string{"is_child", "age"} {
		s.row(map[string]string{colType: "hidden", colName: name, colHow: "fact"})
	}
	for _, section := range e.source.Sections {
		s.section(section, e.source.Pages[kind])
	}
	return Sheet{"survey", s.rows}
}

type surveySheet struct {
	exporter
	rows  [][]string
	taken map[string]bool // names of blocks
}

func (s *surveySheet) row(cells map[string]string) {
	row := make([]string, len(surveyColumns))
	for heading, cell := range cells {
		row[slices.Index(surveyColumns, heading)] = cell
	}
	s.rows = append(s.rows, row)
}

func (s *surveySheet) begin(repeat bool) string {
	if repeat {
		return "begin_repeat"
	}
	return "begin_group"
}

func (s *surveySheet) end(repeat bool) {
	s.row(map[string]string{colType: strings.Replace(s.begin(repeat), "begin", "end", 1)})
}

func (s *surveySheet) section(section form.SourceSection, pages []form.Page) {
	var items []form.SourceItem
	for _, item := range s.source.Items {
		if item.Section == section.ID && s.holds(item) {
			items = append(items, item)
		}
	}
	if len(items) == 0 {
		return
	}
	repeats := section.Repeat != ""
	cells := map[string]string{
		colType: s.begin(repeats), colName: section.ID, colLabelKM: section.KM, colLabelEN: section.EN, colNote: section.Note,
		colRelevant: s.condition(section.Relevant), colRelevantNote: section.RelevantNote,
	}
	if entries := strings.TrimSuffix(section.Repeat, "[]"); entries != section.ID {
		cells[colRepeat] = entries
	}
	s.row(cells)
	var page *form.Page
	repeat := ""
	closeTo := func(whole bool) {
		if repeat != "" {
			s.end(true)
			repeat = ""
		}
		if whole && page != nil {
			s.end(false)
			page = nil
		}
	}
	for n, item := range items {
		next := pageAt(pages, page, items[n:])
		if next != page {
			closeTo(true)
			if page = next; page != nil {
				s.row(map[string]string{
					colType: s.begin(false), colName: page.ID, colLabelKM: page.KM, colLabelEN: page.EN,
					colAppearance: "field-list", colApart: sayYes(page.Apart),
				})
			}
		}
		if item.Repeat != repeat {
			closeTo(false)
			if repeat = item.Repeat; repeat != "" {
				s.repeat(repeat)
			}
		}
		s.item(item)
	}
	closeTo(true)
	s.end(repeats)
}

// pageAt returns the page of the first item. What the device fills in stands on
// no page, but inside one that goes on after it.
func pageAt(pages []form.Page, current *form.Page, items []form.SourceItem) *form.Page {
	for _, item := range items {
		for n := range pages {
			if slices.Contains(pages[n].Items, item.ID) {
				if item.ID != items[0].ID && (current == nil || current.ID != pages[n].ID) {
					return nil
				}
				return &pages[n]
			}
		}
	}
	return nil
}

func (s *surveySheet) repeat(entries string) {
	entries = strings.TrimSuffix(entries, "[]")
	name, cells := entries, map[string]string{colType: s.begin(true)}
	for n := 2; s.taken[name]; n++ {
		name = fmt.Sprintf("%s-%d", entries, n)
		cells[colRepeat] = entries
	}
	s.taken[name] = true
	cells[colName] = name
	s.row(cells)
}

func (s *surveySheet) item(item form.SourceItem) {
	kind, special := sayType(item.Type)
	cells := map[string]string{
		colType: kind, colKind: special, colName: item.ID, colHow: string(item.How), colRequired: sayYes(item.Required),
		colRelevant: s.condition(item.Relevant), colContested: sayContested(item),
		colEvidence: strings.Join(s.evidence[item.ID], " "),
	}
	for _, t := range texts(&item) {
		cells[t.heading] = *t.to
	}
	cells[colWas] = strings.Join(item.Was, " ")
	var constraint, rules []string
	for _, c := range item.Constraints {
		if said := sayConstraint(c); said != "" && len(rules) == 0 && (c.Kind != form.Allow || len(item.Constraints) == 1) {
			constraint = append(constraint, said)
		} else {
			rules = append(rules, sayRule(c, s.condition))
		}
	}
	cells[colConstraint], cells[colRules] = strings.Join(constraint, " and "), strings.Join(rules, "\n")
	s.row(cells)
}

// condition writes a condition of the definition as workbooks say it.
func (e exporter) condition(source string) string {
	if source == "" {
		return ""
	}
	parsed, err := expr.Parse(source)
	if err != nil {
		return source // Compile will name the cell
	}
	return writeXPath(parsed.Tree(), func(name string) bool {
		return form.FactSymbols()[name].Type == expr.Bool
	}, 0)
}
