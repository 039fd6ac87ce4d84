package casefile

import (
	"slices"
	"strings"

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
func Codec(forms Forms) syncengine.Codec {
	return syncengine.Codec{
		Dictionary: func(version string) []byte {
			if def := forms(version); def != nil {
				return dictionary(def)
			}
			return nil
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
