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
	ID         syncengine.RecordID
	Request    string // id of the request: opaque, so that the sender finds the answer
	Service    string
	Urgency    string
	From       string // center or office, as shown
	Note       string
	MadeMillis int64
	Share      screening.Share
	Answers    screening.Answers
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

// Copying says for whom a copy is made, and where and when.
type Copying struct {
	Copy     syncengine.RecordID // the new record, with its key's commitment
	Commit   []byte
	Receiver screening.Agency
	From     string                // the center, as a site code
	Today    screening.PartialDate // on site
	Millis   int64
}

// CopyDraft makes the partner's copy of an interview for one request: the
// fields that consent and service allow, and none else. ErrNoConsent when the
// person does not agree now. A contested item stays back: nobody has said yet
// which answer is right.
func (iv *Interview) CopyDraft(r Request, c Copying) (syncengine.Draft, error) {
	consent := iv.Consent()
	share := consent.ShareWith(c.Receiver)
	if !consent.MayRefer() || share == screening.ShareNone {
		return syncengine.Draft{}, ErrNoConsent
	}
	draft := syncengine.Draft{
		Record: c.Copy, Kind: KindReferral, Form: iv.Form.Version(), Author: r.Author, Commit: c.Commit,
		Writes: map[syncengine.Class][]syncengine.Write{},
	}
	put := func(class screening.Class, field string, answer screening.Answer) {
		state, value := encode(answer)
		draft.Writes[syncengine.Class(class)] = append(draft.Writes[syncengine.Class(class)],
			syncengine.Write{Field: field, State: state, Value: []byte(value)})
	}
	copied, facts := iv.Form.ReferralCopy(consent, c.Receiver, r.Service, r.ID, iv.Answers, c.Today)
	for field, answer := range copied {
		if !slices.Contains(iv.Contested, field) {
			put(screening.Class(classOf(iv.Form, field)), field, answer)
		}
	}
	for _, fact := range screening.FactClasses() {
		if text := facts[fact.Item]; text != "" {
			put(fact.Class, prefixCopied+fact.Item, screening.Of(screening.TextOf(text)))
		}
	}
	for field, text := range map[string]string{
		copyRequest: r.ID, copyService: r.Service, copyUrgency: r.Urgency, copyFrom: c.From, copyShare: share.String(), copyMade: strconv.FormatInt(c.Millis, 10),
	} {
		put(screening.Admin, field, screening.Of(screening.TextOf(text)))
	}
	if r.Note != "" && share >= screening.ShareNeeds {
		put(screening.Contact, copyNote, screening.Of(screening.TextOf(r.Note)))
	}
	return draft, nil
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
