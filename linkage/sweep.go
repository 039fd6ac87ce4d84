package linkage

import (
	"cmp"
	"slices"
)

// A filed key is a blocking key's hash with a record's position. A file holds
// millions: two keys that hash alike only bring a few more pairs to be compared.
type filed struct {
	hash     uint64
	position uint32
	rule     uint8
}

// candidatePairs gives every pair of positions that share a key of a block of at
// most blockMax records, sorted, and how many bigger blocks were skipped by rule.
func candidatePairs(profiles []Profile, blockMax int) (pairs []uint64, skipped map[KeyRule]int) {
	keys := filedKeys(profiles)
	slices.SortFunc(keys, func(x, y filed) int {
		return cmp.Or(cmp.Compare(x.hash, y.hash), cmp.Compare(x.position, y.position))
	})
	skipped = map[KeyRule]int{}
	for from := 0; from < len(keys); {
		to := from + 1
		for to < len(keys) && keys[to].hash == keys[from].hash {
			to++
		}
		if to-from > blockMax {
			skipped[keyRules[keys[from].rule]]++
		} else {
			for i := from; i < to; i++ {
				for j := i + 1; j < to; j++ {
					if keys[i].position != keys[j].position {
						pairs = append(pairs, pack(keys[i].position, keys[j].position))
					}
				}
			}
		}
		from = to
	}
	slices.Sort(pairs)
	return slices.Clip(slices.Compact(pairs)), skipped
}

func filedKeys(profiles []Profile) []filed {
	each := make([][]filed, len(profiles)>>filedRun+1)
	inParallel(len(profiles), func(from, to int) {
		var keys []filed
		for p := from; p < to; p++ {
			for _, k := range Keys(profiles[p]) {
				keys = append(keys, filed{k.hash(), uint32(p), k.Rule.number()})
			}
		}
		each[from>>filedRun] = keys
	})
	return slices.Concat(each...)
}

// filedRun is the logarithm of inParallel's run.
const filedRun = 14

// keyRules numbers the rules.
var keyRules = []KeyRule{
	KeyID, KeyPhone, KeySpelling, KeySound, KeyNameCommune, KeyNameDistrict, KeyNameBatch, KeyNameDate, KeyVillageYear, KeyDate,
}

func (r KeyRule) number() uint8 { return uint8(slices.Index(keyRules, r)) }

// hash is FNV-1a over rule and value, mixed so that sorting spreads well. It is
// for one pass in memory; a store wants a keyed hash.
func (k Key) hash() uint64 {
	h := uint64(14695981039346656037)
	for _, text := range [...]string{string(k.Rule), "|", k.Value} {
		for i := 0; i < len(text); i++ {
			h = (h ^ uint64(text[i])) * 1099511628211
		}
	}
	return h ^ h>>32
}

// pack keeps a pair of positions, the smaller first, so that numbers sort as pairs do.
func pack(a, b uint32) uint64 { return uint64(min(a, b))<<32 | uint64(max(a, b)) }

func unpack(pair uint64) (a, b int) { return int(pair >> 32), int(uint32(pair)) }
