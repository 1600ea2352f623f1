package boot

import (
	"google.golang.org/api/option"
	"google.golang.org/grpc"
)

// window is how many bytes of one call may be on the way, and connWindow of all calls of a connection: ours have a few thousand each.
const (
	window     = 1 << 20
	connWindow = 64 * window
)

// lean are the options by which a deployed function's clients of Google Cloud do nothing that nobody needs. Spans and counts of each call would be
// collected by nobody. A window of no fixed size is fitted by a ping at each answer that comes to a quiet connection, and the ping's answer: two
// wake-ups a call. They do not reach a Firestore that FIRESTORE_EMULATOR_HOST names, which the client dials by itself.
func lean() []option.ClientOption {
	return []option.ClientOption{
		option.WithTelemetryDisabled(),
		option.WithGRPCDialOption(grpc.WithStaticStreamWindowSize(window)),
		option.WithGRPCDialOption(grpc.WithStaticConnWindowSize(connWindow)),
	}
}
