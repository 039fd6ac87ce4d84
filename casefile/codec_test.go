package casefile_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"raksa/casefile"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/syncengine"
)

// Every block of an interview of form version vif/1 is packed with this
// dictionary and opens with no other. When this test fails, what was changed
// is the dictionary of blocks that are in somebody's hands: make a new form
// version instead, and leave this figure as it is.
func TestTheDictionaryOfAFormVersionIsPermanent(t *testing.T) {
	const want = "14b3e4ca6b8a6fa98dec70a899ced98e56e06e1595f2dd8ab4ffa1d2a1ae7770"
	words := casefile.Codec(forms).Dictionary("vif/1")
	sum := sha256.Sum256(words)
	if got := hex.EncodeToString(sum[:]); got != want {
		t.Errorf("the dictionary of vif/1 is now %s, of %d bytes", got, len(words))
	}
	if again := casefile.Codec(forms).Dictionary("vif/1"); !bytes.Equal(words, again) {
		t.Error("twice asked, two dictionaries")
	}
}

// DEFLATE looks back 32 KiB: what lies before is dead weight.
func TestTheDictionaryFitsTheWindowAndHoldsEveryItem(t *testing.T) {
	words := bytes.Split(casefile.Codec(forms).Dictionary("vif/1"), []byte{1})
	size, has := 0, map[string]bool{}
	for _, word := range words {
		size += len(word) + 1
		has[string(word)] = true
	}
	if size > 32<<10 {
		t.Errorf("%d bytes", size)
	}
	for _, item := range form.Builtin().Items() {
		if !has[item.ID] {
			t.Errorf("%s is not in it", item.ID)
		}
	}
}

func TestAFormVersionThatIsUnknownHasNoDictionary(t *testing.T) {
	if words := casefile.Codec(forms).Dictionary("vif/9"); words != nil {
		t.Errorf("%d bytes", len(words))
	}
}

// Testimony is padded to 64-byte steps, others are not (bytes and keys, section 2).
func TestOnlyTestimonyIsPadded(t *testing.T) {
	for _, class := range append(casefile.Classes(), syncengine.ClassClear) {
		want := map[syncengine.Class]int{syncengine.Class(screening.Testimony): 64}[class]
		if got := casefile.Codec(forms).PadStep(class); got != want {
			t.Errorf("class %d: %d", class, got)
		}
	}
}
