package device_test

import (
	"context"
	"crypto/sha256"
	"net"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"raksa/device"
	syncv1 "raksa/gen/raksa/sync/v1"
	"raksa/gen/raksa/sync/v1/syncv1connect"
	"raksa/syncengine"
)

// cutter is an office whose wire is cut while some calls are on it.
type cutter struct {
	syncv1connect.UnimplementedSyncServiceHandler
	calls atomic.Int64
	cut   func(call int64) bool
}

type wireKey struct{}

func (c *cutter) Sync(ctx context.Context, _ *syncv1.SyncRequest) (*syncv1.SyncResponse, error) {
	if c.cut(c.calls.Add(1)) {
		ctx.Value(wireKey{}).(net.Conn).Close()
	}
	return &syncv1.SyncResponse{}, nil
}

// A link that was cut between two exchanges costs no wait: the exchange that
// finds its kept connection dead goes out again on a new one.
func TestADeadKeptConnectionIsNoReasonToWait(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		cut   func(int64) bool
		calls int64 // that the office sees
		ok    bool
	}{
		{"the second exchange goes out again", func(call int64) bool { return call == 2 }, 3, true},
		{"a cut on a new connection is told at once", func(call int64) bool { return call >= 2 }, 3, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			far := &cutter{cut: row.cut}
			_, handler := syncv1connect.NewSyncServiceHandler(far)
			server := httptest.NewUnstartedServer(handler)
			server.EnableHTTP2 = true
			server.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
				return context.WithValue(ctx, wireKey{}, c)
			}
			server.Config.ErrorLog = nil
			server.StartTLS()
			t.Cleanup(server.Close)
			office := device.OverTLS(device.Access{
				URL: server.URL, CA: sha256.Sum256(server.Certificate().RawSubjectPublicKeyInfo), Earliest: time.Now,
			}, nil)
			_, err := office.Exchange(t.Context(), &syncengine.Request{})
			must(t, err)
			if _, err = office.Exchange(t.Context(), &syncengine.Request{}); (err == nil) != row.ok {
				t.Errorf("the second exchange: %v", err)
			}
			if got := far.calls.Load(); got != row.calls {
				t.Errorf("the office saw %d calls, not %d", got, row.calls)
			}
		})
	}
}
