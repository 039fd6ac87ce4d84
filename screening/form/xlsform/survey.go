package xlsform

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"raksa/screening"
	"raksa/screening/expr"
	"raksa/screening/form"
)

// book is one workbook on its way to a definition.
type book struct {
	workbook string
	kind     string // "short", "long" or "both"
	version  string
	source   string
	settings *row

	sections     []section
	items        []*item
	pages        []page
	registration []page
	lists        []string // in order of appearance
	choices      map[string][]choice

	scope  scope
	byName map[string]*row // every name of the survey
	faults []Fault
}

type section struct {
	form.SourceSection
	row *row
}

type item struct {
	form.SourceItem
	row    *row
	kind   screening.Kind
	symbol expr.Symbol
}

type page struct {
	form.Page
	row *row
}

type choice struct {
	form.Choice
	row *row
}

func (b *book) fault(r *row, heading, reason string, args ...any) {
	b.faults = append(b.faults, r.fault(heading, reason, args...))
}

// refuse takes an error about a cell, or none.
func (b *book) refuse(r *row, heading string, err error) {
	if err != nil {
		b.fault(r, heading, "%s", err.Error())
	}
}

// readBook reads one workbook; all that is wrong with it is in faults.
func readBook(w Workbook) *book {
	t, faults := w.tables()
	b := &book{
		workbook: w.Name, faults: faults, choices: map[string][]choice{}, byName: map[string]*row{},
		scope: scope{symbols: form.FactSymbols(), repeats: map[string]string{}},
	}
	b.readSettings(t["settings"])
	b.readChoices(t["choices"])
	b.readSurvey(t["survey"])
	b.readConditions()
	b.readRegistration(t["registration"])
	b.unusedLists()
	return b
}

func (b *book) readSettings(t *table) {
	if len(t.rows) == 0 {
		return
	}
	b.settings = t.rows[0]
	b.version, b.source, b.kind = b.settings.word("version"), b.settings.get(colSource), b.settings.word(colForm)
	if b.version == "" || len(b.version) > 32 {
		b.fault(b.settings, "version", "the version is missing or longer than 32 bytes")
	}
	if !slices.Contains([]string{"short", "long", "both"}, b.kind) {
		b.fault(b.settings, colForm, "the form is short, long or both, not %q", b.kind)
	}
	for _, extra := range t.rows[1:] {
		b.fault(extra, t.headings[0], "settings have one row")
	}
}

func (b *book) readChoices(t *table) {
	for _, r := range t.rows {
		list, code := r.word(colList), r.word(colName)
		c := choice{form.Choice{Code: code, EN: r.get(colLabelEN), KM: r.get(colLabelKM)}, r}
		if list == "" || !isName(list) {
			b.fault(r, colList, "%q is no name of a list", list)
		}
		if !isCode(code) {
			b.fault(r, colName, "%q is no code: letters, digits, _ and -, at most 40", code)
		}
		b.words(r)
		b.refuse(r, colExcludes, yes(&c.Excludes, r.word(colExcludes)))
		c.Was = b.earlier(r, isCode)
		if slices.ContainsFunc(b.choices[list], func(other choice) bool { return other.Code == code }) {
			b.fault(r, colName, "the code %q stands twice in the list %q", code, list)
		}
		if b.choices[list] == nil {
			b.lists = append(b.lists, list)
		}
		b.choices[list] = append(b.choices[list], c)
	}
}

// words demands both languages.
func (b *book) words(r *row) {
	for _, heading := range []string{colLabelKM, colLabelEN} {
		if strings.TrimSpace(r.get(heading)) == "" {
			b.fault(r, heading, "the text is missing")
		}
	}
}

// block is a group or repeat that is open.
type block struct {
	row     *row
	repeat  bool
	page    int // index of the page, or -1
	entries string
}

// readSurvey walks down the survey. The outermost blocks are sections, groups
// in them are pages, repeats in them hold items with entries.
func (b *book) readSurvey(t *table) {
	var open []block
	for _, r := range t.rows {
		kind, list, _ := strings.Cut(strings.Join(strings.Fields(r.word(colType)), " "), " ")
		switch kind {
		case "begin_group", "begin_repeat":
			open = append(open, b.begin(r, kind == "begin_repeat", open))
		case "end_group", "end_repeat":
			if len(open) == 0 || open[len(open)-1].repeat != (kind == "end_repeat") {
				b.fault(r, colType, "%s closes nothing that is open here", kind)
				continue
			}
			b.end(open[len(open)-1])
			open = open[:len(open)-1]
		default:
			b.readItem(r, kind, list, open)
		}
	}
	for _, left := range open {
		b.fault(left.row, colType, "this is not closed")
	}
}

func (b *book) claim(r *row) string {
	name := r.word(colName)
	switch {
	case !isName(name):
		b.fault(r, colName, "%q is no name: small letters, digits, _ and -, a letter first, at most 40", name)
	case b.byName[name] != nil:
		b.fault(r, colName, "the name %q stands in row %d, too", name, b.byName[name].at)
	default:
		b.byName[name] = r
	}
	return name
}

func (b *book) begin(r *row, repeat bool, open []block) block {
	name := b.claim(r)
	entries := ""
	if repeat {
		entries = name
		if other := r.word(colRepeat); other != "" {
			entries = other
		}
		entries += "[]"
		b.scope.repeats[name] = entries
		b.scope.symbols[entries] = expr.Symbol{}
	}
	made := block{r, repeat, -1, entries}
	fieldList := r.word(colAppearance) == "field-list"
	b.onlyUnderstood(r, []string{colRequired, colConstraint, colKind, colHow, colClass, colGroup, colContested, colRules, colEvidence})
	switch {
	case len(open) == 0:
		s := section{form.SourceSection{
			ID: name, EN: r.get(colLabelEN), KM: r.get(colLabelKM), Note: r.get(colNote), Repeat: entries,
			RelevantNote: r.get(colRelevantNote),
		}, r}
		b.words(r)
		b.sections = append(b.sections, s)
	case repeat && !slices.ContainsFunc(open, func(o block) bool { return o.repeat }):
	case repeat:
		b.fault(r, colType, "a repeat inside a repeat is not understood")
	case slices.ContainsFunc(open, func(o block) bool { return o.page >= 0 }):
		b.fault(r, colType, "a page inside a page is not understood")
	case !fieldList:
		b.fault(r, colAppearance, "a group inside a section is a page: its appearance is field-list")
	default:
		p := page{form.Page{ID: name, Section: b.sections[len(b.sections)-1].ID, EN: r.get(colLabelEN), KM: r.get(colLabelKM)}, r}
		b.refuse(r, colApart, yes(&p.Apart, r.word(colApart)))
		made.page = len(b.pages)
		b.pages = append(b.pages, p)
	}
	if len(open) > 0 && r.word(colRelevant) != "" {
		b.fault(r, colRelevant, "only sections and questions have conditions")
	}
	return made
}

// onlyUnderstood refuses cells that say nothing on a row of this kind.
func (b *book) onlyUnderstood(r *row, headings []string) {
	for _, heading := range headings {
		if r.word(heading) != "" {
			b.fault(r, heading, "this means nothing on a row of type %s", r.word(colType))
		}
	}
}

func (b *book) end(closed block) {
	if closed.page < 0 {
		return
	}
	if n := len(b.pages[closed.page].Items); n == 0 || n > form.PageItemsMax {
		b.fault(closed.row, colName, "a page has 1 to %d questions, this has %d", form.PageItemsMax, n)
	}
}

func (b *book) readItem(r *row, kind, list string, open []block) {
	if r.word(colHow) == "fact" {
		b.readFact(r, kind)
		return
	}
	i := &item{row: r}
	i.ID = b.claim(r)
	i.Type, i.kind = b.readType(r, kind, list)
	for _, t := range texts(&i.SourceItem) {
		*t.to = r.get(t.heading)
		if t.word {
			*t.to = r.word(t.heading)
		}
	}
	i.Was = b.earlier(r, isName)
	i.How, i.Form = form.How(r.word(colHow)), map[bool]string{true: "both", false: "long"}[b.kind != "long"]
	i.symbol = form.SymbolOf(i.kind, b.plain(list))
	b.words(r)
	b.place(i, open)
	b.refuse(r, colRequired, yes(&i.Required, r.word(colRequired)))
	if _, err := screening.ParseClass(i.Class); err != nil {
		b.fault(r, colClass, "no class is called %q", i.Class)
	}
	if !slices.Contains([]form.How{form.Ask, form.Observe, form.Attest, form.Auto}, i.How) {
		b.fault(r, colHow, "how is ask, observe, attest or auto, not %q", i.How)
	}
	if !slices.Contains([]string{"", form.Private, form.Punished}, i.Group) {
		b.fault(r, colGroup, "no group of questions is called %q", i.Group)
	} else if i.Group == form.Punished && i.Class != screening.Protected.String() {
		b.fault(r, colClass, "a question of the group protected has the class protected")
	}
	b.refuse(r, colContested, plainly(readContested(&i.SourceItem, r.word(colContested), i.symbol)))
	b.onlyUnderstood(r, []string{colAppearance, colRepeat, colApart, colNote})
	if b.byName[i.ID] == r {
		b.scope.symbols[i.ID] = i.symbol
	}
	b.items = append(b.items, i)
}

// readFact takes a row for a fact that the program fills in, so that other
// programs find a question of its name.
func (b *book) readFact(r *row, kind string) {
	name := b.claim(r)
	if _, known := form.FactSymbols()[name]; !known {
		b.fault(r, colName, "no fact is called %q", name)
	}
	if kind != "hidden" {
		b.fault(r, colType, "a fact has the type hidden")
	}
}

// place says in which section, page and repeat an item stands.
func (b *book) place(i *item, open []block) {
	if len(open) == 0 {
		b.fault(i.row, colType, "the question stands in no section")
		return
	}
	i.Section = b.sections[len(b.sections)-1].ID
	placed := false
	for depth, o := range open {
		if o.repeat && depth > 0 {
			i.Repeat = o.entries
		}
		if o.page >= 0 {
			placed = true
			if i.row.word(colHow) != string(form.Auto) {
				b.pages[o.page].Items = append(b.pages[o.page].Items, i.ID)
			}
		}
	}
	if !placed && i.row.word(colHow) != string(form.Auto) {
		b.fault(i.row, colName, "the question stands on no page, so nobody would be asked")
	}
}

// types pairs the types of XLSForm with ours. All others are texts whose
// column "kind" says more.
var types = map[string]screening.Kind{
	"select_one": screening.KindCode, "select_multiple": screening.KindSet, "integer": screening.KindInt,
	"decimal": screening.KindDecimal, "text": screening.KindText, "date": screening.KindDate, "dateTime": screening.KindDateTime,
}

func (b *book) readType(r *row, name, list string) (string, screening.Kind) {
	kind, known := types[name]
	coded := kind == screening.KindCode || kind == screening.KindSet
	switch {
	case !known:
		b.fault(r, colType, "the type %q is not understood", r.word(colType))
		return "", 0
	case coded && b.choices[list] == nil:
		b.fault(r, colType, "the list %q has no choices", list)
		return kind.String() + ":" + list, kind
	case !coded && list != "":
		b.fault(r, colType, "%q after the type is not understood", list)
	case coded:
		if r.word(colKind) != "" {
			b.fault(r, colKind, "only a text has a kind")
		}
		return kind.String() + ":" + list, kind
	case r.word(colKind) == "":
		return kind.String(), kind
	}
	ours, _, _ := strings.Cut(r.word(colKind), ":")
	special, known := screening.ParseKind(ours)
	standard := false
	for _, taken := range types {
		standard = standard || taken == special
	}
	if !known || standard || name != "text" {
		b.fault(r, colKind, "the kind %q is not understood beside the type %s", r.word(colKind), name)
	}
	return r.word(colKind), special
}

// sayType is the other way round: the type and the kind of an item.
func sayType(source string) (kind, special string) {
	ours, list, _ := strings.Cut(source, ":")
	for name, k := range types {
		if k.String() == ours {
			return strings.TrimSpace(name + " " + list), ""
		}
	}
	return "text", source
}

// payPeriods is the list that an amount of money chooses its period from.
const payPeriods = "payper"

// listOf returns the choice list that an item of a type uses, or "".
func listOf(source string) string {
	switch ours, list, _ := strings.Cut(source, ":"); ours {
	case screening.KindCode.String(), screening.KindSet.String():
		return list
	case screening.KindMoney.String():
		return payPeriods
	}
	return ""
}

// text is a cell that goes into the definition as it is.
type text struct {
	heading string
	to      *string
	word    bool // spaces at the ends mean nothing
}

func texts(i *form.SourceItem) []text {
	return []text{
		{colLabelKM, &i.KM, false},
		{colLabelEN, &i.EN, false},
		{colHintKM, &i.HintKM, false},
		{colHintEN, &i.HintEN, false},
		{colMessageKM, &i.MessageKM, false},
		{colMessageEN, &i.MessageEN, false},
		{colClass, &i.Class, true},
		{colGroup, &i.Group, true},
		{colRelevantNote, &i.RelevantNote, false},
		{colClassNote, &i.ClassNote, false},
		{colHTCDS, &i.HTCDS, true},
		{colSource, &i.Source, true},
	}
}

// readConditions reads what may name any question, when all are known.
func (b *book) readConditions() {
	for n := range b.sections {
		s := &b.sections[n]
		if source := s.row.get(colRelevant); strings.TrimSpace(source) != "" {
			var err error
			s.Relevant, err = b.scope.condition(source)
			b.refuse(s.row, colRelevant, err)
		}
	}
	for _, i := range b.items {
		b.scope.self = i.ID
		if source := i.row.get(colRelevant); strings.TrimSpace(source) != "" {
			var err error
			i.Relevant, err = b.scope.condition(source)
			b.refuse(i.row, colRelevant, err)
		}
		if source := i.row.get(colConstraint); strings.TrimSpace(source) != "" {
			found, err := b.scope.readConstraint(i.kind, source)
			b.refuse(i.row, colConstraint, err)
			i.Constraints = found
		}
		found, err := b.scope.readRules(i.row.get(colRules))
		b.refuse(i.row, colRules, plainly(err))
		i.Constraints = append(i.Constraints, found...)
	}
	b.scope.self = ""
}

func (b *book) readRegistration(t *table) {
	for _, r := range t.rows {
		id, name := r.word("page"), r.word("item")
		at := slices.IndexFunc(b.registration, func(p page) bool { return p.ID == id })
		if at < 0 {
			at = len(b.registration)
			b.words(r)
			b.registration = append(b.registration, page{form.Page{ID: id, EN: r.get(colLabelEN), KM: r.get(colLabelKM)}, r})
		}
		if !slices.ContainsFunc(b.items, func(i *item) bool { return i.ID == name }) {
			b.fault(r, "item", "no question is called %q", name)
		}
		b.registration[at].Items = append(b.registration[at].Items, name)
	}
}

func (b *book) unusedLists() {
	for _, list := range b.lists {
		used := slices.ContainsFunc(b.items, func(i *item) bool {
			return listOf(i.Type) == list
		})
		if !used {
			b.fault(b.choices[list][0].row, colList, "no question uses the list %q", list)
		}
	}
}

// plain returns the choices of a list without their rows.
func (b *book) plain(list string) []form.Choice {
	var plain []form.Choice
	for _, c := range b.choices[list] {
		plain = append(plain, c.Choice)
	}
	return plain
}

// yes reads a cell that is yes or empty.
func yes(to *bool, word string) error {
	switch strings.ToLower(word) {
	case "yes", "true", "true()":
		*to = true
	case "", "no", "false", "false()":
	default:
		return fmt.Errorf("yes or no, not %q", word)
	}
	return nil
}

// plainly leaves out the position of a fault in a cell that is no condition.
func plainly(err error) error {
	var at *conditionError
	if errors.As(err, &at) {
		return errors.New(at.reason)
	}
	return err
}

// isName is stricter than XLSForm, so that a name may stand anywhere: in the
// definition, in a condition, in the name of a field.
func isName(s string) bool { return isCode(s) && s[0] >= 'a' && s[0] <= 'z' && strings.ToLower(s) == s }

func isCode(s string) bool {
	for _, c := range []byte(s) {
		if !isWord(c) && !isDigit(c) && c != '-' {
			return false
		}
	}
	return s != "" && len(s) <= 40
}
