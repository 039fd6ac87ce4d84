package server

import "raksa/syncengine"

// Transfer lets a record enter another center's stream as well, because the
// person moves on. It is ordered before they arrive: the center's devices then
// hold the whole record, with the keys of the classes that they may read.
// Repeating it changes nothing.
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
	if err := o.enter(tx, record, streamCenter(center)); err != nil {
		return err
	}
	order := syncengine.Control{Op: syncengine.OpTransfer, Target: streamCenter(center)}
	if err := o.control(tx, record, by, order); err != nil {
		return err
	}
	return o.audit(tx, Leaf{What: "transfer", Person: by.String(), Record: record.String(), Reason: center})
}

// itemSite is the item whose list names the centers.
const itemSite = "ses_site"
