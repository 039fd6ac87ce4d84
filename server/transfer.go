package server

import (
	"slices"

	"raksa/syncengine"
)

// Transfer lets a record enter another center's stream as well, because the
// person moves on. It is ordered before they arrive: the center's devices then
// hold the whole record and what partners answered about it, with the keys of
// the classes that they may read. Repeating it changes nothing.
func (o *Office) Transfer(tx syncengine.Tx, record syncengine.RecordID, center string, by syncengine.PersonID) error {
	iv, err := o.interview(tx, record)
	if err != nil {
		return err
	}
	if _, known := iv.Form.Choice(iv.Form.Item(itemSite).List, center); !known {
		return &Denied{Reason: "no_such_center"}
	}
	if iv.Record.Erased {
		return syncengine.ErrErased
	}
	stream := streamCenter(center)
	if streams, _, err := scope.Get(tx, record[:]); err != nil || slices.Contains(streams, stream) {
		return err
	}
	if err := o.enter(tx, record, stream); err != nil {
		return err
	}
	if err := o.enterAnswers(tx, record, stream); err != nil {
		return err
	}
	order := syncengine.Control{Op: syncengine.OpTransfer, Target: stream}
	if err := o.control(tx, record, by, order); err != nil {
		return err
	}
	return o.audit(tx, Leaf{What: "transfer", Person: by.String(), Record: record.String(), Reason: center})
}

// enterAnswers brings what partners answered so far to where the interview went.
func (o *Office) enterAnswers(tx syncengine.Tx, interview syncengine.RecordID, stream string) error {
	return releases.Each(tx, interview[:], func(_ []byte, row released) error {
		if row.Answer == "" {
			return nil
		}
		answer, err := syncengine.ParseRecordID(row.Answer)
		if err != nil {
			return err
		}
		return o.enter(tx, answer, stream)
	})
}

// itemSite is the item whose list names the centers.
const itemSite = "ses_site"
