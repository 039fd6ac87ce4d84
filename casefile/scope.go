package casefile

import (
	"raksa/screening"
	"raksa/syncengine"
)

// Classes lists every sealed class, by code.
func Classes() []syncengine.Class {
	var classes []syncengine.Class
	for _, class := range screening.AllClasses() {
		classes = append(classes, syncengine.Class(class))
	}
	return classes
}

// Deliverable says which classes of which kinds of records a device is given
// keys for: the one table behind pull and key delivery (bytes and keys, §6).
//
//	capture  the arrivals list of its center, while the group is open
//	case     everything of its center, and what partners answered
//	partner  its own copies and answers
func Deliverable(p screening.Profile, kind syncengine.Kind, class syncengine.Class) bool {
	switch p {
	case screening.Capture:
		return kind == KindGroup
	case screening.CaseDevice:
		return kind == KindGroup || kind == KindInterview || kind == KindAnswer
	case screening.PartnerDevice:
		return kind == KindReferral || kind == KindAnswer
	}
	return false
}

// MayWriteKind says which kinds of records a device may write. The office writes
// for itself and is no device.
func MayWriteKind(p screening.Profile, kind syncengine.Kind) bool {
	switch p {
	case screening.Capture, screening.CaseDevice:
		return kind == KindInterview || kind == KindGroup || kind == KindWithdrawal
	case screening.PartnerDevice:
		return kind == KindAnswer
	}
	return false
}
