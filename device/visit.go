package device

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"raksa/syncengine"
	"raksa/web"
)

// visit is one post of a page on its way.
type visit struct {
	pages  *pages
	device *Device
	ctx    context.Context
	r      *http.Request
	fields map[string]json.RawMessage
	done   string // code of family "done": good news above the page
}

var (
	errBody   = errors.New("device: the body is not what a page posts")
	errTooBig = errors.New("device: the body is too big")
)

// read takes the body apart. An empty one is an empty object.
func (v *visit) read() error {
	raw, err := io.ReadAll(v.r.Body)
	var tooBig *http.MaxBytesError
	if errors.As(err, &tooBig) {
		return errTooBig
	}
	if err != nil {
		return errBody
	}
	if len(strings.TrimSpace(string(raw))) > 0 && json.Unmarshal(raw, &v.fields) != nil {
		return errBody
	}
	return nil
}

// text gives a field as text; a list of ticked boxes is joined by commas.
func (v *visit) text(name string) string {
	raw := v.fields[name]
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return one
	}
	var many []string
	if json.Unmarshal(raw, &many) == nil {
		return strings.Join(many, ",")
	}
	var truth bool
	if json.Unmarshal(raw, &truth) == nil && truth {
		return "true"
	}
	return ""
}

func (v *visit) has(name string) bool { _, here := v.fields[name]; return here }

// opens says that the page was only opened: nothing but what every page posts.
func (v *visit) opens() bool {
	for name := range v.fields {
		if name != "basis" && name != "page" && name != "answers" {
			return false
		}
	}
	return true
}

// id gives the record that the path names.
func (v *visit) id() (syncengine.RecordID, error) {
	id, err := syncengine.ParseRecordID(v.r.PathValue("id"))
	if err != nil {
		return id, ErrNotFound
	}
	return id, nil
}

// count reads a number of people; -1 when none was given.
func (v *visit) count(name string) (int, error) {
	text := strings.TrimSpace(v.text(name))
	if text == "" {
		return -1, nil
	}
	n := 0
	for _, digit := range text {
		if digit >= '០' && digit <= '៩' {
			digit += '0' - '០'
		}
		if digit < '0' || digit > '9' || n > 10_000 {
			return -1, ErrAnswerShape
		}
		n = n*10 + int(digit-'0')
	}
	return n, nil
}

// lang is the language of whoever is signed in.
func (v *visit) lang() web.Lang {
	if person, err := v.device.Person(v.ctx); err == nil && person.Lang != "" {
		return web.ParseLang(person.Lang)
	}
	return v.device.pageLang()
}

// pageLang is the language before anybody is signed in.
func (d *Device) pageLang() web.Lang {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lang == "" {
		return web.Khmer
	}
	return d.lang
}

// frame gives what surrounds every page.
func (v *visit) frame(err error) web.FieldFrame {
	frame := web.FieldFrame{Lang: v.lang(), Notice: web.Notice{Done: v.done}}
	st, failed := v.device.Status(v.ctx)
	if failed == nil {
		frame.Profile, frame.Device = string(st.Profile), st.Name
		frame.Link = web.Link{Connected: st.Connected, Since: st.Since, Waiting: st.Waiting, WaitingSince: st.WaitingSince, Differs: st.Differs, Copied: !st.CopiedAt.IsZero()}
		if st.Loading != nil {
			frame.Link.Here, frame.Link.People = st.Loading.Here, st.Loading.People
		}
		for _, lost := range st.Lost {
			frame.Lost = append(frame.Lost, web.LostSaves{From: lost.From, To: lost.To, Told: lost.Told})
		}
	}
	if err != nil {
		frame.Notice = web.Notice{Error: Code(err)}
	}
	if st.Locked || st.Covered {
		return frame
	}
	if person, failed := v.device.Person(v.ctx); failed == nil {
		frame.Officer = person.Name
	}
	frame.Link.NeedsYou, _ = v.device.needYou(v.ctx) // a header without the number is no error
	return frame
}

// needsYou: something of it is parked, or two answers stand against each other.
func (one Someone) needsYou() bool {
	return one.Parked > 0 || one.Seen != nil && len(one.Seen.Contested) > 0
}

// monthOf is "March 2026" in the language of the page.
func (v *visit) monthOf(at time.Time) string {
	at = at.In(onSite)
	return web.CodeWord(v.lang(), "month", at.Format("01")) + at.Format(" 2006")
}
