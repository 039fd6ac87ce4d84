package server

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"raksa/casefile"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/screening/gazetteer"
	"raksa/syncengine"
	"raksa/web"
)

// directory remembers staff and devices for the length of one request.
type directory struct {
	people map[syncengine.PersonID]casefile.Staff
	nodes  map[syncengine.NodeID]string
}

// person gives a member of staff; somebody unknown has the start of their id
// for a name.
func (v *deskVisit) person(id syncengine.PersonID) (casefile.Staff, error) {
	if s, known := v.known.people[id]; known {
		return s, nil
	}
	s := casefile.Staff{ID: id}
	if id != officeHand {
		var err error
		s, err = v.Office.staff(v.tx, id)
		if err != nil && !errors.Is(err, errNoStaff) {
			return s, err
		}
	}
	switch {
	case s.Name != "":
	case id == officeHand:
		s.Name = web.CodeWord(v.lang, "where", "office")
	default:
		s.Name = id.String()[:shortID]
	}
	if v.known.people == nil {
		v.known.people = map[syncengine.PersonID]casefile.Staff{}
	}
	v.known.people[id] = s
	return s, nil
}

// shortID is how many digits of an id are shown, and typed to confirm.
const shortID = 8

// deviceOf gives the name that is painted on the device which a node belongs to.
func (v *deskVisit) deviceOf(node syncengine.NodeID) (string, error) {
	if name, known := v.known.nodes[node]; known {
		return name, nil
	}
	name, err := v.lookUpNode(node)
	if v.known.nodes == nil {
		v.known.nodes = map[syncengine.NodeID]string{}
	}
	v.known.nodes[node] = name
	return name, err
}

func (v *deskVisit) lookUpNode(node syncengine.NodeID) (string, error) {
	owner, known, err := nodeOwner.Get(v.tx, node[:])
	if err != nil {
		return "", err
	}
	if !known {
		self, err := syncengine.LoadSelf(v.tx)
		if err == nil && self.Node == node {
			return web.CodeWord(v.lang, "where", "office"), nil
		}
		return node.String()[:shortID], err
	}
	id, err := syncengine.ParseRecordID(owner)
	if err != nil {
		return "", err
	}
	row, err := loadDevice(v.tx, id)
	if err != nil {
		return "", err
	}
	return row.Entry.Name, nil
}

// origin says where a version came from: who, agency, device and when.
func (v *deskVisit) origin(version syncengine.Version) (web.Origin, error) {
	who, err := v.person(version.Author)
	if err != nil {
		return web.Origin{}, err
	}
	device, err := v.deviceOf(version.Node)
	if err != nil {
		return web.Origin{}, err
	}
	origin := web.Origin{
		Who: who.Name, Agency: string(who.Agency), Device: device,
		At: time.UnixMilli(version.DeviceMillis), Plusminus: uncertainty(version),
	}
	return origin, v.bracket(&origin, version.ID)
}

// uncertainty is how far the device's clock is known to have been off: its
// stamp had already seen a later time. Less than a minute is not worth a word.
func uncertainty(version syncengine.Version) time.Duration {
	off := time.Duration(version.Stamp.Millis()-version.DeviceMillis) * time.Millisecond
	if off < time.Minute {
		return 0
	}
	return off
}

// labelOf gives an item's question in the page's language, and in the other.
func (v *deskVisit) labelOf(item *form.Item) (label, small string) {
	if v.lang == web.English {
		return item.EN, item.KM
	}
	return item.KM, item.EN
}

// answerText puts an answer into the words of the page; an answer without a
// value has no text but its state.
func (v *deskVisit) answerText(def *form.Definition, item *form.Item, answer screening.Answer) string {
	if answer.State != screening.Answered || answer.Value == nil {
		return ""
	}
	switch value := answer.Value.(type) {
	case screening.Code:
		return v.choiceText(def, item.List, string(value))
	case screening.Set:
		var words []string
		for _, code := range value.Codes() {
			words = append(words, v.choiceText(def, item.List, code))
		}
		return strings.Join(words, ", ")
	case screening.PartialDate:
		return v.dateText(value)
	case screening.DateTime:
		at := time.Unix(value.UnixSeconds(), 0).In(siteZone)
		return v.dayText(at) + ", " + at.Format("15:04")
	case screening.Money:
		text := value.Amount() + " " + web.CodeWord(v.lang, "currency", value.Currency)
		if value.Period != "" {
			text += " / " + v.choiceText(def, "payper", value.Period)
		}
		return text
	case screening.Place:
		return v.placeText(value)
	case screening.Ref:
		if id, err := syncengine.ParsePersonID(string(value)); err == nil {
			if who, err := v.person(id); err == nil {
				return who.Name
			}
		}
	case screening.Derived:
		return value.Result
	}
	return answer.Value.Canonical()
}

func (v *deskVisit) choiceText(def *form.Definition, list, code string) string {
	choice, known := def.Choice(list, code)
	switch {
	case !known:
		return code
	case v.lang == web.English:
		return choice.EN
	}
	return choice.KM
}

// dateText shows a date as far as it is known; nothing is padded.
func (v *deskVisit) dateText(d screening.PartialDate) string {
	parts := []string{strconv.Itoa(d.Year)}
	if d.Month > 0 {
		parts = append([]string{web.CodeWord(v.lang, "month", fmt.Sprintf("%02d", d.Month))}, parts...)
	}
	if d.Day > 0 {
		parts = append([]string{strconv.Itoa(d.Day)}, parts...)
	}
	text := strings.Join(parts, " ")
	if d.Estimated {
		text = "~ " + text
	}
	return text
}

func (v *deskVisit) dayText(at time.Time) string {
	at = at.In(siteZone)
	return fmt.Sprintf("%d %s %d", at.Day(), web.CodeWord(v.lang, "month", at.Format("01")), at.Year())
}

// stateCode is an answer's state as pages know it; what was struck out, or
// cannot be read, reads as skipped.
func stateCode(answer screening.Answer) string {
	if answer.State == screening.NotAsked {
		return screening.Skipped.String()
	}
	return answer.State.String()
}

// asAnswer reads a stored version as an answer of an item.
func asAnswer(item *form.Item, state syncengine.State, value []byte) screening.Answer {
	if screening.State(state) != screening.Answered {
		return screening.Saying(screening.State(state))
	}
	parsed, err := screening.ParseValue(item.Kind, string(value))
	if err != nil {
		return screening.Answer{}
	}
	return screening.Of(parsed)
}

// placeText names a place from the village up; a code that is not known here
// keeps what was said, or itself.
func (v *deskVisit) placeText(place screening.Place) string {
	known := gazetteer.Cambodia()
	if place.Country == "TH" {
		known = gazetteer.Thailand()
	}
	var names []string
	for _, step := range slices.Backward(known.Way(place.Code)) {
		if v.lang == web.English || step.Local == "" {
			names = append(names, step.Latin)
		} else {
			names = append(names, step.Local)
		}
	}
	if len(names) > 0 {
		return strings.Join(names, ", ")
	}
	return cmp.Or(place.Said, place.Code)
}
