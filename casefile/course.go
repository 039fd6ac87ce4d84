package casefile

import (
	"raksa/screening/form"
	"raksa/syncengine"
)

// KindDraft asks for another way through the items, as the long form after the
// short one. What was answered stands in both.
func (iv *Interview) KindDraft(author syncengine.PersonID, kind form.Kind) (syncengine.Draft, error) {
	edit := Edit{Author: author, Basis: BasisOf(iv.Record, fieldKind)}
	edit.set(fieldKind, string(kind))
	return iv.Draft(edit)
}
