package server

import (
	"bytes"
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
	"raksa/web"
)

// rowsAPage is how many people stand on one page of a list; searchMax bounds
// how many records one search opens.
const (
	rowsAPage = 50
	searchMax = 5000
)

// listed is a line of the case list with its id.
type listed struct {
	id syncengine.RecordID
	casefile.Summary
}

// caseList gives the case list, newest day first.
func (o *Office) caseList(tx syncengine.Tx, keep func(listed) bool) (list []listed, _ error) {
	err := cases.Each(tx, nil, func(key []byte, s casefile.Summary) error {
		if one := (listed{syncengine.RecordID(key), s}); keep(one) {
			list = append(list, one)
		}
		return nil
	})
	slices.SortFunc(list, func(a, b listed) int {
		return cmp.Or(cmp.Compare(b.Day, a.Day), cmp.Compare(a.Group, b.Group), cmp.Compare(a.Number, b.Number), bytes.Compare(a.id[:], b.id[:]))
	})
	return list, err
}

// waitsForDecision says that a supervisor should look: indications were found,
// or a formal decision is pending.
func waitsForDecision(s casefile.Summary) bool {
	return s.State == screening.PreliminaryPositive || s.State == screening.FormalPending
}

// inList tells whether a line belongs to a list of web's family "list" or
// filter of its family "filter", as far as the clear columns say.
func inList(s casefile.Summary, list, filter string) bool {
	switch list {
	case "decision":
		if !waitsForDecision(s) {
			return false
		}
	case "needs_you":
		if s.Contested == 0 && s.Parked == 0 {
			return false
		}
	}
	switch filter {
	case "waiting", "interviewing", "private_room":
		return !s.Closed
	case "children":
		return s.Child
	case "done":
		return s.Closed
	}
	return true
}

func recordsPage(v *deskVisit) (deskReply, error) {
	list, filter, group := v.asked("list"), v.asked("filter"), v.asked("group")
	found, err := v.caseList(v.tx, func(one listed) bool {
		return inList(one.Summary, list, filter) && (group == "" || one.Group == group)
	})
	if err != nil {
		return deskReply{}, err
	}
	if err := v.leaf(Leaf{What: "search", Reason: cmp.Or(list, filter, "all")}); err != nil {
		return deskReply{}, err
	}
	if list == "referrals" {
		if found, err = v.withOpenReferral(found); err != nil {
			return deskReply{}, err
		}
	}
	page := web.Records{Title: list, Query: v.asked("q"), Filter: cmp.Or(filter, "all")}
	if group != "" {
		page.Title = "group"
	}
	if page.Rows, page.Total, err = v.pageOf(found, &page); err != nil {
		return deskReply{}, err
	}
	return deskReply{page: page}, nil
}

// pageOf opens the records of one page of the list. A search, and a filter that
// the clear columns cannot answer, opens all of them up to searchMax.
func (v *deskVisit) pageOf(found []listed, page *web.Records) (rows []web.Row, total int, _ error) {
	at, _ := strconv.Atoi(v.asked("page"))
	at = max(at, 1)
	first := (at - 1) * rowsAPage
	openAll := page.Query != "" || slices.Contains([]string{"waiting", "interviewing", "private_room"}, page.Filter)
	total = len(found)
	if !openAll {
		found = found[min(first, total):min(first+rowsAPage, total)]
	}
	for _, one := range found[:min(len(found), searchMax)] {
		row, fits, err := v.fittingRow(one.id, page)
		if err != nil {
			return nil, 0, err
		}
		if fits || !openAll {
			rows = append(rows, row)
		}
	}
	if openAll {
		total = len(rows)
		rows = rows[min(first, total):min(first+rowsAPage, total)]
	}
	if at > 1 {
		page.Prev = v.pagePath(at - 1)
	}
	if first+rowsAPage < total {
		page.Next = v.pagePath(at + 1)
	}
	return rows, total, nil
}

func (v *deskVisit) pagePath(at int) string {
	query := url.Values{"page": {strconv.Itoa(at)}}
	for _, name := range []string{"q", "filter", "list", "group"} {
		if text := v.asked(name); text != "" {
			query.Set(name, text)
		}
	}
	return "/records?" + query.Encode()
}

func (v *deskVisit) fittingRow(id syncengine.RecordID, page *web.Records) (row web.Row, fits bool, _ error) {
	row, err := v.rowOf(id)
	if err != nil {
		return row, false, err
	}
	switch page.Filter {
	case "waiting", "interviewing":
		if row.Progress != page.Filter {
			return row, false, nil
		}
	case "private_room":
		s, err := v.seen(id)
		if err != nil {
			return row, false, err
		}
		if len(s.Form.Evaluate(kindOf(s.Interview), s.Interview.Answers, v.today()).HeldBack) == 0 {
			return row, false, nil
		}
		row.Private = true
	}
	return row, matches(row, page.Query), nil
}

// matches finds a person by the start of the record's id, by number, or by
// every part of what was typed in either name.
func matches(row web.Row, query string) bool {
	query = strings.ToLower(screening.TextOf(query).Canonical())
	if query == "" || strings.HasPrefix(row.ID, query) || strconv.Itoa(row.Number) == query {
		return true
	}
	name := strings.ToLower(row.Name.Khmer + " " + row.Name.Latin)
	for _, part := range strings.Fields(query) {
		if !strings.Contains(name, part) {
			return false
		}
	}
	return true
}

// withOpenReferral keeps the records with a referral that waits for an answer.
func (v *deskVisit) withOpenReferral(found []listed) ([]listed, error) {
	all, err := v.AllReferrals(v.tx)
	return slices.DeleteFunc(found, func(one listed) bool {
		return !slices.ContainsFunc(all[one.id], SentReferral.waits)
	}), err
}

// waits reports a released referral that nobody has answered.
func (s SentReferral) waits() bool {
	return s.Refused == "" && (s.State == casefile.Sent || s.State == casefile.Received)
}
