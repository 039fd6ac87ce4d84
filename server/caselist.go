package server

import (
	"errors"
	"strings"
	"time"
	"unicode"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
)

// cases is the list of interviews in the clear: codes and bands, by record id.
const cases syncengine.Table[casefile.Summary] = "case"

// siteZone is the zone of both centers and of Thailand: +07:00 all year.
var siteZone = time.FixedZone("+07", 7*60*60)

// today is the date on site.
func (o *Office) today() screening.PartialDate {
	now := o.Now().In(siteZone)
	return screening.PartialDate{Year: now.Year(), Month: int(now.Month()), Day: now.Day()}
}

// summarise brings the clear row of a record up to date, if it is an interview
// that can be read. The day of creation is the office's, and stays.
func (o *Office) summarise(tx syncengine.Tx, id syncengine.RecordID) error {
	iv, err := o.interview(tx, id)
	var other *casefile.NotOfKind
	if errors.As(err, &other) || errors.Is(err, syncengine.ErrUnknownChange) {
		return nil
	}
	if err != nil {
		return err
	}
	return o.summariseAs(tx, iv)
}

// summariseAs is summarise for an interview that was just read.
func (o *Office) summariseAs(tx syncengine.Tx, iv *casefile.Interview) error {
	id := iv.ID
	if iv.Record.Erased || len(iv.Record.Classes) == 0 { // all of it is in quarantine
		return cases.Delete(tx, id[:])
	}
	if iv.Slip != "" {
		key := o.slipKey(iv.Slip)
		if named, err := tx.Get(bucketSlip, key); err != nil {
			return err
		} else if named == nil { // a code is its first interview's: no other takes it over
			if err := tx.Put(bucketSlip, key, id[:]); err != nil {
				return err
			}
		}
	}
	summary := iv.Summarise(o.today(), o.Now().UnixMilli())
	if before, here, err := cases.Get(tx, id[:]); err != nil {
		return err
	} else if here {
		summary.Day = before.Day
	}
	return cases.Put(tx, id[:], summary)
}

// bucketSlip finds a record by the code on the person's slip: keyed hash of the
// code: record id. Spaces, dashes and case are how it was printed or typed.
const bucketSlip = "slip"

func (o *Office) slipKey(slip string) []byte {
	plain := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToUpper(r)
		}
		return -1
	}, slip)
	hash := o.Keys.BlockingHash("slip", []byte(plain))
	return hash[:]
}

// CountContested counts the fields with two live answers over all interviews.
func (o *Office) CountContested(tx syncengine.Tx) (int, error) {
	contested := 0
	err := cases.Each(tx, nil, func(_ []byte, s casefile.Summary) error {
		contested += s.Contested
		return nil
	})
	return contested, err
}
