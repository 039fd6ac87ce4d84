package linkage

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
)

// Two invented people of one household, and one of them recorded again by
// another list in Latin letters.
var (
	chanthy      = NewProfile(Record{ID: "r1", FamilyKhmer: "សុខ", GivenKhmer: "ចន្ធី", Sex: Female, BirthDate: "2001-05-17", BirthPlace: "01020304", Phone: "012345678", Batch: "PPT-250111-1", Source: "A", RecordedDay: 20099})
	chanthyAgain = NewProfile(Record{ID: "r2", FamilyLatin: "Suk", GivenLatin: "Chanty", Sex: Female, BirthYear: "2544", BirthPlace: "010203", Phone: "+855 12 345 678", Source: "B", RecordedDay: 20110})
	sister       = NewProfile(Record{ID: "r3", FamilyKhmer: "សុខ", GivenKhmer: "ដារ៉ា", Sex: Female, BirthDate: "2004-02-02", BirthPlace: "01020304", Phone: "012345678", Batch: "PPT-250111-1", Source: "A", RecordedDay: 20099})
	stranger     = NewProfile(Record{ID: "r4", FamilyKhmer: "ហេង", GivenKhmer: "គឹមហុង", Sex: Male, BirthYear: "1980", BirthPlace: "17010203", Source: "B", RecordedDay: 20300})
)

func TestCompareTellsThePersonFromTheHousehold(t *testing.T) {
	same, household, apart := Compare(chanthy, chanthyAgain), Compare(chanthy, sister), Compare(chanthy, stranger)
	if same.Weight < 5 || same.Probability < 0.95 {
		t.Errorf("one person in two scripts weighs %.2f", same.Weight)
	}
	if household.Weight > -3 {
		t.Errorf("a sister with the same phone, village and batch weighs %.2f", household.Weight)
	}
	if apart.Weight > -10 {
		t.Errorf("strangers weigh %.2f", apart.Weight)
	}
}

func TestPartsSumToTheWeightExactly(t *testing.T) {
	all := []Profile{chanthy, chanthyAgain, sister, stranger, NewProfile(Record{ID: "r5"})}
	for i, a := range all {
		for _, b := range all[:i] {
			c := Compare(a, b)
			forward, backward := 0.0, 0.0
			for k := range c.Parts {
				forward += c.Parts[k].Weight
				backward += c.Parts[len(c.Parts)-1-k].Weight
			}
			if forward != c.Weight || backward != c.Weight {
				t.Errorf("%s-%s: parts sum to %v and %v, weight is %v", c.A, c.B, forward, backward, c.Weight)
			}
			if again := Compare(b, a); !reflect.DeepEqual(c, again) {
				t.Errorf("%s-%s depends on the order: %+v, %+v", c.A, c.B, c, again)
			}
		}
	}
}

func TestPartsHaveStableCodes(t *testing.T) {
	var codes []string
	for _, p := range Compare(chanthy, sister).Parts {
		codes = append(codes, string(p.Code))
	}
	want := "prior family family_frequency given name_order sex birth place phone national_id batch sector gap source return household"
	if got := strings.Join(codes, " "); got != want {
		t.Errorf("codes are\n%s\nwant\n%s", got, want)
	}
}

func TestEveryAgreementIsListedOnce(t *testing.T) {
	seen := map[Agreement]bool{}
	for _, g := range Agreements() {
		if seen[g] {
			t.Errorf("%v is listed twice", g)
		}
		seen[g] = true
	}
	for _, other := range []Profile{chanthyAgain, sister, stranger} {
		for _, g := range Pattern(chanthy, other, nil) {
			if !seen[g] {
				t.Errorf("%v is not listed", g)
			}
		}
	}
}

func TestMissingFieldsWeighNothing(t *testing.T) {
	c := Compare(NewProfile(Record{ID: "a"}), NewProfile(Record{ID: "b"}))
	for _, p := range c.Parts {
		if p.Code != PartPrior && p.Weight != 0 {
			t.Errorf("%s weighs %v between empty records", p.Code, p.Weight)
		}
	}
}

func TestARareNameSaysMoreThanACommonOne(t *testing.T) {
	var all []Profile
	for i := range 300 {
		name := "សុខ"
		if i%10 == 0 {
			name = "ញិម"
		}
		all = append(all, NewProfile(Record{FamilyKhmer: name}))
	}
	terms := CountTerms(all)
	common, rare := terms.bits(all[1].Names[0].Given.Sound), terms.bits(all[0].Names[0].Given.Sound)
	if !(rare > 0 && common < 0) {
		t.Errorf("common %.2f, rare %.2f", common, rare)
	}
}

// worked is a table small enough to reckon by hand.
func worked() ModelTable {
	table := ModelTable{Version: "worked", Source: "worked by hand", Shares: Shares{0.15, 0.1, 0.25, 0.5}}
	for _, f := range fieldLevels {
		field := FieldTable{Field: f.field}
		p := 1 / float64(len(f.levels))
		for _, l := range f.levels {
			field.Levels = append(field.Levels, LevelTable{l, p, p, p, p})
		}
		table.Fields = append(table.Fields, field)
	}
	table.Fields[3].Levels = []LevelTable{{Equal, 0.9, 0.8, 0.5, 0.5}, {Differs, 0.1, 0.2, 0.5, 0.5}}                                 // sex
	table.Fields[7].Levels = []LevelTable{{Equal, 0.8, 0.4, 0.5, 0.01}, {Near, 0.1, 0.3, 0.25, 0.09}, {Differs, 0.1, 0.3, 0.25, 0.9}} // national_id
	return table
}

func parse(t *testing.T, table ModelTable) (*Model, error) {
	t.Helper()
	text, err := json.Marshal(table)
	if err != nil {
		t.Fatal(err)
	}
	return ParseModel("worked.json", text)
}

func TestWeightIsFellegiAndSuntersWithFourClasses(t *testing.T) {
	model, err := parse(t, worked())
	if err != nil {
		t.Fatal(err)
	}
	a := NewProfile(Record{ID: "a", Sex: Male, NationalID: "123456789"})
	b := NewProfile(Record{ID: "b", Sex: Male, NationalID: "123456789"})
	// The definition, without any detour through parts.
	same := 0.15*0.9*0.8 + 0.1*0.8*0.4
	others := 0.25*0.5*0.5 + 0.5*0.5*0.01
	want := math.Log2(same / others)
	if got := model.Compare(a, b, nil).Weight; math.Abs(got-want) > 4.0/gridSteps {
		t.Errorf("weight is %.4f, want %.4f", got, want)
	}
}

func TestABrokenTableFailsWithItemAndReason(t *testing.T) {
	for name, broken := range map[string]struct {
		item  string
		spoil func(*ModelTable)
	}{
		"no source":           {"version, source", func(m *ModelTable) { m.Source = "" }},
		"shares over 1":       {"shares", func(m *ModelTable) { m.Shares.Same = 0.9 }},
		"a field is missing":  {"fields", func(m *ModelTable) { m.Fields = m.Fields[1:] }},
		"a level is missing":  {"sex", func(m *ModelTable) { m.Fields[3].Levels = m.Fields[3].Levels[1:] }},
		"an unknown level":    {"sex/odd", func(m *ModelTable) { m.Fields[3].Levels[0].Level = "odd" }},
		"m of 0":              {"sex/same", func(m *ModelTable) { m.Fields[3].Levels[0].M = 0 }},
		"u does not sum to 1": {"sex", func(m *ModelTable) { m.Fields[3].Levels[0].U = 0.6 }},
	} {
		t.Run(name, func(t *testing.T) {
			table := worked()
			broken.spoil(&table)
			_, err := parse(t, table)
			var fault *ModelError
			if !errors.As(err, &fault) || fault.Item != broken.item || fault.File != "worked.json" || fault.Reason == "" {
				t.Errorf("got %v", err)
			}
		})
	}
	if _, err := ParseModel("cut.json", builtIn[:200]); err == nil {
		t.Error("half a file was accepted")
	}
}

func TestBuiltInModelLeansTheRightWay(t *testing.T) {
	model := DefaultModel()
	for _, c := range []struct {
		field       Field
		more, fewer Level
	}{
		{FieldGiven, Spelled, Apart},
		{FieldFamily, Sounds, Apart},
		{FieldSex, Equal, Differs},
		{FieldBirth, DateSame, DateApart},
		{FieldBirth, YearSame, YearApart},
		{FieldBirth, AgeFits, AgeApart},
		{FieldPlace, VillageSame, ProvinceDiffers},
		{FieldPhone, Equal, Differs},
		{FieldNationalID, Equal, Differs},
		{FieldBatch, Equal, Differs},
	} {
		more, fewer := model.bits[Agreement{c.field, c.more}].same, model.bits[Agreement{c.field, c.fewer}].same
		if more <= 0 || fewer >= 0 {
			t.Errorf("%s: %s weighs %.2f, %s %.2f", c.field, c.more, more, c.fewer, fewer)
		}
	}
}

func ExampleCompare() {
	a := NewProfile(Record{ID: "r1", FamilyKhmer: "សុខ", GivenKhmer: "ចន្ធី", BirthYear: "2001", BirthPlace: "010203"})
	b := NewProfile(Record{ID: "r2", FamilyLatin: "Chanty", GivenLatin: "Sok", Age: "24", AgeInYear: 2025, BirthPlace: "01020304"})
	for _, p := range Compare(a, b).Parts {
		if p.Field != "" && p.Level != Missing {
			fmt.Println(p.Code, p.Level)
		}
	}
	// Output:
	// family sounds
	// given sounds
	// name_order swapped
	// birth age_fits
	// place commune_same
}
