package server

import (
	"cmp"
	"errors"
	"slices"
	"unicode/utf8"

	"raksa/casefile"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/syncengine"
	"raksa/web"
)

// addPerson enters a member of staff. With a secret they have a place at the
// desk; without one they work on devices only.
func addPerson(v *deskVisit) (deskReply, error) {
	s := casefile.Staff{Center: v.asked("center"), Organisation: v.asked("organisation")}
	var err error
	if s.Name, err = v.name("name"); err != nil {
		return deskReply{}, err
	}
	if s.Role, err = screening.ParseRole(v.asked("role")); err != nil {
		return deskReply{}, atField("role", errNoChoice)
	}
	if s.Agency, err = screening.ParseAgency(v.asked("agency")); err != nil {
		return deskReply{}, atField("agency", errNoChoice)
	}
	if s.Center != "" && !v.isSite(s.Center) {
		return deskReply{}, atField("center", errNoChoice)
	}
	if s.Organisation != "" || s.Role == screening.Partner {
		if _, err := v.organisation(v.tx, s.Organisation); err != nil {
			return deskReply{}, atField("organisation", err)
		}
	}
	secret := v.r.PostForm.Get("secret")
	if secret != "" && utf8.RuneCountInString(secret) < secretLettersMin {
		return deskReply{}, atField("secret", errShortSecret)
	}
	_, err = v.AddStaff(v.tx, s, []byte(secret), v.staff.ID)
	return deskReply{to: "/devices", done: "staff_added"}, err
}

// nameLettersMax bounds a name in the directory, which every device holds.
const nameLettersMax = 120

// name reads a name from a field of a form.
func (v *deskVisit) name(field string) (string, error) {
	name := screening.TextOf(v.asked(field)).Canonical()
	switch {
	case name == "":
		return "", atField(field, errNoName)
	case utf8.RuneCountInString(name) > nameLettersMax:
		return "", atField(field, errLongName)
	}
	return name, nil
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
	org := casefile.Organisation{Services: v.r.PostForm["service"], Sexes: v.r.PostForm["sex"]}
	var err error
	if org.Name, err = v.name("name"); err != nil {
		return deskReply{}, err
	}
	if org.Place, err = v.name("place"); err != nil && !errors.Is(err, errNoName) { // may stay empty
		return deskReply{}, err
	}
	if org.Agency, err = screening.ParseAgency(v.asked("agency")); err != nil {
		return deskReply{}, atField("agency", errNoChoice)
	}
	for _, service := range org.Services {
		if !slices.Contains(screening.Services(), service) {
			return deskReply{}, atField("service", errNoChoice)
		}
	}
	for _, sex := range org.Sexes {
		if _, known := form.Builtin().Choice(form.Builtin().Item(itemSex).List, sex); !known {
			return deskReply{}, atField("sex", errNoChoice)
		}
	}
	id, err := v.AddOrganisation(v.tx, org, v.staff.ID)
	if err != nil {
		return deskReply{}, err
	}
	return deskReply{to: "/devices", done: "organisation_added"}, v.leaf(Leaf{What: "organisation", Record: id.String()})
}

// directoryView fills in who works here, and for whom.
func (v *deskVisit) directoryView(page *web.Devices) error {
	places := map[string]string{} // organisation: its name
	err := v.everyOrganisation(v.tx, func(org casefile.Organisation) error {
		places[org.ID.String()] = org.Name
		page.Organisations = append(page.Organisations, web.Organisation{
			ID: org.ID.String(), Name: org.Name, Agency: string(org.Agency), Place: org.Place, Services: org.Services, Sexes: org.Sexes,
		})
		return nil
	})
	if err != nil {
		return err
	}
	first := map[string][]web.Option{} // place: those who may sign in first there
	err = v.everyStaff(v.tx, func(s casefile.Staff) error {
		shown := web.Staff{
			ID: s.ID.String(), Name: s.Name, Role: string(s.Role), Agency: string(s.Agency), Gone: s.Left,
			Place: cmp.Or(places[s.Organisation], v.siteText(s.Center)),
		}
		page.People = append(page.People, shown)
		if !s.Left {
			first[shown.Place] = append(first[shown.Place], web.Option{Code: shown.ID, Label: shown.Name})
		}
		return nil
	})
	for place, people := range first {
		slices.SortFunc(people, func(a, b web.Option) int { return cmp.Compare(a.Label, b.Label) })
		page.First = append(page.First, web.FirstPeople{Place: place, People: people})
	}
	slices.SortFunc(page.First, func(a, b web.FirstPeople) int { return cmp.Compare(a.Place, b.Place) })
	slices.SortFunc(page.People, func(a, b web.Staff) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(page.Organisations, func(a, b web.Organisation) int { return cmp.Compare(a.Name, b.Name) })
	return err
}

// sites lists every center that the form knows.
func (v *deskVisit) sites() (options []web.Option) {
	for _, site := range form.Builtin().Choices(form.Builtin().Item(itemSite).List) {
		options = append(options, web.Option{Code: site.Code, Label: v.siteText(site.Code)})
	}
	return options
}

func (v *deskVisit) isSite(code string) bool {
	return slices.ContainsFunc(v.sites(), func(site web.Option) bool { return site.Code == code })
}

// firstOn gives the person who was chosen to sign in first on a new device:
// somebody of its center or organisation, or of the office itself.
func (v *deskVisit) firstOn(order TicketOrder) (casefile.Staff, error) {
	id, err := syncengine.ParsePersonID(v.asked("person"))
	if err != nil {
		return casefile.Staff{}, errNoChoice
	}
	s, err := v.Office.staff(v.tx, id)
	if errors.Is(err, errNoStaff) || err == nil && s.Left {
		return s, errNoChoice
	}
	if err != nil {
		return s, err
	}
	there := s.Organisation == order.Organisation && (order.Organisation != "" || s.Center == order.Center || s.Center == "")
	if !there {
		return s, errElsewhere
	}
	return s, nil
}
