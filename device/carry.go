package device

import (
	"context"
	"io"

	"raksa/carrier"
	"raksa/syncengine"
	"raksa/syncengine/wire"
	"raksa/vault"
)

// CarryOrder says what goes out by a carrier.
type CarryOrder struct {
	// To begins the file of one part; CarryOut keeps or discards it.
	To func(carrier.Name) (CarryFile, error)
	// All sends everything again, not only what the office has not confirmed.
	All bool
	// PartBytes begins another part after so many bytes; 0 is one part.
	PartBytes int64
	// Since leaves out what a node saved up to a mark, on top of what the office
	// confirmed: what a box at the center holds already.
	Since    map[syncengine.NodeID]uint64
	Progress func(CarriedOut)
}

// CarryFile is what a part is written to: kept when it is whole.
type CarryFile interface {
	io.Writer
	Keep() error
	Discard()
}

// CarriedOut is what went out so far.
type CarriedOut struct {
	Parts   []carrier.Name
	Changes int
	Bytes   int64                        // before sealing and padding
	Upto    map[syncengine.NodeID]uint64 // last seq of each node that is in it
}

// carriedPageBytes is the size of a page on a carrier: nothing is lost by a
// large one, for a carrier is cut between items.
const carriedPageBytes = 512 << 10

// CarryOut writes what the office has not confirmed into one or more bundles,
// sealed to the office and signed by this device. It works while the device is
// locked, changes no mark, and may be repeated.
func (d *Device) CarryOut(ctx context.Context, order CarryOrder) (CarriedOut, error) {
	if !d.Enrolled() {
		return CarriedOut{}, ErrNotEnrolled
	}
	replyTo, err := d.carrierKey(ctx)
	if err != nil {
		return CarriedOut{}, err
	}
	out := &carrying{device: d, order: order, replyTo: replyTo.Public(), done: CarriedOut{Upto: map[syncengine.NodeID]uint64{}}}
	if err := out.all(ctx); err != nil {
		out.discard()
		return out.done, err
	}
	return out.done, nil
}

// carrierKey gives the key that answers by carrier are sealed to, drawing it at
// the first use.
func (d *Device) carrierKey(ctx context.Context) (*vault.ReceivingKey, error) {
	kept := d.identity().CarrierKey
	if len(kept) == 0 {
		key, err := vault.NewCarrierKey(d.Random)
		if err != nil {
			return nil, err
		}
		err = d.changeSelf(ctx, func(self *identity) error {
			if len(self.CarrierKey) == 0 {
				self.CarrierKey = key[:]
			}
			kept = self.CarrierKey
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return vault.CarrierKey(kept).Key()
}

// carrying is one going out.
type carrying struct {
	device  *Device
	order   CarryOrder
	replyTo []byte
	done    CarriedOut
	file    CarryFile
	w       *carrier.Writer
	asked   bool // the part says where this device stands
}

func (c *carrying) all(ctx context.Context) error {
	var nodes []syncengine.NodeID
	var others map[carrier.Name][]byte
	err := c.device.Store.View(ctx, func(tx syncengine.Tx) (err error) {
		if others, err = passing(tx); err != nil {
			return err
		}
		nodes, err = syncengine.OwnNodes(tx) // the present one last
		return err
	})
	if err != nil {
		return err
	}
	for _, bundle := range others { // first, for they bring keys to what follows
		if err := c.put(bundle); err != nil {
			return err
		}
	}
	for i, node := range nodes {
		if err := c.chain(ctx, node, i == len(nodes)-1); err != nil {
			return err
		}
	}
	return c.end()
}

// chain writes what waits of one node. The present one asks for news in any case.
func (c *carrying) chain(ctx context.Context, node syncengine.NodeID, present bool) error {
	after, first := uint64(0), true
	for {
		request, upto, err := c.request(ctx, node, after, first)
		if err != nil {
			return err
		}
		if request.Page == nil && !(present && first && (!c.asked || len(request.RatchetSeed) > 0)) {
			return nil
		}
		if err := c.item(request); err != nil {
			return err
		}
		c.asked = true
		c.done.Upto[node] = upto
		if request.Page == nil {
			return nil
		}
		c.done.Changes += len(request.Page.Changes)
		if c.order.Progress != nil {
			c.done.Bytes += c.w.Length()
			c.order.Progress(c.done)
			c.done.Bytes -= c.w.Length()
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		after, first = upto, false
	}
}

// request is the next page of a node, built in a transaction of its own.
func (c *carrying) request(ctx context.Context, node syncengine.NodeID, after uint64, first bool) (request *syncengine.Request, upto uint64, err error) {
	d := c.device
	err = d.Store.View(ctx, func(tx syncengine.Tx) (err error) {
		if request, err = d.calling(tx, node); err != nil {
			return err
		}
		if first && !c.order.All {
			after = max(request.Claim.Seq, c.order.Since[node])
		}
		if request.Page, err = d.page(tx, node, after, carriedPageBytes); err != nil {
			return err
		}
		upto = after
		if request.Page != nil {
			upto = request.Page.Changes[len(request.Page.Changes)-1].Seq
		}
		if !c.asked || c.order.PartBytes > 0 {
			// A ladder for every stream: nobody can ask back.
			request.Positions, err = ladders(tx)
		}
		return err
	})
	return request, upto, err
}

func ladders(tx syncengine.Tx) (all []syncengine.Position, err error) {
	streams, err := syncengine.Streams(tx)
	if err != nil {
		return nil, err
	}
	for _, stream := range streams {
		rungs, err := syncengine.Ladder(tx, stream)
		if err != nil {
			return nil, err
		}
		all = append(all, rungs...)
	}
	return all, nil
}

// item puts a request into the part, beginning one where there is none.
func (c *carrying) item(request *syncengine.Request) error {
	raw, err := wire.EncodeRequest(request)
	if err != nil {
		return err
	}
	return c.put(raw)
}

// put writes an item into the part: a request, or a whole bundle of another
// device that is passed on.
func (c *carrying) put(raw []byte) error {
	if c.w != nil && c.order.PartBytes > 0 && c.w.Length()+int64(len(raw)) > c.order.PartBytes {
		if err := c.end(); err != nil {
			return err
		}
	}
	if c.w == nil {
		if err := c.begin(); err != nil {
			return err
		}
	}
	return c.w.Item(raw)
}

func (c *carrying) begin() error {
	d, self := c.device, c.device.identity()
	name, err := carrier.NewName(d.Random)
	if err != nil {
		return err
	}
	file, err := c.order.To(name)
	if err != nil {
		return err
	}
	c.file = file
	head := carrier.Head{
		Kind: carrier.Requests, Name: name, From: self.Device, MadeMillis: d.now().UnixMilli(),
		Part: len(c.done.Parts) + 1, ReplyTo: c.replyTo, Certificate: self.Certificate,
	}
	c.asked, c.done.Parts = false, append(c.done.Parts, name)
	c.w, err = carrier.NewWriter(c.file, head,
		func(w io.Writer) (io.WriteCloser, error) { return vault.SealStream(w, self.OfficeSeals) },
		func(digest [32]byte) ([]byte, error) { return vault.SignCarried(self.SigningKey, digest) })
	return err
}

// end closes the part that is being written.
func (c *carrying) end() error {
	if c.w == nil {
		return nil
	}
	c.done.Bytes += c.w.Length()
	if err := c.w.Close(); err != nil {
		return err
	}
	file := c.file
	c.w, c.file = nil, nil
	return file.Keep()
}

func (c *carrying) discard() {
	if c.file != nil {
		c.file.Discard()
		c.done.Parts = c.done.Parts[:len(c.done.Parts)-1]
	}
}
