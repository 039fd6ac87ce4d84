package device

import (
	"context"

	"raksa/syncengine"
)

// nextPageFrom: while a page of so many bytes is on its way, the one after it is
// gathered and signed, so that neither side waits for the other. Where a page is
// smaller, the link is what takes the time.
const nextPageFrom = 128 << 10

// gatherNext gathers what follows a page in the background. wait ends when it has
// been gathered, or could not be: the call after this one gathers it again then.
func (d *Device) gatherNext(ctx context.Context, page *syncengine.Page) (wait func()) {
	d.forgetNext()
	if carriedBytes(page) < nextPageFrom {
		return func() {}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = d.Store.View(ctx, func(tx syncengine.Tx) error {
			next, err := d.page(tx, page.Node, page.Changes[len(page.Changes)-1].Seq, d.pace.size())
			if err != nil {
				return err
			}
			d.mu.Lock()
			defer d.mu.Unlock()
			d.next = next
			return nil
		})
	}()
	return func() { <-done }
}

// gathered gives the page that was gathered, once, if it is what follows a mark.
func (d *Device) gathered(node syncengine.NodeID, after syncengine.Mark) *syncengine.Page {
	d.mu.Lock()
	defer d.mu.Unlock()
	next := d.next
	d.next = nil
	if next == nil || next.Node != node || next.Changes[0].Seq != after.Seq+1 || next.Changes[0].Prev != after.ID {
		return nil
	}
	return next
}

// forgetNext lets the next page be gathered anew: an answer brought something,
// and a record of it may have been erased.
func (d *Device) forgetNext() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.next = nil
}

// brings reports an answer with more in it than a receipt.
func brings(answer *syncengine.Answer) bool {
	if len(answer.Keys) > 0 || len(answer.Given) > 0 {
		return true
	}
	for _, news := range answer.News {
		if len(news.Entries) > 0 || news.Reset || news.Offer != nil {
			return true
		}
	}
	return false
}
