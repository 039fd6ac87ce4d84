package casefile

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"raksa/screening"
	"raksa/syncengine"
)

// Request asks for a referral: one service, one receiver. It is a field of the
// interview and always travels to the office, which makes the partner's copy
// only if consent stands at that moment.
type Request struct {
	ID           string              `json:"-"`            // random, names the field
	Organisation string              `json:"organisation"` // record id of the receiver
	Service      string              `json:"service"`      // choice list "need"
	Urgency      string              `json:"urgency"`      // choice list "urg"
	Note         string              `json:"-"`            // to the receiver; class contact
	Author       syncengine.PersonID `json:"-"`
	Stamp        syncengine.Stamp    `json:"-"`
}

// ErrNoConsent: the person has not agreed to this referral, or took it back.
var ErrNoConsent = errors.New("casefile: no consent to this referral")

// RequestDraft puts a request into an interview.
func (iv *Interview) RequestDraft(author syncengine.PersonID, r Request) (syncengine.Draft, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return syncengine.Draft{}, err
	}
	edit := Edit{Author: author}
	edit.set(prefixReferral+r.ID, string(text))
	if r.Note != "" {
		edit.set(prefixNote+r.ID, screening.TextOf(r.Note).Canonical())
	}
	return iv.Draft(edit)
}

// Requests lists the referrals that were asked for, oldest first.
func (iv *Interview) Requests() []Request {
	var requests []Request
	for field, reg := range iv.Record.Classes[syncengine.Class(screening.Admin)] {
		id, is := strings.CutPrefix(field, prefixReferral)
		r := Request{ID: id}
		if !is || json.Unmarshal([]byte(latest(reg)), &r) != nil {
			continue
		}
		live := reg.Live()
		r.Author, r.Stamp = live[len(live)-1].Author, live[len(live)-1].Stamp
		r.Note = latest(iv.Record.Field(prefixNote + id))
		requests = append(requests, r)
	}
	slices.SortFunc(requests, func(a, b Request) int {
		return cmp.Or(cmp.Compare(a.Stamp, b.Stamp), strings.Compare(a.ID, b.ID))
	})
	return requests
}

// Referral is a partner's copy: only what was agreed to be shared, as it stood
// when it was made. It does not name the interview that it came from.
type Referral struct {
	ID            syncengine.RecordID
	Request       string // id of the request: opaque, so that the sender finds the answer
	Service       string
	Urgency       string
	From          string // center or office, as shown
	Note          string
	MadeMillis    int64
	Share         screening.Share
	Answers       screening.Answers
	WithdrawnCopy bool // consent was taken back: the copy must go
}

const (
	copyRequest  = "$request"
	copyService  = "$service"
	copyUrgency  = "$urgency"
	copyFrom     = "$from"
	copyNote     = "$note"
	copyMade     = "$made"
	copyShare    = "$share"
	prefixCopied = "$fact." // + fact: what stands in place of items
)

// CopyDraft makes the partner's copy of an interview for one request: the
// fields that consent and service allow, and none else. ErrNoConsent when the
// person does not agree now. The record and its key are new.
func (iv *Interview) CopyDraft(copyID syncengine.RecordID, commit []byte, r Request, receiver screening.Agency, from string, nowMillis int64) (syncengine.Draft, error) {
	consent := iv.Consent()
	share := consent.ShareWith(receiver)
	if !consent.MayRefer() || share == screening.ShareNone {
		return syncengine.Draft{}, ErrNoConsent
	}
	draft := syncengine.Draft{
		Record: copyID, Kind: KindReferral, Form: iv.Form.Version(), Author: r.Author, Commit: commit,
		Writes: map[syncengine.Class][]syncengine.Write{},
	}
	put := func(class screening.Class, field string, state screening.State, value string) {
		draft.Writes[syncengine.Class(class)] = append(draft.Writes[syncengine.Class(class)],
			syncengine.Write{Field: field, State: syncengine.State(state), Value: []byte(value)})
	}
	for _, item := range screening.ReferralItems(consent, receiver, r.Service, iv.shareable()) {
		answer := iv.Answers[item]
		if class, known := iv.Form.Class(item); known && answer.State != screening.NotAsked {
			state, value := encode(answer)
			put(class, item, screening.State(state), value)
		} else if text := iv.fact(item); text != "" {
			put(factClass(item), prefixCopied+item, screening.Answered, text)
		}
	}
	put(screening.Admin, copyRequest, screening.Answered, r.ID)
	put(screening.Admin, copyService, screening.Answered, r.Service)
	put(screening.Admin, copyUrgency, screening.Answered, r.Urgency)
	put(screening.Admin, copyFrom, screening.Answered, from)
	put(screening.Admin, copyShare, screening.Answered, share.String())
	put(screening.Admin, copyMade, screening.Answered, strconv.FormatInt(nowMillis, 10))
	if r.Note != "" && share >= screening.ShareNeeds {
		put(screening.Contact, copyNote, screening.Answered, r.Note)
	}
	return draft, nil
}

// shareable lists the items and facts of this interview with their classes. A
// contested item is left back: nobody has said yet which answer is right.
func (iv *Interview) shareable() []screening.ItemClass {
	items := screening.FactClasses()
	for _, item := range iv.Form.Items() {
		if !slices.Contains(iv.Contested, item.ID) {
			items = append(items, screening.ItemClass{Item: item.ID, Class: item.Class})
		}
	}
	return items
}

// fact gives one of the facts that may leave in place of items.
func (iv *Interview) fact(name string) string {
	switch name {
	case screening.FactProvince:
		if place, ok := iv.Answers["idn_home"].Value.(screening.Place); ok && len(place.Code) >= 2 {
			return place.Code[:2]
		}
	case screening.FactAgeBand:
		return iv.ageBandStated()
	case screening.FactChild:
		if iv.Answers.Code("idn_age_basis") == "disputed" || iv.ageBandStated() == AgeBand(0) {
			return "yes"
		}
	}
	return ""
}

func factClass(name string) screening.Class {
	for _, fact := range screening.FactClasses() {
		if fact.Item == name {
			return fact.Class
		}
	}
	return screening.Testimony
}

// OpenReferral reads a record as a partner's copy.
func OpenReferral(rec *syncengine.Record, forms Forms) (*Referral, error) {
	def := forms(rec.Form)
	if rec.Kind != KindReferral || def == nil {
		return nil, &NotOfKind{Record: rec.ID, Want: "a referral of a known form version"}
	}
	read := &Interview{ID: rec.ID, Form: def, Record: rec, Answers: screening.Answers{}}
	for _, folded := range rec.Classes {
		for field, reg := range folded {
			if !strings.HasPrefix(field, "$") {
				read.read(field, reg)
			}
		}
	}
	r := &Referral{
		ID: rec.ID, Request: latest(rec.Field(copyRequest)), Service: latest(rec.Field(copyService)), Urgency: latest(rec.Field(copyUrgency)),
		From: latest(rec.Field(copyFrom)), Note: latest(rec.Field(copyNote)),
		Share: screening.ParseShare(latest(rec.Field(copyShare))), Answers: read.Answers,
	}
	r.MadeMillis, _ = strconv.ParseInt(latest(rec.Field(copyMade)), 10, 64)
	return r, nil
}

// Fact gives a fact that was shared in place of items, or "".
func (r *Referral) Fact(rec *syncengine.Record, name string) string {
	return latest(rec.Field(prefixCopied + name))
}

// WithdrawDraft records in the interview that the person took consent back. Each
// withdrawal is an entry of its own; none replaces another.
func (iv *Interview) WithdrawDraft(by syncengine.PersonID, taken screening.Scope) (syncengine.Draft, error) {
	field := screening.Field{Item: "con_withdrawn_scope", Entry: string(taken)[:min(len(taken), 16)]}
	draft, err := iv.Draft(Edit{
		Author:  by,
		Basis:   BasisOf(iv.Record, field.String()),
		Answers: map[string]screening.Answer{field.String(): screening.Of(screening.Code(taken))},
	})
	draft.SignClass = syncengine.Class(screening.Admin)
	return draft, err
}
