package server

import (
	"errors"
	"net/http"
	"net/url"

	"raksa/syncengine"
	"raksa/web"
)

// fault is a refusal that has its place on the form: the field to mend.
type fault struct {
	field string // its name in the form
	err   error
}

func (f *fault) Error() string { return "server: field " + f.field + ": " + f.err.Error() }
func (f *fault) Unwrap() error { return f.err }

// atField names the field at which an error of a form is to be shown.
func atField(field string, err error) error {
	if err == nil {
		return nil
	}
	return &fault{field, err}
}

// atFields is atField for what a deeper room refuses.
func atFields(err error, places map[error]string) error {
	for refused, field := range places {
		if errors.Is(err, refused) {
			return &fault{field, err}
		}
	}
	return err
}

// again makes a refused form's page anew, with what was typed and, where the
// refusal has its place, the sentence beside the field. The act itself left
// nothing. A page is nil for a refusal that typing again would not mend: that
// becomes a page of its own.
func (d deskRoute) again(v *deskVisit, refused error) web.DeskView {
	known := deskErrorOf(refused)
	at := &fault{}
	mendable := errors.As(refused, &at) || known.status == http.StatusConflict || known.status == http.StatusUnprocessableEntity
	if d.rule.again == nil || !mendable {
		return nil
	}
	v.typed = web.Typed{Form: v.r.URL.Path, Field: at.field, Error: known.code, Values: withoutSecrets(v.r.PostForm)}
	var reply deskReply
	err := d.office.Store.Update(v.r.Context(), func(tx syncengine.Tx) (err error) {
		v.tx = tx
		reply, err = d.rule.again(v)
		return err
	})
	v.tx = nil
	if err != nil {
		return nil
	}
	return reply.page
}

// withoutSecrets is what may stand on a page once more.
func withoutSecrets(form url.Values) map[string][]string {
	kept := map[string][]string{}
	for name, values := range form {
		if name != "secret" && name != "csrf" {
			kept[name] = values
		}
	}
	return kept
}
