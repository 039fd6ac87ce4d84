package casefile

import (
	"encoding/json"

	"raksa/screening"
	"raksa/syncengine"
)

// The directory: who works here, on which devices, for which partners. It is
// written by the office, clear, and signed with everything that goes down.

// Staff is a member of staff. The record's id is the person id.
type Staff struct {
	ID           syncengine.PersonID `json:"-"`
	Name         string              `json:"name"`
	Role         screening.Role      `json:"role"`
	Agency       screening.Agency    `json:"agency"`
	Center       string              `json:"center,omitempty"`       // site code; empty for partners and the ministry
	Organisation string              `json:"organisation,omitempty"` // record id of the partner organisation
	Key          []byte              `json:"key,omitempty"`          // Ed25519, what the person signs with
	Left         bool                `json:"left,omitempty"`         // no longer works here
}

// Device is an enrolled tablet or laptop. The record's id is the device id.
type Device struct {
	ID           syncengine.RecordID `json:"-"`
	Name         string              `json:"name"` // painted on it: "PTC-2"
	Profile      screening.Profile   `json:"profile"`
	Center       string              `json:"center,omitempty"`
	Organisation string              `json:"organisation,omitempty"`
	SigningKey   []byte              `json:"signing_key"`
	ReceivingKey []byte              `json:"receiving_key"`
	Nodes        []string            `json:"nodes"` // every node id that it has been
	Revoked      bool                `json:"revoked,omitempty"`
}

// Organisation is a partner that may receive referrals.
type Organisation struct {
	ID       syncengine.RecordID `json:"-"`
	Name     string              `json:"name"`
	Agency   screening.Agency    `json:"agency"`
	Place    string              `json:"place"`
	Services []string            `json:"services"` // codes of the choice list "need"
	Sexes    []string            `json:"sexes,omitempty"`
}

// fieldEntry holds a directory entry as JSON: one register, for the office
// alone writes it.
const fieldEntry = "entry"

// Entry drafts a new version of a directory entry: a Staff, Device or
// Organisation. rec is the record as it stands, or nil when it is new.
func Entry(kind syncengine.Kind, id syncengine.RecordID, author syncengine.PersonID, rec *syncengine.Record, entry any) (syncengine.Draft, error) {
	text, err := json.Marshal(entry)
	if err != nil {
		return syncengine.Draft{}, err
	}
	write := syncengine.Write{Field: fieldEntry, State: syncengine.State(screening.Answered), Value: text}
	if rec != nil {
		write.Supersedes = rec.Field(fieldEntry).Basis()
	}
	return syncengine.Draft{
		Record: id, Kind: kind, Author: author,
		Writes: map[syncengine.Class][]syncengine.Write{syncengine.ClassClear: {write}},
	}, nil
}

// OpenStaff reads a directory record.
func OpenStaff(rec *syncengine.Record) (Staff, error) {
	s := Staff{ID: syncengine.PersonID(rec.ID)}
	err := openEntry(rec, KindStaff, "a member of staff", &s)
	return s, err
}

// OpenDevice reads a directory record.
func OpenDevice(rec *syncengine.Record) (Device, error) {
	d := Device{ID: rec.ID}
	err := openEntry(rec, KindDevice, "a device", &d)
	return d, err
}

// OpenOrganisation reads a directory record.
func OpenOrganisation(rec *syncengine.Record) (Organisation, error) {
	o := Organisation{ID: rec.ID}
	err := openEntry(rec, KindOrganisation, "an organisation", &o)
	return o, err
}

func openEntry(rec *syncengine.Record, kind syncengine.Kind, want string, into any) error {
	if rec.Kind != kind || json.Unmarshal([]byte(latest(rec.Field(fieldEntry))), into) != nil {
		return &NotOfKind{Record: rec.ID, Want: want}
	}
	return nil
}
