package linkage

import "math"

// A Comparison says how strongly two records point to one person, and why.
type Comparison struct {
	A, B string // record ids, the smaller first

	// Weight is the log2 odds that the pair is one person: 0 is even, 10 is
	// about 1000 to 1 for, -10 against. It is exactly the sum of the parts.
	Weight      float64
	Probability float64
	Parts       []Part
}

// A Part is one named term of a weight, in bits. A part of a missing field
// weighs 0 and is listed, so that a page can say "not known".
type Part struct {
	Code   PartCode
	Field  Field // empty for parts that belong to no field
	Level  Level // empty likewise
	Weight float64
}

// A PartCode is stable: stored with scores, and the key of the words that
// people read. A field's part has the field's own code.
type PartCode string

// The codes of parts that are not a field's.
const (
	// PartPrior is where every candidate pair starts.
	PartPrior PartCode = "prior"
	// PartFamilyTerm and PartGivenTerm adjust for how common the shared name is.
	PartFamilyTerm PartCode = "family_frequency"
	PartGivenTerm  PartCode = "given_frequency"
	// PartReturn gives back what differs only because the person returned twice:
	// batch, sector, months, phone.
	PartReturn PartCode = "return"
	// PartHousehold takes back what people of one household would share too:
	// village, phone, batch and family name.
	PartHousehold PartCode = "household"
)

// Compare compares two profiles with the built-in model and no terms.
func Compare(a, b Profile) Comparison { return DefaultModel().Compare(a, b, nil) }

// Compare weighs two profiles. Terms may be nil. The result is the same for
// (a, b) and (b, a).
//
// With classes same (S), returned (R), household (H) and unrelated (U) the
// weight is
//
//	log2  share(S) P(pattern|S) + share(R) P(pattern|R)
//	      ─────────────────────────────────────────────
//	      share(H) P(pattern|H) + share(U) P(pattern|U)
//
// written as prior + Σ log2(m/u) + return + household, where return and
// household are what remains when the two classes above the line, and the two
// below it, are told apart.
func (m *Model) Compare(a, b Profile, terms *Terms) Comparison {
	pattern, name := patternOf(&a, &b, terms)
	c := Comparison{A: min(a.ID, b.ID), B: max(a.ID, b.ID), Parts: make([]Part, 0, len(pattern)+5)}
	add := func(p Part) {
		c.Parts = append(c.Parts, p)
		c.Weight += p.Weight
	}
	add(Part{Code: PartPrior, Weight: m.prior})
	likeReturn := 0.0    // log2 of P(pattern|R) / P(pattern|S)
	likeHousehold := 0.0 // log2 of P(pattern|H) / P(pattern|U)
	for _, g := range pattern {
		bits := m.bits[g]
		add(Part{PartCode(g.Field), g.Field, g.Level, bits.same})
		likeReturn += bits.returned
		likeHousehold += bits.household
		if g.Level != Spelled && g.Level != Sounds {
			continue
		}
		switch g.Field {
		case FieldFamily:
			add(Part{Code: PartFamilyTerm, Weight: grid(terms.bits(name.familySound))})
		case FieldGiven:
			add(Part{Code: PartGivenTerm, Weight: grid(terms.bits(name.givenSound))})
		}
	}
	add(Part{Code: PartReturn, Weight: m.returned(likeReturn)})
	add(Part{Code: PartHousehold, Weight: m.household(likeHousehold)})
	c.Probability = 1 / (1 + math.Exp2(-c.Weight))
	return c
}

// weigh gives Compare's weight without its parts.
func (m *Model) weigh(a, b *Profile, terms *Terms) float64 {
	pattern, name := patternOf(a, b, terms)
	weight, likeReturn, likeHousehold := m.prior, 0.0, 0.0
	for _, g := range pattern {
		bits := m.bits[g]
		weight += bits.same
		likeReturn += bits.returned
		likeHousehold += bits.household
		if g.Level != Spelled && g.Level != Sounds {
			continue
		}
		switch g.Field {
		case FieldFamily:
			weight += grid(terms.bits(name.familySound))
		case FieldGiven:
			weight += grid(terms.bits(name.givenSound))
		}
	}
	return weight + m.returned(likeReturn) + m.household(likeHousehold)
}

// returned gives the bits by which the pattern is likelier when some of the
// pairs of one person are two returns.
func (m *Model) returned(likeReturn float64) float64 {
	once := m.shares.Same / (m.shares.Same + m.shares.Returned)
	return grid(math.Log2(once + (1-once)*math.Exp2(likeReturn)))
}

// household gives the bits by which the pattern is likelier when some of the
// pairs that are not one person are one household.
func (m *Model) household(likeHousehold float64) float64 {
	unrelated := m.shares.Unrelated / (m.shares.Unrelated + m.shares.Household)
	return grid(-math.Log2(unrelated + (1-unrelated)*math.Exp2(likeHousehold)))
}

// gridSteps is the number of steps in a bit. Every part is a whole number of
// steps: sums of such numbers are exact in any order and on any machine.
const gridSteps = 1024

func grid(bits float64) float64 { return math.Round(bits*gridSteps) / gridSteps }
