package khmer

import "testing"

func TestBothScriptsMeetInOneSound(t *testing.T) {
	// Spellings as officers write them; all names are common and made up here.
	cases := []struct {
		name      string
		spellings []string
	}{
		{"Sok", []string{"សុខ", "Sok", "SOUK", "suk", "Sock"}},
		{"Chanthy", []string{"ចន្ធី", "Chanthy", "Chanty", "CHAN THY", "Janthy", "Chan Thi"}},
		{"Keo", []string{"កែវ", "Keo", "Kev", "Kaev"}},
		{"Mao", []string{"ម៉ៅ", "Mao", "Mav", "Mau"}},
		{"Heng", []string{"ហេង", "Heng", "Heing", "Haeng"}},
		{"Sovann: the last NNO is doubled", []string{"សុវណ្ណ", "Sovan", "Sowan", "Suvan", "Sovann"}},
		{"Sreymom", []string{"ស្រីមុំ", "Sreymom", "Srei Mum", "Sri Mom"}},
		{"Vireak: the sign is read -k", []string{"វិរៈ", "Vireak", "Wireak", "Viriak"}},
		{"Phirom: two bare letters are a syllable", []string{"ភិរម្យ", "Phirom", "Pirum"}},
		{"Sopheap", []string{"សុភាព", "Sopheap", "Supheap", "So Pheap"}},
		{"Chamroeun", []string{"ចំរើន", "Chamroeun", "Cham Reun"}},
		{"Samnang", []string{"សំណាង", "Samnang", "Sam Nang"}},
		{"Pich: the subscript is silent", []string{"ពេជ្រ", "Pich", "Pech"}},
		{"Makara", []string{"មករា", "មក្រា"}},
		{"Veasna: a long vowel marked by r or h", []string{"Veasna", "Vearsna", "Veasnah", "Weas Na"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			first := Sound(c.spellings[0])
			for _, s := range c.spellings[1:] {
				if got := Sound(s); Skeleton(got) != Skeleton(first) || Similarity(got, first) < 0.88 {
					t.Errorf("%s sounds %s, %s sounds %s (%.2f)", c.spellings[0], first, s, got, Similarity(got, first))
				}
			}
		})
	}
}

func TestDifferentNamesStayApart(t *testing.T) {
	for _, pair := range [][2]string{
		{"សុខ", "Sao"}, {"ចាន់", "Chea"}, {"គឹម", "Yim"}, {"ដារ៉ា", "Dany"}, {"សុខា", "Sophea"}, {"ហេង", "Seng"},
	} {
		if got := Similarity(Sound(pair[0]), Sound(pair[1])); got >= 0.75 {
			t.Errorf("%s and %s are similar by %.2f", pair[0], pair[1], got)
		}
	}
}

func TestWithoutTitle(t *testing.T) {
	for _, c := range [][2]string{
		{"ស្រីនាង", "នាង"}, {"Srey Neang", "Neang"}, {"Sleymom", "Mom"}, {"អាគឹមហុង", "គឹមហុង"}, {"Abunheng", "Bunheng"},
	} {
		if got, want := WithoutTitle(Sound(c[0])), Sound(c[1]); got != want {
			t.Errorf("WithoutTitle(%s) = %s, want %s", c[0], got, want)
		}
	}
	for _, whole := range []string{"ស្រី", "Srey", "Sok", ""} {
		if got := WithoutTitle(Sound(whole)); got != Sound(whole) {
			t.Errorf("%s has no name left after its title, yet %q was taken", whole, got)
		}
	}
}

func TestSimilarityIsSymmetric(t *testing.T) {
	names := []string{"SoK", "SoPi", "CaNTi", "CaN", "KiMHoG", "", "VaSNa"}
	for _, a := range names {
		for _, b := range names {
			if Similarity(a, b) != Similarity(b, a) {
				t.Errorf("Similarity(%s, %s) depends on the order", a, b)
			}
		}
	}
}
