package device

import (
	"errors"
	"strings"
	"unicode/utf8"

	"raksa/screening"
	"raksa/syncengine"
	"raksa/web"
)

// startPage opens whatever stands now.
func startPage(v *visit) (web.FieldView, error) {
	switch _, err := v.device.uncovered(); {
	case err == nil:
		return home(v)
	case errors.Is(err, ErrNotEnrolled):
		return web.Enroll{TicketHint: "raksa1.…"}, nil
	case errors.Is(err, ErrCovered):
		return web.Cover{}, nil
	case errors.Is(err, ErrRevoked):
		return nil, err
	}
	return signedOut(v, "")
}

// home is the first page after signing in.
func home(v *visit) (web.FieldView, error) {
	if v.device.Profile() == screening.PartnerDevice {
		return inboxPage(v)
	}
	return tonight(v, "")
}

func signedOut(v *visit, chosen string) (web.FieldView, error) {
	people, err := v.device.People(v.ctx)
	if err != nil {
		return nil, err
	}
	view := web.SignIn{Chosen: chosen}
	for _, p := range people {
		view.People = append(view.People, web.Colleague{ID: p.ID.String(), Name: p.Name, Initials: initials(p.Name), Agency: string(p.Agency)})
	}
	return view, nil
}

// initials are the first letters of the first two words, each with the signs
// that belong to it: a Khmer cluster is never cut.
func initials(name string) string {
	var out strings.Builder
	for i, word := range strings.Fields(name) {
		if i == 2 {
			break
		}
		out.WriteString(firstCluster(word))
	}
	return out.String()
}

// firstCluster is a letter with its vowel signs and subscripts. U+17D2 binds the
// next letter below; the signs stand in U+17B4 to U+17D3 and U+17DD.
func firstCluster(word string) string {
	end, bound := 0, false
	for at, r := range word {
		sign := r >= 0x17B4 && r <= 0x17D3 || r == 0x17DD
		if at > 0 && !sign && !bound {
			break
		}
		bound = r == 0x17D2
		end = at + utf8.RuneLen(r)
	}
	return word[:min(end, len(word))]
}

func languagePage(v *visit) (web.FieldView, error) {
	lang := web.ParseLang(v.text("lang"))
	v.device.mu.Lock()
	v.device.lang = lang
	v.device.mu.Unlock()
	err := v.device.SetLanguage(v.ctx, string(lang))
	if errors.Is(err, ErrLocked) || errors.Is(err, ErrNotEnrolled) || errors.Is(err, ErrRevoked) {
		err = nil
	}
	return nil, err
}

// newSecret takes a new secret that was typed twice.
func newSecret(v *visit) ([]byte, error) {
	first := v.text("secret")
	switch {
	case !longEnough([]byte(first)):
		return nil, ErrSecretShort
	case first != v.text("secret2"):
		return nil, errSecretsDiffer
	}
	return []byte(first), nil
}

var errSecretsDiffer = errors.New("device: the two secrets differ")

func enrollPage(v *visit) (web.FieldView, error) {
	secret, err := newSecret(v)
	if err != nil {
		return nil, err
	}
	if err := v.device.Enroll(v.ctx, v.text("ticket"), secret); err != nil {
		return nil, err
	}
	v.setPIN()
	v.done = "enrolled"
	return home(v)
}

// setPIN takes the PIN of the quick cover; without a good one the cover locks.
func (v *visit) setPIN() {
	if pin := v.text("pin"); pin != "" {
		_ = v.device.SetPIN(pin) // a PIN that is too short is none
	}
}

func choosePage(v *visit) (web.FieldView, error) { return signedOut(v, v.text("person")) }

func signInPage(v *visit) (web.FieldView, error) {
	person, err := syncengine.ParsePersonID(v.text("person"))
	if err != nil {
		return nil, ErrChoice
	}
	err = v.device.SignIn(v.ctx, person, []byte(v.text("secret")))
	var wait *Wait
	if errors.As(err, &wait) {
		view, failed := signedOut(v, person.String())
		if in, is := view.(web.SignIn); is && failed == nil {
			in.WaitSeconds = wait.Seconds
			return in, err
		}
	}
	if err != nil {
		return nil, err
	}
	v.setPIN()
	return home(v)
}

func signOutPage(v *visit) (web.FieldView, error) {
	v.device.Lock()
	return signedOut(v, "")
}

func newColleaguePage(v *visit) (web.FieldView, error) {
	if _, err := v.device.uncovered(); err != nil {
		return nil, err
	}
	return web.AddColleague{}, nil
}

// addColleaguePage lets somebody in whom the directory knows, by the name typed.
func addColleaguePage(v *visit) (web.FieldView, error) {
	name := strings.Join(strings.Fields(v.text("name")), " ")
	if name == "" {
		return nil, errNameMissing
	}
	secret, err := newSecret(v)
	if err != nil {
		return nil, err
	}
	colleagues, err := v.device.Colleagues(v.ctx)
	if err != nil {
		return nil, err
	}
	for _, staff := range colleagues {
		if strings.EqualFold(strings.Join(strings.Fields(staff.Name), " "), name) {
			if err := v.device.AddPerson(v.ctx, staff.ID, secret); err != nil {
				return nil, err
			}
			v.done = "person_added"
			return home(v)
		}
	}
	return nil, ErrNotFound
}

var errNameMissing = errors.New("device: the name is missing")

func coverPage(v *visit) (web.FieldView, error) {
	if err := v.device.Cover(); err != nil {
		return nil, err
	}
	return web.Cover{}, nil
}

func uncoverPage(v *visit) (web.FieldView, error) { return nil, v.device.Uncover(v.text("pin")) }
