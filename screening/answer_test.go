package screening

import "testing"

func TestAnswersHaveOneText(t *testing.T) {
	for text, want := range map[string]Answer{
		"":                {},
		"=yes":            Of(Code("yes")),
		"!dont_know":      Saying(DontKnow),
		"!refused":        Saying(Refused),
		"!skipped":        Saying(Skipped),
		"!not_applicable": Saying(NotApplicable),
	} {
		got, err := ParseAnswer(KindCode, text)
		if err != nil || got != want || got.Canonical() != text {
			t.Errorf("%q: %v %v", text, got, err)
		}
	}
	for _, text := range []string{"yes", "!answered", "!not_asked", "!", "=", "?refused", "=a b"} {
		if got, err := ParseAnswer(KindCode, text); err == nil {
			t.Errorf("%q reads as %v", text, got)
		}
	}
}

// "No" is never a default: nothing but an explicit answer makes a value.
func TestNothingIsNotAnAnswer(t *testing.T) {
	for name, a := range map[string]Answer{
		"zero": {}, "nil": Of(nil), "empty set": Of(SetOf()), "empty text": Of(TextOf(" ")), "answered without value": Saying(Answered),
		"no date": Of(PartialDate{}), "no money": Of(Money{}), "no place": Of(Place{}),
	} {
		if a != (Answer{}) || a.State != NotAsked || a.Canonical() != "" {
			t.Errorf("%s: %v", name, a)
		}
	}
}

func TestSameMeansTheSame(t *testing.T) {
	thai, _ := ParseDate("2562-04-17")
	khmer, _ := ParseDate("2019-04-17")
	guess, _ := ParseDate("2019-04-17~")
	if !Same(Of(thai), Of(khmer)) {
		t.Error("one day in two calendars differs")
	}
	if Same(Of(khmer), Of(guess)) || Same(Saying(Refused), Of(Code("no"))) || Same(Answer{}, Saying(Skipped)) {
		t.Error("different answers are the same")
	}
	if !Same(Of(SetOf("b", "a")), Of(SetOf("a", "b", "b"))) {
		t.Error("order makes a difference in a set")
	}
}

func TestFieldNames(t *testing.T) {
	for name, want := range map[string]Field{"wrk_sector": {Item: "wrk_sector"}, "wrk_sector@7fa2": {"wrk_sector", "7fa2"}} {
		if got, err := ParseField(name); err != nil || got != want || got.String() != name {
			t.Errorf("%q: %v %v", name, got, err)
		}
	}
	for _, name := range []string{"", "@x", "a@", "a@b@c", "a b", "a@0123456789abcdef0"} {
		if _, err := ParseField(name); err == nil {
			t.Errorf("%q is a field", name)
		}
	}
}
