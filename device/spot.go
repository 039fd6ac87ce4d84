package device

import (
	"slices"
	"strings"

	"raksa/screening"
	"raksa/screening/form"
	"raksa/web"
)

// spot is one page of the form, of one entry of what repeats.
type spot struct {
	form.Page
	entry string
}

// name is how a page is named in paths: "wrk-1", or "wrk-1@a7" for an entry.
func (s spot) name() string {
	if s.entry == "" {
		return s.ID
	}
	return s.ID + "@" + s.entry
}

func spotNamed(def *form.Definition, kind form.Kind, name string) (spot, bool) {
	id, entry, _ := strings.Cut(name, "@")
	page, known := def.Page(kind, id)
	return spot{page, entry}, known
}

// aside are the sections that have pages of their own: the interviewer's view
// and the closing come after the read-back.
func aside(page form.Page) bool { return page.Apart || page.Section == "asm" || page.Section == "cls" }

// on lists the fields of a page that this person is asked. Referrals are asked
// for on their own page.
func (a *asking) on(at spot) (views []form.FieldView) {
	for _, view := range a.sheet.On(at.Page) {
		if a.hushed && view.Item.Class == screening.Testimony {
			continue
		}
		other := view.Item.Repeat != "" && view.Field.Entry != at.entry || view.Item.Repeat == "" && at.entry != ""
		if other || view.Item.Repeat == "referral[]" || view.Item.How == form.Auto || !a.seen.MayWrite(view.Field.String()) {
			continue
		}
		views = append(views, view)
	}
	return views
}

// spots lists every page that has something on it, entry by entry.
func (a *asking) spots() []spot {
	var all []spot
	for _, page := range a.seen.Form.Pages(a.kind) {
		if aside(page) {
			continue
		}
		for _, entry := range a.entries(page) {
			if at := (spot{page, entry}); len(a.on(at)) > 0 {
				all = append(all, at)
			}
		}
	}
	return all
}

// entries lists the entries of what repeats on a page, the first one first.
func (a *asking) entries(page form.Page) []string {
	entries := []string{""}
	for _, view := range a.sheet.On(page) {
		if view.Item.Repeat != "" && view.Item.Repeat != "referral[]" && !slices.Contains(entries, view.Field.Entry) {
			entries = append(entries, view.Field.Entry)
		}
	}
	slices.Sort(entries)
	return entries
}

// begin is the page to open an interview at: the first with a required question
// open, else the first.
func (a *asking) begin() string {
	if next := a.sheet.NextPage; next != "" {
		if at, known := spotNamed(a.seen.Form, a.kind, next); known && !aside(at.Page) {
			return next
		}
	}
	if all := a.spots(); len(all) > 0 {
		return all[0].name()
	}
	return ""
}

// blank names a field of an entry, so that the form shows the entry.
func (a *asking) blank(at spot) string {
	for _, id := range at.Items {
		if item := a.seen.Form.Item(id); item != nil && item.Repeat != "" && item.Repeat != "referral[]" {
			return screening.Field{Item: id, Entry: at.entry}.String()
		}
	}
	return ""
}

func (a *asking) repeat(at spot) *web.Repeat {
	repeats := a.blank(at) != ""
	if !repeats {
		return nil
	}
	entries := a.entries(at.Page)
	place := slices.Index(entries, at.entry)
	repeat := &web.Repeat{Number: place + 1, Count: len(entries)}
	if place > 0 {
		repeat.Prev = spot{at.Page, entries[place-1]}.name()
	}
	if place >= 0 && place+1 < len(entries) {
		repeat.Next = spot{at.Page, entries[place+1]}.name()
	}
	return repeat
}

// rail lists the sections with how far each has come.
func (a *asking) rail(now spot) []web.Section {
	first, held, open := map[string]string{}, map[string]bool{}, map[string]bool{}
	for _, at := range a.spots() {
		if first[at.Section] == "" {
			first[at.Section] = at.name()
		}
		for _, view := range a.on(at) {
			held[at.Section] = held[at.Section] || view.Visibility == form.HeldBack
			open[at.Section] = open[at.Section] || view.Visibility == form.Shown
		}
	}
	var rail []web.Section
	for i, section := range a.seen.Form.Sections() {
		progress := a.sheet.Sections[i]
		one := web.Section{
			Page: first[section.ID], Label: label(a.lang, section.EN, section.KM), Answer: progress.Done, Of: progress.Shown, State: "to_come",
		}
		switch {
		case section.ID == "asm" || section.ID == "cls":
			continue
		case section.ID == now.Section:
			one.State = "now"
		case one.Page == "":
			one.State = "hidden"
		case held[section.ID] && !open[section.ID]:
			one.State = "locked"
		case progress.Shown > 0 && progress.MissingNeeded == 0 && progress.Done > 0:
			one.State = "done"
		}
		rail = append(rail, one)
	}
	return rail
}
