package device

import (
	"slices"
	"strconv"
	"strings"

	"raksa/casefile"
	"raksa/syncengine"
	"raksa/web"
)

// pickPage offers the lines of the list that have no person here yet.
func pickPage(v *visit) (web.FieldView, error) {
	groups, err := openGroups(v)
	if err != nil {
		return nil, err
	}
	if len(groups) == 0 {
		return nil, ErrGroupMissing
	}
	all, err := v.device.List(v.ctx)
	if err != nil {
		return nil, err
	}
	taken := map[int]bool{}
	for _, one := range all {
		if one.Group == groups[0].ID {
			taken[one.Number] = true
		}
	}
	query := strings.TrimSpace(v.text("q"))
	view := web.PickFromList{Group: v.groupView(groups[0]), Query: query}
	for _, line := range groups[0].Lines {
		one := v.line(line)
		found := query == "" || strings.Contains(one.Name.Khmer, query) || strconv.Itoa(line.Number) == query ||
			strings.Contains(strings.ToLower(one.Name.Latin), strings.ToLower(query))
		if !taken[line.Number] && found {
			view.Lines = append(view.Lines, one)
		}
	}
	return view, nil
}

// importPage takes a list into the open group.
func importPage(v *visit) (web.FieldView, error) {
	groups, err := openGroups(v)
	if err != nil {
		return nil, err
	}
	if chosen, err := syncengine.ParseRecordID(v.text("group")); err == nil {
		groups = slices.DeleteFunc(groups, func(g casefile.Group) bool { return g.ID != chosen })
	}
	if len(groups) == 0 {
		return nil, ErrGroupMissing
	}
	if v.text("csv") == "" {
		return web.Import{Group: v.groupView(groups[0])}, nil
	}
	imported, err := v.device.ImportList(v.ctx, groups[0].ID, v.text("csv"))
	if err != nil {
		return nil, err
	}
	if imported.Taken > 0 {
		v.done = "imported"
	}
	group, err := v.findGroup(groups[0].ID)
	if err != nil {
		return nil, err
	}
	view := web.Import{Group: v.groupView(group), Report: &web.ImportReport{Taken: imported.Taken}}
	for _, fault := range imported.Faults {
		view.Report.Errors = append(view.Report.Errors, web.ImportError{Line: fault.Line, Column: fault.Column, Code: csvCode(fault.Code)})
	}
	return view, nil
}

// csvCode is the page's code of a fault of a list.
func csvCode(code string) string {
	switch code {
	case casefile.ListNoName, casefile.ListNoHeading:
		return "no_name"
	case casefile.ListSex:
		return "bad_sex"
	case casefile.ListNotNumber:
		return "bad_birth"
	case casefile.ListTwice:
		return "duplicate"
	case casefile.ListTooLong:
		return "too_long"
	}
	return "quote"
}
