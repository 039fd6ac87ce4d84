package device

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"

	"raksa/carrier"
	"raksa/casefile"
	"raksa/syncengine"
)

// boxRow is what this device knows of the box at its center.
type boxRow struct {
	Address string `json:"address"`
	// Name is the box's, as painted on it; empty before it was met.
	Name string `json:"name,omitempty"`
	// Millis is when it was last met.
	Millis int64     `json:"ms,omitempty"`
	Held   []boxHeld `json:"held,omitempty"`
}

// boxHeld is one going out that a box said it has on its disk.
type boxHeld struct {
	Parts []carrier.Name    `json:"parts"`
	Upto  map[string]uint64 `json:"upto"` // own node in hex: last seq in it
}

// boxTable has one row, "box".
const boxTable syncengine.Table[boxRow] = "device/box"

var boxKey = []byte("box")

// BoxSeen is what a device knows of its center's box.
type BoxSeen struct {
	Address string
	Name    string
	Millis  int64 // when it was last met; 0 is never
	Holds   bool  // it holds something that the office has not confirmed
}

// CenterBox gives what is known of the box.
func (d *Device) CenterBox(ctx context.Context) (seen BoxSeen, err error) {
	err = d.Store.View(ctx, func(tx syncengine.Tx) error {
		row, _, err := boxTable.Get(tx, boxKey)
		seen = BoxSeen{Address: row.Address, Name: row.Name, Millis: row.Millis, Holds: len(row.Held) > 0}
		return err
	})
	return seen, err
}

// SetCenterBox says where the box listens (host and port); empty is nowhere.
func (d *Device) SetCenterBox(ctx context.Context, address string) error {
	return d.changeBox(ctx, func(row *boxRow) {
		if row.Address != address {
			*row = boxRow{Address: address}
		}
	})
}

func (d *Device) changeBox(ctx context.Context, fn func(*boxRow)) error {
	return d.Store.Update(ctx, func(tx syncengine.Tx) error {
		row, _, err := boxTable.Get(tx, boxKey)
		if err != nil {
			return err
		}
		fn(&row)
		return boxTable.Put(tx, boxKey, row)
	})
}

// boxUpto gives up to where the box holds this database's chains.
func boxUpto(tx syncengine.Tx) (map[string]uint64, error) {
	row, _, err := boxTable.Get(tx, boxKey)
	upto := map[string]uint64{}
	for _, held := range row.Held {
		for node, seq := range held.Upto {
			upto[node] = max(upto[node], seq)
		}
	}
	return upto, err
}

// VisitBox fetches from the center's box what is there for this device, and
// leaves what the office has not confirmed. It works while the device is locked.
func (d *Device) VisitBox(ctx context.Context) error {
	seen, err := d.CenterBox(ctx)
	if err != nil || seen.Address == "" {
		return err
	}
	v, err := d.callBox(ctx, seen.Address)
	if err != nil {
		return err
	}
	defer v.http.CloseIdleConnections()
	if err := v.visit(ctx); err != nil {
		return fmt.Errorf("device: box: %w", err)
	}
	return nil
}

// boxVisit is a connection to a box.
type boxVisit struct {
	device *Device
	http   *http.Client
	base   string
	box    casefile.Device // who answered
}

func (d *Device) callBox(ctx context.Context, address string) (*boxVisit, error) {
	config, err := d.peerConfig(ctx)
	if err != nil {
		return nil, err
	}
	return &boxVisit{
		device: d, base: "https://" + address + "/box/1",
		http: &http.Client{Transport: &http.Transport{TLSClientConfig: config, MaxIdleConns: 1}, Timeout: callTimeout},
	}, nil
}

func (v *boxVisit) visit(ctx context.Context) error {
	state, err := v.state(ctx)
	if err != nil {
		return err
	}
	for _, name := range state.ForYou {
		if err := v.fetch(ctx, name); err != nil {
			return err
		}
	}
	if err := v.settle(ctx, state.Held); err != nil {
		return err
	}
	return v.leave(ctx, len(state.Held) == 0)
}

func (v *boxVisit) state(ctx context.Context) (state boxState, err error) {
	var body bytes.Buffer
	if err := v.call(ctx, http.MethodGet, "", nil, &body); err != nil {
		return state, err
	}
	return state, json.Unmarshal(body.Bytes(), &state)
}

// fetch takes one bundle, and tells the box that it has it. One that cannot be
// opened before somebody signs in stays at the box; what is of no use goes.
func (v *boxVisit) fetch(ctx context.Context, name carrier.Name) error {
	var bundle bytes.Buffer
	path := "/for-you/" + name.String()
	if err := v.call(ctx, http.MethodGet, path, nil, &bundle); err != nil {
		return err
	}
	_, err := v.device.CarryIn(ctx, &bundle, nil)
	if _, locked := v.device.open(); locked != nil && errors.Is(err, carrier.ErrOtherReceiver) {
		return nil
	}
	if err != nil && !ofTheBundle(err) {
		return err
	}
	return v.call(ctx, http.MethodDelete, path, nil, nil)
}

// ofTheBundle: it will be refused whenever it is tried.
func ofTheBundle(err error) bool {
	return slices.ContainsFunc([]error{
		carrier.ErrForeign, carrier.ErrCut, carrier.ErrDamaged, carrier.ErrOtherReceiver, carrier.ErrSender, carrier.ErrKind,
		carrier.ErrTooLong, ErrOfficeSignature, ErrPeer, ErrNotAllowed,
	}, func(reason error) bool { return errors.Is(err, reason) })
}

// settle holds what this device believes that the box has against what the box
// says, and forgets what the office has confirmed or the box has lost.
func (v *boxVisit) settle(ctx context.Context, held []carrier.Name) error {
	d := v.device
	return d.Store.Update(ctx, func(tx syncengine.Tx) error {
		row, _, err := boxTable.Get(tx, boxKey)
		if err != nil {
			return err
		}
		var left []boxHeld
		for _, one := range row.Held {
			confirmed, err := confirmed(tx, one.Upto)
			if err != nil {
				return err
			}
			there := slices.ContainsFunc(one.Parts, func(name carrier.Name) bool { return slices.Contains(held, name) })
			if !confirmed && there {
				left = append(left, one)
			}
		}
		row.Held, row.Name, row.Millis = left, v.box.Name, d.now().UnixMilli()
		return boxTable.Put(tx, boxKey, row)
	})
}

// confirmed reports whether the office holds these chains as far.
func confirmed(tx syncengine.Tx, upto map[string]uint64) (bool, error) {
	for text, seq := range upto {
		node, err := syncengine.ParseNodeID(text)
		if err != nil {
			return false, err
		}
		acked, err := syncengine.Acked(tx, node)
		if err != nil || acked.Seq < seq {
			return false, err
		}
	}
	return true, nil
}

// leave puts what waits into the box. With nothing of this device there, it asks
// for news in any case.
func (v *boxVisit) leave(ctx context.Context, ask bool) error {
	d := v.device
	since, waits, err := d.waitsForBox(ctx)
	if err != nil || !waits && !ask {
		return err
	}
	out, err := d.CarryOut(ctx, CarryOrder{
		PartBytes: boxPartBytes, Since: since,
		To: func(name carrier.Name) (CarryFile, error) {
			return &boxPut{v: v, ctx: ctx, path: "/bundles/" + name.String()}, nil
		},
	})
	if err != nil {
		return err
	}
	one := boxHeld{Parts: out.Parts, Upto: map[string]uint64{}}
	for node, seq := range out.Upto {
		one.Upto[node.String()] = seq
	}
	return d.changeBox(ctx, func(row *boxRow) { row.Held = append(row.Held, one) })
}

// waitsForBox says whether something was saved that neither the office nor the
// box holds, and up to where the box holds it.
func (d *Device) waitsForBox(ctx context.Context) (since map[syncengine.NodeID]uint64, waits bool, err error) {
	since = map[syncengine.NodeID]uint64{}
	return since, waits, d.Store.View(ctx, func(tx syncengine.Tx) error {
		upto, err := boxUpto(tx)
		if err != nil {
			return err
		}
		nodes, err := syncengine.OwnNodes(tx)
		if err != nil {
			return err
		}
		for _, node := range nodes {
			acked, err := syncengine.Acked(tx, node)
			if err != nil {
				return err
			}
			since[node] = upto[node.String()]
			page, err := syncengine.BuildPage(tx, node, max(acked.Seq, since[node]), 1)
			if err != nil {
				return err
			}
			waits = waits || page != nil
		}
		return nil
	})
}

// boxPut is a part that is put into the box once it is whole.
type boxPut struct {
	bytes.Buffer
	v    *boxVisit
	ctx  context.Context
	path string
}

func (p *boxPut) Keep() error {
	return p.v.call(p.ctx, http.MethodPut, p.path, p.Bytes(), nil)
}

func (p *boxPut) Discard() {}

// errBox: the box answered with something else than what was asked for.
type errBox struct{ status int }

func (e *errBox) Error() string { return "device: the box answers " + strconv.Itoa(e.status) }

// call makes one call, and notes who answered.
func (v *boxVisit) call(ctx context.Context, method, path string, body []byte, into io.Writer) error {
	request, err := http.NewRequestWithContext(ctx, method, v.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	answer, err := v.http.Do(request)
	if errors.Is(err, ErrPeer) {
		return err
	}
	if err != nil {
		return errors.Join(ErrUnreachable, err)
	}
	defer answer.Body.Close()
	if v.box, err = v.device.peer(ctx, answer.TLS); err != nil {
		return err
	}
	switch answer.StatusCode {
	case http.StatusOK, http.StatusNoContent:
	case http.StatusInsufficientStorage:
		return carrier.ErrFull
	default:
		return &errBox{answer.StatusCode}
	}
	if into == nil {
		return nil
	}
	n, err := io.Copy(into, io.LimitReader(answer.Body, boxBundleBytes+1))
	if err == nil && n > boxBundleBytes {
		err = carrier.ErrTooLong
	}
	return err
}

// HandOverByBox hands an open interview to another device through the center's
// box, which may be that device itself.
func (d *Device) HandOverByBox(ctx context.Context, id, to syncengine.RecordID) error {
	seen, err := d.CenterBox(ctx)
	if err != nil {
		return err
	}
	if seen.Address == "" {
		return ErrUnreachable
	}
	v, err := d.callBox(ctx, seen.Address)
	if err != nil {
		return err
	}
	defer v.http.CloseIdleConnections()
	if _, err := v.state(ctx); err != nil { // before the interview is marked as given
		return err
	}
	_, err = d.HandOver(ctx, id, to, func(name carrier.Name) (CarryFile, error) {
		return &boxPut{v: v, ctx: ctx, path: "/for/" + to.String() + "/" + name.String()}, nil
	})
	return err
}
