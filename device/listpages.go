package device

import (
	"encoding/base64"
	"errors"
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
		found := query == "" || strings.Contains(one.Name.Khmer, query) || strings.Contains(one.Thai, query) || strconv.Itoa(line.Number) == query ||
			strings.Contains(strings.ToLower(one.Name.Latin), strings.ToLower(query))
		if !taken[line.Number] && found {
			view.Lines = append(view.Lines, one)
		}
	}
	return view, nil
}

// importPage shows what a list would bring, and then takes it into the open group.
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
	view := web.Import{Group: v.groupView(groups[0]), Text: v.text("csv")}
	list := casefile.List{}
	switch raw := v.text("raw"); {
	case raw != "":
		if view.Text, list, err = decodeRaw(raw); err != nil {
			return nil, err
		}
	case view.Text == "":
		return view, nil
	default:
		list.Encoding = casefile.UTF8
	}
	if view.Text != "" {
		as := list.Encoding
		if list = casefile.ReadSheets(casefile.SplitList(view.Text)); len(view.Text) > casefile.ListBytesMax {
			list = casefile.List{Faults: []*casefile.LineError{{Line: 1, Code: casefile.ListTooLong}}}
		}
		list.Encoding = as
	}
	if v.text("take") == "" || len(list.Lines) == 0 {
		view.Preview = v.preview(list)
		return view, nil
	}
	if err := v.device.ImportList(v.ctx, groups[0].ID, list); err != nil {
		return nil, err
	}
	v.done = "imported"
	group, err := v.findGroup(groups[0].ID)
	if err != nil {
		return nil, err
	}
	report := &web.ImportReport{Taken: len(list.Lines), Errors: faultsOf(list)}
	return web.Import{Group: v.groupView(group), Report: report}, nil
}

// decodeRaw reads a file that the browser could not read as UTF-8. A tablet
// opens no workbook.
func decodeRaw(raw string) (text string, list casefile.List, err error) {
	data, err := base64.StdEncoding.DecodeString(raw)
	if err != nil {
		return "", list, ErrAnswerShape
	}
	var fault *casefile.LineError
	text, list.Encoding, err = casefile.DecodeList(data)
	if errors.As(err, &fault) {
		return "", casefile.List{Faults: []*casefile.LineError{fault}}, nil
	}
	return text, list, err
}

func (v *visit) preview(list casefile.List) *web.ListPreview {
	shown := &web.ListPreview{Errors: faultsOf(list), Unknown: list.Unknown, Encoding: string(list.Encoding)}
	for _, line := range list.Lines {
		shown.Lines = append(shown.Lines, v.line(line))
	}
	return shown
}

func faultsOf(list casefile.List) (shown []web.ImportError) {
	for _, fault := range list.Faults {
		shown = append(shown, web.ImportError{Sheet: fault.Sheet, Line: fault.Line, Letter: fault.Letter, Column: fault.Column, Code: fault.Code})
	}
	return shown
}

// undoImportPage and redoImportPage let a list that was taken in count no
// longer, or again.
func undoImportPage(v *visit) (web.FieldView, error) { return v.countImport(false) }
func redoImportPage(v *visit) (web.FieldView, error) { return v.countImport(true) }

func (v *visit) countImport(counts bool) (web.FieldView, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	if err := v.device.CountImport(v.ctx, id, v.text("import"), counts); err != nil {
		return nil, err
	}
	v.done = map[bool]string{true: "list_redone", false: "list_undone"}[counts]
	return v.showGroup(id)
}
