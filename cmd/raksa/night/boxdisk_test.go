package night

import (
	"context"
	"crypto/rand"
	"sync/atomic"
	"testing"
	"time"

	"raksa/server"
	"raksa/syncengine"
)

// failing is a store whose disk fails after so many more updates, until it is mended.
type failing struct {
	syncengine.Store
	left atomic.Int64
}

func (f *failing) Unwrap() syncengine.Store { return f.Store }

func (f *failing) Update(ctx context.Context, fn func(syncengine.Tx) error) error {
	if f.left.Add(-1) < 0 {
		return syncengine.ErrDisk
	}
	return f.Store.Update(ctx, fn)
}

const sound = 1 << 40 // updates

// officeOnFailingDisk serves the office from a store that can be told to fail.
func (n *Night) officeOnFailingDisk(t *testing.T) *failing {
	t.Helper()
	must(t, n.Listening.Stop())
	f := &failing{Store: n.store}
	f.left.Store(sound)
	var err error
	n.Office, err = server.Open(t.Context(), server.Config{
		Store: f, Keys: n.keys, Forms: forms, Now: time.Now, Random: rand.Reader, Log: n.Log, SecretCost: cheap,
	})
	must(t, err)
	n.Listening, err = n.Office.Listen(t.Context(), server.Addresses{Sync: "127.0.0.1:0", Desk: "127.0.0.1:0", Public: n.link.address()})
	must(t, err)
	n.link.to(n.Listening.SyncAddr)
	return f
}

// The office's disk fails in the middle of a bundle, after some of it was taken.
// The box keeps the bundle and brings it again; nothing of it is given up.
func TestABundleDuringWhichTheOfficesDiskFailsIsBroughtAgain(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	disk := n.officeOnFailingDisk(t)
	n.meet(t)
	n.Cut(true)
	box, address := boxOn(t, n.PTC2, t.TempDir())
	must(t, n.PTC1.SetCenterBox(t.Context(), address))
	who, told := somebody(1, "fisher")
	id := n.begin(t, n.PTC1, who)
	for i := range syncengine.PageChangesMax { // more than one page
		_, err := saveHours(t.Context(), n.PTC1, id, 1+i%20)
		must(t, err)
	}
	n.write(t, n.PTC1, id, told)
	must(t, n.PTC1.VisitBox(t.Context()))
	n.Cut(false)
	failed := 0
	for updates := int64(0); ; updates++ {
		if updates == 100 {
			t.Fatal("the bundle never gets through")
		}
		disk.left.Store(updates)
		err := box.Forward(t.Context())
		disk.left.Store(sound)
		if err == nil {
			break
		}
		failed++
		if st, err := box.Status(); err != nil || st.Bundles != 1 {
			t.Fatalf("with %d updates left the box gave the bundle up: %+v, %v", updates, st, err)
		}
	}
	if failed < 2 {
		t.Errorf("the disk failed %d times: never in the middle", failed)
	}
	if iv := n.officeReads(t, id); len(iv.Answers) < 10 {
		t.Errorf("the office reads %d answers", len(iv.Answers))
	}
	n.meet(t)
	n.allWell(t)
}
