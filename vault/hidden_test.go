package vault

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// Protection study, 3.17: a key must not reach a log by any verb.
func TestKeysDoNotPrint(t *testing.T) {
	raw := [32]byte([]byte("a canary of exactly 32 bytes...."))
	k, c := RecordKey(raw), ClassKey(raw)
	vault := newUnlocked(ID{}, raw, raw[:])
	office := must(officeFrom(raw))(t)
	receiving := must(receivingKeyFrom(raw))(t)
	holder := struct {
		K RecordKey
		C ClassKeys
		U *Unlocked
	}{k, ClassKeys{1: c}, vault}
	values := []any{
		k, &k, c, &c,
		ClassKeys{1: c},
		DeliverySeed(raw),
		Ratchet{e: raw},
		&Ratchet{e: raw},
		Handover{Whole: &k},
		Handover{Classes: ClassKeys{1: c}},
		vault.Wrapper, vault, office, receiving, holder,
	}
	shown := []string{"canary", "63616e617279", "63616E617279", "99 97 110", "0x63, 0x61, 0x6e"}
	if !containsAny(fmt.Sprintf("%v", raw), shown) || !containsAny(fmt.Sprintf("%x", raw), shown) {
		t.Fatal("control: the forms do not find a key that is printed")
	}
	for _, value := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t"} {
			got := fmt.Sprintf(verb, value)
			if containsAny(got, shown) {
				t.Errorf("%s of %T shows the key", verb, value)
			}
		}
		if !strings.Contains(fmt.Sprint(value), "hidden") && !strings.Contains(fmt.Sprintf("%T", value), "Handover") {
			t.Errorf("%T does not say that it hides something: %v", value, value)
		}
		if b, err := json.Marshal(value); err == nil {
			t.Errorf("%T was marshalled to %d bytes", value, len(b))
		}
	}
}

func containsAny(s string, parts []string) bool {
	for _, part := range parts {
		if strings.Contains(s, part) {
			return true
		}
	}
	return false
}
