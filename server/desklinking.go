package server

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"raksa/linkage"
	"raksa/syncengine"
	"raksa/web"
)

// linkingPage shows by what the office compares and links, and every estimate
// with what it would change.
func linkingPage(v *deskVisit) (deskReply, error) {
	if err := v.mayJudge(); err != nil {
		return deskReply{}, err
	}
	force, err := v.linking(v.tx)
	if err != nil {
		return deskReply{}, err
	}
	page := web.Linking{Version: force.version, LinkBits: bitsText(force.linkBits)}
	running, err := v.tx.Get(bucketRelink, relinkKey)
	if err != nil {
		return deskReply{}, err
	}
	page.Comparing = running != nil
	links, err := v.automaticLinks(v.tx)
	if err != nil {
		return deskReply{}, err
	}
	page.Automatic = len(links)
	page.Rows, err = v.linkingRows(force)
	return deskReply{page: page}, err
}

// linkingRows lists the estimates, the one that was taken over last first.
func (v *deskVisit) linkingRows(force linking) (rows []web.LinkingRow, _ error) {
	var latest syncengine.Stamp
	inForce := -1
	err := settings.Each(v.tx, nil, func(key []byte, row settingRow) error {
		change, own := row.Setting.Change, linkingOf(row.Setting)
		shown := web.LinkingRow{
			ID: syncengine.RecordID(key).String(), Version: own.version, LinkBits: bitsText(own.linkBits),
			Pairs: change.Pairs, Enter: change.Enter, Leave: change.Leave, Before: change.PersonsBefore, After: change.PersonsAfter,
		}
		if row.Taken != 0 {
			by, err := syncengine.ParsePersonID(row.By)
			if err != nil {
				return err
			}
			who, err := v.person(by)
			if err != nil {
				return err
			}
			shown.Who, shown.At = who.Name, time.UnixMilli(row.Taken.Millis())
		}
		if row.Taken > latest && row.Setting.Base == linkage.DefaultModel().Version() {
			latest, inForce = row.Taken, len(rows)
		}
		rows = append(rows, shown)
		return nil
	})
	if inForce >= 0 {
		rows[inForce].Now = rows[inForce].Version == force.version
	}
	slices.SortFunc(rows, func(a, b web.LinkingRow) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.ID, b.ID)) })
	return rows, err
}

func bitsText(bits float64) string {
	if bits >= never {
		return ""
	}
	return strconv.FormatFloat(bits, 'f', 1, 64)
}

// estimateLinking runs beside saves; only its result is written.
func estimateLinking(v *deskVisit) (deskReply, error) {
	if err := v.mayJudge(); err != nil {
		return deskReply{}, err
	}
	ctx := v.r.Context()
	s, err := v.EstimateLinking(ctx, v.asked("links") == "automatic")
	if err != nil {
		return deskReply{}, err
	}
	err = v.update(ctx, func(tx syncengine.Tx) error {
		_, err := v.ProposeLinking(tx, v.staff.ID, s)
		return err
	})
	return deskReply{to: "/pairs/linking", done: "saved"}, err
}

func takeLinking(v *deskVisit) (deskReply, error) {
	if err := v.mayJudge(); err != nil {
		return deskReply{}, err
	}
	id, err := syncengine.ParseRecordID(v.asked("setting"))
	if err != nil {
		return deskReply{}, errNotThere
	}
	return deskReply{to: "/pairs/linking", done: "saved"}, v.TakeLinking(v.tx, id, v.staff.ID, v.session.sign)
}
