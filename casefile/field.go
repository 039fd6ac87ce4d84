package casefile

import (
	"slices"
	"strings"

	"raksa/screening"
	"raksa/screening/form"
	"raksa/syncengine"
)

// Fields of an interview that are no items of a form. All begin with a dollar
// sign, which no item does. Their names are hashed: never renamed.
const (
	fieldCenter = "$center" // site code of the center that opened the interview
	fieldGroup  = "$group"  // record id of the arrival group
	fieldKind   = "$kind"   // short, long or registration: how far the form is wanted
	fieldState  = "$state"  // case state (form specification, section 2)
	fieldClosed = "$closed" // signed by the interviewer who closed it
	fieldSlip   = "$slip"   // opaque code on the person's slip
	fieldNumber = "$number" // number of the person within the arrival group
	fieldForm   = "$form"   // form version that the interview was moved to

	prefixReferral = "$referral." // + id: a request for a referral
	prefixNote     = "$note."     // + id of the request: note to the receiver
	prefixWhy      = "$why."      // + field: why it was changed or settled
)

// InTheirClass reports whether every write of an interview's block stands in the
// class of its field. One in another would be read and written by others than
// the class says, and a field in two classes would read as either.
func InTheirClass(def *form.Definition, class syncengine.Class, writes []syncengine.Write) bool {
	return !slices.ContainsFunc(writes, func(w syncengine.Write) bool {
		return w.Field != syncengine.SignatureField && classOf(def, w.Field) != class
	})
}

// classOf gives the class that a field's answers are sealed under. A field that
// nothing here explains is testimony: seen by the fewest.
func classOf(def *form.Definition, field string) syncengine.Class {
	switch {
	case strings.HasPrefix(field, prefixWhy):
		return classOf(def, strings.TrimPrefix(field, prefixWhy))
	case strings.HasPrefix(field, prefixNote):
		return syncengine.Class(screening.Contact)
	case strings.HasPrefix(field, "$"):
		return syncengine.Class(screening.Admin)
	}
	if named, err := screening.ParseField(field); err == nil {
		if class, known := def.Class(named.Item); known {
			return syncengine.Class(class)
		}
	}
	return syncengine.Class(screening.Testimony)
}
