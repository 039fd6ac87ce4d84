package server

import (
	"cmp"
	"slices"
	"time"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
	"raksa/web"
)

// silentAfter is how long a device may be quiet before somebody should call.
const silentAfter = 36 * time.Hour

func (v *deskVisit) silent(d deviceRow) bool {
	return !d.Entry.Revoked && v.Now().Sub(time.UnixMilli(max(d.LastMillis, d.FirstMillis))) >= silentAfter
}

func devicesPage(v *deskVisit) (deskReply, error) {
	page, err := v.devicesView()
	return deskReply{page: page}, err
}

func (v *deskVisit) devicesView() (page web.Devices, _ error) {
	err := devices.Each(v.tx, nil, func(key []byte, d deviceRow) error {
		d.ID = syncengine.RecordID(key)
		page.Devices = append(page.Devices, v.deviceView(d))
		return nil
	})
	if err == nil {
		err = v.everyStaff(v.tx, func(s casefile.Staff) error {
			page.People = append(page.People, web.Staff{
				ID: s.ID.String(), Name: s.Name, Role: string(s.Role), Agency: string(s.Agency), Gone: s.Left,
			})
			return nil
		})
	}
	if err != nil {
		return page, err
	}
	slices.SortFunc(page.Devices, func(a, b web.Device) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(page.People, func(a, b web.Staff) int { return cmp.Compare(a.Name, b.Name) })
	if page.Centers, err = v.centers(); err != nil {
		return page, err
	}
	err = v.everyOrganisation(v.tx, func(org casefile.Organisation) error {
		page.Centers = append(page.Centers, web.Option{Code: org.ID.String(), Label: org.Name})
		return nil
	})
	return page, err
}

func (v *deskVisit) deviceView(d deviceRow) web.Device {
	shown := web.Device{
		ID: d.ID.String(), Name: d.Entry.Name, Center: v.siteText(d.Entry.Center), Profile: string(d.Entry.Profile),
		State: "active", Waiting: -1, Fingerprint: d.ID.String()[:shortID],
	}
	if d.LastMillis > 0 {
		shown.Last = time.UnixMilli(d.LastMillis)
	}
	switch {
	case d.Entry.Revoked:
		shown.State = "revoked"
	case v.silent(d):
		shown.State = "silent"
	}
	if d.Forks > 0 { // a second copy of it is about: somebody must look
		shown.People = append(shown.People, web.CodeWord(v.lang, "quarantine", "fork"))
	}
	return shown
}

// issueTicket shows the ticket at once: it is stored nowhere. The first person
// on a device is whoever was chosen, else whoever issues it, who then adds the
// others there.
func issueTicket(v *deskVisit) (deskReply, error) {
	order := TicketOrder{
		Name: v.asked("label"), Profile: screening.Profile(v.asked("profile")), Center: v.asked("center"),
		Organisation: v.asked("organisation"), Person: v.staff.ID,
	}
	if order.Name == "" {
		return deskReply{}, errNoName
	}
	if order.Profile == screening.PartnerDevice {
		order.Organisation, order.Center = cmp.Or(order.Organisation, order.Center), ""
	}
	if chosen := v.asked("person"); chosen != "" {
		person, err := syncengine.ParsePersonID(chosen)
		if err != nil {
			return deskReply{}, errNoChoice
		}
		order.Person = person
	}
	text, err := v.IssueTicket(v.tx, order, v.staff.ID)
	if err != nil {
		return deskReply{}, err
	}
	page, err := v.devicesView()
	page.Ticket = &web.Ticket{
		Code: text, Until: v.Now().Add(ticketLife), Profile: string(order.Profile), Center: v.siteText(order.Center),
	}
	return deskReply{page: page}, err
}

func revokeDevice(v *deskVisit) (deskReply, error) {
	id, err := syncengine.ParseRecordID(v.asked("device"))
	if err != nil {
		return deskReply{}, errNotThere
	}
	reason, err := v.reason()
	if err != nil {
		return deskReply{}, err
	}
	if err := v.Revoke(v.tx, id, v.staff.ID); err != nil {
		return deskReply{}, err
	}
	return deskReply{to: "/devices", done: "revoked"}, v.keepReason(reason)
}

// addPerson enters a member of staff. With a secret they have a place at the
// desk; without one they work on devices only.
func addPerson(v *deskVisit) (deskReply, error) {
	s := casefile.Staff{Name: screening.TextOf(v.asked("name")).Canonical(), Center: v.asked("center"), Organisation: v.asked("organisation")}
	if s.Name == "" {
		return deskReply{}, errNoName
	}
	var err error
	if s.Role, err = screening.ParseRole(v.asked("role")); err != nil {
		return deskReply{}, errNoChoice
	}
	if s.Agency, err = screening.ParseAgency(v.asked("agency")); err != nil {
		return deskReply{}, errNoChoice
	}
	secret := v.r.PostForm.Get("secret")
	if secret != "" && len([]rune(secret)) < secretLettersMin {
		return deskReply{}, errShortSecret
	}
	_, err = v.AddStaff(v.tx, s, []byte(secret), v.staff.ID)
	return deskReply{to: "/devices", done: "person_added"}, err
}

// secretLettersMin is the least length of a secret for the desk.
const secretLettersMin = 12

// revokePerson ends somebody's work here: they can sign in nowhere at the
// office, and what they still write is set aside.
func revokePerson(v *deskVisit) (deskReply, error) {
	id, err := syncengine.ParsePersonID(v.asked("person"))
	if err != nil {
		return deskReply{}, errNotThere
	}
	reason, err := v.reason()
	if err != nil {
		return deskReply{}, err
	}
	if id == v.staff.ID {
		return deskReply{}, &Denied{Reason: "revoke_oneself"}
	}
	if err := v.dismiss(v.tx, id, v.staff.ID); err != nil {
		return deskReply{}, err
	}
	v.sessions.endOf(id)
	return deskReply{to: "/devices", done: "revoked"}, v.keepReason(reason)
}

// dismiss marks a member of staff as gone and takes their desk slot away.
func (o *Office) dismiss(tx syncengine.Tx, id, by syncengine.PersonID) error {
	s, err := o.staff(tx, id)
	if err != nil {
		return err
	}
	s.Left = true
	if err := o.publish(tx, casefile.KindStaff, syncengine.RecordID(id), by, s); err != nil {
		return err
	}
	if err := tx.Delete(bucketSlot, id[:]); err != nil {
		return err
	}
	return o.audit(tx, Leaf{What: "revoke", Person: by.String(), Record: id.String()})
}

func addOrganisation(v *deskVisit) (deskReply, error) {
	org := casefile.Organisation{
		Name: screening.TextOf(v.asked("name")).Canonical(), Place: v.asked("place"), Sexes: v.r.PostForm["sex"],
	}
	if org.Name == "" {
		return deskReply{}, errNoName
	}
	var err error
	if org.Agency, err = screening.ParseAgency(v.asked("agency")); err != nil {
		return deskReply{}, errNoChoice
	}
	for _, service := range v.r.PostForm["service"] {
		if !slices.Contains(screening.Services(), service) {
			return deskReply{}, errNoChoice
		}
		org.Services = append(org.Services, service)
	}
	id, err := v.AddOrganisation(v.tx, org, v.staff.ID)
	if err != nil {
		return deskReply{}, err
	}
	return deskReply{to: "/devices", done: "saved"}, v.leaf(Leaf{What: "organisation", Record: id.String()})
}
