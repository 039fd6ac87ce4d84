package linkage

import (
	"maps"
	"slices"
)

// An Index finds candidates by blocking key, in memory: for tests, the demo
// and one pass over a list. A host keeps its own in its store, keyed by hash.
type Index struct {
	blockMax int
	blocks   map[Key][]string
}

// BlockMaxDefault is the size above which a block is skipped: so many records
// under one key are a common name, an office's phone or a whole bus.
const BlockMaxDefault = 60

// NewIndex makes an empty index. A block of more than blockMax records is
// skipped.
func NewIndex(blockMax int) *Index {
	return &Index{blockMax: blockMax, blocks: map[Key][]string{}}
}

// Add files a profile under its keys.
func (x *Index) Add(p Profile) {
	for _, k := range Keys(p) {
		x.blocks[k] = append(x.blocks[k], p.ID)
	}
}

// Candidates gives the ids of the other records that share a key with p,
// sorted, and how many of p's blocks were skipped because they are too big.
func (x *Index) Candidates(p Profile) (ids []string, skipped int) {
	for _, k := range Keys(p) {
		block := x.blocks[k]
		if len(block) > x.blockMax {
			skipped++
			continue
		}
		for _, id := range block {
			if id != p.ID {
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids), skipped
}

// Pairs gives every candidate pair once, sorted, and how many blocks were
// skipped by rule.
func (x *Index) Pairs() (pairs [][2]string, skipped map[KeyRule]int) {
	seen := map[[2]string]bool{}
	skipped = map[KeyRule]int{}
	for k, block := range x.blocks {
		if len(block) > x.blockMax {
			skipped[k.Rule]++
			continue
		}
		for i, a := range block {
			for _, b := range block[:i] {
				if a != b {
					seen[[2]string{min(a, b), max(a, b)}] = true
				}
			}
		}
	}
	pairs = slices.SortedFunc(maps.Keys(seen), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	return pairs, skipped
}
