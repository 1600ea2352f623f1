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

// Take does with a message of order-events what is to be done, and returns what came of it. A nil error means that nothing is left to do; a
// [queue.UnreadableError] that the message cannot be read.
type Take func(ctx context.Context, push queue.Push) (outcome.Report, error)

// newHandler returns the handler of pushes of order-events. It answers 204 when nothing is left to do for the event, also when
// it cannot be read and is kept as a dead letter; 409 while another worker has claimed its message; and 5xx when one of our own
// calls failed, or when the event is newer than this build. 400 is for an envelope that is none of Pub/Sub's.
func newHandler(e boot.Endpoint, take Take) http.Handler {
	return e.Consume(func(ctx context.Context, push queue.Push) (slog.LogValuer, error) { return take(ctx, push) })
}

// newTake returns what hands a message to the dispatcher.
func newTake(dispatcher *dispatch.Dispatcher) Take {
	return func(ctx context.Context, push queue.Push) (outcome.Report, error) {
		if !utf8.Valid(push.Data) {
			return outcome.Report{Result: outcome.Unreadable}, &queue.UnreadableError{Err: fault.Field("message.data", "is not UTF-8")}
		}

		return dispatcher.Deliver(ctx, dispatch.Delivery{
			Data:        push.Data,
			Attributes:  push.Attributes,
			PublishedAt: push.ReceivedAt(),
			Again:       push.Attempt != 1,
		})
	}
}
