package linkage

import "testing"

// Speed by record count is pairs per record times this, plus one profile.

func BenchmarkNewProfileAndKeys(b *testing.B) {
	for b.Loop() {
		_ = Keys(NewProfile(chanthy.Original))
	}
}

func BenchmarkCompare(b *testing.B) {
	model := DefaultModel()
	for b.Loop() {
		_ = model.Compare(chanthy, chanthyAgain, nil)
	}
}
