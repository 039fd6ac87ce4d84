package server

import (
	"context"
	"errors"

	"connectrpc.com/connect"

	"raksa/carrier"
	"raksa/syncengine"
)

// mapError is the one place where errors become Connect codes. The message is
// a reason code that the device has a sentence for; what the store or the
// system said stays here.
func mapError(err error) *connect.Error {
	var refused *syncengine.Refused
	var malformed *syncengine.Malformed
	var denied *Denied
	var unknown *UnknownDevice
	answer := func(code connect.Code, reason string) *connect.Error {
		return connect.NewError(code, errors.New(reason))
	}
	switch {
	case errors.As(err, &refused):
		return answer(connect.CodeInvalidArgument, refused.Code)
	case errors.As(err, &malformed):
		return answer(connect.CodeInvalidArgument, syncengine.RefusedBytes)
	case errors.As(err, &denied):
		return answer(connect.CodePermissionDenied, denied.Reason)
	case errors.As(err, &unknown):
		return answer(connect.CodeUnauthenticated, "unknown_device")
	case errors.Is(err, ErrTicketUnknown):
		return answer(connect.CodePermissionDenied, "ticket_unknown")
	case errors.Is(err, ErrTicketExpired):
		return answer(connect.CodeFailedPrecondition, "ticket_expired")
	case errors.Is(err, ErrTicketUsed):
		return answer(connect.CodeFailedPrecondition, "ticket_used")
	case errors.Is(err, errBadRequest):
		return answer(connect.CodeInvalidArgument, "bad_request")
	case errors.Is(err, carrier.ErrSender):
		return answer(connect.CodePermissionDenied, "bundle_sender")
	case errors.Is(err, carrier.ErrOtherReceiver), errors.Is(err, carrier.ErrKind):
		return answer(connect.CodeInvalidArgument, "bundle_receiver")
	case errors.Is(err, carrier.ErrForeign), errors.Is(err, carrier.ErrCut), errors.Is(err, carrier.ErrDamaged), errors.Is(err, carrier.ErrTooLong):
		return answer(connect.CodeInvalidArgument, "bundle_bytes")
	case errors.Is(err, context.Canceled):
		return answer(connect.CodeCanceled, "canceled")
	case errors.Is(err, context.DeadlineExceeded):
		return answer(connect.CodeDeadlineExceeded, "deadline")
	case errors.Is(err, syncengine.ErrUnavailable):
		return answer(connect.CodeUnavailable, "store_away")
	case errors.Is(err, syncengine.ErrBusy):
		return answer(connect.CodeUnavailable, "store_busy")
	case errors.Is(err, syncengine.ErrOutcomeUnknown):
		// The device repeats the exchange, which does no harm twice.
		return answer(connect.CodeUnavailable, "outcome_unknown")
	}
	return answer(connect.CodeInternal, "internal")
}
