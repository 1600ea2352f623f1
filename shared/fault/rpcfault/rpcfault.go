// Package rpcfault gives the errors of Google's gRPC clients their meaning. It is apart from fault so that the domain,
// which uses fault, does not link gRPC.
package rpcfault

import (
	"context"
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// Wrap gives an error of a gRPC call its kind, and the operation that failed; nil stays nil. A refusal of our own
// request or identity is Internal: the caller can do nothing about it.
func Wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	return fault.Wrap(Kind(err), op, err)
}

// Kind is the meaning of an error of a gRPC call.
func Kind(err error) fault.Kind {
	// A context's own errors carry no gRPC status of their own: the client returns them as they are.
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return fault.KindOf(err)
	}

	switch status.Code(err) {
	case codes.NotFound:
		return fault.NotFound
	case codes.AlreadyExists, codes.FailedPrecondition, codes.Aborted:
		return fault.Conflict
	case codes.Canceled:
		return fault.Canceled
	case codes.Unavailable, codes.DeadlineExceeded, codes.ResourceExhausted:
		return fault.Unavailable
	default:
		return fault.Internal
	}
}
