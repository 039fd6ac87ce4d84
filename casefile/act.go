package casefile

import (
	"slices"
	"strings"

	"raksa/screening"
	"raksa/syncengine"
)

// MustBeSigned reports whether the writes of one block are an act that carries
// its author's own signature: closing, consent and its withdrawal (bytes and
// keys, §4). A block that carries a signature must carry a right one, whatever
// it holds.
func MustBeSigned(kind syncengine.Kind, writes []syncengine.Write) bool {
	return slices.ContainsFunc(writes, func(w syncengine.Write) bool {
		act := kind == KindWithdrawal || kind == KindInterview && (w.Field == fieldClosed || grants(w))
		return act || w.Field == syncengine.SignatureField
	})
}

// grants reports a write by which the person gives a consent or takes it back.
// What was explained, how, and before whom is no act.
func grants(w syncengine.Write) bool {
	field, _ := screening.ParseField(w.Field)
	return strings.HasPrefix(field.Item, "con_share_") ||
		slices.Contains([]string{"con_interview", "con_referral", "con_recontact", "con_withdrawn_scope"}, field.Item)
}
