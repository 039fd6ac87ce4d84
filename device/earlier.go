package device

import (
	"raksa/casefile"
	"raksa/linkage"
	"raksa/screening"
	"raksa/syncengine"
	"raksa/web"
)

// earlierProbability is where the card shows: it asks a person to look, and
// joins nothing, so it may be wrong half of the time.
const earlierProbability = 0.5

// earlier is the card about a possible earlier record. A case device looks among
// the records that it holds. A capture tablet never searches: it offers to ask
// the case office when the person says that they were interviewed before.
func (a *asking) earlier() *web.Earlier {
	if a.v.device.Profile() != screening.CaseDevice {
		before, ok := a.seen.Answers["ses_prior_count"].Value.(screening.Int)
		if !ok || before == 0 {
			return nil
		}
		return &web.Earlier{RecordID: a.seen.ID.String(), Signs: 1, OfSigns: 1, Asked: a.v.asked(a.seen)}
	}
	session, err := a.v.device.uncovered()
	if err != nil {
		return nil
	}
	this := linkage.NewProfile(a.seen.Profile(0))
	var best linkage.Comparison
	var found Someone
	err = a.v.device.Store.View(a.v.ctx, func(tx syncengine.Tx) error {
		return a.v.device.everyone(tx, session, func(other Someone) error {
			if other.ID == a.seen.ID || other.Seen == nil || !other.Seen.May("idn_given_km") {
				return nil
			}
			compared := linkage.Compare(this, other.profile)
			if compared.Probability >= earlierProbability && (found.Seen == nil || compared.Weight > best.Weight) {
				best, found = compared, other
			}
			return nil
		})
	})
	if err != nil {
		return nil // the card is an offer; the interview goes on without it
	}
	if found.Seen == nil {
		return nil
	}
	card := &web.Earlier{
		RecordID: a.seen.ID.String(), When: a.v.monthOf(found.At), Where: found.Seen.Center, OpenPath: "/record/" + found.ID.String(),
	}
	for _, part := range best.Parts {
		if part.Field == "" || part.Weight == 0 {
			continue
		}
		card.OfSigns++
		if part.Weight > 0 {
			card.Signs++
		}
	}
	return card
}

func (v *visit) asked(seen *casefile.Seen) bool {
	asked := false
	_ = v.device.Store.View(v.ctx, func(tx syncengine.Tx) error { // without it the card only offers to ask again
		row, _, err := asideTable.Get(tx, seen.ID[:])
		asked = row.AskedMillis > 0
		return err
	})
	return asked
}
