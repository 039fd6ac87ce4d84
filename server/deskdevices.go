package server

import (
	"cmp"
	"slices"
	"time"

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
	page.Centers, page.Typed = v.sites(), v.typed
	err := devices.Each(v.tx, nil, func(key []byte, d deviceRow) error {
		d.ID = syncengine.RecordID(key)
		page.Devices = append(page.Devices, v.deviceView(d))
		return nil
	})
	if err != nil {
		return page, err
	}
	restoring, err := v.Restoration(v.tx)
	if err != nil {
		return page, err
	}
	if restoring != nil {
		page.Restored = &web.Restored{At: restoring.At, Heard: restoring.Heard, Silent: restoring.Silent}
	}
	err = ownLost.Each(v.tx, nil, func(_ []byte, row lostRow) error {
		page.Lost = append(page.Lost, row.view())
		return nil
	})
	if err != nil {
		return page, err
	}
	if err := v.damagedView(&page); err != nil {
		return page, err
	}
	slices.SortFunc(page.Devices, func(a, b web.Device) int { return cmp.Compare(a.Name, b.Name) })
	return page, v.directoryView(&page)
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
	for _, row := range d.Lost { // somebody must look for what is missing
		shown.Lost = append(shown.Lost, row.view())
	}
	if d.Forks > 0 { // a second copy of it is about: somebody must look
		shown.People = append(shown.People, web.CodeWord(v.lang, "quarantine", "fork"))
	}
	return shown
}

// issueTicket shows the ticket at once: it is stored nowhere.
func issueTicket(v *deskVisit) (deskReply, error) {
	order, shown, err := v.ticketOrder()
	if err != nil {
		return deskReply{}, err
	}
	if shown.Code, err = v.IssueTicket(v.tx, order, v.staff.ID); err != nil {
		return deskReply{}, err
	}
	page, err := v.devicesView()
	page.Ticket = &shown
	return deskReply{page: page}, err
}

// ticketOrder reads what the ticket is for: a center's device has a center, a
// partner's an organisation, and each somebody of there who signs in first.
func (v *deskVisit) ticketOrder() (order TicketOrder, shown web.Ticket, _ error) {
	order = TicketOrder{Profile: screening.Profile(v.asked("profile"))}
	shown = web.Ticket{Until: v.Now().Add(ticketLife), Profile: string(order.Profile)}
	var err error
	if order.Name, err = v.name("label"); err != nil {
		return order, shown, err
	}
	switch order.Profile {
	case screening.Capture, screening.CaseDevice:
		order.Center = v.asked("center")
		if !v.isSite(order.Center) {
			return order, shown, atField("center", errNoChoice)
		}
		shown.Center = v.siteText(order.Center)
	case screening.PartnerDevice:
		order.Organisation = v.asked("organisation")
		org, err := v.organisation(v.tx, order.Organisation)
		if err != nil {
			return order, shown, atField("organisation", err)
		}
		shown.Center = org.Name
	default:
		return order, shown, atField("profile", errNoChoice)
	}
	first, err := v.firstOn(order)
	order.Person, shown.Person = first.ID, first.Name
	return order, shown, atField("person", err)
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

// goOnPage lets referrals go out again, though not every device was heard since
// the office was restored.
func goOnPage(v *deskVisit) (deskReply, error) {
	return deskReply{to: "/devices", done: "gone_on"}, v.GoOn(v.tx, v.staff.ID)
}
