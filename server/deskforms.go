package server

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"raksa/casefile"
	"raksa/screening/form"
	"raksa/screening/form/xlsform"
	"raksa/syncengine"
	"raksa/web"
)

// formFileMax bounds the file of a form.
const formFileMax = 2 << 20

// formDraft holds the file that somebody looked at last, until it is published.
const formDraft syncengine.Table[[]byte] = "form-draft"

// formsPage lists the versions, and what the file that was looked at changes.
func formsPage(v *deskVisit) (deskReply, error) {
	if err := v.learnForms(v.tx); err != nil {
		return deskReply{}, err
	}
	page := web.Forms{Typed: v.typed}
	newest := v.shelf.Newest()
	show := func(name string, def *form.Definition, at time.Time) {
		one := web.FormVersion{Version: name, At: at, Newest: def == newest}
		if def != nil {
			one.Questions = len(def.Items())
			for _, item := range def.Items() {
				if item.InShort {
					one.Short++
				}
			}
		}
		page.Versions = append(page.Versions, one)
	}
	for _, p := range slices.Backward(v.shelf.Published()) {
		show(p.Version, p.Form, time.UnixMilli(p.Millis))
	}
	show(form.Builtin().Version(), form.Builtin(), time.Time{})
	text, here, err := formDraft.Get(v.tx, formKey)
	if err == nil && here {
		page.Draft, err = v.draftView(text)
	}
	return deskReply{page: page}, err
}

// draftView holds a file against the newest version.
func (v *deskVisit) draftView(text []byte) (*web.FormDraft, error) {
	sum := sha256.Sum256(text)
	view := &web.FormDraft{SHA256: hex.EncodeToString(sum[:]), Before: v.shelf.Newest().Version()}
	after, err := form.ParseSource(text)
	if err != nil {
		view.Problem = err.Error()
		return view, nil
	}
	view.Version = after.Version
	before, err := v.newestSource()
	if err != nil {
		return nil, err
	}
	for _, change := range xlsform.Diff(before, after) {
		view.Changes = append(view.Changes, web.FormChange{Kind: change.Kind, What: change.What, How: strings.Join(change.How, ", ")})
	}
	if _, err := v.checkForm(text); err != nil {
		view.Problem = err.Error() // ids and reasons of the file; it holds no answer
	}
	return view, nil
}

// newestSource gives the file of the newest version.
func (v *deskVisit) newestSource() (*form.Source, error) {
	newest := v.shelf.Newest()
	text := form.BuiltinSource()
	for _, p := range v.shelf.Published() {
		if p.Form != newest {
			continue
		}
		rec, err := v.read(v.tx, p.ID)
		if err != nil {
			return nil, err
		}
		if _, text, err = casefile.OpenForm(rec); err != nil {
			return nil, err
		}
	}
	return form.ParseSource(text)
}

// lookAtForm keeps the file of a form for the page that says what it changes.
func lookAtForm(v *deskVisit) (deskReply, error) {
	if v.upload == nil {
		return deskReply{}, atField("form", errNoChoice)
	}
	part, err := v.upload.NextPart()
	if err != nil || part.FormName() != "form" || part.FileName() == "" {
		return deskReply{}, atField("form", errNoChoice)
	}
	text, err := io.ReadAll(io.LimitReader(part, formFileMax+1))
	switch {
	case err != nil:
		return deskReply{}, err
	case len(text) > formFileMax:
		return deskReply{}, atField("form", errLongName)
	}
	err = v.Store.Update(v.r.Context(), func(tx syncengine.Tx) error { return formDraft.Put(tx, formKey, text) })
	return deskReply{to: "/devices/forms"}, err
}

// publishForm publishes exactly the file that was on the page.
func publishForm(v *deskVisit) (deskReply, error) {
	text, here, err := formDraft.Get(v.tx, formKey)
	if err != nil {
		return deskReply{}, err
	}
	if sum := sha256.Sum256(text); !here || hex.EncodeToString(sum[:]) != v.asked("sha256") {
		return deskReply{}, errSettled // somebody looked at another file since
	}
	if err := v.learnForms(v.tx); err != nil {
		return deskReply{}, err
	}
	if _, err := v.PublishForm(v.tx, text, v.staff.ID); err != nil {
		return deskReply{}, fmt.Errorf("%w: %w", errNoForm, err)
	}
	return deskReply{to: "/devices/forms", done: "form_published"}, formDraft.Delete(v.tx, formKey)
}

// errNoForm: the page said why it may not be published.
var errNoForm = errors.New("server: the form may not be published")
