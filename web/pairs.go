package web

import "time"

// Pairs is the page of possible duplicates: a queue, two records side by
// side, and the history of decisions. It posts {csrf, left, right, verdict,
// reason} to /pairs/decide; verdict is a code of family "verdict".
type Pairs struct {
	Queue   []QueuedPair
	Pair    *Pair // nil when the queue is empty
	History []PairDecision
	Waiting int // how many more than Queue shows
	Decided int // today, by this person
}

// QueuedPair is one line of the queue.
type QueuedPair struct {
	Path  string
	Left  Name
	Right Name
	Now   bool
	Why   string // code of family "queued": new, disputed, sample
}

// Pair is two records side by side. The weight and its waterfall stand behind
// a "why" until the answer is given, so that the eye judges before the number.
type Pair struct {
	LeftID, RightID string
	LeftPath        string
	RightPath       string
	Left, Right     PairSide
	Fields          []PairField
	Steps           []WeightStep
	WeightBits      float64  // the sum, in bits
	Probability     float64  // 0 to 1
	Model           string   // version
	Signs           []string // short reasons, as shown ("same village")
}

// PairSide heads one column.
type PairSide struct {
	Title  string // "PTC, 12 March 2026"
	Center string
	At     time.Time
	Where  string
	Events []Event // episodes on the time line
}

// PairField compares one field. Alike says how alike the two values are, 0 to
// 1, where 1 is the same; below 0 is not compared, because a side is missing.
// What that speaks for is the weight's business.
type PairField struct {
	Label       string
	Left, Right Name // Khmer over Latin; other values stand in Latin
	Alike       float64
}

// Marks returns the four texts marked letter by letter, in the order left
// Khmer, right Khmer, left Latin, right Latin.
func (f PairField) Marks() (m PairMarks) {
	m.LeftKhmer, m.RightKhmer = marksOf(f.Left.Khmer, f.Right.Khmer)
	m.LeftLatin, m.RightLatin = marksOf(f.Left.Latin, f.Right.Latin)
	return m
}

// PairMarks holds the marked texts of one field.
type PairMarks struct{ LeftKhmer, RightKhmer, LeftLatin, RightLatin []Span }

// marksOf marks nothing where one side is missing: all of it would differ.
func marksOf(left, right string) (l, r []Span) {
	if left == "" || right == "" {
		return whole(left), whole(right)
	}
	return DiffLetters(left, right)
}

func whole(text string) []Span {
	if text == "" {
		return nil
	}
	return []Span{{Text: text, Same: true}}
}

// Percent is Alike in whole percent, for the bar.
func (f PairField) Percent() int { return int(f.Alike*100 + 0.5) }

// Degree is Alike in words: a code of family "alike".
func (f PairField) Degree() string {
	switch {
	case f.Alike >= 1:
		return "same"
	case f.Alike >= 0.7:
		return "close"
	case f.Alike >= 0.2:
		return "some"
	}
	return "differs"
}

// Compared says whether both sides had a value.
func (f PairField) Compared() bool { return f.Alike >= 0 }

// WeightStep is one bar of the waterfall.
type WeightStep struct {
	Label string
	Bits  float64 // for (+) or against (−) the same person
}

// PairDecision is one decision of the history. Undo posts {csrf, id, reason}
// to /pairs/undo.
type PairDecision struct {
	ID      string
	Left    Name
	Right   Name
	Verdict string // code of family "verdict"
	Who     string
	At      time.Time
	Reason  string
	Undone  bool
	Auto    bool // made above the threshold, by policy
	Path    string
}

// PairAnswered is shown once the answer is given: the weight, open.
type PairAnswered struct {
	Pair    Pair
	Verdict string
	Who     string
	Next    string // path of the next pair; empty is none
	ID      string // of the decision, for undo
}

func (Pairs) deskTemplate() string        { return "pairs" }
func (PairAnswered) deskTemplate() string { return "pair_answered" }
