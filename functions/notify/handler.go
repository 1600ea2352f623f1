package notify

import (
	"context"
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/dispatch"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/service"
)

// New builds the function's handler from the environment.
func New(ctx context.Context, f service.Function) (http.Handler, error) {
	return service.Handler(ctx, f, Handler)
}

// Handler takes pushes of order-events. It answers 204 when the event is dealt with, 400 when it cannot be read, 409 while
// another worker is at it, and 5xx when one of our own calls failed.
func Handler(p *service.Parts) http.Handler {
	return p.Consume("notify", func(ctx context.Context, push queue.Push) (dispatch.Outcome, error) {
		return p.Dispatcher.Deliver(ctx, dispatch.Delivery{
			Data: push.Data, Attributes: push.Attributes, PublishedAt: push.PublishTime,
		})
	})
}
