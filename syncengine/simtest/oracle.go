package simtest

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"slices"
	"strings"

	"raksa/syncengine"
)

// An oracle is the naive statement of what a record comes to: a set of changes,
// and of each what its author typed and had on the screen. It shares no code
// with the engine, knows no order of arrival and keeps nothing.
type oracle struct {
	truth *truth
	set   []syncengine.ChangeID // that a replica holds of one record
	// opens reports whether the replica can open a class of a change.
	opens func(syncengine.ChangeID, syncengine.Class) bool
}

// live gives what must be seen in a field: the answers that no other names.
func (o *oracle) live(field string) string {
	held := o.heldBack()
	counts := func(id syncengine.ChangeID) (answer, bool) {
		a, writes := o.truth.changes[id].fields[field]
		return a, writes && !held[id] && o.opens(id, classOf(field))
	}
	named := map[syncengine.ChangeID]bool{}
	for _, id := range o.set {
		if a, ok := counts(id); ok {
			for _, over := range a.screen {
				named[over] = true
			}
		}
	}
	var out []string
	for _, id := range o.set {
		if a, ok := counts(id); ok && !named[id] {
			out = append(out, version(id, a.state, a.value))
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// heldBack gives the changes that orders keep out: of the orders about one, that
// with the latest stamp stands, of two with one stamp that with the greater id.
func (o *oracle) heldBack() map[syncengine.ChangeID]bool {
	var orders []*typed
	for _, id := range o.set {
		if one := o.truth.changes[id]; one.order != nil && !one.order.Change.Zero() {
			orders = append(orders, one)
		}
	}
	slices.SortFunc(orders, func(a, b *typed) int {
		return cmp.Or(cmp.Compare(a.stamp, b.stamp), bytes.Compare(a.id[:], b.id[:]))
	})
	held := map[syncengine.ChangeID]bool{}
	for _, one := range orders {
		held[one.order.Change] = one.order.Op != syncengine.OpRelease
	}
	return held
}

// anyCounts reports whether somebody's answers about the record are not held back.
func (o *oracle) anyCounts() bool {
	held := o.heldBack()
	return slices.ContainsFunc(o.set, func(id syncengine.ChangeID) bool {
		one := o.truth.changes[id]
		return one.order == nil && !one.forged && !held[id]
	})
}

// erased reports whether one of the changes orders the record forgotten.
func (o *oracle) erased() bool {
	return slices.ContainsFunc(o.set, func(id syncengine.ChangeID) bool {
		order := o.truth.changes[id].order
		return order != nil && order.Op == syncengine.OpErase
	})
}

func version(id syncengine.ChangeID, state syncengine.State, value string) string {
	return hex.EncodeToString(id[:5]) + ":" + string('0'+rune(state)) + value
}
