package device

import (
	"time"

	"raksa/syncengine"
	"raksa/web"
)

// differsPage names the records that are not the same here and at the office,
// and says what is done about it.
func differsPage(v *visit) (web.FieldView, error) {
	view := web.Differs{}
	rows := map[syncengine.RecordID]differRow{}
	err := v.device.Store.View(v.ctx, func(tx syncengine.Tx) error {
		return differTable.Each(tx, nil, func(key []byte, row differRow) error {
			rows[syncengine.RecordID(key)] = row
			view.Stuck = view.Stuck || row.Tries > healTriesMax
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	if copied := v.device.identity().CopiedMillis; copied > 0 {
		view.Copied = time.UnixMilli(copied)
	}
	all, err := v.device.List(v.ctx)
	if err != nil {
		return nil, err
	}
	names := v.staffNames()
	for _, one := range all {
		if _, differs := rows[one.ID]; differs {
			view.Rows = append(view.Rows, v.row(one, names))
			delete(rows, one.ID)
		}
	}
	for id := range rows {
		view.Others = append(view.Others, id.String()[:shortID])
	}
	return view, nil
}

const shortID = 8

// toldPage takes the word about another copy of this tablet off: somebody has
// told the office.
func toldPage(v *visit) (web.FieldView, error) {
	if _, err := v.device.open(); err != nil {
		return nil, err
	}
	err := v.device.changeSelf(v.ctx, func(self *identity) error { self.CopiedMillis = 0; return nil })
	if err != nil {
		return nil, err
	}
	return tonight(v, "")
}
