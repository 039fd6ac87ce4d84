package linkage

import "testing"

func named(family, given string) Profile {
	return NewProfile(Record{ID: "x", FamilyKhmer: family, GivenKhmer: given})
}

func romanized(family, given string) Profile {
	return NewProfile(Record{ID: "y", FamilyLatin: family, GivenLatin: given})
}

func TestNamesAgree(t *testing.T) {
	for _, c := range []struct {
		name                 string
		a, b                 Profile
		family, given, order Level
	}{
		{"one script, one spelling", named("សុខ", "ចន្ធី"), named("សុខ", "ចន្ធី\u200b"), Spelled, Spelled, Straight},
		{"Khmer only meets Latin only", named("សុខ", "ចន្ធី"), romanized("Sok", "Chanthy"), Sounds, Sounds, Straight},
		{"another romanization", romanized("SOK", "CHANTHY"), romanized("Suk", "Chanty"), Sounds, Sounds, Straight},
		{"family and given exchanged", named("សុខ", "ចន្ធី"), romanized("Chanthy", "Sok"), Sounds, Sounds, Swapped},
		{"a title before the name", named("សុខ", "ពេជ្រ"), named("សុខ", "ស្រីពេជ្រ"), Spelled, SoundsClose, Straight},
		{"the short name of home", named("សេង", "វាសនា"), romanized("Seng", "Na"), Sounds, Tail, Straight},
		{"brothers", named("សុខ", "ចន្ធី"), named("សុខ", "ដារ៉ា"), Spelled, Apart, Straight},
		{"no name", named("", ""), named("សុខ", "ដារ៉ា"), Missing, Missing, Missing},
	} {
		got := readNames(&c.a, &c.b)
		if got.family != c.family || got.given != c.given || got.order != c.order {
			t.Errorf("%s: %s, %s, %s", c.name, got.family, got.given, got.order)
		}
	}
}

func TestPlaceIsComparedAtTheCoarserOfTheTwo(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want Level
	}{
		{"01030611", "01030611", VillageSame},
		{"01030611", "01030602", VillageDiffers},
		{"01030611", "010306", CommuneSame},
		{"01030611", "010307", CommuneDiffers},
		{"01030611", "0103", DistrictSame},
		{"01030611", "0104", DistrictDiffers},
		{"01030611", "01", ProvinceSame},
		{"01030611", "02030611", ProvinceDiffers},
		{"", "01", Missing},
	} {
		if got := agreePlace(c.a, c.b); got != c.want {
			t.Errorf("%s and %s: %s, want %s", c.a, c.b, got, c.want)
		}
	}
}

func TestOneSlip(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"123456", "123956", true},
		{"123456", "12346", true},
		{"123456", "1234567", true},
		{"123456", "124356", true},
		{"123456", "129956", false},
		{"123456", "1234", false},
		{"12", "21", true},
	} {
		if oneSlip(c.a, c.b) != c.want || oneSlip(c.b, c.a) != c.want {
			t.Errorf("oneSlip(%s, %s) is not %v", c.a, c.b, c.want)
		}
	}
}

func TestAPhoneOnManyRecordsIsAnOffices(t *testing.T) {
	var all []Profile
	for range phoneRecordsMax + 1 {
		all = append(all, NewProfile(Record{Phone: "012345678"}))
	}
	level := func(terms *Terms) Level { return Pattern(all[0], all[1], terms)[6].Level }
	if got := level(nil); got != Equal {
		t.Errorf("without terms the phone is %s", got)
	}
	if got := level(CountTerms(all[:phoneRecordsMax])); got != Equal {
		t.Errorf("on %d records the phone is %s", phoneRecordsMax, got)
	}
	if got := level(CountTerms(all)); got != Shared {
		t.Errorf("on %d records the phone is %s", len(all), got)
	}
}
