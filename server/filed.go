package server

import (
	"errors"

	"raksa/casefile"
	"raksa/syncengine"
)

// filed keeps withdrawals by slip whose interview has not come in yet: the
// tablet that made it may be offline for days. Slip key ‖ record id of the
// withdrawal: its scope.
const filed syncengine.Table[string] = "withdrawal-filed"

// fileWithdrawal carries out a withdrawal that was filed by the code on a slip, as
// soon as both it and the interview are here; carryOutFiled does where the
// interview comes second.
func (o *Office) fileWithdrawal(tx syncengine.Tx, id syncengine.RecordID) error {
	rec, err := o.read(tx, id)
	if err != nil {
		return err
	}
	w, err := casefile.OpenWithdrawal(rec)
	var other *casefile.NotOfKind
	if errors.As(err, &other) {
		return nil // in quarantine, or nothing that can be read
	}
	interview, err := o.FindSlip(tx, w.Slip)
	if errors.Is(err, ErrNoSlip) {
		return filed.Put(tx, append(o.slipKey(w.Slip), id[:]...), string(w.Taken))
	}
	if err != nil {
		return err
	}
	return o.Withdraw(tx, interview, w.Taken, w.By, nil)
}

// carryOutFiled looks whether somebody took consent to this interview back
// before it came in.
func (o *Office) carryOutFiled(tx syncengine.Tx, iv *casefile.Interview) error {
	return filed.Each(tx, o.slipKey(iv.Slip), func(key []byte, _ string) error {
		if err := filed.Delete(tx, key); err != nil {
			return err
		}
		return o.fileWithdrawal(tx, syncengine.RecordID(key[len(key)-len(iv.ID):]))
	})
}
