package server

import (
	"errors"

	"raksa/casefile"
	"raksa/screening/form"
	"raksa/screening/indicator"
	"raksa/syncengine"
)

// formCount counts the form records that were entered: under "", so that a
// process of several on one store sees that another has published one.
const formCount syncengine.Table[int] = "forms"

// ErrFormKnown: this version was published already, or is the program's own. A
// version means one thing for ever.
var ErrFormKnown = errors.New("server: the form version is known already")

// PublishForm enters a version of the forms into the directory, from where it
// goes to every device. It must follow the newest version and every other that
// interviews may stand on: the error is a *form.LoadError, a *form.Break,
// ErrFormKnown or casefile.ErrFormTooLong.
func (o *Office) PublishForm(tx syncengine.Tx, text []byte, by syncengine.PersonID) (*form.Definition, error) {
	def, err := o.checkForm(text)
	if err != nil {
		return nil, err
	}
	id, err := o.newID()
	if err != nil {
		return nil, err
	}
	entry := casefile.FormEntry{ID: id, Version: def.Version(), Number: len(o.shelf.Published()) + 1, Millis: o.Now().UnixMilli()}
	draft, err := casefile.FormDraft(entry, text, by)
	if err != nil {
		return nil, err
	}
	// It is put on the shelf once it is in the log for good: see formIn.
	if _, err := o.save(tx, draft); err != nil {
		return nil, err
	}
	if err := formCount.Put(tx, formKey, entry.Number); err != nil {
		return nil, err
	}
	return def, o.audit(tx, Leaf{What: "form", Person: by.String(), Record: entry.ID.String(), Reason: def.Version()})
}

// checkForm reports whether a version may be published.
func (o *Office) checkForm(text []byte) (*form.Definition, error) {
	def, err := form.Load(text)
	if err != nil {
		return nil, err
	}
	if o.Forms(def.Version()) != nil {
		return nil, ErrFormKnown
	}
	for _, before := range o.everyForm() {
		if err := def.Follows(before); err != nil {
			return nil, err
		}
	}
	return def, indicator.Builtin().Check(def.Symbol)
}

// everyForm lists the versions that interviews may stand on, the newest last.
func (o *Office) everyForm() []*form.Definition {
	forms := []*form.Definition{form.Builtin()}
	for _, p := range o.shelf.Published() {
		if p.Form != nil {
			forms = append(forms, p.Form)
		}
	}
	return forms
}

// learnForms puts every form record on the shelf. What was set aside because
// nobody knew its form can be read from then on.
func (o *Office) learnForms(tx syncengine.Tx) error {
	known, news := 0, false
	err := o.everyOf(tx, casefile.KindForm, func(rec *syncengine.Record) error {
		known++
		news = !o.shelf.Holds(rec.ID) && o.shelf.Put(rec) || news
		return nil
	})
	if err != nil || !news {
		return err
	}
	if before, _, err := formCount.Get(tx, formKey); err != nil {
		return err
	} else if before != known {
		if err := formCount.Put(tx, formKey, known); err != nil {
			return err
		}
	}
	return errors.Join(syncengine.Reopen(tx), o.engine.FoldStale(tx))
}

var formKey = []byte{0}

// formIn gives a version, also one that was published since this process looked.
func (o *Office) formIn(tx syncengine.Tx, version string) *form.Definition {
	def := o.Forms(version)
	if def != nil {
		return def
	}
	known, _, err := formCount.Get(tx, formKey)
	if err != nil || known <= len(o.shelf.Published()) || o.learnForms(tx) != nil {
		return nil
	}
	return o.Forms(version)
}
