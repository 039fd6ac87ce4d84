package server

import (
	"testing"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
)

// A person stays one where the record that ties the others is not counted.
func TestALinkThroughARecordThatIsNotCounted(t *testing.T) {
	for name, leave := range map[string]func(d *testDesk, between syncengine.RecordID){
		"erased": func(d *testDesk, between syncengine.RecordID) {
			d.do(func(tx syncengine.Tx) error { return d.Erase(tx, between, d.staff["Dara"].ID) })
		},
		"of another month": func(d *testDesk, between syncengine.RecordID) {
			d.do(func(tx syncengine.Tx) error {
				row, _, err := cases.Get(tx, between[:])
				row.Day -= 60
				if err != nil {
					return err
				}
				return cases.Put(tx, between[:], row)
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			first, between, last := d.interviewOf(somebody("One")), d.interviewOf(somebody("Two")), d.interviewOf(somebody("Three"))
			d.samePerson(first, between)
			d.samePerson(between, last)
			leave(d, between)
			d.do(func(tx syncengine.Tx) error {
				report, err := d.Count(tx, CountQuery{FromDay: casefile.SiteDay(d.now.UnixMilli()) - 1})
				if report.Records != 2 || report.Persons != 1 || report.PersonsHigh != 1 {
					t.Errorf("%d records, %d persons (%d to %d)", report.Records, report.Persons, report.PersonsLow, report.PersonsHigh)
				}
				return err
			})
		})
	}
}

// The table counts decided pairs only; the estimate knows what is likely.
func TestTheEstimateCountsWhatIsLikely(t *testing.T) {
	d := newHouse(t)
	left, right := d.twins()
	d.interviewOf(screening.Answers{"con_interview": code("yes"), itemGivenLatin: text("Vuthy"), itemFamilyLatin: text("Prak"), itemSex: code("male")})
	must(t, d.CatchUp(t.Context()))
	if _, report := d.queueAndCount(); report.Persons != 3 || report.Estimate.Persons != 2 || report.Estimate.Low > 2 || report.Estimate.High < 2 {
		t.Errorf("%d persons, estimate %+v", report.Persons, report.Estimate)
	}
	d.do(func(tx syncengine.Tx) error {
		return d.SayVerdict(tx, casefile.PairOf(left, right), d.staff["Dara"].ID, casefile.DifferentPeople, "twins", nil)
	})
	if _, report := d.queueAndCount(); report.Estimate.Persons != 3 {
		t.Errorf("said to be two: estimate %+v", report.Estimate)
	}
}
