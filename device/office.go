package device

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"time"

	"connectrpc.com/connect"

	enrollv1 "raksa/gen/raksa/enroll/v1"
	"raksa/gen/raksa/enroll/v1/enrollv1connect"
	syncv1 "raksa/gen/raksa/sync/v1"
	"raksa/gen/raksa/sync/v1/syncv1connect"
	"raksa/syncengine"
	"raksa/syncengine/wire"
)

// Office is the other side, as far as a device sees it. Over TLS it is a
// server; in tests and simulations it may be in the same process.
type Office interface {
	// Enroll shows a ticket. ErrTicketUnknown, ErrTicketUsed, ErrTicketExpired,
	// ErrUnreachable, ErrPin.
	Enroll(context.Context, *enrollv1.EnrollRequest) (*enrollv1.EnrollResponse, error)
	// Exchange brings what the device saved and fetches what is new. It may be
	// repeated with the same effect.
	Exchange(context.Context, *syncengine.Request) (*syncengine.Answer, error)
	// Snapshot fetches the next page of a stream as folded records. It may be
	// repeated with the same effect.
	Snapshot(context.Context, *syncengine.SnapshotRequest) (*syncengine.SnapshotPage, error)
}

// Access is what it takes to reach the office.
type Access struct {
	URL         string
	CA          [32]byte // SHA-256 of the public key of the office's authority
	Key         ed25519.PrivateKey
	Certificate []byte // DER; empty before enrollment
	// Earliest is the earliest that it can be. The office's certificate has run
	// out when that is past its end, and not by a clock that is years ahead.
	Earliest func() time.Time
}

// Limits of one call.
const (
	callTimeout    = 90 * time.Second // a page of 4 KB over a very bad link
	answerBytesMax = 8 << 20
	triesMax       = 3 // of one exchange, as long as each fails on a kept connection
)

// OverTLS reaches the office through Connect over TLS 1.3, with the device's
// certificate, trusting nobody but the authority that the ticket named. dial
// opens the connection under it; nil is the network.
func OverTLS(a Access, dial func(ctx context.Context, network, address string) (net.Conn, error)) Office {
	transport := &http.Transport{
		DialContext:         dial,
		TLSClientConfig:     tlsConfig(a),
		TLSHandshakeTimeout: 30 * time.Second,
		IdleConnTimeout:     2 * time.Minute,
		ForceAttemptHTTP2:   true,
		MaxIdleConns:        2,
	}
	client := &http.Client{Transport: transport, Timeout: callTimeout}
	limit := connect.WithReadMaxBytes(answerBytesMax)
	return &tlsOffice{
		transport: transport,
		enroll:    enrollv1connect.NewEnrollServiceClient(client, a.URL, limit),
		sync:      syncv1connect.NewSyncServiceClient(client, a.URL, limit),
		carry:     syncv1connect.NewCarryServiceClient(client, a.URL, limit),
	}
}

type tlsOffice struct {
	transport *http.Transport
	enroll    enrollv1connect.EnrollServiceClient
	sync      syncv1connect.SyncServiceClient
	carry     syncv1connect.CarryServiceClient
}

// Carry brings a bundle that another device has sealed to the office, and gives
// the bundle with its answers.
func (o *tlsOffice) Carry(ctx context.Context, bundle []byte) ([]byte, error) {
	answer, err := o.carry.Carry(ctx, &syncv1.CarryRequest{Bundle: bundle})
	var told *connect.Error
	if errors.As(err, &told) && bundleReasons[told.Message()] {
		return nil, errors.Join(errBundleRefused, err)
	}
	return answer.GetBundle(), callReason(err)
}

// bundleReasons are the office's codes about a bundle and what is in it.
var bundleReasons = map[string]bool{
	"bundle_sender": true, "bundle_receiver": true, "bundle_bytes": true,
	syncengine.RefusedSignature: true, syncengine.RefusedLimit: true, syncengine.RefusedChain: true, syncengine.RefusedBytes: true,
}

// errBundleRefused: the office will never take it; bringing it again is of no use.
var errBundleRefused = errors.New("device: the office refuses the bundle")

func (o *tlsOffice) Enroll(ctx context.Context, request *enrollv1.EnrollRequest) (*enrollv1.EnrollResponse, error) {
	answer, err := o.enroll.Enroll(ctx, request)
	return answer, enrollReason(err)
}

func (o *tlsOffice) Exchange(ctx context.Context, request *syncengine.Request) (*syncengine.Answer, error) {
	sent := wire.FromRequest(request)
	answer, err := again(ctx, o, func(ctx context.Context) (*syncv1.SyncResponse, error) { return o.sync.Sync(ctx, sent) })
	if err != nil {
		return nil, err
	}
	return wire.ToAnswer(answer)
}

func (o *tlsOffice) Snapshot(ctx context.Context, request *syncengine.SnapshotRequest) (*syncengine.SnapshotPage, error) {
	sent := wire.FromSnapshotRequest(request)
	page, err := again(ctx, o, func(ctx context.Context) (*syncv1.SnapshotResponse, error) { return o.sync.Snapshot(ctx, sent) })
	if err != nil {
		return nil, err
	}
	return wire.ToSnapshotPage(page)
}

// again tries again at once where a kept connection turns out to be dead: a
// link that was cut and came back costs the person no wait. Every call may be
// repeated, so the second try can't do anything twice.
func again[M any](ctx context.Context, o *tlsOffice, call func(context.Context) (M, error)) (answer M, err error) {
	for try := 1; ; try++ {
		kept := false
		traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
			GotConn: func(c httptrace.GotConnInfo) { kept = c.Reused },
		})
		answer, err = call(traced)
		reason := callReason(err)
		if err == nil || !kept || try >= triesMax || ctx.Err() != nil || !errors.Is(reason, ErrUnreachable) {
			return answer, reason
		}
		o.transport.CloseIdleConnections()
	}
}

// ticketReasons are the office's codes about a ticket.
var ticketReasons = map[string]error{
	"ticket_unknown": ErrTicketUnknown, "ticket_used": ErrTicketUsed, "ticket_expired": ErrTicketExpired,
}

// enrollReason turns the office's code into the reason that a person is told.
func enrollReason(err error) error {
	var told *connect.Error
	if errors.As(err, &told) && ticketReasons[told.Message()] != nil {
		return errors.Join(ticketReasons[told.Message()], err)
	}
	return callReason(err)
}

func callReason(err error) error {
	var pin *pinError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &pin):
		return errors.Join(ErrPin, err)
	case connect.CodeOf(err) == connect.CodeUnavailable, connect.CodeOf(err) == connect.CodeDeadlineExceeded,
		connect.CodeOf(err) == connect.CodeCanceled:
		return errors.Join(ErrUnreachable, err)
	}
	return err
}

// pinError says why a server is not taken for the office.
type pinError struct{ reason string }

func (e *pinError) Error() string { return "device: " + e.reason }

// tlsConfig checks the server by the pin alone: the public roots know nothing of
// a ministry's office, and an authority that somebody added to the tablet must
// not count.
func tlsConfig(a Access) *tls.Config {
	config := &tls.Config{
		MinVersion: tls.VersionTLS13,
		// The pin takes the place of the usual check; VerifyConnection runs on
		// every handshake, resumed ones too.
		InsecureSkipVerify: true,
		VerifyConnection: func(state tls.ConnectionState) error {
			return verifyPinned(state.PeerCertificates, a)
		},
	}
	if len(a.Certificate) > 0 {
		certificate := tls.Certificate{Certificate: [][]byte{a.Certificate}, PrivateKey: a.Key}
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &certificate, nil }
	}
	return config
}

// verifyPinned holds that the chain ends at an authority with the pinned key
// and names the host of the ticket.
func verifyPinned(chain []*x509.Certificate, a Access) error {
	address, err := url.Parse(a.URL)
	if err != nil || len(chain) == 0 {
		return &pinError{"no certificate"}
	}
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	pinned, at := false, a.Earliest()
	for _, certificate := range chain {
		if at.Before(certificate.NotBefore) {
			at = certificate.NotBefore // a clock that is behind proves nothing
		}
		if certificate.IsCA && sha256.Sum256(certificate.RawSubjectPublicKeyInfo) == a.CA {
			roots.AddCert(certificate)
			pinned = true
		} else {
			between.AddCert(certificate)
		}
	}
	if !pinned {
		return &pinError{"the chain does not hold the pinned authority"}
	}
	_, err = chain[0].Verify(x509.VerifyOptions{
		DNSName: address.Hostname(), Roots: roots, Intermediates: between, CurrentTime: at,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	if err != nil {
		return fmt.Errorf("%w: %w", &pinError{"the certificate does not hold"}, err)
	}
	return nil
}
