package syncengine

// KeysAhead is what Keys may offer besides: it reads what opening records asks
// for ahead, as Ahead does.
type KeysAhead interface {
	KeysAhead(cells Cells, records []RecordID) error
}

// Keys is the seam to whoever holds record keys: the tablet's vault or the
// office. The engine hands over the transaction, because wraps stand in cells
// beside the log and come and go with it.
//
// Every method may answer ErrNoKey, ErrErased or ErrLocked; opening may answer
// ErrBroken. Blocks of ClassClear never pass through here.
type Keys interface {
	SealBlock(cells Cells, record RecordID, class Class, head, plain []byte) ([]byte, error)
	OpenBlock(cells Cells, record RecordID, class Class, head, sealed []byte) ([]byte, error)
	// SealState and OpenState do the same for folded state at rest.
	SealState(cells Cells, record RecordID, class Class, plain []byte) ([]byte, error)
	OpenState(cells Cells, record RecordID, class Class, sealed []byte) ([]byte, error)
	// Erase deletes every wrap of the record and refuses any other from then on.
	Erase(cells Cells, record RecordID) error
}
