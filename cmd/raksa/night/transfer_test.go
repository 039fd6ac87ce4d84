package night

import (
	"testing"

	"raksa/casefile"
	"raksa/syncengine"
)

// What a partner answered before a person moved on is known where they arrive.
func TestATransferBringsWhatPartnersAnswered(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	who, told := somebody(1, "fisher")
	id := n.begin(t, n.PTC2, who, told)
	_, err := n.PTC2.Refer(t.Context(), id, casefile.Request{Organisation: n.Shelter.String(), Service: "shelter", Urgency: "24h"})
	must(t, err)
	n.meet(t)
	inbox, err := n.Partner.Inbox(t.Context())
	must(t, err)
	must(t, n.Partner.AnswerReferral(t.Context(), inbox[0].ID, casefile.Declined, "full", ""))
	must(t, n.Partner.SyncOnce(t.Context()))
	for range 2 { // the second order changes nothing
		n.atOffice(t, func(tx syncengine.Tx) error { return n.Office.Transfer(tx, id, "KTC", n.Staff[supervisor].ID) })
	}
	must(t, n.KTC1.SyncOnce(t.Context()))
	answers := 0
	view(t, n.KTC1.Store, func(tx syncengine.Tx) error {
		engine := &syncengine.Engine{Keys: lootOf(t, n.KTC1.Store, n.Staff[ktcOfficer].ID).keys, Codec: casefile.Codec(forms)}
		return syncengine.Records(tx, func(record syncengine.RecordID, kind syncengine.Kind) error {
			if kind != casefile.KindAnswer {
				return nil
			}
			rec, err := engine.Read(tx, record)
			must(t, err)
			answer, err := casefile.OpenAnswer(rec)
			if err == nil && answer.State == casefile.Declined {
				answers++
			}
			return err
		})
	})
	if answers != 1 {
		t.Errorf("KTC-1 reads %d answers of the partner", answers)
	}
	if ordered := n.leaves(t, "transfer"); len(ordered) != 1 {
		t.Errorf("%d transfers were ordered", len(ordered))
	}
}
