package device

import (
	"context"
	"errors"
	"fmt"

	"raksa/syncengine"
	"raksa/vault"
)

// SyncOnce exchanges with the office until nothing waits on either side. It
// works while the device is locked. Whatever it got through stays got through
// when it fails.
func (d *Device) SyncOnce(ctx context.Context) error {
	if !d.Enrolled() {
		return ErrNotEnrolled
	}
	d.syncing.Lock() // one at a time: the loop, and whoever asks for one now
	defer d.syncing.Unlock()
	err := d.syncWith(ctx)
	d.noteLink(err == nil)
	if err != nil {
		d.pace.failed()
		return fmt.Errorf("device: sync: %w", err)
	}
	return nil
}

// reach gives the office, the same one at every call.
func (d *Device) reach() Office {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.office == nil {
		d.office = d.Connect(Access{
			URL: d.self.OfficeURL, CA: d.self.OfficeCA, Key: d.self.SigningKey, Certificate: d.self.Certificate,
			Earliest: d.earliest,
		})
	}
	return d.office
}

// leaveOffice lets the next exchange reach the office anew.
func (d *Device) leaveOffice() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.office = nil
}

// syncWith exchanges, loads what was offered, and exchanges again what came
// after it.
func (d *Device) syncWith(ctx context.Context) error {
	if err := d.passOn(ctx, d.reach()); err != nil {
		return err
	}
	for {
		if err := d.exchangeAll(ctx); err != nil {
			return err
		}
		if loaded, err := d.load(ctx, d.reach()); err != nil || !loaded {
			return err
		}
	}
}

func (d *Device) exchangeAll(ctx context.Context) error {
	var nodes []syncengine.NodeID
	if err := d.Store.View(ctx, func(tx syncengine.Tx) (err error) {
		nodes, err = syncengine.OwnNodes(tx) // old ones first: what they saved is older
		return err
	}); err != nil {
		return err
	}
	rounds := 0
	for _, node := range nodes {
		for more := true; more; rounds++ {
			if rounds >= roundsMax {
				return nil // the next one goes on
			}
			var err error
			if more, err = d.round(ctx, d.reach(), node); err != nil {
				return err
			}
			d.pace.worked()
		}
	}
	return nil
}

// round is one call for one of this database's nodes.
func (d *Device) round(ctx context.Context, office Office, node syncengine.NodeID) (more bool, err error) {
	var request *syncengine.Request
	if err := d.Store.View(ctx, func(tx syncengine.Tx) (err error) {
		request, err = d.request(tx, node)
		return err
	}); err != nil {
		return false, err
	}
	d.syncWitness()
	gathered := d.gatherNext(ctx, request.Page)
	began := d.now()
	answer, err := office.Exchange(ctx, request)
	took := d.now().Sub(began)
	gathered()
	if err != nil || brings(answer) {
		d.forgetNext()
	}
	if err != nil {
		return false, err
	}
	d.pace.sped(carriedBytes(request.Page), took)
	if vault.VerifyOffice(d.identity().OfficeSigns, answer.Digest(node), answer.Signature) != nil {
		return false, ErrOfficeSignature
	}
	return d.take(ctx, node, request, answer)
}

// request says what this node saved since the office last confirmed, and where
// this database stands in each stream.
func (d *Device) request(tx syncengine.Tx, node syncengine.NodeID) (*syncengine.Request, error) {
	request, err := d.calling(tx, node)
	if err != nil {
		return nil, err
	}
	request.WantBytes = d.pace.size()
	// What a restored office lost comes before what is new.
	back, err := d.giveBack(tx, request)
	if err != nil {
		return nil, err
	}
	if request.Page = d.gathered(node, request.Claim); back {
		request.Page = nil
	}
	if !back && request.Page == nil {
		if request.Page, err = d.page(tx, node, request.Claim.Seq, d.pace.size()); err != nil {
			return nil, err
		}
	}
	if request.Following, err = syncengine.Following(tx, request.Page); err != nil {
		return nil, err
	}
	if request.Positions, err = d.positions(tx); err != nil {
		return nil, err
	}
	return request, d.ask(tx, request)
}

// calling is a request of a node without its changes and positions.
func (d *Device) calling(tx syncengine.Tx, node syncengine.NodeID) (*syncengine.Request, error) {
	acked, err := syncengine.Acked(tx, node)
	if err != nil {
		return nil, err
	}
	request := &syncengine.Request{Node: node, Claim: acked}
	row, _, err := nodeTable.Get(tx, node[:])
	if err != nil {
		return nil, err
	}
	if !row.SeedKnown {
		request.RatchetSeed = row.Seed
	}
	if request.LostSaves, err = untold(tx); err != nil {
		return nil, err
	}
	return request, peopleTable.Each(tx, nil, func(key []byte, row personRow) error {
		request.SignerKeys = append(request.SignerKeys, syncengine.SignerKey{Person: syncengine.PersonID(key), Public: row.Public})
		return nil
	})
}

// ask adds what this device wants again, and the comparison, to a call in which
// nothing waits. While the office has more to give, nothing is compared: every
// page would be counted once more.
func (d *Device) ask(tx syncengine.Tx, request *syncengine.Request) (err error) {
	if request.Page != nil || request.Lost != nil || request.Returned != nil {
		return nil
	}
	if self, err := syncengine.LoadSelf(tx); err != nil || self.Node != request.Node {
		return err
	}
	if request.Want, err = d.wanted(tx); err != nil || len(request.Want) > 0 {
		return err
	}
	for _, p := range request.Positions {
		if d.lost(p.Stream) {
			return nil // first it must be clear where both stand
		}
	}
	if more, err := ahead(tx); err != nil || more || d.comes() {
		return err
	}
	request.Check, err = d.check(tx)
	return err
}

// page gathers and signs the next changes with the wraps of the records that
// are begun in it. The signing key lies outside the vault.
func (d *Device) page(tx syncengine.Tx, node syncengine.NodeID, after uint64, bytesMax int) (*syncengine.Page, error) {
	page, err := syncengine.BuildPage(tx, node, after, bytesMax)
	if err != nil || page == nil {
		return nil, err
	}
	ring := vault.NewKeyring(nil, d.Random)
	for _, bucket := range []string{vault.BucketErased, vault.BucketOfficeWraps} {
		if err := syncengine.CellsAhead(tx, bucket, syncengine.RecordKeys(page.Changes)); err != nil {
			return nil, err
		}
	}
	for _, c := range page.Changes {
		if len(c.Commit) == 0 {
			continue
		}
		step, sealed, err := ring.OfficeWrap(tx, c.Record)
		if errors.Is(err, vault.ErrNoKey) || errors.Is(err, vault.ErrErased) {
			continue
		}
		if err != nil {
			return nil, err
		}
		page.Wraps = append(page.Wraps, syncengine.Wrap{Record: c.Record, Step: step, Sealed: sealed})
	}
	page.Signature, err = vault.SignPage(d.identity().SigningKey, page.Digest())
	return page, err
}

// positions gives where every stream stands here; several rungs for one whose
// position the office did not know at the last call.
func (d *Device) positions(tx syncengine.Tx) ([]syncengine.Position, error) {
	streams, err := syncengine.Streams(tx)
	if err != nil {
		return nil, err
	}
	var all []syncengine.Position
	for _, stream := range streams {
		if d.lost(stream) {
			rungs, err := syncengine.Ladder(tx, stream)
			if err != nil {
				return nil, err
			}
			all = append(all, rungs...)
			continue
		}
		head, _, err := syncengine.StreamHead(tx, stream)
		if err != nil {
			return nil, err
		}
		all = append(all, head)
	}
	return all, nil
}

func (d *Device) lost(stream string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ladder[stream]
}

func (d *Device) setLost(stream string, lost bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ladder == nil {
		d.ladder = map[string]bool{}
	}
	d.ladder[stream] = lost
}

func (d *Device) noteLink(connected bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.link.connected != connected || d.link.since.IsZero() {
		if !connected && d.link.since.IsZero() {
			return // never connected since the start
		}
		d.link = link{connected: connected, since: d.Now()}
	}
}
