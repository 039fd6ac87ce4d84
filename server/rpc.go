package server

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"

	"connectrpc.com/connect"

	"raksa/carrier"
	"raksa/gen/raksa/enroll/v1/enrollv1connect"
	syncv1 "raksa/gen/raksa/sync/v1"
	"raksa/gen/raksa/sync/v1/syncv1connect"
	"raksa/syncengine"
	"raksa/syncengine/wire"
)

// rule says who may call a procedure.
type rule string

// The rules of procedures.
const (
	ruleDevice rule = "device" // an enrolled device, by its certificate
	ruleTicket rule = "ticket" // anybody: the ticket's secret stands for the certificate
)

// rules is the one table of procedures. One that is not here answers nobody,
// and a test walks the service descriptors to find one that was forgotten.
var rules = map[string]rule{
	syncv1connect.SyncServiceSyncProcedure:       ruleDevice,
	syncv1connect.CarryServiceCarryProcedure:     ruleDevice,
	syncv1connect.SyncServiceSnapshotProcedure:   ruleDevice,
	enrollv1connect.EnrollServiceEnrollProcedure: ruleTicket,
}

// Limits of a message. A page is at most 1 MiB of sealed bytes.
const (
	messageBytesMax = syncengine.PageBytesMax + 256<<10
	enrollBytesMax  = 64 << 10
	carryBytesMax   = 4 << 20 // a bundle that a box brings
)

// syncService is Exchange behind the wire.
type syncService struct{ office *Office }

// Sync takes a request apart, lets the office answer, and packs the answer.
func (s *syncService) Sync(ctx context.Context, msg *syncv1.SyncRequest) (*syncv1.SyncResponse, error) {
	req, err := wire.ToRequest(msg)
	if err != nil {
		return nil, err
	}
	from, ok := ctx.Value(callerKey{}).(caller)
	if !ok {
		return nil, &Denied{Reason: "no_certificate"}
	}
	answer, err := s.office.exchange(ctx, from, req)
	if err != nil {
		return nil, err
	}
	return wire.FromAnswer(answer), nil
}

// carryService is TakeCarried behind the wire.
type carryService struct{ office *Office }

// Carry takes what a box brings. Whose it is and what it may do stands in the
// bundle, sealed and signed; of the box only its certificate is asked.
func (s *carryService) Carry(ctx context.Context, msg *syncv1.CarryRequest) (*syncv1.CarryResponse, error) {
	var back bytes.Buffer
	to := func(carrier.Head) (io.Writer, error) { return &back, nil }
	in, err := s.office.TakeCarried(ctx, bytes.NewReader(msg.GetBundle()), to, carryBytesMax/2, nil)
	if err != nil && (in.Answers == 0 || !ofTheBundle(err)) {
		return nil, err // it is brought again, and what was taken does no harm twice
	}
	// A bundle that broke off half way is answered as far as it came.
	return &syncv1.CarryResponse{Bundle: back.Bytes()}, nil
}

// Snapshot takes a request apart, lets the office make a page, and packs it.
func (s *syncService) Snapshot(ctx context.Context, msg *syncv1.SnapshotRequest) (*syncv1.SnapshotResponse, error) {
	req, err := wire.ToSnapshotRequest(msg)
	if err != nil {
		return nil, err
	}
	from, ok := ctx.Value(callerKey{}).(caller)
	if !ok {
		return nil, &Denied{Reason: "no_certificate"}
	}
	page, err := s.office.snapshot(ctx, from, req)
	if err != nil {
		return nil, err
	}
	return wire.FromSnapshotPage(page), nil
}

// Procedures serves the devices: every procedure behind the table of rules, the
// one map of errors, and the limits of messages. Sealed bytes do not compress,
// so nothing is compressed here.
func (o *Office) Procedures() http.Handler {
	mux := http.NewServeMux()
	interceptors := connect.WithInterceptors(connect.UnaryInterceptorFunc(o.guard))
	mux.Handle(syncv1connect.NewSyncServiceHandler(&syncService{o}, interceptors,
		connect.WithReadMaxBytes(messageBytesMax), connect.WithCompressMinBytes(1<<30)))
	mux.Handle(enrollv1connect.NewEnrollServiceHandler(&enrollService{o}, interceptors,
		connect.WithReadMaxBytes(enrollBytesMax), connect.WithCompressMinBytes(1<<30)))
	mux.Handle(syncv1connect.NewCarryServiceHandler(&carryService{o}, interceptors,
		connect.WithReadMaxBytes(carryBytesMax), connect.WithCompressMinBytes(1<<30)))
	return http.MaxBytesHandler(o.withCaller(mux), carryBytesMax+4<<10)
}

type callerKey struct{}

// withCaller puts the device that the certificate names into the context.
func (o *Office) withCaller(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if from, ok := o.deviceOf(r.TLS); ok {
			r = r.WithContext(context.WithValue(r.Context(), callerKey{}, from))
		} else { // the message is read before its rule is asked
			r.Body = http.MaxBytesReader(w, r.Body, enrollBytesMax+4<<10)
		}
		next.ServeHTTP(w, r)
	})
}

// guard holds the table of rules, counts, and maps errors: once, here.
func (o *Office) guard(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
		procedure := req.Spec().Procedure
		from, known := ctx.Value(callerKey{}).(caller)
		if r, ruled := rules[procedure]; !ruled || (r == ruleDevice && !known) {
			o.metrics.refusals.WithLabelValues("rule").Inc()
			return nil, connect.NewError(connect.CodePermissionDenied, errors.New("no_rule"))
		}
		began := o.Now()
		res, err := next(ctx, req)
		o.metrics.calls.WithLabelValues(procedure, codeOf(err).String()).Inc()
		o.metrics.seconds.WithLabelValues(procedure).Observe(o.Now().Sub(began).Seconds())
		if err != nil {
			mapped := mapError(err)
			o.Log.Warn().Str("procedure", procedure).Str("device", from.Device.String()).
				Str("code", mapped.Code().String()).Str("reason", mapped.Message()).Msg("refused")
			return nil, mapped
		}
		return res, nil
	}
}

func codeOf(err error) connect.Code {
	if err == nil {
		return 0
	}
	return mapError(err).Code()
}
