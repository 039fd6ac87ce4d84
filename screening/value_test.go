package screening

import (
	"errors"
	"strings"
	"testing"
)

// Each row: a kind, what was typed, and the one text it becomes ("" for what
// is no value).
func TestCanonicalText(t *testing.T) {
	for _, row := range []struct {
		kind        Kind
		typed, want string
	}{
		{KindCode, " yes ", "yes"},
		{KindCode, "POE-POIPET", "POE-POIPET"},
		{KindCode, "", ""},
		{KindCode, "a b", ""},
		{KindSet, "tied hit tied", "hit tied"},
		{KindSet, " ", ""},
		{KindSet, "hit, tied", ""},
		{KindInt, "៤២", "42"},
		{KindInt, "๔๒", "42"},
		{KindInt, "007", "7"},
		{KindInt, "-3", "-3"},
		{KindInt, "3.5", ""},
		{KindInt, "many", ""},
		{KindDecimal, "1.50", "1.5"},
		{KindDecimal, "01", "1"},
		{KindDecimal, "-0.0", "0"},
		{KindDecimal, "2.", ""},
		{KindDecimal, ".5", ""},
		{KindDecimal, "1e3", ""},
		{KindText, "  cafe\u0301\r\n", "caf\u00e9"},
		{KindText, "\u200bសុខ\u200b", "សុខ"},
		{KindText, " \n", ""},
		{KindText, "\xff", ""},
		{KindDate, "2019", "2019"},
		{KindDate, "2019-04", "2019-04"},
		{KindDate, "2019-04-17~", "2019-04-17~"},
		{KindDate, "2562-04-17", "2019-04-17|BE2562"},
		{KindDate, "๒๕๖๒~", "2019~|BE2562"},
		{KindDate, "២០១៩", "2019"},
		{KindDate, "2019-02-29", ""},
		{KindDate, "2020-02-29", "2020-02-29"},
		{KindDate, "1900-02-29", ""},
		{KindDate, "2019-13", ""},
		{KindDate, "2019-4", ""},
		{KindDate, "2019-00", ""},
		{KindDate, "2019|BE2500", ""},
		{KindDate, "1700", ""},
		{KindDate, "2562|BE2562", ""},
		{KindDateTime, "2026-11-23T16:29+07:00", "2026-11-23T16:29:00+07:00"},
		{KindDateTime, "2026-11-23T16:29:05Z", "2026-11-23T16:29:05+00:00"},
		{KindDateTime, "2026-11-23T16:29", ""},
		{KindDateTime, "2026-11-23T25:00+07:00", ""},
		{KindDateTime, "2026-11T16:29+07:00", ""},
		{KindMoney, "1200000 THB/month", "1200000 THB/month"},
		{KindMoney, "40000 KHR", "40000 KHR"},
		{KindMoney, "5 EUR", ""},
		{KindMoney, "-5 THB", ""},
		{KindMoney, "5 THB/", ""},
		{KindMoney, "5 THB/life", ""},
		{KindMoney, "5", ""},
		{KindPlace, "KH|01020101|kh-2026-06|ភូមិ | ថ្មី", "KH|01020101|kh-2026-06|ភូមិ | ថ្មី"},
		{KindPlace, "TH|||Rayong", "TH|||Rayong"},
		{KindPlace, "|||somewhere", "|||somewhere"},
		{KindPlace, "|01||x", ""},
		{KindPlace, "KH|1020101||x", ""},
		{KindPlace, "|||", ""},
		{KindPlace, "kh|||x", ""},
		{KindRef, "user:7f3a", "user:7f3a"},
		{KindRef, "a b", ""},
		{KindDerived, "ilo-ec/1|undetermined|wrk_living rec_act", "ilo-ec/1|undetermined|rec_act wrk_living"},
		{KindDerived, "x", ""},
		{Kind(99), "x", ""},
	} {
		value, err := ParseValue(row.kind, row.typed)
		if row.want == "" {
			var wrong *ValueError
			if !errors.As(err, &wrong) {
				t.Errorf("%v %q: want a ValueError, got %v, %v", row.kind, row.typed, value, err)
			}
			continue
		}
		if err != nil || value.Canonical() != row.want || value.Kind() != row.kind {
			t.Errorf("%v %q: got %v, %v", row.kind, row.typed, value, err)
		}
	}
}

func TestAnErrorNeverQuotesTheAnswer(t *testing.T) {
	const said = "Made-Up-Canary"
	for kind := KindCode; kind <= KindDerived; kind++ {
		if _, err := ParseValue(kind, said+" \xff|"); err != nil && strings.Contains(err.Error(), said) {
			t.Errorf("%v: %v", kind, err)
		}
	}
	if _, err := ParseAnswer(KindText, said); err == nil || strings.Contains(err.Error(), said) {
		t.Errorf("answer: %v", err)
	}
	if _, err := ParseField(said + "!"); err == nil || strings.Contains(err.Error(), said) {
		t.Errorf("field: %v", err)
	}
}

func TestMoneyAsTyped(t *testing.T) {
	for _, row := range []struct{ amount, currency, want, shown string }{
		{"1,500.5", "THB", "150050 THB/day", "1500.50"},
		{"៤០០០០", "KHR", "40000 KHR/day", "40000"},
		{"0.05", "USD", "5 USD/day", "0.05"},
		{"1.5", "KHR", "", ""},
		{"x", "THB", "", ""},
		{"1", "EUR", "", ""},
		{"", "THB", "", ""},
	} {
		m, err := MoneyOf(row.amount, row.currency, "day")
		if (err != nil) != (row.want == "") || m.Canonical() != row.want || err == nil && m.Amount() != row.shown {
			t.Errorf("%s %s: %q %q %v", row.amount, row.currency, m.Canonical(), m.Amount(), err)
		}
	}
}

func TestAgeRangeWidensWithWhatIsUnknown(t *testing.T) {
	today := PartialDate{Year: 2026, Month: 11, Day: 23}
	for _, row := range []struct {
		born      string
		low, high int
	}{
		{"2008-11-23", 18, 18}, {"2008-11-24", 17, 17}, {"2008-11", 17, 18}, {"2008", 17, 18}, {"2007-12", 18, 18}, {"2000-02-29", 26, 26},
	} {
		born, err := ParseDate(row.born)
		if err != nil {
			t.Fatal(err)
		}
		if low, high := born.(PartialDate).AgeAt(today); low != row.low || high != row.high {
			t.Errorf("born %s: %d to %d", row.born, low, high)
		}
	}
}

func TestMomentsCompareAcrossOffsets(t *testing.T) {
	for text, want := range map[string]int64{
		"1970-01-01T00:00:00+00:00": 0, "2000-03-01T00:00:00+07:00": 951868800 - 7*3600, "2026-11-23T16:29:00Z": 1795451340,
	} {
		v, err := ParseDateTime(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := v.(DateTime).UnixSeconds(); got != want {
			t.Errorf("%s is %d, want %d", text, got, want)
		}
	}
}

// A canonical text reads as itself, whatever was typed first.
func FuzzParseValue(f *testing.F) {
	for kind, seed := range map[Kind]string{
		KindCode: "yes", KindSet: "b a", KindInt: "៧", KindDecimal: "-01.50", KindText: " e\u0301\r\r\n ", KindDate: "2562-04~",
		KindDateTime: "2026-11-23T16:29Z", KindMoney: "+5 THB/day", KindPlace: "KH|01||a|b ", KindRef: "a:b", KindDerived: "r/1|x|b a",
	} {
		f.Add(uint8(kind), seed)
	}
	f.Fuzz(func(t *testing.T, kind uint8, text string) {
		value, err := ParseValue(Kind(kind), text)
		if err != nil {
			return
		}
		once := value.Canonical()
		if len(once) > ValueBytesMax {
			return
		}
		again, err := ParseValue(Kind(kind), once)
		if err != nil || again.Canonical() != once {
			t.Fatalf("kind %d: %q became %q, then %v %v", kind, text, once, again, err)
		}
		answer, err := ParseAnswer(Kind(kind), Of(value).Canonical())
		if err != nil || !Same(answer, Of(value)) {
			t.Fatalf("answer of kind %d did not come back: %v", kind, err)
		}
	})
}
