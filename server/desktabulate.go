package server

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"raksa/syncengine"
	"raksa/web"
)

// recordsOfACell bounds how many records of one figure are shown.
const recordsOfACell = 200

// attributesAsked reads by what a table is divided; center and sex where nothing
// was chosen.
func (v *deskVisit) attributesAsked() (by []Attribute, _ error) {
	for _, name := range []string{"first", "second", "third"} {
		a := Attribute(v.asked(name))
		switch {
		case a == "":
		case attributeOf[a] == nil:
			return nil, errNoChoice
		case !slices.Contains(by, a):
			by = append(by, a)
		}
	}
	if by == nil {
		by = []Attribute{ByCenter, BySex}
	}
	return by, nil
}

// tablePage divides the counted interviews by up to three attributes, exactly:
// for the desk, never for publication.
func tablePage(v *deskVisit) (deskReply, error) {
	query, by, cells, err := v.cellsAsked()
	if err != nil {
		return deskReply{}, err
	}
	page := web.CountDivided{From: dayInput(query.FromDay), To: dayInput(query.ToDay), Center: query.Center}
	for i := range attributesMax {
		chosen := ""
		if i < len(by) {
			chosen = string(by[i])
		}
		page.Chosen[i] = chosen
	}
	for _, a := range by {
		page.Head = append(page.Head, v.tableWord("attribute", string(a)))
	}
	for _, c := range cells {
		address := url.Values{"from": {page.From}, "to": {page.To}, "center": {page.Center}, "cell": {strings.Join(c.Of, "|")}}
		for i, name := range []string{"first", "second", "third"} {
			address.Set(name, page.Chosen[i])
		}
		row := web.CountDividedRow{Forms: c.Forms, Records: c.Records, Persons: c.Persons, Episodes: c.Episodes, Path: "/counts/table/records?" + address.Encode()}
		for i, a := range by {
			row.Of = append(row.Of, v.tableWord(string(a), cmp.Or(c.Of[i], v.tableWord("count", "not_reported"))))
		}
		page.Rows = append(page.Rows, row)
	}
	return deskReply{page: page}, nil
}

func (v *deskVisit) cellsAsked() (query CountQuery, by []Attribute, cells []Cell, err error) {
	if query, err = v.countQuery(); err != nil {
		return query, nil, nil, err
	}
	if by, err = v.attributesAsked(); err != nil {
		return query, nil, nil, err
	}
	cells, err = v.Tabulate(v.tx, query, by)
	return query, by, cells, err
}

// cellPage lists the records behind one figure.
func cellPage(v *deskVisit) (deskReply, error) {
	_, _, cells, err := v.cellsAsked()
	if err != nil {
		return deskReply{}, err
	}
	at := slices.IndexFunc(cells, func(c Cell) bool { return strings.Join(c.Of, "|") == v.asked("cell") })
	if at < 0 {
		return deskReply{}, errNotThere
	}
	if err := v.leaf(Leaf{What: "search", Reason: "count"}); err != nil {
		return deskReply{}, err
	}
	page := web.Records{Total: len(cells[at].records)}
	for _, text := range cells[at].records[:min(len(cells[at].records), recordsOfACell)] {
		id, err := syncengine.ParseRecordID(text)
		if err != nil {
			return deskReply{}, err
		}
		row, err := v.rowOf(id)
		if err != nil {
			return deskReply{}, err
		}
		page.Rows = append(page.Rows, row)
	}
	return deskReply{page: page}, nil
}
