package casefile

import (
	"slices"
	"strings"
	"sync"

	"raksa/screening"
	"raksa/screening/form"
	"raksa/syncengine"
)

// Forms gives the definition of a form version, or nil when it is unknown here.
type Forms func(version string) *form.Definition

// testimonyPadBytes is the step to which testimony is padded before it is
// sealed, so that the size of a story tells less.
const testimonyPadBytes = 64

// Codec packs blocks with the words of the form version that they belong to.
// The words are joined once; a dictionary that comes out is read only.
func Codec(forms Forms) syncengine.Codec {
	var joined sync.Map // *form.Definition: []byte
	return syncengine.Codec{
		Dictionary: func(version string) []byte {
			def := forms(version)
			if def == nil {
				return nil
			}
			words, known := joined.Load(def)
			if !known {
				words, _ = joined.LoadOrStore(def, dictionary(def))
			}
			return words.([]byte)
		},
		PadStep: func(class syncengine.Class) int {
			if class == syncengine.Class(screening.Testimony) {
				return testimonyPadBytes
			}
			return 0
		},
	}
}

// dictionary joins the words that blocks of this form version are made of. It
// is derived from the version alone, in a fixed order, and so is as permanent
// as the version. DEFLATE looks back 32 KiB and finds what stands last most
// cheaply, so the words of the short form come last.
func dictionary(def *form.Definition) []byte {
	var long, short []string
	for _, item := range def.Items() {
		words := []string{item.ID}
		for _, choice := range def.Choices(item.List) {
			words = append(words, choice.Code)
		}
		if item.InShort {
			short = append(short, words...)
		} else {
			long = append(long, words...)
		}
	}
	slices.Reverse(long)
	system := []string{fieldCenter, fieldGroup, fieldKind, fieldState, fieldNumber, prefixReferral, prefixWhy}
	return []byte(strings.Join(slices.Concat(long, system, short), "\x01"))
}
