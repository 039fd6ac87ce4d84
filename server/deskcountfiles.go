package server

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"time"

	"raksa/screening/form/xlsform"
	"raksa/web"
)

// tableWord gives the words of a published table.
func (v *deskVisit) tableWord(family, code string) string {
	switch {
	case family == "attribute":
		return web.CodeWord(v.lang, "count", code)
	case family == string(BySex) && slices.Contains(web.Codes("sex"), code):
		return web.CodeWord(v.lang, "sex", code)
	case attributeOf[Attribute(family)] != nil:
		return code
	}
	return web.CodeWord(v.lang, family, code)
}

// publicTables shows the tables of a publication.
func (v *deskVisit) publicTables(report CountReport) (shown []web.CountTable) {
	for _, t := range report.Tables {
		shown = append(shown, web.CountTable{
			Code: t.Code, Lines: t.sheet(publicationInForce().Least, v.tableWord), Hidden: t.Hidden,
		})
	}
	return shown
}

// countFile gives the tables of a published count as a file: what they count,
// as of when and under which model and policy stands in it.
func countFile(v *deskVisit) (deskReply, error) {
	one, err := v.publishedAsked()
	if err != nil {
		return deskReply{}, err
	}
	var book xlsform.Workbook
	for _, t := range one.Report.Tables {
		sheet := xlsform.Sheet{Name: t.Code, Rows: t.sheet(publicationInForce().Least, v.tableWord)}
		at := time.UnixMilli(one.Report.AtMillis).In(siteZone).Format("2006-01-02 15:04")
		sheet.Rows = append(
			sheet.Rows, nil, []string{web.CodeWord(v.lang, "published", t.Code)}, []string{web.CodeWord(v.lang, "publisheddef", t.Code)},
			[]string{web.CodeWord(v.lang, "definition", one.Report.Definition)},
			[]string{fmt.Sprintf("%s; %s; %s; %s", at, one.Report.Model, one.Report.Policy, one.ID)},
		)
		book.Sheets = append(book.Sheets, sheet)
	}
	switch name := v.r.PathValue("file"); name {
	case "tables.csv":
		text, err := csvOf(book)
		return deskReply{file: &deskFile{name: name, content: bytes.NewReader(text)}}, err
	case "tables.xlsx":
		if v.WriteWorkbook == nil {
			return deskReply{}, errNotThere
		}
		text, err := v.WriteWorkbook(book)
		return deskReply{file: &deskFile{name: name, content: bytes.NewReader(text)}}, err
	}
	return deskReply{}, errNotThere
}

// csvOf writes the sheets one below the other, each under its name.
func csvOf(book xlsform.Workbook) ([]byte, error) {
	var out bytes.Buffer
	lines := csv.NewWriter(&out)
	for _, sheet := range book.Sheets {
		for _, row := range append([][]string{{sheet.Name}}, sheet.Rows...) {
			if err := lines.Write(append([]string{}, row...)); err != nil {
				return nil, err
			}
		}
	}
	lines.Flush()
	return out.Bytes(), lines.Error()
}
