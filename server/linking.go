package server

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"raksa/casefile"
	"raksa/linkage"
	"raksa/syncengine"
)

// linking is by what the office compares and groups records: the model in force
// and the weight from which it links without a person.
type linking struct {
	model    *linkage.Model
	version  string  // of table, shares and threshold together
	linkBits float64 // never, where no score links
}

// never is more bits than any comparison reaches.
const never = 1e9

// linkingOf gives a setting as it works.
func linkingOf(s casefile.LinkSetting) linking {
	l := linking{model: linkage.DefaultModel(), linkBits: never}
	l.version = l.model.Version()
	if s.Shares == (linkage.Shares{}) {
		return l
	}
	l.model = l.model.WithShares(s.Shares)
	if s.LinkBits != 0 {
		l.linkBits = s.LinkBits
	}
	digest := sha256.Sum256(fmt.Appendf(nil, "%s %v %v %v %v", l.version, s.Shares.Same, s.Shares.Household, s.Shares.Unrelated, s.LinkBits))
	l.version += fmt.Sprintf("+%x", digest[:4])
	return l
}

// settingRow is a setting of the linker as its record has it.
type settingRow struct {
	Setting casefile.LinkSetting `json:"setting"`
	By      string               `json:"by,omitempty"` // who took it over
	Taken   syncengine.Stamp     `json:"taken,omitempty"`
}

// settings holds every setting that was ever proposed, derived from the log.
const settings syncengine.Table[settingRow] = "link-settings" // record id

// linking gives what is in force: the setting that was taken over last. A
// setting for another table than the one built in is not applied.
func (o *Office) linking(tx syncengine.Tx) (linking, error) {
	var last settingRow
	err := settings.Each(tx, nil, func(_ []byte, row settingRow) error {
		if row.Taken > last.Taken && row.Setting.Base == linkage.DefaultModel().Version() {
			last = row
		}
		return nil
	})
	return linkingOf(last.Setting), err
}

// LinkVersion names what is in force: the model's table, and the setting on it.
func (o *Office) LinkVersion(tx syncengine.Tx) (string, error) {
	by, err := o.linking(tx)
	return by.version, err
}

// automatic reports whether scores link by themselves.
func (l linking) automatic() bool { return l.linkBits < never }

// policy is linkage's for this office. Until a threshold was measured and a
// supervisor has switched it on no score links; a decision that others
// contradict then links nothing either.
func (l linking) policy() linkage.Policy {
	p := linkage.DefaultPolicy()
	p.LinkBits, p.OpenFromBits, p.OpenToBits = l.linkBits, queueFromBits, never
	return p
}

// weighed is what a comparison came to, as it is kept with a verdict.
func (l linking) weighed(c linkage.Comparison) string {
	if len(c.Parts) == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f %s", c.Weight, modelOf(l.version))
}

// modelOf leaves out of a version what does not change a weight.
func modelOf(version string) string {
	table, _, _ := strings.Cut(version, "+")
	return table
}
