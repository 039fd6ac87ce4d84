package casefile

import (
	"bytes"
	"slices"
	"strings"

	"raksa/screening"
	"raksa/syncengine"
)

// Verdict is what one supervisor says about a pair of interview records. Each
// has a register of their own, so two who disagree both stand, and a verdict is
// taken back by striking it out.
type Verdict string

// The verdicts (linkage study). The codes are hashed: never renamed.
const (
	SamePerson      Verdict = "same"
	DifferentPeople Verdict = "different"
	CannotTell      Verdict = "cannot_tell"
)

// Pair names two records, the lesser id first.
type Pair struct{ A, B syncengine.RecordID }

// PairOf orders two records.
func PairOf(a, b syncengine.RecordID) Pair {
	if bytes.Compare(a[:], b[:]) > 0 {
		a, b = b, a
	}
	return Pair{A: a, B: b}
}

// Key is the pair as a cell key.
func (p Pair) Key() []byte { return slices.Concat(p.A[:], p.B[:]) }

const (
	verdictPair   = "pair"
	prefixVerdict = "verdict." // + person id
	prefixReason  = "reason."  // + person id
	prefixWeighed = "weighed." // + person id: what the pair weighed when it was judged
)

// Said is one supervisor's standing verdict.
type Said struct {
	By      syncengine.PersonID
	Verdict Verdict
	Reason  string
	Weighed string // the weight and the model when it was said; empty where there was no score
	Stamp   syncengine.Stamp
}

// VerdictDraft drafts what a supervisor says about a pair; the empty verdict
// takes back what they said before. rec is nil for the first word on a pair;
// weighed is what the pair weighed, by which a doubt is asked again when it
// weighs something else.
func VerdictDraft(id syncengine.RecordID, rec *syncengine.Record, pair Pair, by syncengine.PersonID, verdict Verdict, reason, weighed string) (syncengine.Draft, error) {
	draft := syncengine.Draft{Record: id, Kind: KindVerdict, Author: by, Writes: map[syncengine.Class][]syncengine.Write{}}
	put := func(class screening.Class, field, text string) {
		write := syncengine.Write{Field: field, State: syncengine.State(screening.Answered), Value: []byte(text)}
		if text == "" {
			write.State = syncengine.Struck
		}
		if rec != nil {
			write.Supersedes = rec.Field(field).Basis()
		}
		if text != "" || len(write.Supersedes) > 0 {
			draft.Writes[syncengine.Class(class)] = append(draft.Writes[syncengine.Class(class)], write)
		}
	}
	if rec == nil {
		put(screening.Admin, verdictPair, pair.A.String()+" "+pair.B.String())
	}
	put(screening.Admin, prefixVerdict+by.String(), string(verdict))
	if verdict == "" {
		weighed = ""
	}
	put(screening.Admin, prefixWeighed+by.String(), weighed)
	put(screening.Testimony, prefixReason+by.String(), screening.TextOf(reason).Canonical())
	if len(draft.Writes) == 0 {
		return draft, ErrNothing
	}
	return draft, nil
}

// OpenVerdict reads a record as the verdicts about one pair, by person.
func OpenVerdict(rec *syncengine.Record) (Pair, []Said, error) {
	wrong := &NotOfKind{Record: rec.ID, Want: "a verdict about a pair"}
	left, right, found := strings.Cut(latest(rec.Field(verdictPair)), " ")
	a, errA := syncengine.ParseRecordID(left)
	b, errB := syncengine.ParseRecordID(right)
	if rec.Kind != KindVerdict || !found || errA != nil || errB != nil {
		return Pair{}, nil, wrong
	}
	var said []Said
	for field, reg := range rec.Classes[syncengine.Class(screening.Admin)] {
		person, is := strings.CutPrefix(field, prefixVerdict)
		by, err := syncengine.ParsePersonID(person)
		if text := latest(reg); is && err == nil && text != "" {
			live := reg.Live()
			said = append(said, Said{
				By: by, Verdict: Verdict(text), Reason: latest(rec.Field(prefixReason + person)),
				Weighed: latest(rec.Field(prefixWeighed + person)), Stamp: live[len(live)-1].Stamp,
			})
		}
	}
	slices.SortFunc(said, func(a, b Said) int { return bytes.Compare(a.By[:], b.By[:]) })
	return PairOf(a, b), said, nil
}
