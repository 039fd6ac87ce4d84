package web

import "unicode"

// Span is a run of letters that both texts share, or that only one has.
type Span struct {
	Text string
	Same bool
}

// diffClustersMax bounds the work of DiffLetters: longer texts are compared
// by their common start and end only.
const diffClustersMax = 1200

// DiffLetters marks two texts letter by letter. A letter is a cluster: in
// Khmer a base with its subscripts and vowel signs is never cut apart, for a
// half cluster is not readable.
func DiffLetters(left, right string) (l, r []Span) {
	a, b := clusters(left), clusters(right)
	if len(a) > diffClustersMax || len(b) > diffClustersMax {
		return diffEnds(a, b)
	}
	// common[i][j] is the length of the longest common run of a[i:] and b[j:].
	common := make([][]int, len(a)+1)
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			l, r = addSpan(l, a[i], true), addSpan(r, b[j], true)
			i, j = i+1, j+1
		case j == len(b) || (i < len(a) && common[i+1][j] >= common[i][j+1]):
			l = addSpan(l, a[i], false)
			i++
		default:
			r = addSpan(r, b[j], false)
			j++
		}
	}
	return l, r
}

// diffEnds marks all between the common start and the common end.
func diffEnds(a, b []string) (l, r []Span) {
	start := 0
	for start < len(a) && start < len(b) && a[start] == b[start] {
		start++
	}
	end := 0
	for end < len(a)-start && end < len(b)-start && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	mark := func(text []string) (out []Span) {
		for i, c := range text {
			out = addSpan(out, c, i < start || i >= len(text)-end)
		}
		return out
	}
	return mark(a), mark(b)
}

func addSpan(spans []Span, text string, same bool) []Span {
	if n := len(spans); n > 0 && spans[n-1].Same == same {
		spans[n-1].Text += text
		return spans
	}
	return append(spans, Span{Text: text, Same: same})
}

// khmerCoeng joins the consonant after it to the cluster as a subscript.
const khmerCoeng = '\u17d2'

// clusters cuts a text into letters as a reader sees them.
func clusters(text string) []string {
	var out []string
	afterCoeng := false
	for _, r := range text {
		joins := afterCoeng || unicode.Is(unicode.M, r) || r == '\u200b' || r == '\u200d' || r == '\u200c'
		if joins && len(out) > 0 {
			out[len(out)-1] += string(r)
		} else {
			out = append(out, string(r))
		}
		afterCoeng = r == khmerCoeng
	}
	return out
}
