package rpcfault_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/fault/rpcfault"
)

func TestWrap(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		err  error
		want fault.Kind
	}{
		{"not_found", status.Error(codes.NotFound, "x"), fault.NotFound},
		{"already_exists", status.Error(codes.AlreadyExists, "x"), fault.Conflict},
		{"failed_precondition", status.Error(codes.FailedPrecondition, "x"), fault.Conflict},
		{"aborted", status.Error(codes.Aborted, "x"), fault.Conflict},
		{"unavailable", status.Error(codes.Unavailable, "x"), fault.Unavailable},
		{"server_deadline", status.Error(codes.DeadlineExceeded, "x"), fault.Unavailable},
		{"exhausted", status.Error(codes.ResourceExhausted, "x"), fault.Unavailable},
		{"server_canceled", status.Error(codes.Canceled, "x"), fault.Canceled},
		{"denied", status.Error(codes.PermissionDenied, "x"), fault.Internal},
		{"invalid", status.Error(codes.InvalidArgument, "x"), fault.Internal},
		{"unauthenticated", status.Error(codes.Unauthenticated, "x"), fault.Internal},
		{"wrapped", fmt.Errorf("get: %w", status.Error(codes.NotFound, "x")), fault.NotFound},
		{"own_deadline", context.DeadlineExceeded, fault.Unavailable},
		{"own_cancel", fmt.Errorf("get: %w", context.Canceled), fault.Canceled},
		{"no_status", errors.New("x"), fault.Internal},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			err := rpcfault.Wrap("store.Get", tc.err)
			if got := fault.KindOf(err); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
			if !errors.Is(err, tc.err) {
				t.Errorf("%v does not wrap its cause", err)
			}
		})
	}
	if err := rpcfault.Wrap("op", nil); err != nil {
		t.Errorf("got %v, want nil", err)
	}
}
