package server

import (
	"raksa/linkage"
	"raksa/syncengine"
)

// linking is by what the office compares and groups records: the model in force
// and the weight from which it links without a person.
type linking struct {
	model    *linkage.Model
	linkBits float64
}

// never is more bits than any comparison reaches.
const never = 1e9

// linking gives what is in force.
func (o *Office) linking(syncengine.Tx) (linking, error) {
	return linking{model: linkage.DefaultModel(), linkBits: never}, nil
}

// automatic reports whether scores link by themselves.
func (l linking) automatic() bool { return l.linkBits < never }

// policy is linkage's for this office. Until the ministry has measured a
// threshold and switched it on no score links; a decision that others contradict
// then links nothing either.
func (l linking) policy() linkage.Policy {
	p := linkage.DefaultPolicy()
	p.LinkBits, p.OpenFromBits, p.OpenToBits = l.linkBits, queueFromBits, never
	return p
}
