package pubsub

import (
	"regexp"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

var (
	topicName        = regexp.MustCompile(`^projects/[^/]+/topics/[A-Za-z][A-Za-z0-9._~+%-]{2,254}$`)
	subscriptionName = regexp.MustCompile(`^projects/[^/]+/subscriptions/[A-Za-z][A-Za-z0-9._~+%-]{2,254}$`)
)

func errNotFound(kind, name string) error {
	return status.Errorf(codes.NotFound, "Resource not found (resource=%s): %s", base(name), kind)
}

func errExists(kind, name string) error {
	return status.Errorf(codes.AlreadyExists, "Resource already exists in the project (resource=%s): %s", base(name), kind)
}

func errInvalid(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, format, args...)
}

func errUnsupported(what string) error {
	return status.Errorf(codes.Unimplemented, "the local Pub/Sub does not support %s", what)
}

func errInternal(op string, err error) error {
	return status.Errorf(codes.Internal, "%s: %v", op, err)
}

// base is the last part of a resource name.
func base(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// project is the project of a resource name, "projects/p".
func project(name string) string {
	parts := strings.SplitN(name, "/", 3)
	return strings.Join(parts[:min(2, len(parts))], "/")
}
