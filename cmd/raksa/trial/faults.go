package trial

import (
	"errors"
	"fmt"
	"os"
	"time"

	"raksa/screening"
	"raksa/syncengine"
)

// faults are the disasters of a day. Each is tried by its weight; one that finds
// nothing to break is not counted.
var faults = []struct {
	name   string
	weight int
	do     func(w *world, t *tablet) bool
}{
	{"office killed before a commit", 3, func(w *world, _ *tablet) bool { return w.armOffice(beforeCommit) }},
	{"office killed after a commit", 3, func(w *world, _ *tablet) bool { return w.armOffice(afterCommit) }},
	{"office killed at rest", 1, func(w *world, _ *tablet) bool { return w.armOffice(never) }},
	{"office backed up", 3, (*world).backUpOffice},
	{"office restored", 3, (*world).restoreOffice},
	{"tablet killed before a commit", 3, func(_ *world, t *tablet) bool { return t.arm(beforeCommit) }},
	{"tablet killed after a commit", 3, func(_ *world, t *tablet) bool { return t.arm(afterCommit) }},
	{"tablet killed at rest", 2, func(_ *world, t *tablet) bool { return t.arm(never) }},
	{"tablet backed up", 4, func(w *world, t *tablet) bool { return w.must(t.name+" backup", t.backup()) }},
	{"tablet restored", 3, (*world).restoreTablet},
	{"tablet cloned", 2, (*world).clone},
	{"device revoked and enrolled anew", 1, (*world).revoke},
	{"clock", 5, (*world).setClock},
}

// strike lets one disaster happen.
func (w *world) strike() {
	total := 0
	for _, f := range faults {
		total += f.weight
	}
	at := w.rng.IntN(total)
	for _, f := range faults {
		if at -= f.weight; at < 0 {
			if f.do(w, w.tablets[w.rng.IntN(len(w.tablets))]) && f.name != "clock" {
				w.count(f.name)
			}
			return
		}
	}
}

func (w *world) armOffice(when moment) bool {
	if !w.office.isUp() {
		return false
	}
	w.office.store.kill(when)
	return true
}

func (w *world) backUpOffice(*tablet) bool {
	return w.office.isUp() && w.must("office backup", w.office.backup())
}

// restoreOffice puts an older copy in place. What people decided at the desk
// since then was at the office alone, unless a tablet has it.
func (w *world) restoreOffice(*tablet) bool {
	o := w.office
	if !o.isUp() || len(o.backups) == 0 {
		return false
	}
	if !w.must("office restore", o.restoreFrom(o.backups[w.rng.IntN(len(o.backups))])) {
		return false
	}
	o.note(nil)
	w.reckon()
	return true
}

func (t *tablet) arm(when moment) bool {
	if t.store.isDead() {
		return false
	}
	t.store.kill(when)
	return true
}

// inquest buries every process that was killed and starts it anew.
func (w *world) inquest() {
	for _, t := range w.tablets {
		if !t.store.isDead() {
			continue
		}
		working := t.stop != nil
		image, err := t.bury()
		if err == nil {
			err = t.reboot(image)
		}
		if w.must(t.name+" start after a kill", err) && working {
			t.on()
		}
	}
	o := w.office
	if o.isUp() || o.listening == nil {
		return
	}
	image, err := o.bury()
	o.listening = nil // it is being seen to
	w.must("office bury", err)
	w.at(time.Duration(w.rng.IntN(120))*time.Minute, func() {
		if w.must("office start after a kill", o.boot(image)) {
			o.note(nil)
		}
	})
}

// restoreTablet puts an older copy in place of a tablet's database.
func (w *world) restoreTablet(t *tablet) bool {
	for _, other := range w.tablets {
		if len(t.backups) == 0 {
			t = other // whoever has a backup
		}
	}
	if len(t.backups) == 0 || t.store.isDead() || !w.office.isUp() {
		return false
	}
	image, err := t.restoreFrom(t.backups[w.rng.IntN(len(t.backups))])
	if err == nil {
		err = t.reboot(image)
	}
	if !w.must(t.name+" restore", err) {
		return false
	}
	t.pages = nil // they were open in the program that is no more
	w.reckon()
	return true
}

const tabletsMax = 11

// clone lets a copy of a tablet's files live beside it.
func (w *world) clone(t *tablet) bool {
	if len(w.tablets) >= tabletsMax || t.store.isDead() {
		return false
	}
	twin := w.newTablet(t.name+"'", t.profile, t.center, t.person)
	dir := w.folder(twin.name)
	err := t.store.image(w.ctx, dir)
	if err == nil {
		err = twin.reboot(dir)
	}
	return w.must(t.name+" clone", err)
}

// revoke closes a device's reading; its person gets another one.
func (w *world) revoke(t *tablet) bool {
	if len(w.tablets) >= tabletsMax || !w.office.isUp() || t.revoked || t.store.isDead() || w.officeMayDie() {
		return false
	}
	status, err := t.dev.Status(w.ctx)
	if !w.must(t.name+" status", err) {
		return false
	}
	done := w.decides(nil, func(tx syncengine.Tx, _ func([]byte) ([]byte, error)) error {
		return w.office.Revoke(tx, status.Device, w.supervisor().ID)
	})
	if !done {
		return false
	}
	w.revoked[status.Device] = true
	another := w.newTablet(fmt.Sprintf("%s-%d", t.name, len(w.tablets)), t.profile, t.center, t.person)
	if !w.must(another.name+" enroll", another.enroll()) {
		return false
	}
	another.note(nil)
	w.office.note(nil)
	w.office.backups = nil // none of them knows the new device
	return true
}

func (w *world) officeMayDie() bool {
	return w.office.store.due(beforeCommit) || w.office.store.due(afterCommit)
}

func (w *world) setClock(t *tablet) bool {
	one := clockFaults[w.rng.IntN(len(clockFaults))]
	one.set(w, t.clock)
	w.count(one.name)
	return true
}

// reckon marks what was destroyed with its only copies: no living store has it.
func (w *world) reckon() {
	for _, one := range w.truth.all() {
		if one.gone || w.somebodyHas(one.id) {
			continue
		}
		one.gone = true
		w.count("only copy destroyed")
	}
}

func (w *world) somebodyHas(id syncengine.ChangeID) bool {
	for _, s := range w.stores() {
		if has(s, id) {
			return true
		}
	}
	return false
}

func has(s *store, id syncengine.ChangeID) bool {
	err := view(s, func(tx syncengine.Tx) error { _, err := tx.Change(id); return err })
	return err == nil
}

// must makes what nothing explains a violation.
func (w *world) must(what string, err error) bool {
	if err != nil {
		w.fail("%s: %v", what, err)
	}
	return err == nil
}

// profilesOf gives the devices that a run begins with.
func (w *world) enrollAll() error {
	plan := []struct {
		name    string
		profile screening.Profile
		center  string
		person  int
	}{
		{"PTC-1", screening.Capture, "PTC", hallOfficer},
		{"PTC-2", screening.CaseDevice, "PTC", caseOfficer},
		{"KTC-1", screening.CaseDevice, "KTC", ktcOfficer},
		{"NGO-1", screening.PartnerDevice, "", shelterWorker},
		{"PTC-3", screening.CaseDevice, "PTC", caseOfficer},
		{"KTC-2", screening.Capture, "KTC", ktcOfficer},
		{"PTC-4", screening.Capture, "PTC", hallOfficer},
		{"NGO-2", screening.PartnerDevice, "", shelterWorker},
	}
	for _, p := range plan[:min(max(w.Devices, 4), len(plan))] {
		t := w.newTablet(p.name, p.profile, p.center, w.staff[p.person])
		if err := t.enroll(); err != nil {
			return fmt.Errorf("enroll %s: %w", p.name, err)
		}
		t.note(nil)
	}
	return nil
}

// closeAll ends every process and waits for it.
func (w *world) closeAll() error {
	var failed error
	for _, t := range w.tablets {
		if t.store != nil {
			failed = errors.Join(failed, t.leave())
		}
	}
	if o := w.office; o.listening != nil {
		image, err := o.bury()
		failed = errors.Join(failed, err, os.RemoveAll(image))
	}
	w.office.keys.Close()
	return failed
}
