package web

import (
	"testing"
	"time"
)

func TestTimesAreThoseOfTheBorder(t *testing.T) {
	if got := moment(English, night); got != "23 November 2026, 21:40" {
		t.Errorf("got %q", got)
	}
	if got := moment(Khmer, night); got != "23 វិច្ឆិកា 2026, 21:40" {
		t.Errorf("got %q", got)
	}
	if got := moment(English, time.Time{}); got != "–" {
		t.Errorf("an unknown time is %q", got)
	}
}

func TestUncertaintyIsNeverMadeSmaller(t *testing.T) {
	for in, want := range map[time.Duration]string{
		500 * time.Millisecond: "± 1 s", 90 * time.Second: "± 2 min", 3*time.Hour + time.Second: "± 4 h", 49 * time.Hour: "± 3 days",
	} {
		if got := plusminus(English, in); got != want {
			t.Errorf("%v is shown as %q, want %q", in, got, want)
		}
	}
}

func TestQuestionValuesComeApart(t *testing.T) {
	for value, want := range map[string]DateParts{
		"2019": {Year: "2019"}, "2019-04~": {"2019", "04", "", true}, "2019-04-17": {"2019", "04", "17", false}, "": {},
	} {
		if got := (Question{Value: value}).DateParts(); got != want {
			t.Errorf("%q: %+v", value, got)
		}
	}
	if got := (Question{Value: "30000 THB month"}).MoneyParts(); got != (MoneyParts{"30000", "THB", "month"}) {
		t.Errorf("%+v", got)
	}
	if got := (Question{Value: "=ភូមិថ្មី"}).PlaceText(); got != "ភូមិថ្មី" {
		t.Errorf("%q", got)
	}
	if got := (Question{Item: "wrk[2].wrk_place"}).HTMLID(); got != "wrk-2--wrk_place" {
		t.Errorf("%q", got)
	}
}
