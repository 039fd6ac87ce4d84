package khmer

import "testing"

func TestCanonicalGivesOnePictureOneEncoding(t *testing.T) {
	cases := []struct{ name, in, want string }{
		{"subscripts TA then RO, the form of the dictionary", "ស\u17D2\u178F\u17D2\u179A\u17B8", "ស\u17D2\u178F\u17D2\u179A\u17B8"},
		{"subscripts RO then TA look the same", "ស\u17D2\u179A\u17D2\u178F\u17B8", "ស\u17D2\u178F\u17D2\u179A\u17B8"},
		{"subscript DA is drawn like subscript TA", "ស\u17D2\u178A\u17D2\u179A\u17B8", "ស\u17D2\u178F\u17D2\u179A\u17B8"},
		{"a zero-width space inside a name", "ស្រី\u200Bរ័ត្ន", "ស្រីរ័ត្ន"},
		{"joiners and a byte order mark", "\uFEFFសុ\u200Cខ\u200D", "សុខ"},
		{"a vowel typed before the subscript", "បុបា\u17D2ផ", "បុប\u17D2ផា"},
		{"nikahit typed before the vowel", "ម\u17C6\u17BB", "ម\u17BB\u17C6"},
		{"shifter typed after the vowel", "រា\u17C9", "រ\u17C9ា"},
		{"OE typed in two halves", "ចំរ\u17C1\u17B8ន", "ចំរើន"},
		{"OO typed in two halves", "ថ\u17C1\u17B6ង", "ថោង"},
		{"the same vowel twice", "ស\u17BB\u17BBខ", "សុខ"},
		{"a subscript sign with nothing under it", "សុខ\u17D2", "សុខ"},
		{"blanks", "  សុខ   ចន្ធី ", "សុខ ចន្ធី"},
		{"Latin letters pass", "Sok Chanthy", "Sok Chanthy"},
		{"nothing", "", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := Canonical(c.in); got != c.want {
				t.Errorf("Canonical(%+q) = %+q, want %+q", c.in, got, c.want)
			}
		})
	}
}

func TestMatchKeyJoinsSpellingsThatOfficersMix(t *testing.T) {
	same := [][]string{
		{"ស\u17D2\u178F\u17D2\u179A\u17B8", "ស\u17D2\u179A\u17D2\u178F\u17B8", "ស\u17D2\u178A\u17D2\u179A\u17B8"},
		{"ប៊ុន", "បុន"},
		{"វិរៈ", "វីរៈ"},
		{"ចាន់", "ចាន"},
		{"ធារា", "ថារា", "ទារា"},
		{"សុផល", "សូផល"},
		{"ណារី", "នារី"},
		{"ឡី", "លី"},
		{"សុខ ចន្ធី", "សុខចន្ធី"},
	}
	for _, spellings := range same {
		for _, s := range spellings[1:] {
			if MatchKey(s) != MatchKey(spellings[0]) {
				t.Errorf("%s and %s have keys %s and %s", spellings[0], s, MatchKey(spellings[0]), MatchKey(s))
			}
		}
	}
	for _, pair := range [][2]string{{"សុខ", "សៅ"}, {"ចាន់", "ជួន"}, {"គឹម", "យឹម"}} {
		if MatchKey(pair[0]) == MatchKey(pair[1]) {
			t.Errorf("%s and %s are different names with one key", pair[0], pair[1])
		}
	}
	if got := MatchKey("Sok"); got != "" {
		t.Errorf("a Latin name has no Khmer key, got %q", got)
	}
}

func FuzzFoldsAreIdempotent(f *testing.F) {
	for _, s := range []string{"", "ស្ត្រី", "សុខ ចន្ធី", "Sok Chanthy", "\u17D2", "ក\u17D2\u17D2ក", "\u17C1\u17B8", "េ\u200Bា", "រ៍ៈ", "é\xff", "ៗ។១២"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for name, fold := range map[string]func(string) string{"Canonical": Canonical, "MatchKey": MatchKey, "Latin": Latin} {
			once := fold(s)
			if twice := fold(once); twice != once {
				t.Fatalf("%s is not idempotent: %+q ▸ %+q ▸ %+q", name, s, once, twice)
			}
		}
		sound := Sound(s)
		if again := Sound(Canonical(s)); again != sound {
			t.Fatalf("%+q sounds %q, its canonical form %q", s, sound, again)
		}
		for _, c := range sound {
			if !(c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z') {
				t.Fatalf("sound of %+q holds %q", s, c)
			}
		}
		if got := Similarity(sound, sound); sound != "" && got != 1 {
			t.Fatalf("a sound is similar to itself by %v", got)
		}
		_ = Skeleton(WithoutTitle(sound))
	})
}
