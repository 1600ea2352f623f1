package receive

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"unicode/utf8"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
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

// Take does with a message of provider-events what is to be done, and returns what came of it. A nil error means that nothing is left to do;
// a [queue.UnreadableError] that the message, or a part of it, cannot be read.
type Take func(ctx context.Context, push queue.Push) (outcome.Report, error)

// newHandler returns the handler of pushes of provider-events. It answers 204 when nothing is left to do for the event, also
// when it cannot be read and is kept as a dead letter; 404 while the message that it is about is not known yet; and 5xx when one
// of our own calls failed, or when the event is newer than this build. 400 is for an envelope that is none of Pub/Sub's.
func newHandler(e boot.Endpoint, d deps) http.Handler {
	h := &handler{d}
	return e.Consume(func(ctx context.Context, push queue.Push) (slog.LogValuer, error) { return h.receive(ctx, push) })
}

func (h *handler) receive(ctx context.Context, push queue.Push) (outcome.Report, error) {
	kind := provider.Kind(push.Attributes[provider.AttributeKind])

	origin, err := provider.OriginOf(push.Attributes)
	if err != nil {
		return unreadable(kind, err)
	}

	c := intake.Callback{Origin: origin, PublishedAt: push.ReceivedAt()}
	if kind == provider.KindRaw {
		return h.receiveRaw(ctx, c, push.Data)
	}
	if !utf8.Valid(push.Data) {
		return unreadable(kind, fault.Field("message.data", "is not UTF-8"))
	}

	c.Event, err = provider.DecodeEvent(push.Data)
	switch {
	case fault.Is(err, fault.Invalid):
		return unreadable(kind, err)
	case err != nil:
		return outcome.Report{}, err
	case c.Event.Kind == provider.KindUnknown:
		return h.receiveRaw(ctx, c, c.Event.Raw)
	}
	if err := c.Event.Validate(origin, len(push.Data)); err != nil {
		return unreadable(c.Event.Kind, err)
	}

	return h.Intake.Receive(ctx, c)
}

// unreadable returns the outcome of a message of a kind that cannot be read as a whole, and why.
func unreadable(kind provider.Kind, why error) (outcome.Report, error) {
	return outcome.Report{Result: outcome.Unreadable}, &queue.UnreadableError{Err: why, Inbound: kind.MayHoldMessage()}
}

// receiveRaw takes a body of which webhook could read nothing. A parser that has learned it since reads it now. What cannot be
// read once all else is dealt with is kept as a dead letter.
func (h *handler) receiveRaw(ctx context.Context, c intake.Callback, body []byte) (outcome.Report, error) {
	events, err := h.parse(ctx, c.Origin, body)
	if fault.Is(err, fault.Invalid) {
		return unreadable(provider.KindRaw, err)
	}
	if err != nil {
		return outcome.Report{}, err
	}

	report := outcome.Report{Result: outcome.Ignored, AppID: c.AppID, AccountID: c.AccountID}

	var rest *queue.UnreadableError

	var problems []error
	for _, e := range events {
		c.Event = e.Received(max(c.PublishedAt.UnixMilli(), 0))

		dealtWith, err := h.receiveParsed(ctx, c, body)
		if unread, ok := errors.AsType[*queue.UnreadableError](err); ok {
			rest = both(rest, unread, body)
			continue
		}
		if err != nil {
			problems = append(problems, err)
			continue
		}

		report = dealtWith
	}

	switch {
	case len(problems) > 0:
		return report, errors.Join(problems...)
	case rest != nil:
		report.Result = outcome.Unreadable
		return report, rest
	default:
		return report, nil
	}
}

// both returns one error for two parts of a body that cannot be read. If one of them is the whole body, that holds the other too.
func both(before, now *queue.UnreadableError, body []byte) *queue.UnreadableError {
	if before == nil {
		return now
	}

	kept := *now
	if len(before.Data) == len(body) {
		kept = *before
	}

	kept.Inbound = before.Inbound || now.Inbound

	return &kept
}

// parse reads the events of a body. An Invalid error says that it cannot be read; any other is a failure of ours.
func (h *handler) parse(ctx context.Context, whose provider.Origin, body []byte) ([]provider.Event, error) {
	known, _ := h.Providers.Get(whose.Provider)
	source, ok := known.(provider.WebhookSource)
	if !ok {
		return nil, fault.Field("message.attributes."+provider.AttributeProvider, "is not a provider with webhooks")
	}

	app, err := h.appOf(ctx, source, whose)
	if err != nil {
		return nil, err
	}

	events, err := provider.ReadWebhook(source, app, body)
	if err != nil {
		return nil, fault.Field("message.data", "is not a callback of the provider")
	}

	return events, nil
}

// receiveParsed takes one event of a body, which webhook has not checked.
func (h *handler) receiveParsed(ctx context.Context, c intake.Callback, body []byte) (outcome.Report, error) {
	if c.Event.Kind == provider.KindUnknown {
		return outcome.Report{}, &queue.UnreadableError{
			Err:        fault.Field("message.data", "has parts that no parser reads"),
			Inbound:    c.Event.Inbound,
			Data:       c.Event.Raw,
			Attributes: c.Attributes(provider.KindRaw),
		}
	}

	data, err := json.Marshal(c.Event)
	if err != nil {
		return outcome.Report{}, fault.Wrap(fault.Internal, "receive.receiveParsed", err)
	}
	if err := c.Event.Validate(c.Origin, len(data)); err != nil {
		return outcome.Report{}, &queue.UnreadableError{
			Err:        err,
			Inbound:    c.Event.Kind.MayHoldMessage(),
			Data:       body,
			Attributes: c.Attributes(provider.KindRaw),
		}
	}

	return h.Intake.Receive(ctx, c)
}

// appOf returns the app whose body it is. Only a provider that mixes events of several apps needs its ids, so only then is a
// body refused whose app is not installed or has none: its events could be anyone's. Any other body is read, since a STOP in it
// holds although the app is gone. The platform's own app is any account's that has it installed.
func (h *handler) appOf(ctx context.Context, source provider.WebhookSource, whose provider.Origin) (provider.App, error) {
	mixed, ok := source.(provider.MixedWebhook)
	if !ok {
		return provider.App{ID: whose.AppID}, nil
	}

	owner, err := h.ownerOf(ctx, whose)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return provider.App{}, err
	}

	installed, ok := owner.App(whose.AppID)
	app := settings.AppOf(installed)
	if !ok || installed.Provider != whose.Provider || !mixed.TellsApart(app) {
		return provider.App{}, fault.Field("message.attributes."+provider.AttributeApp, "is not an app of the account at the provider")
	}

	return app, nil
}

// ownerOf returns an account that has the app; the first one of the platform's app, with that app as it is now.
func (h *handler) ownerOf(ctx context.Context, whose provider.Origin) (account.Account, error) {
	id := whose.AccountID
	if id == "" {
		users, err := h.Store.AppUsers(ctx, whose.Provider, whose.AppID, "", 1)
		if err != nil || len(users) == 0 {
			return account.Account{}, err
		}

		id = users[0].AccountID
	}

	owner, err := h.Store.Account(ctx, id)
	if err != nil || whose.AccountID != "" {
		return owner, err
	}

	p, err := h.Store.PlatformApp(ctx, whose.AppID)
	if errors.Is(err, store.ErrNotFound) {
		return owner, nil
	}

	return p.Following(owner), err
}
