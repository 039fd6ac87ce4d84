package device

import (
	"context"
	"errors"
	"slices"

	"raksa/casefile"
	"raksa/syncengine"
	"raksa/vault"
)

// An office that was restored from a backup is given back what this device took
// from it since: orders first, then the directory, then what people wrote. The
// device's own new changes wait for that, and nothing that a person does.

// owedTable lists records whose class keys the restored office may lack. They
// can be given only while the vault is open.
const owedTable syncengine.Table[bool] = "device/owed" // record id

// giving is a list on its way back, as far as the office has answered.
type giving struct {
	key    string // which list
	wanted []uint32
	sent   int // of wanted
	// deaf: the office did not say what it wants; after the next start it is asked again.
	deaf bool
}

// Limits of one step back.
const (
	returnedKeysMax = 200
)

// giveBack fills a request with the next step back to a restored office, and
// says whether there was one.
func (d *Device) giveBack(tx syncengine.Tx, request *syncengine.Request) (bool, error) {
	lost, err := d.nextLost(tx)
	if err != nil {
		return false, err
	}
	if lost == nil {
		return d.giveKeysBack(tx, request)
	}
	d.mu.Lock()
	g := d.giving
	d.mu.Unlock()
	if g.key != listKey(lost) {
		request.Lost = lost
		return true, nil
	}
	if g.deaf {
		return false, nil
	}
	back, err := returnedFrom(tx, lost, g.wanted[g.sent:], d.pace.size())
	request.Returned = back
	return true, err
}

// nextLost gives the list to give back next.
func (d *Device) nextLost(tx syncengine.Tx) (*syncengine.Lost, error) {
	streams, err := syncengine.LostStreams(tx)
	if err != nil || len(streams) == 0 {
		return nil, err
	}
	rank := func(stream string) int { return slices.Index([]string{"directory", "control"}, stream) }
	slices.SortStableFunc(streams, func(a, b string) int { return rank(b) - rank(a) })
	all, err := syncengine.LostOf(tx, streams[0])
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return &all[0], nil
}

func listKey(l *syncengine.Lost) string {
	end := l.End()
	return string(append([]byte(l.Stream+"\x00"), end.Salt[:]...))
}

// returnedFrom gathers changes that the office wants, as many as fit but at
// least one. What is not here any more is left out.
func returnedFrom(tx syncengine.Tx, lost *syncengine.Lost, wanted []uint32, bytesMax int) (*syncengine.Returned, error) {
	back := &syncengine.Returned{Stream: lost.Stream}
	size := 0
	for _, at := range wanted {
		c, err := tx.Change(lost.IDs[at])
		if errors.Is(err, syncengine.ErrUnknownChange) || errors.Is(err, syncengine.ErrDamaged) {
			continue
		}
		if err != nil {
			return nil, err
		}
		size += len(syncengine.EncodeChange(c))
		if len(back.Changes) > 0 && (size > bytesMax || len(back.Changes) >= syncengine.PageChangesMax) {
			break
		}
		back.Changes = append(back.Changes, c)
	}
	return back, nil
}

// gaveBack works in what the office said to a step back.
func (d *Device) gaveBack(ctx context.Context, request *syncengine.Request, answer *syncengine.Answer) error {
	switch {
	case request.Lost != nil:
		return d.heardOfList(ctx, request.Lost, answer.Lost)
	case request.Returned != nil && request.Returned.Stream != "":
		return d.heardOfChanges(ctx, request.Returned)
	case request.Returned != nil && stranded(answer):
		return nil // it may lack what the keys open, and gets that first
	case request.Returned != nil:
		return d.Store.Update(ctx, func(tx syncengine.Tx) error {
			for _, key := range request.Returned.Keys {
				if err := owedTable.Delete(tx, key.Record[:]); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return nil
}

// stranded reports an answer of an office that does not know where this device
// stands: it was restored again.
func stranded(answer *syncengine.Answer) bool {
	return answer.Receipt.UnknownBase || slices.ContainsFunc(answer.News, func(news syncengine.News) bool { return news.Reset })
}

// oweKeys notes that the office could not open what this device wrote: it lacks
// the record's keys, which are here.
func oweKeys(tx syncengine.Tx, held syncengine.Held) error {
	if held.Reason != "does_not_open" {
		return nil
	}
	c, err := tx.Change(held.Change)
	if errors.Is(err, syncengine.ErrUnknownChange) || errors.Is(err, syncengine.ErrDamaged) {
		return nil
	}
	if err != nil {
		return err
	}
	return owedTable.Put(tx, c.Record[:], true)
}

func (d *Device) heardOfList(ctx context.Context, lost *syncengine.Lost, reply *syncengine.LostReply) error {
	g := giving{key: listKey(lost), deaf: reply == nil || reply.Stream != lost.Stream}
	if !g.deaf {
		g.wanted = slices.DeleteFunc(slices.Clone(reply.Wanted), func(at uint32) bool { return int(at) >= len(lost.IDs) })
	}
	d.mu.Lock()
	d.giving = g
	d.mu.Unlock()
	if !g.deaf && len(g.wanted) == 0 {
		return d.gaveAll(ctx, lost)
	}
	return nil
}

// heardOfChanges notes that the office has what was sent last, and goes on.
func (d *Device) heardOfChanges(ctx context.Context, back *syncengine.Returned) error {
	return d.Store.Update(ctx, func(tx syncengine.Tx) error {
		lost, err := d.nextLost(tx)
		if err != nil || lost == nil {
			return err
		}
		last := syncengine.ChangeID{}
		for _, c := range back.Changes {
			last = c.ID()
			if c.Kind == syncengine.KindControl || c.Kind == casefile.KindStaff || c.Kind == casefile.KindDevice || c.Kind == casefile.KindOrganisation || c.Kind == casefile.KindForm {
				continue
			}
			if err := owedTable.Put(tx, c.Record[:], true); err != nil {
				return err
			}
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		g := &d.giving
		for g.sent < len(g.wanted) {
			g.sent++
			if lost.IDs[g.wanted[g.sent-1]] == last {
				break
			}
		}
		if g.sent < len(g.wanted) {
			return nil
		}
		d.giving = giving{}
		return syncengine.DropLost(tx, lost)
	})
}

func (d *Device) gaveAll(ctx context.Context, lost *syncengine.Lost) error {
	d.mu.Lock()
	d.giving = giving{}
	d.mu.Unlock()
	return d.Store.Update(ctx, func(tx syncengine.Tx) error { return syncengine.DropLost(tx, lost) })
}

// giveKeysBack gives class keys of records that came back, while the vault is
// open: the office may have lost their keys with them.
func (d *Device) giveKeysBack(tx syncengine.Tx, request *syncengine.Request) (bool, error) {
	s, err := d.open()
	if err != nil {
		return false, nil // at the next unlock
	}
	var owed []syncengine.RecordID
	full := errors.New("full")
	err = owedTable.Each(tx, nil, func(key []byte, _ bool) error {
		if owed = append(owed, syncengine.RecordID(key)); len(owed) == returnedKeysMax {
			return full
		}
		return nil
	})
	if err != nil && !errors.Is(err, full) || len(owed) == 0 {
		return false, err
	}
	self := d.identity()
	seed, err := vault.NewDeliverySeed(d.Random)
	if err != nil {
		return false, err
	}
	back := &syncengine.Returned{}
	if back.Seed, err = seed.SealReturn(self.OfficeSeals, self.Device); err != nil {
		return false, err
	}
	for _, record := range owed {
		one := syncengine.Delivery{Record: record}
		keys := vault.ClassKeys{}
		for _, class := range casefile.Classes() {
			if key, err := s.ring.ClassKey(tx, record, byte(class)); err == nil {
				keys[byte(class)] = key
			}
		}
		if len(keys) > 0 {
			if one.Sealed, err = seed.WrapClasses(d.Random, record, self.Device, keys); err != nil {
				return false, err
			}
		}
		back.Keys = append(back.Keys, one)
	}
	request.Returned = back
	return true, nil
}

// owes reports whether something is still to be given back that can be now.
func (d *Device) owes(ctx context.Context) (owes bool, err error) {
	err = d.Store.View(ctx, func(tx syncengine.Tx) error {
		probe := syncengine.Request{}
		owes, err = d.giveBack(tx, &probe)
		return err
	})
	return owes, err
}
