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

// consents are the items by which the person says yes or no, beside the shares.
var consents = []string{
	"con_interview", "con_child_assent", "con_referral", "con_recontact", "con_photo", "con_record", "con_withdrawn_scope",
}

// grants reports a write by which the person gives a consent or takes it back.
// What was explained, how, and before whom is no act.
func grants(w syncengine.Write) bool {
	field, _ := screening.ParseField(w.Field)
	return strings.HasPrefix(field.Item, "con_share_") ||
		slices.Contains(consents, field.Item)
}

// ClaimedCenter gives the center that the writes of an interview say it was
// opened at, and whether they say so. The office holds it against the device.
func ClaimedCenter(writes []syncengine.Write) (center string, claimed bool) {
	for _, w := range writes {
		if w.Field == fieldCenter {
			return string(w.Value), true
		}
	}
	return "", false
}
