package trial

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"raksa/casefile"
	"raksa/cmd/raksa/night"
	"raksa/device"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/syncengine"
)

// asked are the questions that officers answer by chance, with what is said. The
// truth follows these alone. Every text carries the mark that no file and no
// answer may hold in the clear.
var asked = []struct {
	item  string
	codes []string
}{
	{"rec_found_by", []string{"relative", "village_broker", "friend"}},
	{"wrk_sector", []string{"construction", "fishing", "agriculture"}},
	{"wrk_hours_day", []string{"9", "13", "18"}},
	{"wrk_pay_state", []string{"full", "nothing", "partly"}},
	{"ctl_papers", []string{"self", "employer"}},
	{"rec_act", []string{"yes", "no"}},
	{"idn_father", nil},
	{"wrk_story", nil},
}

const canaryMark = "made-up-canary-"

func askedItems() (items []string) {
	for _, one := range asked {
		items = append(items, one.item)
	}
	return items
}

// act is something that a person does on a tablet, and how often. It reports
// whether there was anything to do.
type act struct {
	name     string
	weight   int
	do       func(w *world, t *tablet) bool
	profiles string // empty for officers', "partner" for a partner's
}

var acts = []act{
	{"interview begun", 3, (*world).begins, ""},
	{"whole interview", 2, (*world).interviews, ""},
	{"page opened", 5, (*world).opensPage, ""},
	{"page saved", 7, (*world).savesPage, ""},
	{"answered at once", 5, (*world).answersAtOnce, ""},
	{"interview closed", 1, (*world).closes, ""},
	{"person left", 1, (*world).leaves, ""},
	{"consent taken back", 1, (*world).withdraws, ""},
	{"withdrawal filed by slip", 1, (*world).filesSlip, ""},
	{"referral asked for", 2, (*world).refers, ""},
	{"group opened", 1, (*world).opensGroup, ""},
	{"list looked at", 2, (*world).looks, ""},
	{"tablet locked", 1, (*world).locks, ""},
	{"referral answered", 4, (*world).answersReferral, "partner"},
	{"inbox looked at", 2, (*world).looks, "partner"},
	{"tablet locked", 1, (*world).locks, "partner"},
}

// tap lets somebody do something on a tablet.
func (w *world) tap(t *tablet) {
	if t.store.isDead() || t.revoked || !t.signIn() {
		return
	}
	role := ""
	if t.profile == screening.PartnerDevice {
		role = "partner"
	}
	total := 0
	for _, a := range acts {
		if a.profiles == role {
			total += a.weight
		}
	}
	at := w.rng.IntN(total)
	for _, a := range acts {
		if a.profiles != role {
			continue
		}
		if at -= a.weight; at < 0 {
			if a.do(w, t) {
				w.count(a.name)
			}
			return
		}
	}
}

// told works out what a tablet said to a tap: kept, refused with a reason that a
// person is told, or nothing, because it was killed. with is what was saved.
func (t *tablet) told(what string, err error, with *saving) bool {
	if with == nil {
		with = &saving{}
	}
	with.told = err == nil
	if err == nil || errors.Is(err, errKilled) {
		added := t.note(with)
		if must := what == "begin" || len(with.fields) > 0; err == nil && must && added == 0 {
			t.world.fail("P1: %s says that it kept %q, and nothing is in its file", t.name, what)
		}
	}
	if err != nil && !t.store.isDead() && device.Code(err) == "unexpected" {
		t.world.fail("%s: %s: %v", t.name, what, err)
	}
	return err == nil
}

func (w *world) begins(t *tablet) bool {
	_, err := t.dev.NewInterview(w.ctx, device.Opening{})
	return t.told("begin", err, nil)
}

// interviews plays one interview from the first tap to the last but one.
func (w *world) interviews(t *tablet) bool {
	id, err := t.dev.NewInterview(w.ctx, device.Opening{})
	if !t.told("begin", err, nil) {
		return false
	}
	w.peopleMet++
	who, told := night.Somebody(w.Seed, 1+w.peopleMet/2%40) // everybody comes twice
	for _, texts := range []map[string]string{who, told} {
		if !w.types(t, id, texts) {
			return false
		}
	}
	if w.rng.IntN(3) > 0 {
		return t.told("close", t.dev.CloseInterview(w.ctx, id), nil)
	}
	return true
}

// types saves canonical texts as one page, with everything that stands in the
// record on the screen.
func (w *world) types(t *tablet, id syncengine.RecordID, texts map[string]string) bool {
	open, ok := w.open(t, id, slices.Collect(maps.Keys(texts))...)
	return ok && w.save(t, open, texts)
}

func (w *world) open(t *tablet, id syncengine.RecordID, items ...string) (page, bool) {
	seen, err := t.dev.Record(w.ctx, id)
	if err != nil {
		t.told("read", err, nil)
		return page{}, false
	}
	return page{record: id, basis: casefile.BasisOf(seen.Record, items...)}, true
}

// save posts a page. The truth takes the author's screen from the page.
func (w *world) save(t *tablet, p page, texts map[string]string) bool {
	edit := device.Edit{Basis: p.basis, Answers: map[string]screening.Answer{}, Reasons: map[string]string{}}
	with := &saving{record: p.record, fields: map[string]typed{}}
	for _, item := range slices.Sorted(maps.Keys(texts)) {
		answer, err := parse(item, texts[item])
		if err != nil {
			w.fail("the trial types what is no answer to %s", item)
			return false
		}
		edit.Answers[item], edit.Reasons[item] = answer, "made up"
		with.fields[item] = typed{screen: slices.Clone(p.basis[item])}
	}
	before := maps.Clone(p.basis)
	after, err := t.dev.SaveAnswers(w.ctx, p.record, edit)
	for item := range with.fields {
		if err == nil && slices.Equal(after.Basis[item], before[item]) {
			delete(with.fields, item) // it stood there already
		}
	}
	return t.told("save", err, with)
}

// parse reads a canonical text of an item, or the state of an answer.
func parse(item, text string) (screening.Answer, error) {
	switch text {
	case "!refused":
		return screening.Saying(screening.Refused), nil
	case "!dont_know":
		return screening.Saying(screening.DontKnow), nil
	}
	value, err := screening.ParseValue(form.Builtin().Item(item).Kind, text)
	return screening.Of(value), err
}

// someone draws an interview that this tablet shows with its answers.
func (w *world) someone(t *tablet, want func(device.Someone) bool) (device.Someone, bool) {
	all, err := t.dev.List(w.ctx)
	t.told("list", err, nil)
	all = slices.DeleteFunc(all, func(one device.Someone) bool { return one.Seen == nil || want != nil && !want(one) })
	if len(all) == 0 {
		return device.Someone{}, false
	}
	// The last few are drawn more often: so people meet in one record.
	if w.rng.IntN(2) == 0 && len(all) > 4 {
		all = all[len(all)-4:]
	}
	return all[w.rng.IntN(len(all))], true
}

func (w *world) opensPage(t *tablet) bool {
	one, here := w.someone(t, nil)
	if !here || len(t.pages) >= 3 {
		return false
	}
	open, ok := w.open(t, one.ID, askedItems()...)
	if ok {
		t.pages = append(t.pages, open)
	}
	return ok
}

func (w *world) savesPage(t *tablet) bool {
	if len(t.pages) == 0 {
		return w.answersAtOnce(t)
	}
	open := t.pages[0]
	t.pages = t.pages[1:]
	return w.save(t, open, w.says(open.record))
}

func (w *world) answersAtOnce(t *tablet) bool {
	one, here := w.someone(t, nil)
	return here && w.types(t, one.ID, w.says(one.ID))
}

// says draws answers to some of the questions.
func (w *world) says(record syncengine.RecordID) map[string]string {
	texts := map[string]string{}
	for range 1 + w.rng.IntN(3) {
		q := asked[w.rng.IntN(len(asked))]
		switch {
		case w.rng.IntN(12) == 0:
			texts[q.item] = "!refused"
		case q.codes == nil:
			texts[q.item] = fmt.Sprintf("%s%s-%d", canaryMark, short(record), w.rng.IntN(1e6))
		default:
			texts[q.item] = q.codes[w.rng.IntN(len(q.codes))]
		}
	}
	return texts
}

func open(one device.Someone) bool { return !one.Closed }

func (w *world) closes(t *tablet) bool {
	one, here := w.someone(t, open)
	if !here {
		return false
	}
	_, told := night.Somebody(w.Seed, 1+w.rng.IntN(40))
	return w.types(t, one.ID, told) && t.told("close", t.dev.CloseInterview(w.ctx, one.ID), nil)
}

func (w *world) leaves(t *tablet) bool {
	one, here := w.someone(t, open)
	return here && w.rng.IntN(3) == 0 && t.told("leave", t.dev.Leave(w.ctx, one.ID, "made up"), nil)
}

func (w *world) withdraws(t *tablet) bool {
	one, here := w.someone(t, nil)
	if !here {
		return false
	}
	if one.Slip != "" {
		w.truth.slips = append(w.truth.slips, one.Slip)
	}
	scopes := screening.Scopes()
	return t.told("withdraw", t.dev.Withdraw(w.ctx, one.ID, scopes[w.rng.IntN(len(scopes))]), nil)
}

func (w *world) filesSlip(t *tablet) bool {
	if len(w.truth.slips) == 0 {
		return false
	}
	return t.told("file", t.dev.FileWithdrawal(w.ctx, w.truth.slips[w.rng.IntN(len(w.truth.slips))], screening.ScopeAll), nil)
}

func (w *world) refers(t *tablet) bool {
	one, here := w.someone(t, func(one device.Someone) bool { return one.Closed })
	if !here {
		return false
	}
	_, err := t.dev.Refer(w.ctx, one.ID, casefile.Request{
		Organisation: w.partner.String(), Service: "shelter", Urgency: "24h", Note: canaryMark + short(one.ID),
	})
	return t.told("refer", err, nil)
}

func (w *world) opensGroup(t *tablet) bool {
	_, err := t.dev.NewGroup(w.ctx, device.GroupOpening{Gate: "POE-POIPET", Declared: 12, Counted: 11})
	return t.told("group", err, nil)
}

func (w *world) locks(t *tablet) bool {
	t.dev.Lock()
	return true
}

func (w *world) answersReferral(t *tablet) bool {
	inbox, err := t.dev.Inbox(w.ctx)
	t.told("inbox", err, nil)
	if len(inbox) == 0 {
		return false
	}
	one := inbox[w.rng.IntN(len(inbox))]
	if one.Stopped {
		return t.told("confirm", t.dev.ConfirmDeletion(w.ctx, one.ID), nil)
	}
	to, reason := casefile.Accepted, ""
	if w.rng.IntN(3) == 0 {
		to, reason = casefile.Declined, "full"
	}
	return t.told("answer", t.dev.AnswerReferral(w.ctx, one.ID, to, reason, ""), nil)
}

// looks reads the list as it is shown, and holds P1 and I8: what is marked as
// being at the office is held there.
func (w *world) looks(t *tablet) bool {
	if t.profile == screening.PartnerDevice {
		inbox, err := t.dev.Inbox(w.ctx)
		t.told("inbox", err, nil)
		for _, one := range inbox {
			if one.Where == device.AtOffice && !one.Answer.ID.Zero() {
				w.markIsTrue(t, one.Answer.ID)
			}
		}
		return err == nil
	}
	all, err := t.dev.List(w.ctx)
	for _, one := range all {
		if one.Where == device.AtOffice {
			w.markIsTrue(t, one.ID)
		}
	}
	return t.told("list", err, nil)
}

// markIsTrue asks the office's file itself. A tablet that has not met the office
// since it was restored cannot know better.
func (w *world) markIsTrue(t *tablet, id syncengine.RecordID) {
	if t.lastMet() != w.office.life() || w.resting {
		return
	}
	w.count("mark looked at")
	own := t.ownOf(id)
	_ = view(w.office.store, func(tx syncengine.Tx) error {
		for _, change := range own {
			if _, err := tx.Change(change); err != nil {
				w.fail("P1/I8: %s says that record %s is at the office, which lacks %s", t.name, short(id), change.String()[:8])
			}
		}
		return nil
	})
}

// ownOf gives what this tablet's own chains say about a record.
func (t *tablet) ownOf(id syncengine.RecordID) (own []syncengine.ChangeID) {
	_ = view(t.store, func(tx syncengine.Tx) error {
		changes, err := tx.Record(id)
		nodes, err2 := syncengine.OwnNodes(tx)
		for _, c := range changes {
			if slices.Contains(nodes, c.Node) {
				own = append(own, c.ID())
			}
		}
		return errors.Join(err, err2)
	})
	return own
}
