package server

import (
	"slices"
	"strconv"
	"time"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
	"raksa/web"
)

// The morning looks back over one day and shows at most so many people in a list.
const (
	morningSpan  = 24 * time.Hour
	morningRows  = 40
	trendDays    = 14
	secondsADay  = 24 * 60 * 60
	countMissing = -1
)

func morningPage(v *deskVisit) (deskReply, error) {
	if v.staff.Role == screening.Auditor {
		return deskReply{to: "/audit"}, nil
	}
	now := v.Now()
	page := web.Morning{At: now, Since: now.Add(-morningSpan)}
	all, err := v.caseList(v.tx, func(listed) bool { return true })
	if err != nil {
		return deskReply{}, err
	}
	if err := v.leaf(Leaf{What: "search", Reason: "morning"}); err != nil {
		return deskReply{}, err
	}
	page.Trend = trend(all, now)
	for _, fill := range []func() error{
		func() (err error) { page.Arrivals, err = v.arrivals(all, page.Since); return },
		func() (err error) { page.Children, err = v.childrenOf(all); return },
		func() (err error) { page.Waiting, err = v.waiting(all); return },
		func() (err error) { page.Tablets, err = v.tablets(); return },
		func() (err error) { page.Counts, err = v.openCounts(all, page.Tablets); return },
	} {
		if err := fill(); err != nil {
			return deskReply{}, err
		}
	}
	return deskReply{page: page}, nil
}

// groupText names a group by the gate where it came over; the time beside it
// tells it from the others. Without a gate it has the start of its id.
func (v *deskVisit) groupText(g casefile.Group) string {
	if g.Gate == "" {
		return g.ID.String()[:shortID]
	}
	return v.siteText(g.Gate)
}

// arrivals lists the groups of the night, with what came of them.
func (v *deskVisit) arrivals(all []listed, since time.Time) (arrivals []web.Arrival, _ error) {
	err := v.everyOf(v.tx, casefile.KindGroup, func(rec *syncengine.Record) error {
		g, err := casefile.OpenGroup(rec)
		if err != nil || time.UnixMilli(g.ArrivedMillis).Before(since) {
			return err
		}
		a := web.Arrival{
			Center: v.siteText(g.Center), Group: v.groupText(g), Arrived: time.UnixMilli(g.ArrivedMillis),
			Declared: g.Declared, Counted: g.Counted, Listed: len(g.Lines), Path: "/arrivals/" + g.ID.String(),
		}
		for _, one := range all {
			if one.Group != g.ID.String() {
				continue
			}
			a.Recorded++
			if one.Closed {
				a.Closed++
			}
			if one.Child {
				a.Children++
			}
		}
		arrivals = append(arrivals, a)
		return nil
	})
	slices.SortFunc(arrivals, func(a, b web.Arrival) int { return b.Arrived.Compare(a.Arrived) })
	return arrivals, err
}

// childrenOf lists the children that are not in care yet, newest first.
func (v *deskVisit) childrenOf(all []listed) ([]web.Row, error) {
	return v.rowsOf(all, func(s casefile.Summary) bool {
		return s.Child && !slices.Contains([]screening.CaseState{screening.InService, screening.Closed}, s.State)
	})
}

// rowsOf opens the first records that are wanted.
func (v *deskVisit) rowsOf(all []listed, wanted func(casefile.Summary) bool) (rows []web.Row, _ error) {
	for _, one := range all {
		if len(rows) == morningRows {
			break
		}
		if !wanted(one.Summary) {
			continue
		}
		row, err := v.rowOf(one.id)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// waiting lists who waits for a decision, longest first, each since the last
// change of the case's state.
func (v *deskVisit) waiting(all []listed) (waiting []web.Waiting, _ error) {
	oldest := slices.Clone(all)
	slices.Reverse(oldest)
	rows, err := v.rowsOf(oldest, waitsForDecision)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		id, err := syncengine.ParseRecordID(row.ID)
		if err != nil {
			return nil, err
		}
		rec, err := v.read(v.tx, id)
		if err != nil {
			return nil, err
		}
		since := row.At
		if live := rec.Field(fieldState).Live(); len(live) > 0 {
			since = time.UnixMilli(live[len(live)-1].DeviceMillis)
		}
		waiting = append(waiting, web.Waiting{Row: row, Since: since})
	}
	slices.SortStableFunc(waiting, func(a, b web.Waiting) int { return a.Since.Compare(b.Since) })
	return waiting, nil
}

func (v *deskVisit) tablets() (tablets []web.Tablet, _ error) {
	err := devices.Each(v.tx, nil, func(_ []byte, d deviceRow) error {
		if d.Entry.Revoked {
			return nil
		}
		t := web.Tablet{Name: d.Entry.Name, Center: v.siteText(d.Entry.Center), Silent: v.silent(d), Waiting: countMissing, Path: "/devices"}
		if d.LastMillis > 0 {
			t.Last = time.UnixMilli(d.LastMillis)
		}
		tablets = append(tablets, t)
		return nil
	})
	return tablets, err
}

// openCounts are the numbers that open lists.
func (v *deskVisit) openCounts(all []listed, tablets []web.Tablet) ([]web.Count, error) {
	decision := web.Count{Kind: "decision", Path: "/records?list=decision"}
	contested := web.Count{Kind: "contested", Path: "/contested"}
	for _, one := range all {
		day := time.Unix(one.Day*secondsADay, 0)
		if waitsForDecision(one.Summary) {
			tally(&decision, 1, day)
		}
		tally(&contested, one.Contested, day)
	}
	pairs := web.Count{Kind: "pairs", Path: "/pairs"}
	open, err := v.OpenPairs(v.tx)
	if err != nil {
		return nil, err
	}
	pairs.Number = len(open)
	referrals := web.Count{Kind: "referrals", Path: "/records?list=referrals"}
	sent, err := v.AllReferrals(v.tx)
	if err != nil {
		return nil, err
	}
	for _, own := range sent {
		for _, one := range own {
			if one.waits() {
				tally(&referrals, 1, time.UnixMilli(one.MadeMillis))
			}
		}
	}
	aside := web.Count{Kind: "quarantine", Path: "/quarantine"}
	held, err := quarantined(v.tx)
	if err != nil {
		return nil, err
	}
	for _, p := range held {
		tally(&aside, 1, time.UnixMilli(p.state.Stamp.Millis()))
	}
	silent := web.Count{Kind: "silent", Path: "/devices"}
	for _, t := range tablets {
		if t.Silent {
			tally(&silent, 1, t.Last)
		}
	}
	return []web.Count{decision, contested, pairs, referrals, aside, silent}, nil
}

func tally(count *web.Count, number int, at time.Time) {
	if number == 0 {
		return
	}
	count.Number += number
	if !at.IsZero() && (count.Oldest.IsZero() || at.Before(count.Oldest)) {
		count.Oldest = at
	}
}

// trend counts people by day of the last two weeks, oldest first.
func trend(all []listed, now time.Time) (bars []web.Bar) {
	byDay := map[int64]int{}
	for _, one := range all {
		byDay[one.Day]++
	}
	if len(all) == 0 {
		return nil
	}
	today := casefile.SiteDay(now.UnixMilli())
	for day := today - trendDays + 1; day <= today; day++ {
		bars = append(bars, web.Bar{Label: strconv.Itoa(time.Unix(day*secondsADay, 0).UTC().Day()), Value: byDay[day]})
	}
	return bars
}
