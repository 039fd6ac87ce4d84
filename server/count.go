package server

import (
	"cmp"
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
	// Estimate is how many persons there are likely to be, with the open pairs,
	// what blocking misses and what the model is known to get wrong.
	Estimate   PersonEstimate    `json:"estimate"`
	OpenPairs  int               `json:"open_pairs"`
	AsOf       map[string]uint64 `json:"as_of"` // stream: position
	AtMillis   int64             `json:"at"`
	Definition string            `json:"definition"`
	Model      string            `json:"model"`
	Rows       []CountRow        `json:"rows"`   // by center
	Policy     string            `json:"policy"` // of the tables below
	Tables     []PublicTable     `json:"tables"`
}

// PersonEstimate is a number of persons with its 95 % interval.
type PersonEstimate struct {
	Persons int `json:"persons"`
	Low     int `json:"low"`
	High    int `json:"high"`
}

// estimatePersons counts the persons among some records from scores and
// verdicts together, as if every likely link were made.
func (o *Office) estimatePersons(tx syncengine.Tx, rows map[string]casefile.Summary, persons map[string]string, version string) (PersonEstimate, error) {
	views, err := o.Pairs(tx)
	if err != nil {
		return PersonEstimate{}, err
	}
	var members []linkage.Member
	for id, row := range rows {
		members = append(members, linkage.Member{ID: id, RecordedDay: int(row.Day)})
	}
	pairs, decisions := toLinkage(views)
	first := map[string]string{} // person: a counted record, so that links through others hold
	for _, id := range slices.Sorted(maps.Keys(rows)) {
		person := cmp.Or(persons[id], id)
		if before, here := first[person]; here {
			decisions = append(decisions, linkage.Decision{A: before, B: id, Verdict: linkage.Same})
		} else {
			first[person] = id
		}
	}
	c := linkage.EstimateCount(members, pairs, decisions, linkage.DefaultPolicy(), version)
	return PersonEstimate{Persons: c.Persons, Low: c.Low, High: c.High}, nil
}

// countDefinition names the definition in force; the words are the web's.
const countDefinition = "persons/1"

// episodeGapDays is the gap from which two records of one person are two
// returns, when they are not of one arrival group.
const episodeGapDays = 2

// Count counts forms, records, persons and episodes from the case list, the
// scores and the verdicts. Running it again on the same log gives the same.
func (o *Office) Count(tx syncengine.Tx, q CountQuery) (CountReport, error) {
	report := CountReport{AtMillis: o.Now().UnixMilli(), Definition: countDefinition}
	rows, err := counted(tx, q)
	if err != nil {
		return report, err
	}
	if report.AsOf, err = asOf(tx); err != nil {
		return report, err
	}
	if report.Model, err = o.LinkVersion(tx); err != nil {
		return report, err
	}
	open, err := o.OpenPairs(tx)
	if err != nil {
		return report, err
	}
	persons, err := personsOf(tx)
	if err != nil {
		return report, err
	}
	report.CountRow, report.OpenPairs = countRow("", rows, persons, open)
	for _, center := range centersOf(rows) {
		own := maps.Clone(rows)
		maps.DeleteFunc(own, func(_ string, s casefile.Summary) bool { return s.Center != center })
		row, _ := countRow(center, own, persons, open)
		report.Rows = append(report.Rows, row)
	}
	if report.Estimate, err = o.estimatePersons(tx, rows, persons, report.Model); err != nil {
		return report, err
	}
	publication := publicationInForce()
	report.Policy, report.Tables = publication.Version, publication.publish(rows, persons)
	return report, nil
}

// counted gives the interviews that a query is about.
func counted(tx syncengine.Tx, q CountQuery) (map[string]casefile.Summary, error) {
	rows := map[string]casefile.Summary{}
	return rows, cases.Each(tx, nil, func(key []byte, s casefile.Summary) error {
		if (q.Center == "" || s.Center == q.Center) && s.Day >= q.FromDay && (q.ToDay == 0 || s.Day <= q.ToDay) {
			rows[syncengine.RecordID(key).String()] = s
		}
		return nil
	})
}

// Tabulate divides the interviews of a query by up to three attributes, exactly,
// with the records behind every figure. It is for the desk, not for publication.
func (o *Office) Tabulate(tx syncengine.Tx, q CountQuery, by []Attribute) ([]Cell, error) {
	rows, err := counted(tx, q)
	if err != nil {
		return nil, err
	}
	persons, err := personsOf(tx)
	return tabulate(rows, persons, by), err
}

// personsOf gives the person of every record that is not one by itself. Two
// records that are one person through a third stay one where the third is not
// counted, or was erased.
func personsOf(tx syncengine.Tx) (map[string]string, error) {
	persons := map[string]string{}
	return persons, personOf.Each(tx, nil, func(key []byte, person string) error {
		persons[syncengine.RecordID(key).String()] = person
		return nil
	})
}

// countRow counts one set of interviews.
func countRow(center string, rows map[string]casefile.Summary, persons map[string]string, queue []PairView) (CountRow, int) {
	row := CountRow{Center: center, Records: len(rows)}
	own := map[string][]string{} // person: records
	for _, id := range slices.Sorted(maps.Keys(rows)) {
		person := cmp.Or(persons[id], id)
		own[person] = append(own[person], id)
		if rows[id].Closed {
			row.Forms++
		}
	}
	for _, records := range own {
		row.Episodes += episodes(records, rows)
	}
	row.Persons, row.PersonsHigh = len(own), len(own)
	var open int
	row.PersonsLow, open = fewest(own, rows, persons, queue)
	return row, open
}

// fewest counts the persons that would be left if every open pair were one
// person, and the open pairs between counted records.
func fewest(own map[string][]string, rows map[string]casefile.Summary, persons map[string]string, queue []PairView) (left, open int) {
	joined := map[string]string{}
	root := func(person string) string {
		for joined[person] != "" {
			person = joined[person]
		}
		return person
	}
	for _, v := range queue {
		a, b := v.Pair.A.String(), v.Pair.B.String()
		_, countedA := rows[a]
		_, countedB := rows[b]
		if countedA && countedB {
			open++
		}
		if a, b = root(cmp.Or(persons[a], a)), root(cmp.Or(persons[b], b)); a != b {
			joined[max(a, b)] = min(a, b)
		}
	}
	roots := map[string]bool{}
	for person := range own {
		roots[root(person)] = true
	}
	return len(roots), open
}

// toLinkage gives the scores and verdicts as the core takes them.
func toLinkage(views []PairView) (pairs []linkage.Pair, decisions []linkage.Decision) {
	for _, v := range views {
		a, b := v.Pair.A.String(), v.Pair.B.String()
		weight := v.Comparison.Weight
		if len(v.Comparison.Parts) == 0 {
			weight = keepFromBits // it weighs less, or nothing brought the two together
		}
		pairs = append(pairs, linkage.Pair{A: a, B: b, Weight: weight})
		for _, said := range v.Said {
			decisions = append(decisions, linkage.Decision{
				A: a, B: b, Verdict: linkageVerdict(said.Verdict), By: said.By.String(), Order: int64(said.Stamp),
			})
		}
	}
	return pairs, decisions
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
	if row.Signature, err = o.Keys.Sign(publishedHash(row.ID, text)); err != nil {
		return "", err
	}
	if err := published.Put(tx, []byte(row.ID), row); err != nil {
		return "", err
	}
	return row.ID, o.audit(tx, Leaf{What: "publish", Person: by.String(), Record: row.ID})
}

func publishedHash(id string, text []byte) [32]byte {
	return sha256.Sum256(append([]byte("raksa/count/1\x00"+id), text...))
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
