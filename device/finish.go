package device

import (
	"context"
	"errors"

	"raksa/casefile"
	"raksa/screening"
	"raksa/screening/indicator"
	"raksa/syncengine"
)

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
var derivedItems = []string{itemOutcome, "asm_dimensions", "jus_flag", "ses_ended_at"}

func (d *Device) derived(result indicator.Result) map[string]screening.Answer {
	flag := "no"
	if result.NonPunishment {
		flag = "yes"
	}
	return map[string]screening.Answer{
		itemOutcome:      screening.Of(screening.Derived{Rule: result.Version, Result: string(result.Outcome)}),
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
