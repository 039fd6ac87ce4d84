package web

import "time"

// Pairs is the page of possible duplicates: a queue, two records side by
// side, and the history of decisions. It posts {csrf, left, right, verdict,
// reason} to /pairs/decide; verdict is a code of family "verdict". The answer is
// the same page with the next pair on it, and what the answered pair weighed
// beside it: before an answer no weight is shown.
type Pairs struct {
	Queue     []QueuedPair
	Pair      *Pair         // nil when the queue is empty
	Last      *PairAnswered // what was answered a moment ago
	History   []PairDecision
	Waiting   int // how many more than Queue shows
	Decided   int // today, by this person
	Agreement PairAgreement
}

// PairAgreement is how far two supervisors agree who were asked the same pairs.
type PairAgreement struct {
	Twice, Alike int
	Kappa        float64 // 1 is full agreement, 0 what chance would give
}

// QueuedPair is one line of the queue.
type QueuedPair struct {
	Path  string
	Left  Name
	Right Name
	Now   bool
	Why   string // code of family "queued": new, disputed, sample, again, second
}

// Pair is two records side by side. The weight and its waterfall stand behind
// a "why" until the answer is given, so that the eye judges before the number.
type Pair struct {
	LeftID, RightID string
	LeftPath        string
	RightPath       string
	Left, Right     PairSide
	Why             string // code of family "queued"; empty where it was opened by hand
	Fields          []PairField
}

// PairSide heads one column.
type PairSide struct {
	Title  string // "PTC, 12 March 2026"
	Center string
	At     time.Time
	Where  string
	Events []Event // episodes on the time line
	More   int     // further records that are counted as the same person
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
func (f PairField) Degree() string { return DegreeOf(f.Alike) }

// DegreeOf gives how alike two values are in words, a code of family "alike";
// empty where they were not compared.
func DegreeOf(alike float64) string {
	switch {
	case alike < 0:
		return ""
	case alike >= 1:
		return "same"
	case alike >= 0.7:
		return "close"
	case alike >= 0.2:
		return "some"
	}
	return "differs"
}

// Compared says whether both sides had a value.
func (f PairField) Compared() bool { return f.Alike >= 0 }

// WeightStep is one bar of the waterfall.
type WeightStep struct {
	Label  string
	Bits   float64 // for (+) or against (−) the same person
	Degree string  // code of family "alike"; empty where it is no comparison
}

// Speaks says in words what a step comes to: a code of family "speaks".
func (s WeightStep) Speaks() string {
	switch {
	case s.Bits >= 4:
		return "strongly_for"
	case s.Bits >= 0.5:
		return "for"
	case s.Bits > -0.5:
		return "neither"
	case s.Bits > -4:
		return "against"
	}
	return "strongly_against"
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
	Others  bool // said by somebody else: only they can take it back
	Auto    bool // made above the threshold, by policy
	Path    string
}

// PairAnswered is a pair that was just answered, with what it weighs.
type PairAnswered struct {
	Left, Right Name
	Path        string
	Verdict     string
	Who         string
	ID          string // of the decision, for undo
	Steps       []WeightStep
	WeightBits  float64 // the sum, in bits
	Model       string  // version
}

func (Pairs) deskTemplate() string { return "pairs" }
