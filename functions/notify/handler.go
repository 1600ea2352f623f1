package notify

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/dispatch"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

// newHandler returns the handler of pushes of order-events. It answers 204 when nothing is left to do for the event, 400 when it cannot be read,
// 409 while another worker has claimed its message, and 5xx when one of our own calls failed.
func newHandler(e boot.Endpoint, dispatcher *dispatch.Dispatcher) http.Handler {
	return e.Consume(func(ctx context.Context, push queue.Push) (slog.LogValuer, error) {
		return dispatcher.Deliver(ctx, dispatch.Delivery{
			Data:        push.Data,
			Attributes:  push.Attributes,
			PublishedAt: push.PublishTime,
		})
	})
}
