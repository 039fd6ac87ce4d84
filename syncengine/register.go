package syncengine

import (
	"bytes"
	"cmp"
	"slices"
)

// Version is one answer to one field, as somebody saved it.
type Version struct {
	ID           ChangeID // of the change; with the field it names the version
	State        State
	Value        []byte
	Author       PersonID
	Node         NodeID
	DeviceMillis int64
	Stamp        Stamp
	Form         string
}

// Register is a multi-value register: the versions of one field that no known
// change supersedes. The zero Register is empty and ready to use.
//
// It also keeps the ids that were superseded, whether or not their versions
// were ever seen here: a superseder may arrive before what it replaces.
type Register struct {
	live []Version  // by stamp, then id: what people look at, oldest first
	gone []ChangeID // by id
}

// Apply takes in one version and the ids that its author replaced. Any order,
// any number of times, gives the same register.
func (r *Register) Apply(v Version, supersedes []ChangeID) {
	for _, id := range supersedes {
		if at, found := slices.BinarySearchFunc(r.gone, id, compareIDs); !found {
			r.gone = slices.Insert(r.gone, at, id)
		}
	}
	r.live = slices.DeleteFunc(r.live, func(w Version) bool { return r.Superseded(w.ID) })
	if r.Superseded(v.ID) || slices.ContainsFunc(r.live, func(w Version) bool { return w.ID == v.ID }) {
		return
	}
	at, _ := slices.BinarySearchFunc(r.live, v, compareVersions)
	r.live = slices.Insert(r.live, at, v)
}

// Superseded reports whether a change that is known here replaced this version.
func (r *Register) Superseded(id ChangeID) bool {
	_, found := slices.BinarySearchFunc(r.gone, id, compareIDs)
	return found
}

// Live gives the live versions, oldest first. The slice is the register's own.
func (r *Register) Live() []Version { return r.live }

// Basis gives the ids of the live versions: what a reader has on the screen, and
// hands back when saving.
func (r *Register) Basis() []ChangeID {
	ids := make([]ChangeID, len(r.live))
	for i, v := range r.live {
		ids[i] = v.ID
	}
	return ids
}

// Distinct gives one version for each different state and value, oldest first.
// Two people who typed the same are not in conflict.
func (r *Register) Distinct() []Version {
	var out []Version
	for _, v := range r.live {
		if !slices.ContainsFunc(out, v.sameAnswer) {
			out = append(out, v)
		}
	}
	return out
}

// Contested reports whether two live versions differ.
func (r *Register) Contested() bool { return len(r.Distinct()) > 1 }

func (v Version) sameAnswer(w Version) bool {
	return v.State == w.State && bytes.Equal(v.Value, w.Value)
}

func compareIDs(a, b ChangeID) int { return bytes.Compare(a[:], b[:]) }

func compareVersions(a, b Version) int {
	return cmp.Or(cmp.Compare(a.Stamp, b.Stamp), compareIDs(a.ID, b.ID))
}
