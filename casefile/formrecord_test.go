package casefile

import (
	"bytes"
	"testing"

	"raksa/screening/form"
	"raksa/screening/form/formtest"
	"raksa/syncengine"
)

// formRecord folds the draft of a published form, as a device reads it.
func formRecord(t *testing.T, version string, number int, text []byte) *syncengine.Record {
	t.Helper()
	id := syncengine.RecordID{byte(number), 7}
	draft, err := FormDraft(FormEntry{ID: id, Version: version, Number: number}, text, syncengine.PersonID{1})
	if err != nil {
		t.Fatal(err)
	}
	folded := syncengine.Folded{}
	folded.Apply(&syncengine.Envelope{Record: id, Kind: KindForm}, draft.Writes[syncengine.ClassClear])
	return &syncengine.Record{ID: id, Kind: KindForm, Classes: map[syncengine.Class]syncengine.Folded{syncengine.ClassClear: folded}}
}

func TestAFormTravelsAsARecord(t *testing.T) {
	rec := formRecord(t, "vif/2", 1, formtest.Next())
	entry, text, err := OpenForm(rec)
	if err != nil || !bytes.Equal(text, formtest.Next()) || entry.Version != "vif/2" {
		t.Fatalf("%+v, %d bytes, %v", entry.Version, len(text), err)
	}
	bytesIn := 0
	for _, reg := range rec.Classes[syncengine.ClassClear] {
		bytesIn += len(reg.Live()[0].Value)
	}
	if bytesIn > 40<<10 {
		t.Errorf("it takes %d bytes", bytesIn)
	}
}

func TestADamagedFormIsNoForm(t *testing.T) {
	rec := formRecord(t, "vif/2", 1, formtest.Next())
	rec.Classes[syncengine.ClassClear]["text.00"].Live()[0].Value[100] ^= 1
	if _, _, err := OpenForm(rec); err == nil {
		t.Error("it is read")
	}
}

func TestAShelfKnowsWhatWasPublished(t *testing.T) {
	shelf := NewShelf(func(version string) *form.Definition {
		if version == form.Builtin().Version() {
			return form.Builtin()
		}
		return nil
	}, form.Builtin())
	if shelf.Newest().Version() != "vif/1" || shelf.Form("vif/2") != nil {
		t.Fatal("it knows what nobody published")
	}
	if !shelf.Put(formRecord(t, "vif/2", 1, formtest.Next())) || shelf.Newest().Version() != "vif/2" {
		t.Fatal("the published version is not the newest")
	}
	if shelf.Put(formRecord(t, "vif/2", 2, bytes.Replace(formtest.Next(), []byte("shoes"), []byte("boots"), 1))) ||
		shelf.Form("vif/2").Item("cls_shoes") == nil {
		t.Error("a version came to mean something else")
	}
	// A version that this program cannot read is known by name, and used for nothing.
	strange := append([]byte(`{"moods": 1,`), formtest.AfterNext()[1:]...)
	if shelf.Put(formRecord(t, "vif/3", 3, strange)) || shelf.Form("vif/3") != nil || shelf.Newest().Version() != "vif/2" {
		t.Error("what is not understood is used")
	}
	if len(shelf.Published()) != 3 {
		t.Errorf("%d were published", len(shelf.Published()))
	}
}
