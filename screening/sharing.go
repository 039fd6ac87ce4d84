package screening

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
)

// Facts that may leave a record in place of the items they are made from.
// They are names beside the item ids: a receiver with share "needs" learns an
// age band, not a date of birth.
const (
	FactAgeBand  = "age_band"
	FactChild    = "child"
	FactProvince = "province"
)

// ItemClass is an item, or one of the facts above, with its class.
type ItemClass struct {
	Item  string
	Class Class
}

// FactClasses returns the facts with the class they are shared as.
func FactClasses() []ItemClass {
	return []ItemClass{{FactAgeBand, Identity}, {FactChild, Indicator}, {FactProvince, Contact}}
}

// sharing is the table of the form specification, section 7, with the lists
// of named items, and the allow-list of each service.
type sharing struct {
	Source       string              `json:"source"`
	ReferralPart []string            `json:"referral_part"` // of class admin
	Needs        []string            `json:"needs"`         // of all other classes
	Anon         []string            `json:"anon"`          // beside class indicator
	Always       []string            `json:"always"`        // in the package of every service
	Services     map[string][]string `json:"services"`
}

//go:embed data/sharing-1.json
var sharingTable []byte

var sharingRules = sync.OnceValue(func() sharing {
	var s sharing
	if err := json.Unmarshal(sharingTable, &s); err != nil {
		panic(fmt.Sprintf("screening: sharing table: %v", err))
	}
	return s
})

// Shared reports whether an item may leave the centre under a share (form
// specification, section 7). Class protected never does: it needs a separate
// yes, for which the form has no question yet.
func Shared(share Share, item string, class Class) bool {
	rules := sharingRules()
	if class == Admin {
		return share >= ShareNeeds && slices.Contains(rules.ReferralPart, item)
	}
	switch share {
	case ShareFull:
		return class.Valid() && class != Protected
	case ShareNeeds:
		return class != Protected && slices.Contains(rules.Needs, item)
	case ShareAnon:
		return class == Indicator || slices.Contains(rules.Anon, item)
	}
	return false
}

// Services returns the services that a referral can ask for, in byte order
// (choice list "need" without "none").
func Services() []string {
	var names []string
	for name := range sharingRules().Services {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// InPackage reports whether the package of a service may hold an item at all,
// whatever was agreed to.
func InPackage(service, item string) bool {
	rules := sharingRules()
	list, known := rules.Services[service]
	return known && (slices.Contains(rules.Always, item) || slices.Contains(rules.ReferralPart, item) || slices.Contains(list, item))
}

// ReferralItems returns the items that a referral to an agency class for a
// service may carry now: the service's allow-list, cut by the consent. Items
// that the share would allow and the service does not need stay back. Without
// consent to be referred it is empty.
func ReferralItems(consent Consent, receiver Agency, service string, items []ItemClass) []string {
	if !consent.MayRefer() {
		return nil
	}
	share := consent.ShareWith(receiver)
	var allowed []string
	for _, i := range items {
		silent := consent.Taken(ScopeRecontact) && slices.Contains(waysToContact, i.Item)
		if !silent && InPackage(service, i.Item) && Shared(share, i.Item, i.Class) {
			allowed = append(allowed, i.Item)
		}
	}
	return allowed
}

// waysToContact stay back once the person no longer wants to be contacted.
var waysToContact = []string{"con_safe_channel", "idn_phone", "idn_phone_owner"}

// SharingItems returns every item or fact that the sharing tables name, so
// that a form can prove that it has them.
func SharingItems() []string {
	rules := sharingRules()
	names := slices.Concat(rules.ReferralPart, rules.Needs, rules.Anon, rules.Always)
	for _, list := range rules.Services {
		names = append(names, list...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
