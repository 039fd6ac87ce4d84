package carrier

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/bits"

	"raksa/syncengine"
)

// What a reader answers, for errors.Is.
var (
	// ErrForeign: no file of ours, or of a version that this program does not know.
	ErrForeign = errors.New("carrier: not a file of ours")
	// ErrCut: the file ends before its end; a copy was broken off.
	ErrCut = errors.New("carrier: the file was cut off")
	// ErrDamaged: bytes of it were altered.
	ErrDamaged = errors.New("carrier: the file is damaged")
	// ErrOtherReceiver: it is sealed to somebody else.
	ErrOtherReceiver = errors.New("carrier: the file is for somebody else")
	// ErrSender: the signature is not that of the device or office it names.
	ErrSender = errors.New("carrier: the file is not signed by its sender")
	// ErrKind: it holds something else than was asked for.
	ErrKind = errors.New("carrier: the file holds something else")
	// ErrTooLong: an item or the whole is over the limit.
	ErrTooLong = errors.New("carrier: over the limit")
)

// Kind says what the items are.
type Kind string

// The kinds.
const (
	Requests Kind = "requests" // of a device, for the office: wire requests
	Answers  Kind = "answers"  // of the office, for a device: node ‖ wire answer
	Handover Kind = "handover" // of a device, for another: one open record
)

// Name is random: 16 bytes that say nothing.
type Name [16]byte

func (n Name) String() string { return hex.EncodeToString(n[:]) }

// File is the name under which a bundle lies in a folder.
func (n Name) File() string { return n.String() + Ending }

// Ending ends the names of bundles in a folder.
const Ending = ".raksa"

// ParseName reads what String wrote.
func ParseName(text string) (Name, error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(Name{}) {
		return Name{}, ErrForeign
	}
	return Name(raw), nil
}

// NewName draws a name.
func NewName(rand io.Reader) (n Name, err error) {
	if _, err = io.ReadFull(rand, n[:]); err != nil {
		err = fmt.Errorf("carrier: name: %w", err)
	}
	return n, err
}

// MarshalText and UnmarshalText carry a name in JSON.
func (n Name) MarshalText() ([]byte, error) { return []byte(n.String()), nil }

func (n *Name) UnmarshalText(text []byte) (err error) {
	*n, err = ParseName(string(text))
	return err
}

// Head is the first thing inside a bundle.
type Head struct {
	Kind Kind `json:"kind"`
	Name Name `json:"name"`
	// From and To are devices; the zero id is the office.
	From syncengine.RecordID `json:"from"`
	To   syncengine.RecordID `json:"to"`
	// MadeMillis is the sender's wall clock; it decides nothing.
	MadeMillis int64 `json:"made"`
	// Part counts the bundles of one going out, from 1.
	Part int `json:"part,omitempty"`
	// Answers names the bundle that these are the answers to.
	Answers *Name `json:"answers,omitempty"`
	// ReplyTo is the receiving key that the answers are sealed to.
	ReplyTo []byte `json:"reply_to,omitempty"`
	// Certificate is the sending device's, in DER.
	Certificate []byte `json:"certificate,omitempty"`
}

// Limits of a bundle.
const (
	ItemBytesMax  = 4 << 20
	headBytesMax  = 16 << 10
	itemsMax      = 1 << 20
	paddedSizeMin = 4 << 10
)

func decodeHead(raw []byte) (h Head, err error) {
	if json.Unmarshal(raw, &h) != nil {
		return h, ErrForeign
	}
	return h, nil
}

// padded gives the size that a length is filled up to: its leading bits, so
// that some log log n of them are told and no more (Padmé; Nikitin and others,
// 2019). It adds 12 % at most.
func padded(length uint64) uint64 {
	if length <= paddedSizeMin {
		return paddedSizeMin
	}
	e := bits.Len64(length) - 1
	s := bits.Len64(uint64(e))
	mask := uint64(1)<<(e-s) - 1
	return (length + mask) &^ mask
}
