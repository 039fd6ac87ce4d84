package server

import (
	"crypto/sha256"
	"encoding/json"
	"maps"
	"slices"

	"raksa/casefile"
	"raksa/linkage"
	"raksa/syncengine"
)

// CountQuery says what to count: interviews opened from day to day (days since
// 1970, both included; 0 is open), of one center or of all.
type CountQuery struct {
	FromDay int64  `json:"from,omitempty"`
	ToDay   int64  `json:"to,omitempty"`
	Center  string `json:"center,omitempty"`
}

// CountRow is one line of a count. Persons has a range: open pairs may be one
// person or two.
type CountRow struct {
	Center      string `json:"center,omitempty"`
	Forms       int    `json:"forms"`   // interviews that were closed
	Records     int    `json:"records"` // all interviews, also those left before the end
	Persons     int    `json:"persons"`
	PersonsLow  int    `json:"low"`
	PersonsHigh int    `json:"high"`
	Episodes    int    `json:"episodes"` // returns: a person who came back has two
}

// CountReport is a count that can be defended: what it counts, as of where in
// the log, with which model.
type CountReport struct {
	CountRow
	OpenPairs  int               `json:"open_pairs"`
	AsOf       map[string]uint64 `json:"as_of"` // stream: position
	AtMillis   int64             `json:"at"`
	Definition string            `json:"definition"`
	Model      string            `json:"model"`
	Rows       []CountRow        `json:"rows"` // by center
}

// countDefinition names the definition in force; the words are the web's.
const countDefinition = "persons/1"

// episodeGapDays is the gap from which two records of one person are two
// returns, when they are not of one arrival group.
const episodeGapDays = 2

// Count counts forms, records, persons and episodes from the case list, the
// scores and the verdicts. Running it again on the same log gives the same.
func (o *Office) Count(tx syncengine.Tx, q CountQuery) (CountReport, error) {
	report := CountReport{AtMillis: o.Now().UnixMilli(), Definition: countDefinition, Model: linkage.DefaultModel().Version()}
	rows := map[string]casefile.Summary{}
	err := cases.Each(tx, nil, func(key []byte, s casefile.Summary) error {
		if (q.Center == "" || s.Center == q.Center) && s.Day >= q.FromDay && (q.ToDay == 0 || s.Day <= q.ToDay) {
			rows[syncengine.RecordID(key).String()] = s
		}
		return nil
	})
	if err != nil {
		return report, err
	}
	if report.AsOf, err = asOf(tx); err != nil {
		return report, err
	}
	pairs, err := o.Pairs(tx)
	if err != nil {
		return report, err
	}
	report.CountRow, report.OpenPairs = countRow("", rows, pairs)
	for _, center := range centersOf(rows) {
		own := maps.Clone(rows)
		maps.DeleteFunc(own, func(_ string, s casefile.Summary) bool { return s.Center != center })
		row, _ := countRow(center, own, pairs)
		report.Rows = append(report.Rows, row)
	}
	return report, nil
}

// countRow counts one set of interviews.
func countRow(center string, rows map[string]casefile.Summary, views []PairView) (CountRow, int) {
	row := CountRow{Center: center, Records: len(rows)}
	var members []linkage.Member
	for _, id := range slices.Sorted(maps.Keys(rows)) {
		members = append(members, linkage.Member{ID: id, RecordedDay: int(rows[id].Day)})
		if rows[id].Closed {
			row.Forms++
		}
	}
	pairs, decisions := toLinkage(views)
	decisions = append(decisions, through(views, rows)...)
	partition := linkage.Cluster(members, pairs, decisions, policy())
	row.Persons, row.PersonsLow, row.PersonsHigh = partition.Persons.Best, partition.Persons.Low, partition.Persons.High
	for _, cluster := range partition.Clusters {
		row.Episodes += episodes(cluster.Members, rows)
	}
	return row, len(partition.Open)
}

// toLinkage gives the scores and verdicts as the core takes them.
func toLinkage(views []PairView) (pairs []linkage.Pair, decisions []linkage.Decision) {
	for _, v := range views {
		a, b := v.Pair.A.String(), v.Pair.B.String()
		if len(v.Comparison.Parts) > 0 {
			pairs = append(pairs, linkage.Pair{A: a, B: b, Weight: v.Comparison.Weight})
		}
		for _, said := range v.Said {
			decisions = append(decisions, linkage.Decision{
				A: a, B: b, Verdict: linkageVerdict(said.Verdict), By: said.By.String(), Order: int64(said.Stamp),
			})
		}
	}
	return pairs, decisions
}

// through gives the links between counted records that run through others: of
// another month or center, or erased since. Two that were each found to be the
// same person as a third are one person also where the third is not counted.
func through(views []PairView, rows map[string]casefile.Summary) (decisions []linkage.Decision) {
	next := map[string][]string{}
	for _, v := range views {
		if a, b := v.Pair.A.String(), v.Pair.B.String(); v.Linked {
			next[a], next[b] = append(next[a], b), append(next[b], a)
		}
	}
	seen := map[string]bool{}
	for _, start := range slices.Sorted(maps.Keys(next)) {
		if _, counted := rows[start]; counted || seen[start] {
			continue
		}
		var around []string // counted records at the edge of what is not counted
		for walk := []string{start}; len(walk) > 0; walk = walk[1:] {
			if _, counted := rows[walk[0]]; counted {
				around = append(around, walk[0])
			} else if !seen[walk[0]] {
				seen[walk[0]] = true
				walk = append(walk, next[walk[0]]...)
			}
		}
		slices.Sort(around)
		around = slices.Compact(around)
		for i := 1; i < len(around); i++ {
			decisions = append(decisions, linkage.Decision{A: around[0], B: around[i], Verdict: linkage.Same})
		}
	}
	return decisions
}

func linkageVerdict(v casefile.Verdict) linkage.Verdict {
	switch v {
	case casefile.SamePerson:
		return linkage.Same
	case casefile.DifferentPeople:
		return linkage.Different
	}
	return linkage.CannotTell
}

// episodes counts the returns of one person: records of one arrival group, or
// of days next to each other, are one return.
func episodes(members []string, rows map[string]casefile.Summary) int {
	var own []casefile.Summary
	for _, id := range members {
		own = append(own, rows[id])
	}
	slices.SortFunc(own, func(a, b casefile.Summary) int { return int(a.Day - b.Day) })
	count := 0
	for i, s := range own {
		if i == 0 || s.Day-own[i-1].Day > episodeGapDays && (s.Group == "" || s.Group != own[i-1].Group) {
			count++
		}
	}
	return count
}

func centersOf(rows map[string]casefile.Summary) []string {
	centers := map[string]bool{}
	for _, s := range rows {
		centers[s.Center] = true
	}
	return slices.Sorted(maps.Keys(centers))
}

// asOf gives the end of every stream.
func asOf(tx syncengine.Tx) (map[string]uint64, error) {
	streams, err := syncengine.Streams(tx)
	if err != nil {
		return nil, err
	}
	positions := map[string]uint64{}
	for _, stream := range streams {
		head, _, err := syncengine.StreamHead(tx, stream)
		if err != nil {
			return nil, err
		}
		positions[stream] = head.Position
	}
	return positions, nil
}

// Published is a count as it was published: stored whole, so that the same day
// gives the same figure a year later.
type Published struct {
	ID     string              `json:"-"`
	Query  CountQuery          `json:"query"`
	Report CountReport         `json:"report"`
	By     syncengine.PersonID `json:"by"`
	// Signature is the office's over the rest.
	Signature []byte `json:"signature"`
}

const published syncengine.Table[Published] = "published"

// PublishCount stores a count whole, signed by the office, and gives its id.
func (o *Office) PublishCount(tx syncengine.Tx, q CountQuery, by syncengine.PersonID) (string, error) {
	report, err := o.Count(tx, q)
	if err != nil {
		return "", err
	}
	id, err := o.newID()
	if err != nil {
		return "", err
	}
	row := Published{ID: syncengine.RecordID(id).String(), Query: q, Report: report, By: by}
	text, err := json.Marshal(row)
	if err != nil {
		return "", err
	}
	if row.Signature, err = o.Keys.Sign(sha256.Sum256(append([]byte("raksa/count/1\x00"+row.ID), text...))); err != nil {
		return "", err
	}
	if err := published.Put(tx, []byte(row.ID), row); err != nil {
		return "", err
	}
	return row.ID, o.audit(tx, Leaf{What: "publish", Person: by.String(), Record: row.ID})
}

// PublishedCounts lists what was published, by time.
func (o *Office) PublishedCounts(tx syncengine.Tx) ([]Published, error) {
	var all []Published
	err := published.Each(tx, nil, func(key []byte, row Published) error {
		row.ID = string(key)
		all = append(all, row)
		return nil
	})
	slices.SortFunc(all, func(a, b Published) int { return int(a.Report.AtMillis - b.Report.AtMillis) })
	return all, err
}
