package device

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"raksa/carrier"
	"raksa/syncengine"
	"raksa/web"
)

// stickFolder is the folder that stands for the stick.
func (d *Device) stickFolder() string {
	if d.Stick != "" {
		return d.Stick
	}
	return filepath.Join(d.Dir, "stick")
}

// carryPage brings work to the office, and back, without a line.
func carryPage(v *visit) (web.FieldView, error) {
	if _, err := v.device.uncovered(); err != nil {
		return nil, err
	}
	view := web.Carry{}
	var failed error
	switch v.text("act") {
	case "out":
		out, err := v.device.CarryOut(v.ctx, CarryOrder{To: v.device.onStick})
		view.Wrote, failed = len(out.Parts), err
	case "in":
		view.Came, failed = v.cameIn()
		if failed == nil && len(view.Came) == 0 {
			v.done = "carry_nothing"
		}
	case "visit":
		if failed = v.device.VisitBox(v.ctx); failed == nil {
			v.done = "box_met"
		} else if !errors.Is(failed, carrier.ErrFull) {
			failed = errors.Join(ErrBoxAway, failed)
		}
	case "box":
		failed = v.device.SetCenterBox(v.ctx, strings.TrimSpace(v.text("address")))
	}
	if err := v.carryView(&view); err != nil {
		return nil, errors.Join(failed, err)
	}
	return view, failed
}

func (d *Device) onStick(name carrier.Name) (CarryFile, error) {
	return carrier.Create(d.stickFolder(), name)
}

func (v *visit) carryView(view *web.Carry) error {
	d := v.device
	st, err := d.Status(v.ctx)
	if err != nil {
		return err
	}
	box, err := d.CenterBox(v.ctx)
	if err != nil {
		return err
	}
	view.Waiting, view.Stick = st.Waiting, d.stickFolder()
	view.Box = web.CenterBox{Address: box.Address, Name: box.Name, Holds: box.Holds}
	if box.Millis > 0 {
		view.Box.Met = time.UnixMilli(box.Millis)
	}
	d.mu.Lock()
	own := d.box
	d.mu.Unlock()
	if own == nil {
		return nil
	}
	held, err := own.Status()
	view.IsBox = &web.BoxHolds{Address: own.address(), Bundles: held.Bundles, Devices: held.Devices, Answers: held.Answers}
	return err
}

// cameIn takes every file of the stick that is for this device, in any order.
// Those of others, and its own on their way to the office, are passed over.
func (v *visit) cameIn() (came []web.CameIn, err error) {
	files, err := carrier.List(v.device.stickFolder())
	if err != nil {
		return nil, err
	}
	for more := true; more; {
		more = false
		var again []carrier.Entry
		for _, file := range files {
			in, err := v.device.carryInFile(v, file.Path)
			if in.Gap {
				again = append(again, file)
				continue
			}
			if one := cameAs(in, err); one.Code != "" {
				came, more = append(came, one), more || err == nil
			}
		}
		files, more = again, more && len(again) > 0
	}
	for range files {
		came = append(came, web.CameIn{Code: "gap"})
	}
	return came, nil
}

func (d *Device) carryInFile(v *visit, path string) (CarriedIn, error) {
	file, err := os.Open(path)
	if err != nil {
		return CarriedIn{}, err
	}
	in, err := d.CarryIn(v.ctx, file, nil)
	return in, errors.Join(err, file.Close())
}

// cameAs is the one place where what a file of the stick was becomes a code.
func cameAs(in CarriedIn, err error) web.CameIn {
	switch {
	case errors.Is(err, carrier.ErrOtherReceiver), errors.Is(err, carrier.ErrKind):
		return web.CameIn{} // somebody else's
	case errors.Is(err, carrier.ErrSender), errors.Is(err, ErrPeer), errors.Is(err, ErrOfficeSignature), errors.Is(err, ErrNotAllowed):
		return web.CameIn{Code: "sender"}
	case err != nil:
		return web.CameIn{Code: "damaged"}
	case in.Stale:
		return web.CameIn{Code: "known"}
	case in.Kind == carrier.Handover:
		return web.CameIn{Code: "interview", Changes: in.New}
	}
	return web.CameIn{Code: "answers", Changes: in.New}
}

// ways lists how an interview can go to another device while the office is away.
func (v *visit) ways(id syncengine.RecordID) (ways []web.Way, err error) {
	st, err := v.device.Status(v.ctx)
	if err != nil || st.Connected {
		return nil, err
	}
	others, err := v.device.MayReceive(v.ctx)
	if err != nil {
		return nil, err
	}
	box, err := v.device.CenterBox(v.ctx)
	if err != nil {
		return nil, err
	}
	for _, other := range others {
		if box.Address != "" {
			ways = append(ways, web.Way{ID: other.ID.String(), Label: other.Name, By: "box"})
		}
		ways = append(ways, web.Way{ID: other.ID.String(), Label: other.Name, By: "stick"})
	}
	return ways, nil
}

// handDirectly hands an interview over without the office.
func (v *visit) handDirectly(id syncengine.RecordID, to, by string) error {
	receiver, err := syncengine.ParseRecordID(to)
	if err != nil {
		return ErrNotFound
	}
	if by == "box" {
		err = v.device.HandOverByBox(v.ctx, id, receiver)
		if errors.Is(err, ErrUnreachable) {
			err = errors.Join(ErrBoxAway, err)
		}
		return err
	}
	_, err = v.device.HandOver(v.ctx, id, receiver, v.device.onStick)
	return err
}
