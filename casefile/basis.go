package casefile

import (
	"encoding/base64"
	"encoding/json"
	"errors"

	"raksa/syncengine"
)

// Basis names, field by field, the versions that were on somebody's screen. A
// page carries it as an opaque text and hands it back when saving.
type Basis map[string][]syncengine.ChangeID

// ErrBasis: the text that came back from a page is not a basis.
var ErrBasis = errors.New("casefile: the page's basis cannot be read")

// BasisOf gives the basis of a page that shows these fields of a record.
func BasisOf(rec *syncengine.Record, fields ...string) Basis {
	b := Basis{}
	for _, field := range fields {
		if ids := rec.Field(field).Basis(); len(ids) > 0 {
			b[field] = ids
		}
	}
	return b
}

// String writes the basis for a page.
func (b Basis) String() string {
	raw := map[string][][]byte{}
	for field, ids := range b {
		for _, id := range ids {
			raw[field] = append(raw[field], id[:])
		}
	}
	text, _ := json.Marshal(raw) // maps of bytes always marshal
	return base64.RawURLEncoding.EncodeToString(text)
}

// ParseBasis reads what String wrote. Nothing is an empty basis: a page that
// showed no versions can replace none.
func ParseBasis(text string) (Basis, error) {
	b := Basis{}
	if text == "" {
		return b, nil
	}
	packed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, ErrBasis
	}
	raw := map[string][][]byte{}
	if json.Unmarshal(packed, &raw) != nil {
		return nil, ErrBasis
	}
	for field, ids := range raw {
		for _, id := range ids {
			if len(id) != len(syncengine.ChangeID{}) {
				return nil, ErrBasis
			}
			b[field] = append(b[field], syncengine.ChangeID(id))
		}
	}
	return b, nil
}
