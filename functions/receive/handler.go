package receive

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/intake"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// deps are what the handler works with.
type deps struct {
	Intake    *intake.Intake
	Providers *catalog.Catalog
	Store     *store.Store
}

type handler struct{ deps }

// newHandler returns the handler of pushes of provider-events. It answers 204 when nothing is left to do for the event, 400 when it cannot be
// read, 404 while the message that it is about is not known yet, and 5xx when one of our own calls failed.
func newHandler(e boot.Endpoint, d deps) http.Handler {
	h := &handler{d}
	return e.Consume(func(ctx context.Context, push queue.Push) (slog.LogValuer, error) { return h.receive(ctx, push) })
}

func (h *handler) receive(ctx context.Context, push queue.Push) (outcome.Report, error) {
	origin, err := provider.OriginOf(push.Attributes)
	if err != nil {
		return outcome.Report{}, err
	}

	c := intake.Callback{Origin: origin, PublishedAt: push.PublishTime}
	if provider.Kind(push.Attributes[provider.AttributeKind]) == provider.KindRaw {
		return h.receiveRaw(ctx, c, push.Data)
	}

	if err := json.Unmarshal(push.Data, &c.Event); err != nil {
		return outcome.Report{}, fault.Field("message.data", "is not an event of provider-events")
	}
	if err := c.Event.Validate(origin, len(push.Data)); err != nil {
		return outcome.Report{}, err
	}

	return h.Intake.Receive(ctx, c)
}

// receiveRaw takes a body that webhook could not read. A parser that has learned it since reads it now; until then the
// message goes on to the dead-letter topic, where it is kept.
func (h *handler) receiveRaw(ctx context.Context, c intake.Callback, body []byte) (outcome.Report, error) {
	known, _ := h.Providers.Get(c.Provider)
	source, ok := known.(provider.WebhookSource)
	if !ok {
		return outcome.Report{}, fault.Field("message.attributes."+provider.AttributeProvider, "is not a provider with webhooks")
	}

	app, err := h.appOf(ctx, c.Origin)
	if err != nil {
		return outcome.Report{}, err
	}

	events, err := source.ParseWebhook(app, body)
	if err != nil {
		return outcome.Report{}, fault.Field("message.data", "is not a callback of the provider")
	}

	var last outcome.Report

	var problems []error
	for _, e := range events {
		if !c.PublishedAt.IsZero() {
			e.ReceivedAt = c.PublishedAt.UnixMilli()
		}

		c.Event = e
		report, err := h.receiveParsed(ctx, c)
		if err != nil {
			problems = append(problems, err)
			continue
		}

		last = report
	}

	return last, errors.Join(problems...)
}

// receiveParsed takes one event of a body, which webhook has not checked.
func (h *handler) receiveParsed(ctx context.Context, c intake.Callback) (outcome.Report, error) {
	data, err := json.Marshal(c.Event)
	if err != nil {
		return outcome.Report{}, fault.Wrap(fault.Internal, "receive.receiveParsed", err)
	}
	if err := c.Event.Validate(c.Origin, len(data)); err != nil {
		return outcome.Report{}, err
	}

	return h.Intake.Receive(ctx, c)
}

// appOf returns the app with its ids at the provider, by which its events are told from those of others. A body for an app
// that is not installed is not read: its events could be anyone's. The platform's own app is in no account, so its ids are
// not known here.
func (h *handler) appOf(ctx context.Context, whose provider.Origin) (provider.App, error) {
	if whose.AccountID == "" {
		return provider.App{ID: whose.AppID}, nil
	}

	owner, err := h.Store.Account(ctx, whose.AccountID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return provider.App{}, err
	}

	installed, ok := owner.App(whose.AppID)
	if !ok || installed.Provider != whose.Provider {
		return provider.App{}, fault.Field("message.attributes."+provider.AttributeApp, "is not an app of the account at the provider")
	}

	return settings.AppOf(installed), nil
}
