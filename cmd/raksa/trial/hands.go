package trial

import "raksa/syncengine"

// Hands are the places where a test makes a host lie. The zero value is honest.
type Hands struct {
	// AckBeforeCommit answers although the transaction was undone.
	AckBeforeCommit bool
	// KeptBeforeCommit lets a tablet say so.
	KeptBeforeCommit bool
	// Request changes what a device asks, Answer what the office says,
	// which is then signed anew.
	Request func(*syncengine.Request)
	Answer  func(*syncengine.Request, *syncengine.Answer)
}
