package vault

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestTwoPartiesAgreeAndTheUnitDoesNot(t *testing.T) {
	partner, office, unit := must(NewParty(replay("partner")))(t), must(NewParty(replay("office")))(t), must(NewParty(replay("unit")))(t)
	theirs := must(ParsePartyPublic(partner.Public().Text()))(t)
	again := must(ParseParty(office.Text()))(t)

	a := must(partner.Exchange(office.Public(), "2026-11"))(t)
	b := must(again.Exchange(theirs, "2026-11"))(t)
	if !bytes.Equal(a.Shared, b.Shared) || a.Fingerprint != b.Fingerprint {
		t.Error("the two parties have two secrets")
	}
	if bytes.Equal(a.Own, b.Own) || bytes.Equal(a.Own, a.Shared) {
		t.Error("a party's own secret is not its own")
	}
	for name, other := range map[string]Exchange{
		"another exchange":            must(partner.Exchange(office.Public(), "2026-12"))(t),
		"the unit's with the partner": must(unit.Exchange(theirs, "2026-11"))(t),
	} {
		if bytes.Equal(a.Shared, other.Shared) || a.Fingerprint == other.Fingerprint {
			t.Errorf("%s has the same secret", name)
		}
	}
	if _, err := partner.Exchange(theirs, "2026-11"); !errors.Is(err, ErrMalformed) {
		t.Error("a party exchanges with itself:", err)
	}
}

func TestOnlyThePartyOpensWhatIsSealedToIt(t *testing.T) {
	unit, other := must(NewParty(replay("unit")))(t), must(NewParty(replay("other")))(t)
	var file bytes.Buffer
	w := must(unit.Public().Seal(&file))(t)
	if _, err := io.WriteString(w, "filters"); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	plain := must(unit.Open(bytes.NewReader(file.Bytes())))(t)
	if got := must(io.ReadAll(plain))(t); string(got) != "filters" {
		t.Errorf("opened %q", got)
	}
	if _, err := other.Open(bytes.NewReader(file.Bytes())); !errors.Is(err, ErrWrongSecret) {
		t.Error("another party opened it:", err)
	}
}

func TestABrokenPartyKeyIsRefused(t *testing.T) {
	p := must(NewParty(replay("party")))(t)
	for name, text := range map[string]string{
		"empty": "", "the public half": p.Public().Text(), "no second key": strings.Split(p.Text(), "AGE")[0],
		"a sign changed": strings.Replace(p.Text(), "AGE-SECRET", "AGE-SECRAT", 1),
	} {
		if _, err := ParseParty(text); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ParsePartyPublic(p.Text()); !errors.Is(err, ErrMalformed) {
		t.Error("a whole key was taken for its public half:", err)
	}
}
