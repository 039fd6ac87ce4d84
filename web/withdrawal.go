package web

// SlipWithdrawal takes consent back by the code on a person's slip. It posts
// {csrf, slip, scope} to /withdraw; scope is a code of family "withdrawal".
type SlipWithdrawal struct {
	Typed Typed
}

func (SlipWithdrawal) deskTemplate() string { return "slip" }
