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
	Basis casefile.Basis // the page's basis, with what this save wrote in place of what it replaced
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
				// What it replaced has no need to be named again: a story that is kept
				// at every pause in the typing would carry a thousand names.
				kept.Basis[w.Field] = []syncengine.ChangeID{c.ID()}
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
	drafting func(syncengine.Tx, *casefile.Seen) (syncengine.Draft, error), then ...func(*syncengine.Change, syncengine.Draft),
) error {
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
	if d.identity().ForkPending { // nothing is saved under a node id that has a twin or has lost saves
		if err := d.newNode(ctx, s); err != nil {
			return fmt.Errorf("save: %w", err)
		}
	}
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
