package linkage

import (
	"slices"
	"testing"
)

func sharedRules(a, b Record) []KeyRule {
	var rules []KeyRule
	other := Keys(NewProfile(b))
	for _, k := range Keys(NewProfile(a)) {
		if slices.Contains(other, k) {
			rules = append(rules, k.Rule)
		}
	}
	return slices.Compact(rules)
}

func TestBlockingBringsTogether(t *testing.T) {
	for _, c := range []struct {
		name string
		a, b Record
		want KeyRule
	}{
		{"one national id", Record{NationalID: "012 345 678"}, Record{NationalID: "012345678"}, KeyID},
		{"one phone in two notations", Record{Phone: "012345678"}, Record{Phone: "+85512345678"}, KeyPhone},
		{"one spelling with names exchanged", Record{FamilyKhmer: "សុខ", GivenKhmer: "ចន្ធី"}, Record{FamilyKhmer: "ចន្ធី", GivenKhmer: "សុខ"}, KeySpelling},
		{"two scripts", Record{FamilyKhmer: "សុខ", GivenKhmer: "ចន្ធី"}, Record{FamilyLatin: "Suk", GivenLatin: "Chanty"}, KeySound},
		{"one name and the commune", Record{FamilyKhmer: "សុខ", GivenKhmer: "ចន្ធី", BirthPlace: "01020304"}, Record{GivenLatin: "Chanthy", BirthPlace: "010203"}, KeyNameCommune},
		{"one name, district and near years", Record{GivenKhmer: "ចន្ធី", BirthPlace: "0102", BirthYear: "2001"}, Record{GivenLatin: "Chanthy", BirthPlace: "010207", Age: "22", AgeInYear: 2025}, KeyNameDistrict},
		{"one name and the batch", Record{GivenKhmer: "ចន្ធី", Batch: "PPT-250111-1"}, Record{GivenLatin: "Chanthy", Batch: "ppt 250111 1"}, KeyNameBatch},
		{"one name and the date", Record{GivenKhmer: "ចន្ធី", BirthDate: "2001-05-17"}, Record{GivenLatin: "Chanthy", BirthDate: "2544-05-17"}, KeyNameDate},
		{"another name in one village and year", Record{GivenKhmer: "តូច", BirthPlace: "01020304", BirthYear: "2001"}, Record{GivenKhmer: "ចន្ធី", BirthPlace: "01020304", Age: "24", AgeInYear: 2025}, KeyVillageYear},
		{"another name with one date", Record{GivenKhmer: "តូច", BirthPlace: "01", BirthDate: "2001-05-17"}, Record{GivenKhmer: "ចន្ធី", BirthPlace: "010203", BirthDate: "2001-05-17"}, KeyDate},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := sharedRules(c.a, c.b); !slices.Contains(got, c.want) {
				t.Errorf("shared rules are %v, want %s", got, c.want)
			}
		})
	}
	if got := Keys(NewProfile(Record{ID: "r1"})); len(got) != 0 {
		t.Errorf("an empty record has keys %v and would be compared with every other", got)
	}
}

func TestIndexSkipsAndCountsBigBlocks(t *testing.T) {
	x := NewIndex(2)
	add := func(id, phone, nationalID string) Profile {
		p := NewProfile(Record{ID: id, Phone: phone, NationalID: nationalID})
		x.Add(p)
		return p
	}
	a := add("a", "012345678", "1111")
	add("b", "012345678", "1111")
	if ids, skipped := x.Candidates(a); !slices.Equal(ids, []string{"b"}) || skipped != 0 {
		t.Errorf("candidates %v, skipped %d", ids, skipped)
	}
	add("c", "012345678", "")
	if ids, skipped := x.Candidates(a); !slices.Equal(ids, []string{"b"}) || skipped != 1 {
		t.Errorf("candidates %v, skipped %d", ids, skipped)
	}
	pairs, skipped := x.Pairs()
	if !slices.Equal(pairs, [][2]string{{"a", "b"}}) || skipped[KeyPhone] != 1 {
		t.Errorf("pairs %v, skipped %v", pairs, skipped)
	}
}
