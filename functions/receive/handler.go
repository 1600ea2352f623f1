package receive

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/dispatch"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/service"
)

// New builds the function's handler from the environment.
func New(ctx context.Context, f service.Function) (http.Handler, error) {
	return service.Handler(ctx, f, Handler)
}

// Handler takes pushes of provider-events. It answers 204 when the event is dealt with, 400 when it cannot be read, 404
// while the message it tells of is not known yet, and 5xx when one of our own calls failed.
func Handler(p *service.Parts) http.Handler {
	return p.Consume("receive", func(ctx context.Context, push queue.Push) (dispatch.Outcome, error) {
		return receive(ctx, p, push)
	})
}

func receive(ctx context.Context, p *service.Parts, push queue.Push) (dispatch.Outcome, error) {
	if err := checkAttributes(push.Attributes); err != nil {
		return dispatch.Outcome{}, err
	}
	c := dispatch.Callback{
		Provider:    push.Attributes[dispatch.AttributeProvider],
		AppID:       push.Attributes[dispatch.AttributeApp],
		AccountID:   push.Attributes[dispatch.AttributeAccount],
		PublishedAt: push.PublishTime,
	}
	if push.Attributes[dispatch.AttributeKind] == dispatch.KindRaw {
		return receiveRaw(ctx, p, c, push.Data)
	}
	if err := json.Unmarshal(push.Data, &c.Event); err != nil {
		return dispatch.Outcome{}, fault.Field("message.data", "is not an event of provider-events")
	}
	if err := checkEvent(c, len(push.Data)); err != nil {
		return dispatch.Outcome{}, err
	}
	return p.Dispatcher.Receive(ctx, c)
}

// receiveRaw takes a body that webhook could not read. A parser that has learned it since reads it now; until then the
// message goes on to the dead-letter topic, where it is kept.
func receiveRaw(ctx context.Context, p *service.Parts, c dispatch.Callback, body []byte) (dispatch.Outcome, error) {
	known, _ := p.Providers.Get(c.Provider)
	source, ok := known.(provider.WebhookSource)
	if !ok {
		return dispatch.Outcome{}, fault.Field("message.attributes.provider", "is not a provider with webhooks")
	}
	events, err := source.ParseWebhook(body)
	if err != nil {
		return dispatch.Outcome{}, fault.Field("message.data", "is not a callback of the provider")
	}
	var last dispatch.Outcome
	var problems []error
	for _, e := range events {
		if !c.PublishedAt.IsZero() {
			e.ReceivedAt = c.PublishedAt.UnixMilli()
		}
		c.Event = e
		if err := checkEvent(c, len(body)); err != nil {
			problems = append(problems, err)
			continue
		}
		out, err := p.Dispatcher.Receive(ctx, c)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		last = out
	}
	return last, errors.Join(problems...)
}
