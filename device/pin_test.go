package device_test

import (
	"crypto/sha256"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"raksa/device"
	"raksa/gen/raksa/sync/v1/syncv1connect"
	"raksa/syncengine"
)

// A clock that is behind shuts nobody out, one that is ahead of the end of the
// office's certificate by all that is known does, and no clock opens the door
// to another authority.
func TestWhoIsTakenForTheOffice(t *testing.T) {
	mux := http.NewServeMux()
	mux.Handle(syncv1connect.NewSyncServiceHandler(&cutter{cut: func(int64) bool { return false }}))
	server := httptest.NewUnstartedServer(mux)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	pin := sha256.Sum256(server.Certificate().RawSubjectPublicKeyInfo)
	end := server.Certificate().NotAfter
	for _, row := range []struct {
		name string
		pin  [32]byte
		at   time.Time
		want error
	}{
		{"in its time", pin, end.AddDate(-1, 0, 0), nil},
		{"before its time", pin, time.Unix(0, 0), nil},
		{"the zero time", pin, time.Time{}, nil},
		{"run out", pin, end.AddDate(1, 0, 0), device.ErrPin},
		{"another authority, in its time", [32]byte{1}, end.AddDate(-1, 0, 0), device.ErrPin},
		{"another authority, before its time", [32]byte{1}, time.Unix(0, 0), device.ErrPin},
	} {
		t.Run(row.name, func(t *testing.T) {
			office := device.OverTLS(device.Access{
				URL: server.URL, CA: row.pin, Earliest: func() time.Time { return row.at },
			}, nil)
			if _, err := office.Exchange(t.Context(), &syncengine.Request{}); !errors.Is(err, row.want) {
				t.Errorf("%v, not %v", err, row.want)
			}
		})
	}
}
