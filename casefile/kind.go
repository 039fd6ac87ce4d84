package casefile

import "raksa/syncengine"

// The kinds of records. The codes are hashed into every change: never renumbered.
const (
	KindInterview    syncengine.Kind = 2  // one screening of one return of one person
	KindGroup        syncengine.Kind = 3  // one arrival: a truck, its counts, its list
	KindReferral     syncengine.Kind = 4  // a partner's copy of what was agreed to be shared
	KindAnswer       syncengine.Kind = 5  // what a partner answers to a referral
	KindVerdict      syncengine.Kind = 6  // what supervisors say about a pair of records
	KindStaff        syncengine.Kind = 7  // directory: a member of staff
	KindDevice       syncengine.Kind = 8  // directory: a device
	KindOrganisation syncengine.Kind = 9  // directory: a partner organisation
	KindWithdrawal   syncengine.Kind = 10 // consent taken back by the code on a slip
	KindForm         syncengine.Kind = 11 // directory: a version of the forms
	KindLinkSetting  syncengine.Kind = 12 // by what the office compares and links records
)

// clearKinds may carry a clear block, and only the office writes them.
func clearKind(k syncengine.Kind) bool {
	return k == syncengine.KindControl || k == KindStaff || k == KindDevice || k == KindOrganisation || k == KindForm
}

// OfficeOnly reports whether only the office may write records of this kind.
func OfficeOnly(k syncengine.Kind) bool {
	return clearKind(k) || k == KindReferral || k == KindVerdict || k == KindLinkSetting
}
