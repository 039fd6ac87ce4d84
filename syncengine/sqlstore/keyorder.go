package sqlstore

import (
	"slices"
	"strings"
)

// keyOrder holds keys of cells of one bucket, each once, and gives those that
// begin with a prefix in their order. Whoever only adds pays for no order.
type keyOrder struct {
	sorted []string
	late   []string // added since, in any order
}

// lateFew: so many are put into their places one by one.
const lateFew = 32

// add takes a key that is not in it.
func (o *keyOrder) add(key string) { o.late = append(o.late, key) }

// all gives every key, in order.
func (o *keyOrder) all() []string {
	if len(o.late) > lateFew {
		o.sorted = append(o.sorted, o.late...)
		slices.Sort(o.sorted)
	} else {
		for _, key := range o.late {
			at, _ := slices.BinarySearch(o.sorted, key)
			o.sorted = slices.Insert(o.sorted, at, key)
		}
	}
	o.late = o.late[:0]
	return o.sorted
}

// within gives a copy of those that begin with prefix, in order.
func (o *keyOrder) within(prefix string) []string {
	sorted := o.all()
	from, _ := slices.BinarySearch(sorted, prefix)
	to := from
	for to < len(sorted) && strings.HasPrefix(sorted[to], prefix) {
		to++
	}
	return slices.Clone(sorted[from:to])
}
