package linkage

import "testing"

func TestDecisionsLeaveNothingToExpect(t *testing.T) {
	two := []Record{
		{ID: "a", FamilyKhmer: "សុខ", GivenKhmer: "ពេជ្រ", Sex: Female, BirthDate: "1998-03-12", BirthPlace: "01030611"},
		{ID: "b", FamilyKhmer: "សុខ", GivenKhmer: "ពេជ្រ", Sex: Female, BirthDate: "1998-03-12", BirthPlace: "01030611"},
	}
	for verdict, want := range map[Verdict]int{Same: 1, Different: 2} {
		got := Link(two, DefaultModel(), []Decision{{A: "a", B: "b", Verdict: verdict, By: "s"}}, DefaultPolicy()).Count
		if got.Persons != want || got.Low != want || got.High != want || got.MissedJoins > 1e-9 || got.WrongJoins > 1e-9 {
			t.Errorf("%s: %+v, want %d persons for certain", verdict, got, want)
		}
	}
}

func TestTheIntervalHoldsTheCountAndIsNotEmpty(t *testing.T) {
	got := Link(crowd(), DefaultModel(), nil, DefaultPolicy()).Count
	if got.Low > got.Persons || got.Persons > got.High || got.Low == got.High {
		t.Errorf("%+v", got)
	}
	if none := Link(nil, DefaultModel(), nil, DefaultPolicy()).Count; none.Persons != 0 || none.High != 0 {
		t.Errorf("nobody: %+v", none)
	}
}
