package server

import (
	"errors"
	"slices"

	"raksa/casefile"
	"raksa/syncengine"
	"raksa/vault"
)

// compare counts the part of the log that a device asks about, and says where
// both differ. It reads the log itself: a digest kept beside it would not see
// that something was taken out.
func (v *visit) compare() error {
	check := v.request.Check
	if check == nil || v.device.Entry.Revoked || v.expired() {
		return nil
	}
	shared := syncengine.Shared{}
	for _, p := range v.request.Positions {
		known, err := syncengine.KnowsPosition(v.tx, p)
		if err != nil {
			return err
		}
		if !known || !slices.Contains(streamsOf(v.device.Entry), p.Stream) {
			return nil // first it must be clear where the device stands
		}
		shared.Positions = append(shared.Positions, p)
	}
	var claims []syncengine.Claim
	for _, claim := range check.Claims {
		if slices.Contains(v.device.Entry.Nodes, claim.Node.String()) {
			claims = append(claims, claim)
		}
	}
	shared.Own = syncengine.OnBranches(v.tx, claims)
	reply, err := shared.Compare(v.tx, check)
	if err != nil {
		return err
	}
	v.answer.Check = reply
	if len(reply.Differs) == 0 {
		return nil
	}
	v.office.metrics.differences.Inc()
	v.office.Log.Error().Str("code", "scope_differs").Str("device", v.device.ID.String()).Int("ranges", len(reply.Differs)).
		Msg("a device and the office do not hold the same changes; both send again what the other lacks")
	return v.office.audit(v.tx, Leaf{What: "scope_differs", Device: v.device.ID.String()})
}

// giveWanted gives records again of which the device lacks something, with
// every block and key that it may have now: its rights may be wider than when
// they came first.
func (v *visit) giveWanted() error {
	if v.device.Entry.Revoked || v.expired() {
		return nil
	}
	left := min(max(v.request.WantBytes, newsBytesDefault), newsBytesMax)
	for _, record := range v.request.Want {
		if left <= 0 {
			return nil // the device asks again
		}
		given, err := v.giveRecord(record)
		if err != nil {
			return err
		}
		left -= given
	}
	return nil
}

func (v *visit) giveRecord(record syncengine.RecordID) (size int, _ error) {
	changes, err := v.tx.Record(record)
	if errors.Is(err, syncengine.ErrDamaged) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	var sample *syncengine.Change
	for _, c := range changes {
		mine, err := v.inStreams(c)
		if err != nil {
			return size, err
		}
		if !mine {
			continue
		}
		c = c.Withhold(func(class syncengine.Class) bool { return v.mayRead(c, class) })
		v.answer.Given = append(v.answer.Given, c)
		size += len(syncengine.EncodeChange(c))
		sample = c
	}
	if sample == nil || sample.Kind == syncengine.KindControl || inDirectory(sample.Kind) {
		return size, nil
	}
	sealed, err := v.office.deliver(v.tx, v.device, sample)
	if errors.Is(err, vault.ErrNoKey) || errors.Is(err, vault.ErrErased) {
		return size, nil
	}
	if err == nil {
		v.addKey(record, sealed)
	}
	return size, err
}

// inStreams reports a change in one of the device's streams, whose record is
// still in its scope.
func (v *visit) inStreams(c *syncengine.Change) (bool, error) {
	now, scoped, err := scope.Get(v.tx, c.Record[:])
	if err != nil {
		return false, err
	}
	for _, stream := range streamsOf(v.device.Entry) {
		if scoped && !slices.Contains(now, stream) && stream != streamControl {
			continue
		}
		if in, err := syncengine.InStream(v.tx, stream, c.ID()); err != nil || in {
			return in, err
		}
	}
	return false, nil
}

func inDirectory(kind syncengine.Kind) bool {
	switch kind {
	case casefile.KindStaff, casefile.KindDevice, casefile.KindOrganisation, casefile.KindForm:
		return true
	}
	return false
}
