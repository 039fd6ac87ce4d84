package casefile

import (
	"encoding/json"

	"raksa/linkage"
	"raksa/screening"
	"raksa/syncengine"
)

// LinkSetting is by what an office compares and links records. A new estimate is
// a record of its own: it says what would change, and takes effect when a
// supervisor takes it over.
type LinkSetting struct {
	Base   string         `json:"base"`   // version of linkage's table of m, h and u
	Shares linkage.Shares `json:"shares"` // of the classes, fitted to this office's own candidates
	// LinkBits is the weight above which two records are linked without a
	// person; 0 is never.
	LinkBits float64 `json:"link_bits,omitempty"`
	// Change is what it would change, as it was shown.
	Change LinkChange `json:"change"`
}

// LinkChange is what a setting changes against the one in force.
type LinkChange struct {
	Pairs         int `json:"pairs"`          // that were compared
	Decisions     int `json:"decisions"`      // that the threshold rests on
	Enter         int `json:"enter"`          // pairs that come into the queue
	Leave         int `json:"leave"`          // pairs that go
	PersonsBefore int `json:"persons_before"` // in all records
	PersonsAfter  int `json:"persons_after"`
}

const (
	settingText  = "setting"
	settingTaken = "taken" // "yes" by the supervisor who took it over
)

// LinkSettingDraft drafts a setting that somebody proposes.
func LinkSettingDraft(id syncengine.RecordID, by syncengine.PersonID, s LinkSetting) (syncengine.Draft, error) {
	text, err := json.Marshal(s)
	return adminDraft(id, by, KindLinkSetting, settingText, string(text), nil), err
}

// LinkSettingTaken drafts that a supervisor puts a setting into force. The one
// that was taken over last is in force.
func LinkSettingTaken(rec *syncengine.Record, by syncengine.PersonID) syncengine.Draft {
	return adminDraft(rec.ID, by, KindLinkSetting, settingTaken, "yes", rec.Field(settingTaken).Basis())
}

func adminDraft(id syncengine.RecordID, by syncengine.PersonID, kind syncengine.Kind, field, text string, supersedes []syncengine.ChangeID) syncengine.Draft {
	return syncengine.Draft{Record: id, Kind: kind, Author: by, Writes: map[syncengine.Class][]syncengine.Write{
		syncengine.Class(screening.Admin): {{
			Field: field, State: syncengine.State(screening.Answered), Value: []byte(text), Supersedes: supersedes,
		}},
	}}
}

// TakenOver says who put a setting into force, and when; the zero Stamp is nobody.
type TakenOver struct {
	By    syncengine.PersonID
	Stamp syncengine.Stamp
}

// OpenLinkSetting reads a record as a setting.
func OpenLinkSetting(rec *syncengine.Record) (s LinkSetting, taken TakenOver, _ error) {
	if rec.Kind != KindLinkSetting || json.Unmarshal([]byte(latest(rec.Field(settingText))), &s) != nil {
		return s, taken, &NotOfKind{Record: rec.ID, Want: "a setting of the linker"}
	}
	if live := rec.Field(settingTaken).Live(); len(live) > 0 {
		last := live[len(live)-1]
		taken = TakenOver{By: last.Author, Stamp: last.Stamp}
	}
	return s, taken, nil
}
