package screening

import "strings"

// Share is how much of a record the person agreed to let one class of agency
// have (choice list "share"). The zero Share is nothing; a greater one is
// wider.
type Share uint8

// The shares, from the narrowest.
const (
	ShareNone  Share = iota // nothing
	ShareAnon               // without name
	ShareNeeds              // name, safe channel and needs
	ShareFull               // name, contact and account
)

var shareNames = [...]string{"none", "anon", "needs", "full"}

// String returns the code of the choice list.
func (s Share) String() string {
	if int(s) >= len(shareNames) {
		return shareNames[ShareNone]
	}
	return shareNames[s]
}

// ParseShare reads a code; everything unknown is ShareNone.
func ParseShare(code string) Share {
	for i, name := range shareNames {
		if name == code {
			return Share(i)
		}
	}
	return ShareNone
}

// Consent is what the person agreed to and has not taken back. The zero
// Consent allows nothing.
type Consent struct {
	Interview bool
	Referral  bool
	Recontact bool
	Shares    map[Agency]Share
	Withdrawn map[Scope]bool
	Flaw      Flaw // why it does not stand for sharing and referral; empty when it does
}

// Flaw says why a consent that was written down does not stand (form
// specification, section 5, "Child"). Of several the last of the alphabet is
// named.
type Flaw string

// The flaws of a consent that was given for a child.
const (
	ChildDisagrees  Flaw = "child_disagrees"  // the child was asked, and did not agree
	ChildNotAsked   Flaw = "child_not_asked"  // a guardian agreed; the child was not asked
	GuardianSuspect Flaw = "guardian_suspect" // who agreed may be part of it; an official must
)

// flawOf looks at who agreed. Assent is asked of children only, so an adult's
// consent has no flaw; what is asked about a guardian is asked of children only,
// too. An official may agree for an infant who cannot.
func flawOf(answers Answers) Flaw {
	method := answers.Code("con_method")
	assent := answers["con_child_assent"]
	switch suspect := answers["con_guardian_suspect"]; {
	case method == "guardian" && suspect.State != NotAsked && answers.Code("con_guardian_suspect") != "no":
		return GuardianSuspect
	case assent.State == Answered && answers.Code("con_child_assent") != "yes", assent.State == Refused, assent.State == DontKnow:
		return ChildDisagrees
	case method == "guardian" && answers.Code("con_child_assent") != "yes" && (suspect.State != NotAsked || answers["con_guardian_name"].State != NotAsked):
		return ChildNotAsked
	}
	return ""
}

// Scope is what a withdrawal takes back (choice list "wscope").
type Scope string

// The scopes of a withdrawal.
const (
	ScopeInterview  Scope = "interview"
	ScopeSharing    Scope = "sharing"
	ScopeReferral   Scope = "referral"
	ScopeRecontact  Scope = "recontact"
	ScopeStatistics Scope = "statistics"
	ScopeAll        Scope = "all"
)

// Scopes returns every scope.
func Scopes() []Scope {
	return []Scope{ScopeInterview, ScopeSharing, ScopeReferral, ScopeRecontact, ScopeStatistics, ScopeAll}
}

const (
	consentPrefix  = "con_share_"
	withdrawalItem = "con_withdrawn_scope"
)

// ConsentOf reads the consent from the answers of a record, contested ones
// already read by the form's protective rule. What was not asked, refused or
// left out is no consent (form specification, sections 2 and 7). A withdrawal
// that cannot be read counts as one of everything.
func ConsentOf(answers Answers) Consent {
	c := Consent{
		Interview: answers.Code("con_interview") == "yes",
		Referral:  answers.Code("con_referral") == "yes",
		Recontact: answers.Code("con_recontact") == "yes",
		Shares:    map[Agency]Share{}, Withdrawn: map[Scope]bool{},
		Flaw: flawOf(answers),
	}
	for name, answer := range answers {
		if agency, ok := strings.CutPrefix(name, consentPrefix); ok {
			c.grant(Agency(agency), answers.Code(name))
		}
		if field, err := ParseField(name); err == nil && field.Item == withdrawalItem {
			c.withdraw(answer)
		}
	}
	return c
}

// grant records a share; ShareWith cuts it to what the agency may have at all.
func (c *Consent) grant(agency Agency, code string) {
	share := ParseShare(code)
	if _, err := ParseAgency(string(agency)); err == nil && share > ShareNone {
		c.Shares[agency] = share
	}
}

func (c *Consent) withdraw(answer Answer) {
	if answer.State == NotAsked || answer.State == NotApplicable || answer.State == Skipped {
		return
	}
	code, _ := answer.Value.(Code)
	for _, scope := range Scopes() {
		if Scope(code) == scope {
			c.Withdrawn[scope] = true
			return
		}
	}
	c.Withdrawn[ScopeAll] = true
}

// Taken reports whether a scope was taken back, by itself or with everything.
func (c Consent) Taken(scope Scope) bool { return c.Withdrawn[scope] || c.Withdrawn[ScopeAll] }

// ShareWith returns what an agency class may have now. Withdrawing the
// interview or the sharing leaves nothing; statistics have a scope of their
// own beside that.
func (c Consent) ShareWith(agency Agency) Share {
	switch {
	case !c.Interview, c.Flaw != "", c.Taken(ScopeInterview), c.Taken(ScopeSharing):
		return ShareNone
	case agency == Research && c.Taken(ScopeStatistics):
		return ShareNone
	case agency == Research:
		return min(c.Shares[agency], ShareAnon)
	}
	return c.Shares[agency]
}

// MayRefer reports whether the person may be referred now.
func (c Consent) MayRefer() bool {
	return c.Interview && c.Referral && c.Flaw == "" && !c.Taken(ScopeReferral) && !c.Taken(ScopeInterview)
}

// MayRecontact reports whether the person may be contacted later.
func (c Consent) MayRecontact() bool { return c.Recontact && !c.Taken(ScopeRecontact) }

// Merge joins two consents of the same person, for example from two linked
// records: the narrower grant stands, and a withdrawal always wins. The merge
// is commutative, associative and idempotent.
func (c Consent) Merge(d Consent) Consent {
	merged := Consent{
		Interview: c.Interview && d.Interview, Referral: c.Referral && d.Referral,
		Recontact: c.Recontact && d.Recontact,
		Shares:    map[Agency]Share{}, Withdrawn: map[Scope]bool{},
		Flaw: max(c.Flaw, d.Flaw),
	}
	for _, agency := range AllAgencies() {
		if share := min(c.Shares[agency], d.Shares[agency]); share > ShareNone {
			merged.Shares[agency] = share
		}
	}
	for _, scope := range Scopes() {
		if c.Withdrawn[scope] || d.Withdrawn[scope] {
			merged.Withdrawn[scope] = true
		}
	}
	return merged
}
