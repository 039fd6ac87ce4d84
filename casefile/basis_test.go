package casefile_test

import (
	"encoding/base64"
	"errors"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
)

func TestABasisNamesTheVersionsOnTheScreen(t *testing.T) {
	b := newInterview(t, map[string]screening.Answer{"idn_sex": code("female"), "idn_mother": text("Sok Sros")})
	other := b.put("idn_sex", screening.Answered, "male")
	basis := casefile.BasisOf(b.rec, "idn_sex", "idn_father")
	if len(basis) != 1 || len(basis["idn_sex"]) != 2 || basis["idn_sex"][1] != other {
		t.Errorf("basis %v", basis)
	}
}

func TestABasisSurvivesThePage(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		basis := casefile.Basis{}
		for _, field := range rapid.SliceOfNDistinct(rapid.StringMatching(`\$?[a-z_]{1,12}(@[a-z0-9]{1,6})?`), 0, 8, rapid.ID).Draw(t, "fields") {
			for range rapid.IntRange(1, 4).Draw(t, "versions") {
				var id syncengine.ChangeID
				copy(id[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "id"))
				basis[field] = append(basis[field], id)
			}
		}
		if got, err := casefile.ParseBasis(basis.String()); err != nil || !reflect.DeepEqual(got, basis) {
			t.Fatalf("got %v, %v", got, err)
		}
	})
}

func TestWhatIsNoBasisIsRefused(t *testing.T) {
	pack := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	for name, text := range map[string]string{
		"no base64":        "%%%",
		"no JSON":          pack("idn_sex"),
		"another JSON":     pack(`["idn_sex"]`),
		"an id too short":  pack(`{"idn_sex":["AAAA"]}`),
		"an id too long":   pack(`{"idn_sex":["` + base64.StdEncoding.EncodeToString(make([]byte, 33)) + `"]}`),
		"something behind": pack(`{} {}`),
	} {
		if _, err := casefile.ParseBasis(text); !errors.Is(err, casefile.ErrBasis) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if basis, err := casefile.ParseBasis(""); err != nil || len(basis) != 0 {
		t.Errorf("nothing: %v, %v", basis, err)
	}
}

func FuzzParseBasis(f *testing.F) {
	f.Add(casefile.Basis{"idn_sex": {{1}, {2}}, "$state": {{3}}}.String())
	f.Add("")
	f.Add("e30")
	f.Add("bnVsbA") // null
	f.Fuzz(func(t *testing.T, text string) {
		basis, err := casefile.ParseBasis(text)
		if err != nil {
			if !errors.Is(err, casefile.ErrBasis) || len(basis) != 0 {
				t.Fatalf("%v, %v", basis, err)
			}
			return
		}
		if again, err := casefile.ParseBasis(basis.String()); err != nil || !reflect.DeepEqual(again, basis) {
			t.Fatalf("%v became %v, %v", basis, again, err)
		}
	})
}
