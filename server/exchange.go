package server

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"raksa/casefile"
	"raksa/syncengine"
	"raksa/vault"
)

// newsBytesDefault and newsBytesMax bound one answer; the device asks for less
// on a bad link and for more on a good one.
const (
	newsBytesDefault = 64 << 10
	newsBytesMax     = 1 << 20
)

// Exchange is one call of a device: what it saved comes in and what is new for
// it goes out, in one transaction. It may be repeated with the same effect.
func (o *Office) Exchange(ctx context.Context, device syncengine.RecordID, req *syncengine.Request) (*syncengine.Answer, error) {
	return o.exchange(ctx, caller{Device: device, NotAfter: o.Now().Add(certificateLife)}, req)
}

func (o *Office) exchange(ctx context.Context, from caller, req *syncengine.Request) (*syncengine.Answer, error) {
	o.calls.begin()
	defer func() { o.calls.end(o.Now()) }()
	device := from.Device
	answer, err := o.visited(ctx, from, req)
	if errors.As(err, &earlierWaits{}) {
		if err = o.admitNode(ctx, req.Node); err == nil {
			answer, err = o.visited(ctx, from, req)
		}
	}
	if err != nil {
		o.refused(ctx, device, err)
		return nil, fmt.Errorf("exchange with device %s: %w", device, err)
	}
	answer.Signature, err = o.Keys.Sign(answer.Digest(req.Node))
	return answer, err
}

// visited runs one exchange in one transaction.
func (o *Office) visited(ctx context.Context, from caller, req *syncengine.Request) (answer *syncengine.Answer, err error) {
	device := from.Device
	err = o.update(ctx, func(tx syncengine.Tx) error {
		row, err := loadDevice(tx, device)
		if err != nil {
			return err
		}
		visit := visit{office: o, tx: tx, from: from, device: row, request: req, answer: &syncengine.Answer{OfficeMillis: o.Now().UnixMilli()}}
		if err := visit.run(); err != nil {
			return err
		}
		answer = visit.answer
		return nil
	})
	return answer, err
}

// visit is one exchange on its way.
type visit struct {
	office  *Office
	tx      syncengine.Tx
	from    caller
	device  *deviceRow
	request *syncengine.Request
	answer  *syncengine.Answer
	rewound bool // the office does not know where the device stands in its orders or directory
	ahead   bool // nor in some stream
}

func (v *visit) run() error {
	for _, step := range []func() error{
		v.lookBack, v.takeLost, v.takeReturned,
		v.meetNode, v.takeLostSaves, v.takeSeed, v.takeSigners, v.takePage, v.renew, v.giveNews, v.giveWanted, v.compare, v.heard,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	// A call that brings nothing writes nothing, but for this once a minute.
	if now := v.office.Now().UnixMilli(); v.request.Page != nil || now < v.device.LastMillis || now-v.device.LastMillis >= lastStepMillis {
		v.device.LastMillis = now
	}
	empty := v.request.Page == nil && v.request.Lost == nil && v.request.Returned == nil
	if now := v.office.Now().UnixMilli(); empty && (now < v.device.ClearMillis || now-v.device.ClearMillis >= lastStepMillis) {
		v.device.ClearMillis = now
	}
	return v.device.store(v.tx)
}

const lastStepMillis = 60 * 1000

// meetNode ties a node id to the device that first uses it. A device takes a new
// one after a fork; it can never take another's.
func (v *visit) meetNode() error {
	node := v.request.Node
	owner, known, err := nodeOwner.Get(v.tx, node[:])
	if err != nil {
		return err
	}
	if known && owner != v.device.ID.String() {
		return &Denied{Reason: "node_of_another_device"}
	}
	if known {
		return nil
	}
	if len(v.device.Entry.Nodes) >= nodesMax {
		return &Denied{Reason: "too_many_nodes"}
	}
	if free, err := nodeFree(v.tx, node); err != nil || !free {
		return errors.Join(err, &Denied{Reason: "node_of_another_device"})
	}
	if err := nodeOwner.Put(v.tx, node[:], v.device.ID.String()); err != nil {
		return err
	}
	v.device.Entry.Nodes = append(v.device.Entry.Nodes, node.String())
	return v.office.publishDevice(v.tx, v.device)
}

// nodesMax bounds the nodes of one device: it takes a new one after a fork only,
// and every one is told to everybody.
const nodesMax = 64

// nodeFree reports whether a node id is nobody's yet, the office's own included.
func nodeFree(tx syncengine.Tx, node syncengine.NodeID) (bool, error) {
	own, err := syncengine.OwnNodes(tx)
	if err != nil || slices.Contains(own, node) {
		return false, err
	}
	_, known, err := nodeOwner.Get(tx, node[:])
	return !known, err
}

// takeSeed keeps the start of the node's ratchet, sealed under the office's key.
func (v *visit) takeSeed() error {
	node := v.request.Node
	held, err := v.tx.Get(bucketRatchet, node[:])
	if err != nil {
		return err
	}
	v.answer.RatchetKnown = held != nil
	if held != nil || len(v.request.RatchetSeed) == 0 {
		return nil
	}
	v.answer.RatchetKnown = true
	return v.office.keepRatchet(v.tx, node, v.request.RatchetSeed)
}

// takePage checks who signed, takes the keys over, then the changes.
func (v *visit) takePage() error {
	page := v.request.Page
	if page == nil || v.rewound || len(page.Wraps) > 0 && !v.answer.RatchetKnown {
		// An office that lost orders, staff or the start of a node's ratchet takes
		// those back before it judges what people wrote: the page comes again.
		receipt, err := syncengine.Confirm(v.tx, v.request.Node, v.request.Claim)
		if err == nil && !v.rewound {
			receipt, err = v.askKey(receipt)
		}
		v.answer.Receipt = receipt
		return err
	}
	if page.Node != v.request.Node || vault.VerifyPage(v.device.Entry.SigningKey, page.Digest(), page.Signature) != nil {
		return &syncengine.Refused{Code: syncengine.RefusedSignature}
	}
	if err := v.noteClocks(page); err != nil {
		return err
	}
	if queued, err := v.queuePage(page); err != nil || queued {
		return err
	}
	fresh, err := v.office.takeWraps(v.tx, page)
	if err != nil {
		return err
	}
	late, err := here(v.tx, fresh)
	if err != nil {
		return err
	}
	receipt, err := v.office.engine.Receive(v.tx, page, v.office.Now().UnixMilli())
	if err != nil {
		return err
	}
	v.answer.Receipt = receipt
	if receipt.Fork {
		if err := v.noteFork(); err != nil {
			return err
		}
	}
	for _, c := range receipt.New {
		if err := v.office.lift(v.tx, c); err != nil {
			return err
		}
	}
	if err := v.office.admit(v.tx, v.device, receipt.New, v.answer); err != nil {
		return err
	}
	for _, record := range late {
		if err := v.office.openLate(v.tx, record, true); err != nil {
			return err
		}
	}
	return v.asked(page)
}

// queuePage appends a page that may wait, and says whether it did.
func (v *visit) queuePage(page *syncengine.Page) (bool, error) {
	may, err := v.mayWait(page)
	if err == nil && may {
		receipt, taken, err := v.office.engine.ReceiveWaiting(v.tx, page, v.office.Now().UnixMilli())
		if err != nil {
			return false, err
		}
		if taken {
			v.answer.Receipt = receipt
			return true, v.office.queue(v.tx, v.device, page)
		}
	}
	if err != nil {
		return false, err
	}
	if rows, err := rowsOf(v.tx, page.Node); err != nil || rows == 0 {
		return false, err
	}
	return false, earlierWaits{}
}

// noteFork tells a person: a clone, or a tablet restored from a backup, and
// perhaps a stolen one.
func (v *visit) noteFork() error {
	v.device.Forks++
	return v.office.audit(v.tx, Leaf{What: "fork", Device: v.device.ID.String(), Node: v.request.Node.String()})
}

// takeWraps takes the keys of new records over. A wrap that does not open, or
// opens to another key than the record's first change commits to, is left: its
// change will be found unreadable and quarantined. fresh are the records whose
// key the office did not have.
func (o *Office) takeWraps(tx syncengine.Tx, page *syncengine.Page) (fresh []syncengine.RecordID, _ error) {
	if len(page.Wraps) == 0 {
		return nil, nil
	}
	ratchet, err := o.loadRatchet(tx, page.Node)
	if errors.Is(err, vault.ErrNoKey) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := keysAhead(tx, page.Changes); err != nil {
		return nil, err
	}
	at := o.near.start(ratchet)
	defer func() { o.near.keep(ratchet, at) }()
	for _, wrap := range page.Wraps {
		if wrap.Step < at.Index() {
			at = ratchet // a clone goes back
		}
		// The steps of a chain only rise, so that a page is one walk.
		if ahead, err := at.At(wrap.Step); err == nil {
			at = ahead
		}
		key, err := at.OpenWrap(wrap.Step, wrap.Record, wrap.Sealed)
		commit := vault.Commitment(key)
		if err != nil || !commits(page, wrap.Record, commit) {
			continue
		}
		_, lacking := o.ring.RecordKey(tx, wrap.Record)
		err = o.ring.PutRecordKey(tx, wrap.Record, key)
		if err != nil && !errors.Is(err, vault.ErrErased) && !errors.Is(err, vault.ErrOtherKey) {
			return nil, err
		}
		if err == nil && lacking != nil {
			fresh = append(fresh, wrap.Record)
		}
	}
	return fresh, nil
}

// here gives those records of which the log has changes.
func here(tx syncengine.Tx, records []syncengine.RecordID) (some []syncengine.RecordID, _ error) {
	for _, id := range records {
		changes, err := tx.Record(id)
		if err != nil {
			return nil, err
		}
		if len(changes) > 0 {
			some = append(some, id)
		}
	}
	return some, nil
}

// keysAhead reads ahead what every record's key is asked for.
func keysAhead(tx syncengine.Tx, changes []*syncengine.Change) error {
	return recordKeysAhead(tx, syncengine.RecordKeys(changes))
}

func recordKeysAhead(tx syncengine.Tx, records [][]byte) error {
	for _, bucket := range []string{vault.BucketErased, vault.BucketRecordKeys} {
		if err := syncengine.CellsAhead(tx, bucket, records); err != nil {
			return err
		}
	}
	return nil
}

func commits(page *syncengine.Page, record syncengine.RecordID, commit [16]byte) bool {
	for _, c := range page.Changes {
		if c.Record == record && string(c.Commit) == string(commit[:]) {
			return true
		}
	}
	return false
}

// renew gives a device whose certificate runs out, or has, a new one for the
// same key. A revoked device gets none.
func (v *visit) renew() (err error) {
	if v.device.Entry.Revoked || v.office.Now().Add(renewBefore).Before(v.from.NotAfter) {
		return nil
	}
	v.answer.Certificate, err = v.office.authority.renew(v.device.Entry.SigningKey, v.device.ID, v.office.Now())
	return err
}

// giveNews fills the answer with what is new in the device's streams, control
// first, and the class keys that come with it. A revoked device, or one whose
// certificate has run out, gets nothing but the control stream, the latter up to
// an order that hands keys over: it comes again with its new one.
func (v *visit) giveNews() error {
	streams := streamsOf(v.device.Entry)
	if v.device.Entry.Revoked || v.expired() {
		if err := v.tellWhere(streams[1:]); err != nil {
			return err
		}
		streams = streams[:1]
	}
	left := v.request.WantBytes
	if left <= 0 {
		left = newsBytesDefault
	}
	left = min(left, newsBytesMax)
	for _, stream := range streams {
		offer, stable, err := v.offer(stream)
		if err != nil {
			return err
		}
		if offer != nil {
			if err := v.giveOffer(stream, offer); err != nil {
				return err
			}
			continue
		}
		// At least one change of each stream, so that the device sees what it lacks.
		news, err := syncengine.Serve(v.tx, stream, v.positions(stream), max(left, 0), v.mayRead)
		if err != nil {
			return err
		}
		if stream == streamControl {
			v.keysWait(&news)
		}
		if news.Hole {
			v.office.Log.Error().Str("code", "log_hole").Str("stream", stream).Msg("a change of this stream is missing from the log; a device that has it gives it back, or raksa tool doctor names it")
		}
		if err := v.prove(&news); err != nil {
			return err
		}
		news.Stable = stable
		v.answer.News = append(v.answer.News, news)
		for _, entry := range news.Entries {
			left -= entry.Change.BytesAbout()
		}
		if err := v.giveKeys(news); err != nil {
			return err
		}
		if last := news.After.Position + uint64(len(news.Entries)); stream == streamControl && last < news.Head.Position && !news.Hole {
			return nil // orders before all else, and all of them
		}
	}
	if v.device.Entry.Revoked {
		return v.recall()
	}
	return nil
}

// expired reports whether the device's certificate has run out.
func (v *visit) expired() bool { return v.office.Now().After(v.from.NotAfter) }

// recall asks a revoked device for what this office lost by a restore, and tells
// it nothing: the only copy may be there (decision 0016).
func (v *visit) recall() error {
	for _, stream := range streamsOf(v.device.Entry)[1:] {
		news, back, err := syncengine.Recall(v.tx, stream, v.positions(stream))
		if err != nil {
			return err
		}
		if back {
			v.answer.News = append(v.answer.News, news)
		}
	}
	return nil
}

// prove signs where these news bring the device: should this office ever be
// restored from a backup, that is how it knows its own log again.
func (v *visit) prove(news *syncengine.News) (err error) {
	if len(news.Entries) > 0 {
		news.Proof, err = v.office.Keys.Sign(news.Reached().Digest())
	}
	return err
}

// lookBack sees whether the device stands where this office has never been.
func (v *visit) lookBack() error {
	for _, stream := range streamsOf(v.device.Entry) {
		positions := v.positions(stream)
		if len(positions) == 0 {
			continue
		}
		known, err := syncengine.KnowsPosition(v.tx, positions[0])
		if err != nil {
			return err
		}
		v.ahead = v.ahead || !known
		v.rewound = v.rewound || !known && (stream == streamControl || stream == streamDirectory)
	}
	return nil
}

func (v *visit) positions(stream string) []syncengine.Position {
	var positions []syncengine.Position
	for _, p := range v.request.Positions {
		if p.Stream == stream {
			positions = append(positions, p)
		}
	}
	return positions
}

func (v *visit) mayRead(c *syncengine.Change, class syncengine.Class) bool {
	return class == syncengine.ClassClear || deliverable(v.device.Entry, c.Kind, class)
}

// giveKeys wraps the class keys of every record that enters a stream in these
// news. A device that never got this answer asks from the same position again,
// and gets them again.
func (v *visit) giveKeys(news syncengine.News) error {
	if err := v.newsAhead(news); err != nil {
		return err
	}
	for _, entry := range news.Entries {
		record := entry.Change.Record
		if entry.Change.Kind == syncengine.KindControl {
			if err := v.giveKeysAgain(entry.Change); err != nil {
				return err
			}
			continue
		}
		first, _, err := firstIn.Get(v.tx, firstKey(news.Stream, record))
		if err != nil {
			return err
		}
		if first != entry.Position || news.Stream == streamDirectory {
			continue
		}
		sealed, err := v.office.deliver(v.tx, v.device, entry.Change)
		if errors.Is(err, vault.ErrNoKey) || errors.Is(err, vault.ErrErased) {
			continue
		}
		if err != nil {
			return err
		}
		v.addKey(record, sealed)
	}
	return nil
}

func (v *visit) addKey(record syncengine.RecordID, sealed []byte) {
	v.answer.Keys = append(v.answer.Keys, syncengine.Delivery{Record: record, Sealed: sealed})
	if v.device.Reseeded {
		v.answer.DeliverySeed = v.device.SeedForIt
	}
}

// newsAhead reads ahead where the records of news entered the stream, and their keys.
func (v *visit) newsAhead(news syncengine.News) error {
	var changes []*syncengine.Change
	for _, entry := range news.Entries {
		changes = append(changes, entry.Change)
	}
	var places [][]byte
	for _, record := range syncengine.RecordKeys(changes) {
		places = append(places, firstKey(news.Stream, syncengine.RecordID(record)))
	}
	if err := syncengine.CellsAhead(v.tx, string(firstIn), places); err != nil {
		return err
	}
	return keysAhead(v.tx, changes)
}

// deliverable says which classes of which kinds a device is entitled to: the
// one table for what goes down (bytes and keys, §6).
func deliverable(d casefile.Device, kind syncengine.Kind, class syncengine.Class) bool {
	return casefile.Deliverable(d.Profile, kind, class)
}
