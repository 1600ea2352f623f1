package boot

import (
	"google.golang.org/api/option"
	"google.golang.org/grpc"
)

// window is how many bytes a call may have on the way; ours have a few thousand, and a connection one call more than an instance serves at once.
const window = 1 << 20

// lean are the options by which a deployed function's clients of Google Cloud do nothing that nobody needs. Spans and counts of each call would be
// collected by nobody. A window that the connection sizes itself is measured with a ping, and its answer, at every answer that comes to a quiet
// connection: two wake-ups a call.
func lean() []option.ClientOption {
	return []option.ClientOption{
		option.WithTelemetryDisabled(),
		option.WithGRPCDialOption(grpc.WithStaticStreamWindowSize(window)),
		option.WithGRPCDialOption(grpc.WithStaticConnWindowSize(64 * window)),
	}
}
