package server

import (
	"errors"
	"slices"
	"strings"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
)

// released is what became of a request for a referral: the partner's copy, or
// the code that says why there is none.
type released struct {
	Interview    string `json:"interview"` // record id
	Request      string `json:"request"`
	Organisation string `json:"organisation"`
	Copy         string `json:"copy,omitempty"` // record id
	Refused      string `json:"refused,omitempty"`
	// RefusedMillis is since when; a leaf of the audit log says so, too.
	RefusedMillis int64 `json:"refused_ms,omitempty"`
	MadeMillis    int64 `json:"made,omitempty"`
	Stopped       bool  `json:"stopped,omitempty"` // consent was withdrawn afterwards
	// StoppedMillis is when the stop notice was ordered, DeletedMillis when the
	// receiver confirmed that what it had is deleted.
	StoppedMillis int64  `json:"stopped_ms,omitempty"`
	DeletedMillis int64  `json:"deleted_ms,omitempty"`
	Answer        string `json:"answer,omitempty"` // record id of the partner's answer
	// Answers holds every record that answered it: two devices of a partner may.
	Answers []string `json:"answers,omitempty"`
}

const (
	// releases holds one row a request: interview record id ‖ request id.
	releases syncengine.Table[released] = "release"
	// releaseOf finds the row from the copy's record id.
	releaseOf syncengine.Table[[]byte] = "release-of"
)

// Codes that say why a request was not released.
const (
	refusedNoConsent  = "no_consent"
	refusedWithdrawn  = "consent_withdrawn" // the person took it back before the request came in
	refusedNoReceiver = "no_such_receiver"
	refusedRestored   = "office_restored" // a withdrawal may be among what was lost
)

func releaseKey(interview syncengine.RecordID, request string) []byte {
	return append(interview[:], request...)
}

// releaseReferrals makes the partner's copy of every request that has none yet,
// if consent stands at this moment. What was refused is tried again when the
// interview changes.
func (o *Office) releaseReferrals(tx syncengine.Tx, iv *casefile.Interview) error {
	for _, request := range iv.Requests() {
		row, _, err := releases.Get(tx, releaseKey(iv.ID, request.ID))
		if err != nil {
			return err
		}
		if row.Copy != "" {
			continue
		}
		if err := o.release(tx, iv, request); err != nil {
			return err
		}
	}
	return nil
}

func (o *Office) release(tx syncengine.Tx, iv *casefile.Interview, request casefile.Request) error {
	row := released{Interview: iv.ID.String(), Request: request.ID, Organisation: request.Organisation}
	keep := func() error { return releases.Put(tx, releaseKey(iv.ID, request.ID), row) }
	withhold := func(code string) error { return o.withhold(tx, iv, request, row, code) }
	if adopted, err := o.adopt(tx, &row, iv.ID); err != nil || adopted {
		return err
	}
	receiver, err := o.organisation(tx, request.Organisation)
	if errors.Is(err, errNoOrganisation) {
		return withhold(refusedNoReceiver)
	}
	if err != nil {
		return err
	}
	if code := noConsent(iv.Consent(), receiver.Agency); code != "" {
		return withhold(code)
	}
	if wait, err := holdsBack(tx); err != nil || wait {
		return errors.Join(err, withhold(refusedRestored))
	}
	id, commit, err := o.newRecord(tx)
	if err != nil {
		return err
	}
	row.MadeMillis = o.Now().UnixMilli()
	draft, err := iv.CopyDraft(request, casefile.Copying{
		Copy: id, Commit: commit, Receiver: receiver.Agency, From: iv.Center, Today: o.today(), Millis: row.MadeMillis,
	})
	if err != nil {
		return err
	}
	if err := scope.Put(tx, id[:], []string{streamPartner(request.Organisation)}); err != nil {
		return err
	}
	if _, err := o.save(tx, draft); err != nil {
		return err
	}
	row.Copy = id.String()
	if err := releaseOf.Put(tx, id[:], releaseKey(iv.ID, request.ID)); err != nil {
		return err
	}
	if err := o.audit(tx, Leaf{What: "refer", Person: request.Author.String(), Record: iv.ID.String(), Reason: request.Organisation}); err != nil {
		return err
	}
	return keep()
}

// noConsent says why a receiver may have nothing, as a code; "" when it may.
func noConsent(consent screening.Consent, receiver screening.Agency) string {
	switch {
	case consent.MayRefer() && consent.ShareWith(receiver) > screening.ShareNone:
		return ""
	case consent.Taken(screening.ScopeReferral), consent.Taken(screening.ScopeSharing), consent.Taken(screening.ScopeInterview):
		return refusedWithdrawn
	case consent.Flaw != "":
		return string(consent.Flaw)
	}
	return refusedNoConsent
}

// withhold notes that a request is not released, and why. The log has one leaf
// for each reason, not one for each time that the interview is looked at.
func (o *Office) withhold(tx syncengine.Tx, iv *casefile.Interview, request casefile.Request, row released, code string) error {
	key := releaseKey(iv.ID, request.ID)
	before, _, err := releases.Get(tx, key)
	if err != nil || before.Refused == code {
		return err
	}
	row.Refused, row.RefusedMillis = code, o.Now().UnixMilli()
	if err := releases.Put(tx, key, row); err != nil {
		return err
	}
	return o.audit(tx, Leaf{What: "withhold", Person: request.Author.String(), Record: iv.ID.String(), Reason: code})
}

var errNoOrganisation = errors.New("server: no such organisation")

func (o *Office) organisation(tx syncengine.Tx, id string) (casefile.Organisation, error) {
	record, err := syncengine.ParseRecordID(id)
	if err != nil {
		return casefile.Organisation{}, errNoOrganisation
	}
	rec, err := o.read(tx, record)
	if errors.Is(err, syncengine.ErrUnknownChange) {
		return casefile.Organisation{}, errNoOrganisation
	}
	if err != nil {
		return casefile.Organisation{}, err
	}
	org, err := casefile.OpenOrganisation(rec)
	if err != nil {
		return org, errNoOrganisation
	}
	return org, nil
}

// linkAnswer brings a partner's answer to those who asked: it enters the
// streams of the interview's center. An answer to a copy of another
// organisation is nobody's, and stays where it came from.
func (o *Office) linkAnswer(tx syncengine.Tx, c *syncengine.Change) error {
	id := c.Record
	from, err := deviceOfNode(tx, c.Node)
	if err != nil {
		return err
	}
	rec, err := o.read(tx, id)
	if err != nil {
		return err
	}
	answer, err := casefile.OpenAnswer(rec)
	var other *casefile.NotOfKind
	if errors.As(err, &other) {
		return nil
	}
	if err != nil {
		return err
	}
	key, here, err := releaseOf.Get(tx, answer.Referral[:])
	if err != nil || !here {
		return err
	}
	row, _, err := releases.Get(tx, key)
	if err != nil || row.Organisation != from.Entry.Organisation {
		return err
	}
	row.Answer = id.String()
	if !slices.Contains(row.Answers, row.Answer) {
		row.Answers = append(row.Answers, row.Answer)
	}
	if answer.State == casefile.Deleted && row.Stopped && row.DeletedMillis == 0 {
		row.DeletedMillis = o.Now().UnixMilli()
		if err := o.audit(tx, Leaf{What: "deleted", Person: answer.By.String(), Device: from.ID.String(), Record: row.Interview, Reason: row.Organisation}); err != nil {
			return err
		}
	}
	if err := releases.Put(tx, key, row); err != nil {
		return err
	}
	interview := syncengine.RecordID(key[:16])
	if rec, err := o.read(tx, interview); err != nil || rec.Erased {
		return errors.Join(err, o.Erase(tx, id, officeHand)) // what is said about them goes too
	}
	streams, _, err := scope.Get(tx, interview[:])
	if err != nil {
		return err
	}
	for _, stream := range streams {
		if strings.HasPrefix(stream, streamCenter("")) {
			if err := o.enter(tx, id, stream); err != nil {
				return err
			}
		}
	}
	return nil
}

// SentReferral is a request with what became of it.
type SentReferral struct {
	Request    casefile.Request
	Copy       syncengine.RecordID
	State      casefile.ReferralState
	Reason     string // of a decline
	Note       string // from the partner
	Answered   syncengine.Stamp
	Refused    string // why it was not released, as a code
	MadeMillis int64
	// StoppedMillis is since when the receiver is told to stop, DeletedMillis when
	// it confirmed that it deleted what it had; zero for not yet.
	StoppedMillis, DeletedMillis int64
}

// Referrals lists the referrals of an interview, oldest first.
func (o *Office) Referrals(tx syncengine.Tx, interview syncengine.RecordID) ([]SentReferral, error) {
	iv, err := o.interview(tx, interview)
	if err != nil {
		return nil, err
	}
	var sent []SentReferral
	for _, request := range iv.Requests() {
		row, _, err := releases.Get(tx, releaseKey(interview, request.ID))
		if err != nil {
			return nil, err
		}
		one := SentReferral{Request: request, Refused: row.Refused, MadeMillis: row.MadeMillis, StoppedMillis: row.StoppedMillis, DeletedMillis: row.DeletedMillis}
		if row.Copy != "" {
			one.State = casefile.Sent
			one.Request.Organisation = row.Organisation // who has the copy, whatever the request says now
			if one.Copy, err = syncengine.ParseRecordID(row.Copy); err != nil {
				return nil, err
			}
		}
		if err := o.addAnswer(tx, &one, row); err != nil {
			return nil, err
		}
		sent = append(sent, one)
	}
	return sent, nil
}

func (o *Office) addAnswer(tx syncengine.Tx, sent *SentReferral, row released) error {
	if row.Answer != "" {
		id, err := syncengine.ParseRecordID(row.Answer)
		if err != nil {
			return err
		}
		rec, err := o.read(tx, id)
		if err != nil {
			return err
		}
		answer, err := casefile.OpenAnswer(rec)
		if notOfKind(err) {
			return nil // the partner made it unreadable, or it was erased
		}
		if err != nil {
			return err
		}
		sent.State, sent.Reason, sent.Note, sent.Answered = answer.State, answer.Reason, answer.Note, answer.Stamp
	}
	if row.Stopped {
		sent.State = casefile.Withdrawn
	}
	return nil
}

// AllReferrals lists the referrals of every interview that has one.
func (o *Office) AllReferrals(tx syncengine.Tx) (map[syncengine.RecordID][]SentReferral, error) {
	all := map[syncengine.RecordID][]SentReferral{}
	err := releases.Each(tx, nil, func(key []byte, _ released) error {
		interview := syncengine.RecordID(key[:16])
		if all[interview] != nil {
			return nil
		}
		sent, err := o.Referrals(tx, interview)
		all[interview] = sent
		return err
	})
	return all, err
}
