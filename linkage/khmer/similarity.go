package khmer

// Similarity compares two sounds, 0 (nothing in common) to 1 (equal). It is an
// edit similarity in which a vowel counts little and the consonants that lists
// confuse (r/l, final s/t, n/ng) count half. An empty sound is similar to none.
func Similarity(a, b string) float64 {
	if a == "" || b == "" {
		return 0
	}
	a, b = clip(a), clip(b)
	if a == b {
		return 1
	}
	var rows [2][soundLengthMax + 1]int
	before, now := &rows[0], &rows[1]
	for j := 1; j <= len(b); j++ {
		before[j] = before[j-1] + costs.drop[b[j-1]]
	}
	for i := 1; i <= len(a); i++ {
		drop, swap := costs.drop[a[i-1]], &costs.swap[a[i-1]]
		now[0] = before[0] + drop
		for j := 1; j <= len(b); j++ {
			now[j] = min(before[j-1]+int(swap[b[j-1]]), before[j]+drop, now[j-1]+costs.drop[b[j-1]])
		}
		before, now = now, before
	}
	longest := max(mass(a), mass(b))
	return 1 - float64(before[len(b)])/float64(longest)
}

// soundLengthMax bounds the work on a name that is no name.
const soundLengthMax = 64

func clip(s string) string { return s[:min(len(s), soundLengthMax)] }

// costs holds dropCost and swapCost of every byte: a list asks them a billion times.
var costs = func() (c struct {
	drop [256]int
	swap [256][256]int16
},
) {
	for a := range 256 {
		c.drop[a] = dropCost(byte(a))
		for b := range 256 {
			c.swap[a][b] = int16(swapCost(byte(a), byte(b)))
		}
	}
	return c
}()

// Costs are in hundredths of a plain consonant, so that sums are exact.
func dropCost(c byte) int {
	switch {
	case isVowel(c):
		return 30
	case c == 'H' || c == 'Y':
		return 30
	}
	return 100
}

func swapCost(a, b byte) int {
	switch {
	case a == b:
		return 0
	case isVowel(a) && isVowel(b):
		return 25
	case isVowel(a) || isVowel(b):
		return dropCost(a) + dropCost(b)
	}
	switch confusion(a, b) {
	case "RL":
		return 30
	case "ST", "CT", "CS", "GN", "NL", "CK":
		return 60
	}
	return 100
}

// confusion names an unordered pair of consonants.
func confusion(a, b byte) string {
	for _, pair := range []string{"RL", "ST", "CT", "CS", "GN", "NL", "CK"} {
		if a == pair[0] && b == pair[1] || a == pair[1] && b == pair[0] {
			return pair
		}
	}
	return ""
}

func mass(s string) int {
	sum := 0
	for i := 0; i < len(s); i++ {
		sum += costs.drop[s[i]]
	}
	return max(sum, 1)
}
