package notify

import (
	"context"
	"log/slog"
	"net/http"
	"unicode/utf8"

	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/dispatch"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

// newHandler returns the handler of pushes of order-events. It answers 204 when nothing is left to do for the event, also when
// it cannot be read and is kept as a dead letter; 409 while another worker has claimed its message; and 5xx when one of our own
// calls failed, or when the event is newer than this build. 400 is for an envelope that is none of Pub/Sub's.
func newHandler(e boot.Endpoint, dispatcher *dispatch.Dispatcher) http.Handler {
	return e.Consume(func(ctx context.Context, push queue.Push) (slog.LogValuer, error) {
		if !utf8.Valid(push.Data) {
			return outcome.Report{Result: outcome.Unreadable}, &queue.UnreadableError{Err: fault.Field("message.data", "is not UTF-8")}
		}

		return dispatcher.Deliver(ctx, dispatch.Delivery{
			Data:        push.Data,
			Attributes:  push.Attributes,
			PublishedAt: push.ReceivedAt(),
			Again:       push.Attempt != 1,
		})
	})
}
