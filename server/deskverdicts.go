package server

import (
	"slices"
	"strings"
	"time"

	"raksa/casefile"
	"raksa/syncengine"
	"raksa/web"
)

// Fields of a verdict record, one for each person who spoke (casefile, verdict).
const (
	prefixVerdict = "verdict."
	prefixReason  = "reason."
	prefixWeighed = "weighed."
)

// verdictID names what one person said about a pair: left-right-person.
func verdictID(p casefile.Pair, by syncengine.PersonID) string {
	return p.A.String() + "-" + p.B.String() + "-" + by.String()
}

// parseVerdictID reads it; without a person it names a pair alone.
func parseVerdictID(text string) (pair casefile.Pair, by syncengine.PersonID, _ error) {
	parts := strings.Split(text, "-")
	if len(parts) < 2 || len(parts) > 3 {
		return pair, by, errNotThere
	}
	a, errA := syncengine.ParseRecordID(parts[0])
	b, errB := syncengine.ParseRecordID(parts[1])
	if errA != nil || errB != nil || a == b {
		return pair, by, errNotThere
	}
	if len(parts) == 3 {
		var err error
		if by, err = syncengine.ParsePersonID(parts[2]); err != nil {
			return pair, by, errNotThere
		}
	}
	return casefile.PairOf(a, b), by, nil
}

// automatic lists links that no person made, a few of them: the rest is in the
// sample or with its records. One tap undoes each.
func (v *deskVisit) automatic(links []PairView) (shown []web.PairDecision) {
	for _, view := range links[:min(len(links), automaticShown)] {
		shown = append(shown, web.PairDecision{
			ID: view.Pair.A.String() + "-" + view.Pair.B.String(), Verdict: verdictCode(casefile.SamePerson), Auto: true, Path: pairPath(view.Pair),
		})
	}
	return shown
}

// verdicts lists what was said about pairs, newest first, undone or not, and
// how many of today's are this person's.
func (v *deskVisit) verdicts(links []PairView) (shown []web.PairDecision, today int, _ error) {
	err := verdictOf.Each(v.tx, nil, func(key []byte, record string) error {
		id, err := syncengine.ParseRecordID(record)
		if err != nil {
			return err
		}
		all, err := v.history(v.tx, id)
		if err != nil {
			return err
		}
		for field, writes := range all {
			person, is := strings.CutPrefix(field, prefixVerdict)
			by, err := syncengine.ParsePersonID(person)
			if !is || err != nil {
				continue
			}
			own, err := v.saidBy(pairFromKey(key), by, writes, all)
			if err != nil {
				return err
			}
			shown = append(shown, own...)
		}
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	slices.SortStableFunc(shown, func(a, b web.PairDecision) int { return b.At.Compare(a.At) })
	now := v.Now().In(siteZone)
	night := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, siteZone)
	for _, one := range shown {
		if !one.Undone && one.Who == v.staff.Name && one.At.After(night) {
			today++
		}
	}
	shown = append(v.automatic(links), shown[:min(len(shown), historyShown)]...)
	for i := range shown {
		pair, _, err := parseVerdictID(shown[i].ID)
		if err != nil {
			return nil, 0, err
		}
		if shown[i].Left, shown[i].Right, err = v.namesOf(pair); err != nil {
			return nil, 0, err
		}
	}
	return shown, today, nil
}

// saidBy gives what one person said about a pair, each answer once; all but the
// last, and that one too if it was taken back, are undone.
func (v *deskVisit) saidBy(pair casefile.Pair, by syncengine.PersonID, writes []past, all history) (said []web.PairDecision, _ error) {
	who, err := v.person(by)
	if err != nil {
		return nil, err
	}
	for i, p := range writes {
		if p.State == syncengine.Struck {
			continue
		}
		reason, _ := all.at(prefixReason+by.String(), p.ID)
		said = append(said, web.PairDecision{
			ID: verdictID(pair, by), Verdict: verdictCode(casefile.Verdict(p.Value)), Who: who.Name, At: time.UnixMilli(p.DeviceMillis),
			Reason: string(reason.Value), Undone: i < len(writes)-1, Others: by != v.staff.ID, Path: pairPath(pair),
		})
	}
	return said, nil
}
