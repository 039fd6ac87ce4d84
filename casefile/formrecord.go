package casefile

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"raksa/screening"
	"raksa/screening/form"
	"raksa/syncengine"
)

// FormEntry is what stands beside the text of a published form.
type FormEntry struct {
	ID      syncengine.RecordID `json:"-"`
	Version string              `json:"version"`
	Number  int                 `json:"number"` // 1, 2, 3 … in the order of publishing
	Millis  int64               `json:"at"`
	SHA256  [32]byte            `json:"sha256"` // of the text
	Parts   int                 `json:"parts"`
}

// Bounds of a form on its way. A part fits into one value of a change.
const (
	formTextMax   = 2 << 20
	formPartBytes = 48 << 10
	formPartsMax  = 20
)

// ErrFormTooLong: the text of a form does not fit into one change.
var ErrFormTooLong = errors.New("casefile: the form is too long to travel")

func formPart(n int) string { return fmt.Sprintf("text.%02d", n) }

// FormDraft drafts the record by which a version of the forms travels: written
// once, by the office, in the clear, for it says nothing of anybody.
func FormDraft(e FormEntry, text []byte, author syncengine.PersonID) (syncengine.Draft, error) {
	draft := syncengine.Draft{Record: e.ID, Kind: KindForm, Author: author}
	packed, err := packForm(text)
	if err != nil {
		return draft, err
	}
	e.SHA256, e.Parts = sha256.Sum256(text), (len(packed)+formPartBytes-1)/formPartBytes
	if len(text) > formTextMax || e.Parts > formPartsMax {
		return draft, ErrFormTooLong
	}
	entry, err := json.Marshal(e)
	if err != nil {
		return draft, err
	}
	said := func(field string, value []byte) syncengine.Write {
		return syncengine.Write{Field: field, State: syncengine.State(screening.Answered), Value: value}
	}
	writes := []syncengine.Write{said(fieldEntry, entry)}
	for n := range e.Parts {
		writes = append(writes, said(formPart(n), packed[n*formPartBytes:min((n+1)*formPartBytes, len(packed))]))
	}
	draft.Writes = map[syncengine.Class][]syncengine.Write{syncengine.ClassClear: writes}
	return draft, nil
}

func packForm(text []byte) ([]byte, error) {
	var out bytes.Buffer
	z, err := flate.NewWriter(&out, flate.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(text); err != nil {
		return nil, err
	}
	err = z.Close()
	return out.Bytes(), err
}

// OpenForm reads a form record. The text is whole and the one that was
// published, or the answer is a *NotOfKind; that it is a form that this program
// understands, form.Load says.
func OpenForm(rec *syncengine.Record) (FormEntry, []byte, error) {
	e := FormEntry{ID: rec.ID}
	broken := &NotOfKind{Record: rec.ID, Want: "a form"}
	if err := openEntry(rec, KindForm, "a form", &e); err != nil || e.Parts < 1 || e.Parts > formPartsMax {
		return e, nil, broken
	}
	var packed []byte
	for n := range e.Parts {
		packed = append(packed, latest(rec.Field(formPart(n)))...)
	}
	text, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), formTextMax+1))
	if err != nil || len(text) > formTextMax || sha256.Sum256(text) != e.SHA256 {
		return e, nil, broken
	}
	return e, text, nil
}

// LoadForm reads a form record and loads the form in it. A version of another
// name than the record's is none.
func LoadForm(rec *syncengine.Record) (FormEntry, *form.Definition, error) {
	e, text, err := OpenForm(rec)
	if err != nil {
		return e, nil, err
	}
	def, err := form.Load(text)
	if err == nil && def.Version() != e.Version {
		err = &NotOfKind{Record: rec.ID, Want: "the form " + e.Version}
	}
	return e, def, err
}
