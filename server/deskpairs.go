package server

import (
	"errors"
	"net/url"
	"slices"
	"time"

	"raksa/casefile"
	"raksa/linkage"
	"raksa/screening"
	"raksa/syncengine"
	"raksa/web"
)

// How many lines the queue and the history show.
const (
	queueShown     = 30
	historyShown   = 50
	automaticShown = 10 // links that no person made, above the history
)

// verdictCodes maps web's family "verdict" to what is stored.
var verdictCodes = map[string]casefile.Verdict{
	"same": casefile.SamePerson, "different": casefile.DifferentPeople, "unsure": casefile.CannotTell,
}

func verdictCode(stored casefile.Verdict) string {
	for code, verdict := range verdictCodes {
		if verdict == stored {
			return code
		}
	}
	return string(stored)
}

// mayJudge: pairs show who people are, so only who may decide about identities
// sees them.
func (v *deskVisit) mayJudge() error {
	if !v.viewer().MayDecide(screening.Identity) {
		return &Denied{Reason: "pairs_class"}
	}
	return nil
}

func pairsPage(v *deskVisit) (deskReply, error) {
	if err := v.mayJudge(); err != nil {
		return deskReply{}, err
	}
	if err := v.leaf(Leaf{What: "search", Reason: "pairs"}); err != nil {
		return deskReply{}, err
	}
	var chosen *PairView
	if v.asked("left") != "" {
		pair, err := v.askedPair()
		if err != nil {
			return deskReply{}, err
		}
		view, err := v.PairOf(v.tx, pair)
		if err != nil {
			return deskReply{}, err
		}
		chosen = &view
	}
	page, err := v.pairs(chosen)
	return deskReply{page: page}, err
}

// pairs is the review desk with one pair open: the chosen one, else the first
// of the queue.
func (v *deskVisit) pairs(chosen *PairView) (page web.Pairs, _ error) {
	queue, err := v.Queue(v.tx, v.staff.ID)
	if err != nil {
		return page, err
	}
	now := Asked{}
	switch {
	case chosen != nil:
		now.PairView = *chosen
		if at := slices.IndexFunc(queue, func(a Asked) bool { return a.Pair == chosen.Pair }); at >= 0 {
			now = queue[at]
		}
	case len(queue) > 0:
		now = queue[0]
	}
	if now.Pair != (casefile.Pair{}) {
		if page.Pair, err = v.pair(now); err != nil {
			return page, err
		}
	}
	for _, view := range queue[:min(len(queue), queueShown)] {
		line := web.QueuedPair{Path: pairPath(view.Pair), Now: view.Pair == now.Pair, Why: view.Why}
		if line.Left, line.Right, err = v.namesOf(view.Pair); err != nil {
			return page, err
		}
		page.Queue = append(page.Queue, line)
	}
	page.Waiting = len(queue) - len(page.Queue)
	agreement, err := v.Office.Agreement(v.tx)
	if err != nil {
		return page, err
	}
	page.Agreement = web.PairAgreement(agreement)
	links, err := v.automaticLinks(v.tx)
	if err != nil {
		return page, err
	}
	page.History, page.Decided, err = v.verdicts(links)
	return page, err
}

func (v *deskVisit) askedPair() (casefile.Pair, error) {
	a, errA := syncengine.ParseRecordID(v.asked("left"))
	b, errB := syncengine.ParseRecordID(v.asked("right"))
	if errA != nil || errB != nil || a == b {
		return casefile.Pair{}, errNotThere
	}
	return casefile.PairOf(a, b), nil
}

func pairPath(p casefile.Pair) string {
	return "/pairs?" + url.Values{"left": {p.A.String()}, "right": {p.B.String()}}.Encode()
}

func (v *deskVisit) namesOf(p casefile.Pair) (left, right web.Name, _ error) {
	a, err := v.rowOf(p.A)
	if err != nil {
		return left, right, err
	}
	b, err := v.rowOf(p.B)
	return a.Name, b.Name, err
}

// pair shows two records side by side, and no weight. Both are read by it.
func (v *deskVisit) pair(view Asked) (*web.Pair, error) {
	shown := &web.Pair{
		LeftID: view.Pair.A.String(), RightID: view.Pair.B.String(),
		LeftPath: "/records/" + view.Pair.A.String(), RightPath: "/records/" + view.Pair.B.String(),
		Why: view.Why,
	}
	var sides [2]*casefile.Seen
	for i, id := range []syncengine.RecordID{view.Pair.A, view.Pair.B} {
		s, err := v.seen(id)
		if err != nil {
			return nil, err
		}
		if err := v.leaf(Leaf{What: "read", Record: id.String(), Reason: "pair"}); err != nil {
			return nil, err
		}
		sides[i] = s
	}
	shown.Left, shown.Right = v.pairSide(sides[0]), v.pairSide(sides[1])
	for i, side := range []*web.PairSide{&shown.Left, &shown.Right} {
		records, err := v.PersonRecords(v.tx, sides[i].ID)
		if err != nil {
			return nil, err
		}
		side.More = len(records) - 1
	}
	shown.Fields = v.pairFields(sides[0], sides[1], view.Comparison)
	return shown, nil
}

// answered shows what a pair weighs, once it is answered.
func (v *deskVisit) answered(view PairView, code string) (*web.PairAnswered, error) {
	model, err := v.LinkVersion(v.tx)
	if err != nil {
		return nil, err
	}
	shown := &web.PairAnswered{
		Path: pairPath(view.Pair), Verdict: code, Who: v.staff.Name, ID: verdictID(view.Pair, v.staff.ID),
		WeightBits: view.Comparison.Weight, Model: model,
	}
	if shown.Left, shown.Right, err = v.namesOf(view.Pair); err != nil {
		return nil, err
	}
	for _, part := range view.Comparison.Parts {
		if part.Weight == 0 {
			continue
		}
		step := web.WeightStep{Label: web.CodeWord(v.lang, "part", string(part.Code)), Bits: part.Weight}
		if degree, known := alikeness[part.Level]; known {
			step.Degree = web.DegreeOf(degree)
		}
		shown.Steps = append(shown.Steps, step)
	}
	return shown, nil
}

func (v *deskVisit) pairSide(s *casefile.Seen) web.PairSide {
	at, center := openedAt(s), v.siteText(s.Center)
	side := web.PairSide{Title: center + ", " + v.dayText(at), Center: center, At: at, Where: "office"}
	side.Events = []web.Event{{At: at, Kind: "interview"}}
	if live := s.Record.Field(fieldClosed).Live(); len(live) > 0 {
		side.Events = append(side.Events, web.Event{At: time.UnixMilli(live[0].DeviceMillis), Kind: "closed"})
	}
	return side
}

// comparedFields pairs what linkage compares with the items it comes from.
var comparedFields = []struct {
	field        linkage.Field
	khmer, latin string // items
}{
	{linkage.FieldFamily, itemFamilyKhmer, itemFamilyLatin},
	{linkage.FieldGiven, itemGivenKhmer, itemGivenLatin},
	{linkage.FieldSex, "", itemSex},
	{linkage.FieldBirth, "", itemBirth},
	{linkage.FieldBirth, "", itemAge},
	{linkage.FieldPlace, "", "idn_home"},
	{linkage.FieldPhone, "", "idn_phone"},
	{linkage.FieldNationalID, "", "idn_doc_number"},
	{linkage.FieldSector, "", "wrk_sector"},
}

func (v *deskVisit) pairFields(left, right *casefile.Seen, comparison linkage.Comparison) (fields []web.PairField) {
	for _, compared := range comparedFields {
		item := left.Form.Item(compared.latin)
		if item == nil {
			continue
		}
		label, _ := v.labelOf(item)
		if compared.khmer != "" {
			if khmer := left.Form.Item(compared.khmer); khmer != nil {
				label, _ = v.labelOf(khmer)
			}
		}
		one := web.PairField{Label: label, Alike: alike(comparison, compared.field)}
		one.Left.Khmer, one.Left.Latin = textAnswer(left, compared.khmer), v.answerText(left.Form, item, left.Answers[compared.latin])
		one.Right.Khmer, one.Right.Latin = textAnswer(right, compared.khmer), v.answerText(right.Form, item, right.Answers[compared.latin])
		if one.Left.Empty() && one.Right.Empty() {
			continue
		}
		switch {
		case one.Left.Empty() || one.Right.Empty():
			one.Alike = -1
		case one.Left == one.Right:
			one.Alike = 1
		}
		fields = append(fields, one)
	}
	return fields
}

func decidePair(v *deskVisit) (deskReply, error) {
	if err := v.mayJudge(); err != nil {
		return deskReply{}, err
	}
	pair, err := v.askedPair()
	if err != nil {
		return deskReply{}, err
	}
	code := v.asked("verdict")
	verdict, known := verdictCodes[code]
	if !known {
		return deskReply{}, errNoChoice
	}
	view, err := v.PairOf(v.tx, pair)
	if err != nil {
		return deskReply{}, err
	}
	if _, err := v.pair(Asked{PairView: view}); err != nil { // both records must be there to be judged
		return deskReply{}, err
	}
	err = v.SayVerdict(v.tx, pair, v.staff.ID, verdict, v.asked("reason"), v.session.sign)
	if err != nil {
		return deskReply{}, err
	}
	page, err := v.pairs(nil)
	if err != nil {
		return deskReply{}, err
	}
	page.Last, err = v.answered(view, code)
	return deskReply{page: page}, err
}

// undoPair takes back what this person said about a pair. What others said
// stands; only they can take it back.
func undoPair(v *deskVisit) (deskReply, error) {
	if err := v.mayJudge(); err != nil {
		return deskReply{}, err
	}
	pair, by, err := parseVerdictID(v.asked("id"))
	if err != nil {
		return deskReply{}, err
	}
	if !by.Zero() && by != v.staff.ID {
		return deskReply{}, &Denied{Reason: "verdict_of_another"}
	}
	view, err := v.PairOf(v.tx, pair)
	if err != nil {
		return deskReply{}, err
	}
	if by.Zero() && view.Automatic { // no person made it: one word parts the two, and asks for them again
		err := v.SayVerdict(v.tx, pair, v.staff.ID, casefile.CannotTell, "", v.session.sign)
		return deskReply{to: pairPath(pair), done: "undone"}, err
	}
	if !slices.ContainsFunc(view.Said, func(s casefile.Said) bool { return s.By == v.staff.ID }) {
		return deskReply{}, errSettled
	}
	err = v.UndoVerdict(v.tx, pair, v.staff.ID, v.session.sign)
	if errors.Is(err, casefile.ErrNothing) {
		err = errSettled
	}
	return deskReply{to: pairPath(pair), done: "undone"}, err
}
