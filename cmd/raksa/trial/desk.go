package trial

import (
	"errors"

	"raksa/casefile"
	"raksa/screening"
	"raksa/server"
	"raksa/syncengine"
	"raksa/vault"
)

// deskActs are what supervisors do.
var deskActs = []struct {
	name   string
	weight int
	do     func(w *world) bool
}{
	{"contested answer settled", 4, (*world).settles},
	{"pair decided", 3, (*world).decidesPair},
	{"person transferred to KTC", 2, (*world).transfers},
	{"record erased", 1, (*world).erases},
	{"consent taken back at the desk", 1, (*world).withdrawsAtDesk},
	{"quarantined change released or discarded", 4, (*world).releases},
}

func (w *world) desk() {
	total := 0
	for _, a := range deskActs {
		total += a.weight
	}
	at := w.rng.IntN(total)
	for _, a := range deskActs {
		if at -= a.weight; at < 0 {
			if a.do(w) {
				w.count(a.name)
			}
			return
		}
	}
}

// decides runs one act of a supervisor and notes what the office saved in it.
func (w *world) decides(with *saving, fn func(tx syncengine.Tx, sign func([]byte) ([]byte, error)) error) bool {
	o := w.office
	if !o.isUp() {
		return false
	}
	done := o.do(func(tx syncengine.Tx) error {
		sign, err := o.signer(tx, *w.supervisor())
		if err != nil {
			return err
		}
		return fn(tx, sign)
	})
	if with == nil {
		with = &saving{}
	}
	with.told = done
	if done || !o.isUp() { // it may have died after it had committed
		o.note(with)
	}
	return done
}

// anInterview draws one that was not erased.
func (w *world) anInterview() (id syncengine.RecordID, ok bool) {
	all := w.truth.opened
	if len(all) == 0 {
		return id, false
	}
	id = all[w.rng.IntN(len(all))]
	_, gone := w.truth.erased[id]
	return id, !gone
}

func (w *world) settles() bool {
	o := w.office
	for _, id := range w.truth.opened {
		var iv *casefile.Interview
		if !o.isUp() || view(o.store, func(tx syncengine.Tx) (err error) { iv, err = o.interview(tx, id); return err }) != nil {
			continue
		}
		for _, field := range iv.Contested {
			basis := casefile.BasisOf(iv.Record, field)
			if len(basis[field]) < 2 {
				continue
			}
			s := server.Settlement{Record: id, Field: field, Choice: basis[field][w.rng.IntN(len(basis[field]))], Basis: basis, Reason: "made up"}
			with := &saving{record: id, fields: map[string]typed{field: {screen: basis[field]}}}
			return w.decides(with, func(tx syncengine.Tx, sign func([]byte) ([]byte, error)) error {
				return o.Settle(tx, viewer(*w.supervisor()), s, sign)
			})
		}
	}
	return false
}

func (w *world) decidesPair() bool {
	o := w.office
	return w.decides(nil, func(tx syncengine.Tx, sign func([]byte) ([]byte, error)) error {
		pairs, err := o.OpenPairs(tx)
		if err != nil || len(pairs) == 0 {
			return errors.Join(err, errNothingToDo)
		}
		verdict := casefile.SamePerson
		if w.rng.IntN(2) == 0 {
			verdict = casefile.DifferentPeople
		}
		return o.SayVerdict(tx, pairs[w.rng.IntN(len(pairs))].Pair, w.supervisor().ID, verdict, "made up", sign)
	})
}

var errNothingToDo = errors.New("trial: nothing to do")

func (w *world) transfers() bool {
	id, ok := w.anInterview()
	if !ok {
		return false
	}
	known := false
	_ = view(w.office.store, func(tx syncengine.Tx) error { _, err := w.office.interview(tx, id); known = err == nil; return nil })
	if !known {
		return false
	}
	w.truth.place(id, "KTC")
	return w.decides(nil, func(tx syncengine.Tx, _ func([]byte) ([]byte, error)) error {
		return w.office.Transfer(tx, id, "KTC", w.supervisor().ID)
	})
}

// wrapBuckets hold keys to records, in any form.
var wrapBuckets = []string{vault.BucketRecordKeys, vault.BucketClassKeys, vault.BucketOfficeWraps, vault.BucketDeliveries}

func wrapsIn(s *store, id syncengine.RecordID) (found [][]byte) {
	_ = view(s, func(tx syncengine.Tx) error {
		for _, bucket := range wrapBuckets {
			if err := tx.Scan(bucket, id[:], func(_, value []byte) error { found = append(found, value); return nil }); err != nil {
				return err
			}
		}
		return nil
	})
	return found
}

func (w *world) erases() bool {
	id, ok := w.anInterview()
	if !ok || !w.office.isUp() {
		return false
	}
	var wraps [][]byte
	for _, s := range w.stores() {
		wraps = append(wraps, wrapsIn(s, id)...)
	}
	done := w.decides(nil, func(tx syncengine.Tx, _ func([]byte) ([]byte, error)) error {
		if _, err := w.office.interview(tx, id); err != nil {
			return err // the office does not know it yet
		}
		return w.office.Erase(tx, id, w.supervisor().ID)
	})
	if !done && !w.office.isUp() {
		w.truth.perhaps[id], w.truth.wraps[id] = true, wraps
	}
	if done {
		w.truth.erased[id] = w.office.life()
		w.truth.wraps[id] = wraps
	}
	return done
}

func (w *world) withdrawsAtDesk() bool {
	id, ok := w.anInterview()
	return ok && w.decides(nil, func(tx syncengine.Tx, sign func([]byte) ([]byte, error)) error {
		return w.office.Withdraw(tx, id, screening.ScopeAll, w.supervisor().ID, sign)
	})
}

// releases lets a quarantined change count, or never.
func (w *world) releases() bool {
	return w.decides(nil, func(tx syncengine.Tx, _ func([]byte) ([]byte, error)) error {
		var held []syncengine.ChangeID
		err := syncengine.Quarantined(tx, func(id syncengine.ChangeID, state syncengine.QuarantineState) error {
			if state.Op == syncengine.OpQuarantine {
				held = append(held, id)
			}
			return nil
		})
		if err != nil || len(held) == 0 {
			return errors.Join(err, errNothingToDo)
		}
		return w.office.Release(tx, held[w.rng.IntN(len(held))], w.supervisor().ID, w.rng.IntN(4) == 0)
	})
}

// stores lists the stores of all living hosts.
func (w *world) stores() []*store {
	all := []*store{w.office.store}
	for _, t := range w.tablets {
		all = append(all, t.store)
	}
	return all
}
