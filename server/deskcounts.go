package server

import (
	"cmp"
	"slices"
	"time"

	"raksa/casefile"
	"raksa/screening"
	"raksa/web"
)

// smallCell is the least count that a table shows (protection study, 3.16): who
// knows a center could tell who a smaller one is.
const smallCell = 11

func countsPage(v *deskVisit) (deskReply, error) {
	query, err := v.countQuery()
	if err != nil {
		return deskReply{}, err
	}
	report, err := v.Count(v.tx, query)
	if err != nil {
		return deskReply{}, err
	}
	page, err := v.countsView(query, report)
	return deskReply{page: page}, err
}

func publishedPage(v *deskVisit) (deskReply, error) {
	one, err := v.publishedAsked()
	if err != nil {
		return deskReply{}, err
	}
	page, err := v.countsView(one.Query, one.Report)
	page.Published = one.ID
	return deskReply{page: page}, err
}

// publishedAsked is the published count in the address.
func (v *deskVisit) publishedAsked() (Published, error) {
	all, err := v.PublishedCounts(v.tx)
	if err != nil {
		return Published{}, err
	}
	at := slices.IndexFunc(all, func(p Published) bool { return p.ID == v.r.PathValue("count") })
	if at < 0 {
		return Published{}, errNotThere
	}
	return all[at], nil
}

func publishCount(v *deskVisit) (deskReply, error) {
	query, err := v.countQuery()
	if err != nil {
		return deskReply{}, err
	}
	id, err := v.PublishCount(v.tx, query, v.staff.ID)
	return deskReply{to: "/counts/" + id, done: "saved"}, err
}

// countQuery reads what to count; days are as in the inputs, on site.
func (v *deskVisit) countQuery() (query CountQuery, err error) {
	query.Center = v.asked("center")
	if query.FromDay, err = dayNumber(v.asked("from")); err != nil {
		return query, err
	}
	query.ToDay, err = dayNumber(v.asked("to"))
	return query, err
}

const dayForm = "2006-01-02"

// dayNumber reads "2026-11-01" as days since 1970; nothing is 0.
func dayNumber(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	day, err := time.Parse(dayForm, text)
	if err != nil {
		return 0, errNoChoice
	}
	return day.Unix() / (24 * 60 * 60), nil
}

func dayInput(day int64) string {
	if day == 0 {
		return ""
	}
	return time.Unix(day*24*60*60, 0).UTC().Format(dayForm)
}

func (v *deskVisit) countsView(query CountQuery, report CountReport) (web.Counts, error) {
	page := web.Counts{
		Definition: report.Definition, From: dayInput(query.FromDay), To: dayInput(query.ToDay),
		AsOf: time.UnixMilli(report.AtMillis), Model: report.Model, OpenPairs: report.OpenPairs,
	}
	for _, row := range report.Rows {
		page.Rows = append(page.Rows, countRowView(row, v.siteText(row.Center)))
	}
	page.Suppressed = suppress(page.Rows)
	total := countRowView(report.CountRow, web.Word(v.lang, "filter.all"))
	total.Total = true
	if total.Records > 0 && total.Records < smallCell {
		page.Suppressed += hide(&total)
	}
	page.Rows = append(page.Rows, total)
	if total.Records >= 0 {
		page.Likely, page.LikelyLow, page.LikelyHigh = report.Estimate.Persons, report.Estimate.Low, report.Estimate.High
	}
	page.Tables, page.Exact = v.publicTables(report), v.staff.Role == screening.Supervisor
	centers, err := v.centers()
	if err != nil {
		return page, err
	}
	for _, center := range centers {
		center.Chosen = center.Code == query.Center
		page.Centers = append(page.Centers, center)
	}
	page.Snapshots, err = v.snapshots()
	return page, err
}

func countRowView(row CountRow, label string) web.CountRow {
	return web.CountRow{
		Label: label, Forms: row.Forms, Records: row.Records, Persons: row.Persons,
		Low: row.PersonsLow, High: row.PersonsHigh, Episodes: row.Episodes,
	}
}

// suppress hides the rows that are small, and gives how many cells that is. A
// single hidden row could be found by subtracting the others from the total,
// so the next smallest goes with it.
func suppress(rows []web.CountRow) (cells int) {
	small := func(r web.CountRow) bool { return r.Records > 0 && r.Records < smallCell }
	var hidden []int
	next := -1
	for i, row := range rows {
		switch {
		case small(row):
			hidden = append(hidden, i)
		case row.Records > 0 && (next < 0 || row.Records < rows[next].Records):
			next = i
		}
	}
	if len(hidden) == 1 && next >= 0 {
		hidden = append(hidden, next)
	}
	for _, i := range hidden {
		cells += hide(&rows[i])
	}
	return cells
}

// hide empties a row: below 0 is hidden.
func hide(row *web.CountRow) (cells int) {
	*row = web.CountRow{Label: row.Label, Total: row.Total, Forms: -1, Records: -1, Persons: -1, Low: -1, High: -1, Episodes: -1}
	return 4
}

func (v *deskVisit) snapshots() (shown []web.Snapshot, _ error) {
	all, err := v.PublishedCounts(v.tx)
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		who, err := v.person(p.By)
		if err != nil {
			return nil, err
		}
		shown = append(shown, web.Snapshot{ID: p.ID, AsOf: time.UnixMilli(p.Report.AtMillis), Who: who.Name, Path: "/counts/" + p.ID})
	}
	slices.SortFunc(shown, func(a, b web.Snapshot) int { return cmp.Or(b.AsOf.Compare(a.AsOf), cmp.Compare(a.ID, b.ID)) })
	return shown, nil
}

// centers lists the centers that people or devices belong to, or cases came from.
func (v *deskVisit) centers() (options []web.Option, _ error) {
	codes := map[string]bool{}
	err := v.everyStaff(v.tx, func(s casefile.Staff) error { codes[s.Center] = true; return nil })
	if err == nil {
		err = devices.Each(v.tx, nil, func(_ []byte, d deviceRow) error { codes[d.Entry.Center] = true; return nil })
	}
	if err == nil {
		err = cases.Each(v.tx, nil, func(_ []byte, s casefile.Summary) error { codes[s.Center] = true; return nil })
	}
	delete(codes, "")
	for code := range codes {
		options = append(options, web.Option{Code: code, Label: v.siteText(code)})
	}
	slices.SortFunc(options, func(a, b web.Option) int { return cmp.Compare(a.Code, b.Code) })
	return options, err
}
