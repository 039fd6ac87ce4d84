package device

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"raksa/casefile"
	"raksa/screening"
	"raksa/screening/expr"
	"raksa/screening/form"
	"raksa/screening/indicator"
	"raksa/syncengine"
)

// Edit is what one page posted.
type Edit struct {
	Basis   casefile.Basis              // the versions that were on the page
	Answers map[string]screening.Answer // by field; only those that were touched
	Reasons map[string]string           // by field, for answers of somebody else
}

// Kept is what is told after a save.
type Kept struct {
	At    time.Time
	Basis casefile.Basis // the page's basis, and what this save wrote
}

// SaveAnswers makes one change of a page of answers. When it returns without an
// error, they are on the disk; when it returns one, nothing of them is.
func (d *Device) SaveAnswers(ctx context.Context, id syncengine.RecordID, edit Edit) (Kept, error) {
	s, err := d.uncovered()
	if err != nil {
		return Kept{}, err
	}
	kept := Kept{At: d.now(), Basis: casefile.Basis{}}
	maps.Copy(kept.Basis, edit.Basis)
	err = d.saveInto(ctx, s, id, func(tx syncengine.Tx, seen *casefile.Seen) (syncengine.Draft, error) {
		if err := d.mayEdit(tx, seen, edit); err != nil {
			return syncengine.Draft{}, err
		}
		draft, err := seen.Draft(casefile.Edit{Author: s.person, Basis: edit.Basis, Answers: edit.Answers, Reasons: edit.Reasons})
		if concernsConsent(edit.Answers) {
			draft.SignClass = syncengine.Class(screening.Admin)
		}
		return draft, err
	}, func(c *syncengine.Change, draft syncengine.Draft) {
		for _, writes := range draft.Writes {
			for _, w := range writes {
				kept.Basis[w.Field] = append(kept.Basis[w.Field][:len(kept.Basis[w.Field]):len(kept.Basis[w.Field])], c.ID())
			}
		}
	})
	if errors.Is(err, casefile.ErrNothing) {
		err = nil // it stands already as it was typed
	}
	return kept, err
}

// concernsConsent: consent and its withdrawal carry the person's own signature.
func concernsConsent(answers map[string]screening.Answer) bool {
	for field := range answers {
		if strings.HasPrefix(field, "con_") {
			return true
		}
	}
	return false
}

// mayEdit holds who may write what, and that an answer of somebody else is
// changed only with a reason.
func (d *Device) mayEdit(tx syncengine.Tx, seen *casefile.Seen, edit Edit) error {
	if seen.Closed && d.identity().Profile == screening.Capture {
		return ErrClosed
	}
	own, err := d.ownNodes(tx)
	if err != nil {
		return err
	}
	hushed := d.hushed(seen)
	for field, answer := range edit.Answers {
		named, err := screening.ParseField(field)
		item := seen.Form.Item(named.Item)
		if err != nil || item == nil || answer.Value != nil && seen.Form.Fits(item, answer.Value) != "" {
			return ErrAnswerShape
		}
		if !seen.MayWrite(field) {
			return ErrNotAllowed
		}
		if hushed && item.Class == screening.Testimony {
			return ErrChildSetting
		}
		if edit.Reasons[field] == "" && carried(seen.Record, field, own) && changes(seen.Record, field, answer) {
			return ErrReason
		}
	}
	return nil
}

// hushed reports whether this is a child whose interviewer is not trained for
// children: then no testimony is taken (scenario 7; form specification, section
// "chl").
func (d *Device) hushed(seen *casefile.Seen) bool {
	sheet := seen.Form.Evaluate(kindOf(seen.Interview), seen.Interview.Answers, d.today())
	return sheet.Child.Truth == expr.True && seen.Interview.Answers.Code("chl_interviewer_trained") == "no"
}

// carried reports whether an answer came from another device: another interview,
// whose author is not in this room.
func carried(rec *syncengine.Record, field string, own map[syncengine.NodeID]bool) bool {
	for _, v := range rec.Field(field).Live() {
		if !own[v.Node] && v.State != syncengine.Struck {
			return true
		}
	}
	return false
}

func changes(rec *syncengine.Record, field string, answer screening.Answer) bool {
	live := rec.Field(field).Live()
	text := ""
	if answer.Value != nil {
		text = answer.Value.Canonical()
	}
	return len(live) != 1 || screening.State(live[0].State) != answer.State || string(live[0].Value) != text
}

func (d *Device) ownNodes(tx syncengine.Tx) (map[syncengine.NodeID]bool, error) {
	nodes, err := syncengine.OwnNodes(tx)
	own := map[syncengine.NodeID]bool{}
	for _, node := range nodes {
		own[node] = true
	}
	return own, err
}

// saveInto makes one change of an interview in one transaction: what the person
// may see of it goes into drafting, and what was saved is told to each of then.
func (d *Device) saveInto(ctx context.Context, s *session, id syncengine.RecordID,
	drafting func(syncengine.Tx, *casefile.Seen) (syncengine.Draft, error), then ...func(*syncengine.Change, syncengine.Draft)) error {
	return d.update(ctx, s, id, func(tx syncengine.Tx) error {
		seen, err := d.see(tx, s, id)
		if err != nil {
			return err
		}
		draft, err := drafting(tx, seen)
		if err != nil {
			return err
		}
		c, err := d.save(tx, s, draft)
		if err != nil {
			return err
		}
		for _, fn := range then {
			fn(c, draft)
		}
		return nil
	})
}

// update runs one transaction that changes a record, and wakes the loop.
func (d *Device) update(ctx context.Context, s *session, id syncengine.RecordID, fn func(syncengine.Tx) error) error {
	defer s.forget(id)
	if err := d.Store.Update(ctx, fn); err != nil {
		return fmt.Errorf("save: %w", err)
	}
	d.stir()
	return nil
}

// save makes one change of a draft, signed by the person where it is an act.
func (d *Device) save(tx syncengine.Tx, s *session, draft syncengine.Draft) (*syncengine.Change, error) {
	if _, touched := draft.Writes[draft.SignClass]; touched && draft.SignClass != syncengine.ClassClear {
		draft.Sign = func(message []byte) ([]byte, error) { return s.vault.SignAct(sha256.Sum256(message)) }
	}
	c, err := s.engine.Save(tx, draft, d.moment())
	if err != nil {
		return nil, err
	}
	last, _, err := lastTable.Get(tx, c.Record[:])
	if err != nil {
		return nil, err
	}
	if last == nil {
		last = map[string]uint64{}
	}
	last[c.Node.String()] = c.Seq
	return c, lastTable.Put(tx, c.Record[:], last)
}

// Opening is what is known when an interview is begun.
type Opening struct {
	Group syncengine.RecordID // zero without one
	Line  int                 // of the group's list; 0 for none
	Kind  form.Kind           // short when empty
	// Answers that are known already; the device fills in its own beside them.
	Answers map[string]screening.Answer
}

// NewInterview begins an interview: the record, its key, the key's wraps for
// this device and for the office, the ratchet's step and the first change stand
// in one transaction.
func (d *Device) NewInterview(ctx context.Context, o Opening) (id syncengine.RecordID, err error) {
	s, err := d.uncovered()
	if err != nil {
		return id, err
	}
	if d.identity().Profile == screening.PartnerDevice {
		return id, ErrNotAllowed
	}
	if o.Kind == "" {
		o.Kind = form.Short
	}
	slip, err := d.slipCode()
	if err != nil {
		return id, err
	}
	err = d.update(ctx, s, id, func(tx syncengine.Tx) error {
		var commit [16]byte
		if id, commit, err = d.makeRecord(tx, s); err != nil {
			return err
		}
		opening, err := d.opening(tx, s, o)
		if err != nil {
			return err
		}
		opening.Record, opening.Commit, opening.Slip = id, commit, slip
		draft, err := casefile.OpeningDraft(d.Form, opening)
		if err != nil {
			return err
		}
		_, err = d.save(tx, s, draft)
		return err
	})
	return id, err
}

// opening fills in what the device knows: center, time, group and list line.
func (d *Device) opening(tx syncengine.Tx, s *session, o Opening) (casefile.Opening, error) {
	row, _, err := peopleTable.Get(tx, s.person[:])
	if err != nil {
		return casefile.Opening{}, err
	}
	self := d.identity()
	full := casefile.Opening{Author: s.person, Center: self.Center, Group: o.Group, Kind: o.Kind, Answers: map[string]screening.Answer{}}
	code := func(item, value string) {
		if value != "" {
			full.Answers[item] = screening.Of(screening.Code(value))
		}
	}
	code("ses_site", self.Center)
	code("ses_stage", "preliminary")
	code("ses_mode", "in_person")
	code("ses_lead_agency", string(row.Agency))
	full.Answers["ses_lead"] = screening.Of(screening.Ref(s.person.String()))
	full.Answers["ses_started_at"] = screening.Of(timeOf(d.now()))
	if !o.Group.Zero() {
		if err := d.fromGroup(tx, s, o, &full); err != nil {
			return full, err
		}
	}
	maps.Copy(full.Answers, o.Answers)
	return full, nil
}

func timeOf(at time.Time) screening.DateTime {
	at = at.In(onSite)
	return screening.DateTime{Date: dayOf(at), Hour: at.Hour(), Minute: at.Minute(), Second: at.Second(), OffsetMinutes: 7 * 60}
}

// slipLetters leaves out what is read wrongly from paper. They are 29, a prime,
// so that the check letter finds what it should.
const slipLetters = "23456789ABCDEFGHJKMNPQRSTVWXY"

// slipRandom letters of 29 are 43 bits, so that nobody withdraws a stranger's
// consent by guessing; one more letter finds most slips of the hand.
const slipRandom = 9

// slipCode draws the opaque code of the person's slip.
func (d *Device) slipCode() (string, error) {
	var raw [1]byte
	code := make([]byte, 0, slipRandom+1)
	for len(code) < slipRandom {
		if _, err := d.Random.Read(raw[:]); err != nil {
			return "", err
		}
		if at := int(raw[0]); at < 8*len(slipLetters) { // no letter likelier than another
			code = append(code, slipLetters[at%len(slipLetters)])
		}
	}
	code = append(code, slipCheck(code))
	return printedSlip(string(code)), nil
}

// printedSlip is the form on paper: two halves of five.
func printedSlip(code string) string { return code[:5] + "-" + code[5:] }

// slipCheck is a weighted sum of the letters' places: one wrong letter always
// shows, and so do two that were exchanged.
func slipCheck(code []byte) byte {
	sum := 0
	for i, letter := range code[:slipRandom] {
		sum += (i + 1) * strings.IndexByte(slipLetters, letter)
	}
	return slipLetters[sum%len(slipLetters)]
}

// CloseInterview closes an interview: the computed outcome beside the interviewer's own
// view, the time, and the person's signature. A capture tablet then holds no key
// to it any more.
func (d *Device) CloseInterview(ctx context.Context, id syncengine.RecordID) error {
	return d.finish(ctx, id, func(tx syncengine.Tx, s *session, seen *casefile.Seen) (syncengine.Draft, error) {
		if seen.Answers.Code("asm_view") == "" {
			return syncengine.Draft{}, ErrViewFirst
		}
		result := seen.Form.Assess(indicator.Builtin(), seen.Interview.Answers, d.today())
		noted, err := seen.Draft(casefile.Edit{
			Author: s.person, Basis: casefile.BasisOf(seen.Record, derivedItems...), Answers: d.derived(result),
		})
		if err == nil {
			_, err = d.save(tx, s, noted)
		}
		if err != nil && !errors.Is(err, casefile.ErrNothing) {
			return syncengine.Draft{}, err
		}
		return seen.CloseDraft(s.person, result.Outcome)
	})
}

// Leave closes the interview of somebody who left before it.
func (d *Device) Leave(ctx context.Context, id syncengine.RecordID, reason string) error {
	return d.finish(ctx, id, func(tx syncengine.Tx, s *session, seen *casefile.Seen) (syncengine.Draft, error) {
		if reason != "" {
			noted, err := seen.Draft(casefile.Edit{
				Author: s.person, Basis: casefile.BasisOf(seen.Record, "cls_note"),
				Answers: map[string]screening.Answer{"cls_note": screening.Of(screening.TextOf(reason))},
			})
			if err == nil {
				_, err = d.save(tx, s, noted)
			}
			if err != nil && !errors.Is(err, casefile.ErrNothing) {
				return syncengine.Draft{}, err
			}
		}
		return seen.LeftDraft(s.person)
	})
}

// finish closes an interview by a draft. On a capture tablet the keys and the
// folded state go in the same transaction, and only a row without a name stays.
func (d *Device) finish(ctx context.Context, id syncengine.RecordID, drafting func(syncengine.Tx, *session, *casefile.Seen) (syncengine.Draft, error)) error {
	s, err := d.uncovered()
	if err != nil {
		return err
	}
	capture := d.identity().Profile == screening.Capture
	err = d.update(ctx, s, id, func(tx syncengine.Tx) error {
		seen, err := d.see(tx, s, id)
		if err != nil {
			return err
		}
		if seen.Closed {
			return ErrClosed
		}
		draft, err := drafting(tx, s, seen)
		if err != nil {
			return err
		}
		if _, err := d.save(tx, s, draft); err != nil {
			return err
		}
		if err := asideTable.Delete(tx, id[:]); err != nil || !capture {
			return err
		}
		return d.letGo(tx, s, id)
	})
	if err != nil || !capture {
		return err
	}
	return d.scour(ctx)
}

// derivedItems are what closing fills in.
var derivedItems = []string{"asm_outcome", "asm_dimensions", "jus_flag", "ses_ended_at"}

func (d *Device) derived(result indicator.Result) map[string]screening.Answer {
	flag := "no"
	if result.NonPunishment {
		flag = "yes"
	}
	return map[string]screening.Answer{
		"asm_outcome":    screening.Of(screening.Derived{Rule: result.Version, Result: string(result.Outcome)}),
		"asm_dimensions": screening.Of(screening.Derived{Rule: result.Version, Result: string(result.Outcome), Inputs: screening.SetOf(positive(result)...)}),
		"jus_flag":       screening.Of(screening.Code(flag)),
		"ses_ended_at":   screening.Of(timeOf(d.now())),
	}
}

func positive(result indicator.Result) []string {
	var ids []string
	for _, dimension := range result.Dimensions {
		if dimension.Level == indicator.Positive {
			ids = append(ids, dimension.ID)
		}
	}
	return ids
}
