package server

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
	"raksa/web"
)

// leavesAPage is how many leaves one page shows, newest first.
const leavesAPage = 100

func auditPage(v *deskVisit) (deskReply, error) {
	page, err := v.auditView()
	return deskReply{page: page}, err
}

// auditView searches the log. Who reads it sees who did what to which record,
// and never an answer or a name of somebody who was screened.
func (v *deskVisit) auditView() (page web.Audit, _ error) {
	page = web.Audit{Who: v.asked("who"), Device: v.asked("device"), Day: v.asked("day")}
	before, err := strconv.ParseInt(v.asked("before"), 10, 64)
	if err != nil {
		before = 1 << 62
	}
	var newest []web.AuditRow // the last rows below before, oldest first
	at := int64(-1)
	err = leaves.Each(v.tx, nil, func(_ []byte, leaf Leaf) error {
		at++
		row, fits, err := v.auditRow(at, leaf, &page)
		if err != nil || !fits {
			return err
		}
		page.Total++
		if at < before {
			newest = append(newest, row)
			if len(newest) > 2*leavesAPage {
				newest = newest[len(newest)-leavesAPage-1:]
			}
		}
		return nil
	})
	if err != nil {
		return page, err
	}
	if len(newest) > leavesAPage {
		newest = newest[len(newest)-leavesAPage:]
		query := url.Values{"before": {strconv.FormatInt(newest[0].Leaf, 10)}, "who": {page.Who}, "device": {page.Device}, "day": {page.Day}}
		page.Next = "/audit?" + query.Encode()
	}
	for i := range newest {
		row := newest[len(newest)-1-i]
		if v.staff.Role == screening.Supervisor {
			if row.Why, err = v.whyOf(row); err != nil {
				return page, err
			}
		}
		page.Rows = append(page.Rows, row)
	}
	return page, nil
}

// auditRow shows a leaf, if it is one that was asked for.
func (v *deskVisit) auditRow(at int64, leaf Leaf, asked *web.Audit) (row web.AuditRow, fits bool, _ error) {
	when := time.UnixMilli(leaf.Millis)
	if asked.Day != "" && when.In(siteZone).Format(dayForm) != asked.Day {
		return row, false, nil
	}
	who, err := v.leafPerson(leaf)
	if err != nil || asked.Who != "" && !strings.Contains(nameKey(who), nameKey(asked.Who)) && !strings.HasPrefix(leaf.Person, asked.Who) {
		return row, false, err
	}
	device, err := v.leafDevice(leaf)
	if err != nil || asked.Device != "" && !strings.EqualFold(device, asked.Device) && !strings.HasPrefix(leaf.Device, asked.Device) {
		return row, false, err
	}
	row = web.AuditRow{Leaf: at, At: when, Who: who, Device: device, Act: leaf.What, Why: leaf.Reason, Denied: leaf.What == "refused"}
	switch {
	case row.Denied:
		row.Act, row.Why = leaf.Reason, ""
	case leaf.What == "verdict" && leaf.Reason == string(casefile.SamePerson):
		row.Act = "link"
	case leaf.What == "verdict":
		row.Act = "unlink"
	}
	if len(leaf.Record) >= shortID {
		row.Record = leaf.Record[:shortID]
		if v.staff.Role == screening.Supervisor {
			if row.Path, err = v.casePath(leaf.Record); err != nil {
				return row, false, err
			}
		}
	}
	return row, true, nil
}

// casePath leads to a record that has a page.
func (v *deskVisit) casePath(record string) (string, error) {
	id, err := syncengine.ParseRecordID(record)
	if err != nil {
		return "", nil
	}
	_, here, err := cases.Get(v.tx, id[:])
	if !here {
		return "", err
	}
	return "/records/" + record, err
}

// whyOf adds the reason that was stated, which only supervisors read.
func (v *deskVisit) whyOf(row web.AuditRow) (string, error) {
	stated, err := v.statedReason(v.tx, row.Leaf)
	if err != nil || stated == "" {
		return row.Why, err
	}
	if row.Why == "" {
		return stated, nil
	}
	return row.Why + ": " + stated, nil
}

func (v *deskVisit) leafDevice(leaf Leaf) (string, error) {
	id, err := syncengine.ParseRecordID(leaf.Device)
	if err != nil {
		return "", nil
	}
	row, err := loadDevice(v.tx, id)
	var unknown *UnknownDevice
	if errors.As(err, &unknown) {
		return leaf.Device[:shortID], nil
	}
	if err != nil {
		return "", err
	}
	return row.Entry.Name, nil
}

func verifyAudit(v *deskVisit) (deskReply, error) {
	verified := &web.Verified{At: v.Now()}
	size, root, err := VerifyAudit(v.tx)
	var broken *AuditBroken
	switch {
	case errors.As(err, &broken):
		verified.First = broken.Leaf
	case err != nil:
		return deskReply{}, err
	default:
		verified.OK, verified.Leaves, verified.Root = true, size, root.String()[:12]
	}
	if err := v.leaf(Leaf{What: "verify"}); err != nil && verified.OK {
		return deskReply{}, err
	}
	page, err := v.auditView()
	page.Verified = verified
	return deskReply{page: page}, err
}
