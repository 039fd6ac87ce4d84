package server

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"slices"

	"raksa/carrier"
	"raksa/syncengine"
	"raksa/syncengine/wire"
	"raksa/vault"
)

// Carried is what came of one bundle that a stick or a box brought in.
type Carried struct {
	Device  syncengine.RecordID
	Name    carrier.Name // of the bundle
	Part    int
	Pages   int  // requests with changes in them
	Changes int  // in those pages
	New     int  // of them that the office did not have
	Held    int  // set aside until a person decides
	Gap     bool // something follows what never came: an earlier part is missing
	Fork    bool
	Passed  int  // bundles of other devices in it, which it passes on
	Answers int  // in the bundle for the way back
	More    bool // the office has more news than the answers hold
}

// Limits of what goes back with one bundle.
const (
	carriedNewsBytes   = 512 << 10 // of one answer
	carriedAnswerBytes = 64 << 20  // of one bundle back, unless its carrier sets less
)

// AnswerTo opens what the answers of a bundle are written to.
type AnswerTo func(carrier.Head) (io.Writer, error)

// TakeCarried takes a bundle of requests in, page by page, each exactly as if
// its device had called: the same admission, receipts and quarantine. What it
// would have answered goes, sealed to the device, into a bundle for the way
// back. Taking the same bundle again changes nothing; one that ends early stays
// good as far as it came. mostBytes bounds the answers, 0 is the default.
func (o *Office) TakeCarried(ctx context.Context, r io.Reader, answerTo AnswerTo, mostBytes int64, progress func(Carried)) (Carried, error) {
	return o.takeCarried(ctx, r, answerTo, mostBytes, progress, 0)
}

// CarriedByHand leaves a leaf of a file that is about to be taken in at the
// office's own machine, past the desk: by whoever holds its key. A file is not
// taken where none can be left.
func (o *Office) CarriedByHand(ctx context.Context, from syncengine.RecordID) error {
	return o.auditAlone(ctx, Leaf{What: "carried", Device: from.String(), Reason: "raksa tool carry in"})
}

func (o *Office) takeCarried(ctx context.Context, r io.Reader, answerTo AnswerTo, mostBytes int64, progress func(Carried), depth int) (Carried, error) {
	in, err := carrier.Open(r, o.Keys.OpenStream)
	if err != nil {
		return Carried{}, err
	}
	take := &taking{office: o, in: in, depth: depth, progress: progress, most: mostBytes, positions: map[string]syncengine.Position{}}
	if take.most <= 0 {
		take.most = carriedAnswerBytes
	}
	take.done = Carried{Device: in.Head.From, Name: in.Head.Name, Part: in.Head.Part}
	if err := take.meet(ctx); err != nil {
		o.refused(ctx, in.Head.From, err)
		return take.done, err
	}
	if take.out, err = take.answers(answerTo); err != nil {
		return take.done, err
	}
	taken := take.all(ctx)
	if taken == nil {
		taken = take.news(ctx)
	}
	// What was taken is answered, even if the rest of the bundle is damaged.
	return take.done, errors.Join(taken, take.out.Close())
}

// ofTheBundle tells what is wrong with a bundle, and will be for ever, from
// trouble of the office, after which the same bundle is taken whole.
func ofTheBundle(err error) bool {
	var refused *syncengine.Refused
	var malformed *syncengine.Malformed
	return errors.As(err, &refused) || errors.As(err, &malformed) || slices.ContainsFunc([]error{
		carrier.ErrForeign, carrier.ErrCut, carrier.ErrDamaged, carrier.ErrOtherReceiver, carrier.ErrSender, carrier.ErrKind, carrier.ErrTooLong,
	}, func(fault error) bool { return errors.Is(err, fault) })
}

// taking is one bundle on its way in.
type taking struct {
	office    *Office
	in        *carrier.Reader
	depth     int // bundles around this one
	from      caller
	out       *carrier.Writer
	done      Carried
	progress  func(Carried)
	most      int64
	positions map[string]syncengine.Position // where the device will stand after the answers so far
	nodes     []syncengine.NodeID            // in order of appearance
	claims    map[syncengine.NodeID]syncengine.Mark
	last      *syncengine.Request
}

// meet finds out who sends: the certificate must be of this office's authority,
// and every item signed by the key of that device's directory entry.
func (t *taking) meet(ctx context.Context) error {
	head := t.in.Head
	if head.Kind != carrier.Requests || !head.To.Zero() {
		return carrier.ErrKind
	}
	leaf, err := x509.ParseCertificate(head.Certificate)
	if err != nil {
		return carrier.ErrSender
	}
	from, ours := t.office.callerOf(leaf)
	if !ours || from.Device != head.From {
		return carrier.ErrSender
	}
	t.from = from
	return t.office.Store.View(ctx, func(tx syncengine.Tx) error {
		row, err := loadDevice(tx, head.From)
		if err != nil {
			return err
		}
		return t.in.Trust(func(digest [32]byte, signature []byte) error {
			return vault.VerifyCarried(row.Entry.SigningKey, digest, signature)
		})
	})
}

// answers begins the bundle for the way back.
func (t *taking) answers(answerTo AnswerTo) (*carrier.Writer, error) {
	name, err := carrier.NewName(t.office.Random)
	if err != nil {
		return nil, err
	}
	head := carrier.Head{
		Kind: carrier.Answers, Name: name, To: t.done.Device, MadeMillis: t.office.Now().UnixMilli(), Answers: &t.done.Name,
		Part: t.done.Part,
	}
	w, err := answerTo(head)
	if err != nil {
		return nil, err
	}
	seal := func(w io.Writer) (io.WriteCloser, error) { return vault.SealStream(w, t.in.Head.ReplyTo) }
	return carrier.NewWriter(w, head, seal, t.office.Keys.Sign)
}

// all takes one request after the other.
func (t *taking) all(ctx context.Context) error {
	t.claims = map[syncengine.NodeID]syncengine.Mark{}
	for {
		item, err := t.in.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := carrier.NameOf(item); err == nil {
			if err := t.passed(ctx, item); err != nil {
				return err
			}
			continue
		}
		request, err := wire.DecodeRequest(item)
		if err != nil {
			return err
		}
		t.last = request
		request.WantBytes = carriedNewsBytes
		answer, err := t.exchange(ctx, request)
		if err != nil {
			return err
		}
		t.count(request, answer)
		if !slices.Contains(t.nodes, request.Node) {
			t.nodes = append(t.nodes, request.Node)
		}
		t.claims[request.Node] = answer.Receipt.Head
	}
}

// passedDepthMax is how often a bundle may be passed on inside another.
const passedDepthMax = 3

// passed takes a bundle of another device that this one was given along with an
// interview. Its own device gets its answers by its own way. One that cannot be
// taken holds up nothing; when the office's store fails, the whole bundle is
// brought again.
func (t *taking) passed(ctx context.Context, bundle []byte) error {
	t.done.Passed++
	if t.depth >= passedDepthMax {
		return nil
	}
	nowhere := func(carrier.Head) (io.Writer, error) { return io.Discard, nil }
	_, err := t.office.takeCarried(ctx, bytes.NewReader(bundle), nowhere, 1, nil, t.depth+1)
	if err != nil && storeFails(ctx, err) {
		return err
	}
	if err != nil {
		t.office.Log.Warn().Str("device", t.done.Device.String()).Msg("a bundle that was passed on cannot be taken")
	}
	return nil
}

func (t *taking) count(request *syncengine.Request, answer *syncengine.Answer) {
	if request.Page != nil {
		t.done.Pages++
		t.done.Changes += len(request.Page.Changes)
		t.done.New += len(answer.Receipt.New)
	}
	t.done.Held += len(answer.Quarantined)
	t.done.Gap = t.done.Gap || answer.Receipt.UnknownBase
	t.done.Fork = t.done.Fork || answer.Receipt.Fork
	if t.progress != nil {
		t.progress(t.done)
	}
}

// news goes on as the device would on a line, until it stands where the office
// does or the bundle is as long as its carrier bears.
func (t *taking) news(ctx context.Context) error {
	if t.last == nil {
		return nil
	}
	node := t.nodes[len(t.nodes)-1]
	for t.done.More && t.out.Length() < t.most {
		request := &syncengine.Request{Node: node, Claim: t.claims[node], WantBytes: carriedNewsBytes}
		if _, err := t.exchange(ctx, request); err != nil {
			return err
		}
		if t.progress != nil {
			t.progress(t.done)
		}
	}
	return nil
}

// exchange answers one request from where the answers before it lead.
func (t *taking) exchange(ctx context.Context, request *syncengine.Request) (*syncengine.Answer, error) {
	said := request.Positions
	request.Positions = nil
	for _, p := range said {
		if _, led := t.positions[p.Stream]; !led {
			request.Positions = append(request.Positions, p)
		}
	}
	for _, p := range t.positions {
		request.Positions = append(request.Positions, p)
	}
	if t.out.Length() >= t.most {
		request.WantBytes = 1
	}
	answer, err := t.office.exchange(ctx, t.from, request)
	if err != nil {
		return nil, err
	}
	if len(answer.Certificate) > 0 { // from here on it is as good as renewed
		t.from.NotAfter = t.office.Now().Add(certificateLife)
	}
	if err := t.lead(ctx, answer.News); err != nil {
		return nil, err
	}
	raw, err := wire.EncodeAnswer(answer)
	if err != nil {
		return nil, err
	}
	t.done.Answers++
	return answer, t.out.Item(append(request.Node[:], raw...))
}

// lead notes where the device stands once it has taken these news.
func (t *taking) lead(ctx context.Context, all []syncengine.News) error {
	t.done.More = false
	return t.office.Store.View(ctx, func(tx syncengine.Tx) error {
		for _, news := range all {
			last := news.After.Position + uint64(len(news.Entries))
			at, err := syncengine.StreamAt(tx, news.Stream, last)
			if err != nil {
				return fmt.Errorf("server: carried: %w", err)
			}
			t.positions[news.Stream] = at
			t.done.More = t.done.More || last < news.Head.Position
		}
		return nil
	})
}
