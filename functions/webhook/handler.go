package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/secret"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

const (
	// maxDepth bounds the nesting of a callback's JSON; the deepest documented one has 9 levels.
	maxDepth = 64
	// maxToken bounds the token that is looked up.
	maxToken = 128
)

// Deps are what the handler works with.
type Deps struct {
	// Tokens finds the app that a callback URL belongs to; store.ErrNotFound if the token is nobody's.
	Tokens    *cache.Cache[string, store.Webhook]
	Secrets   *secret.Store
	Providers *catalog.Catalog
	// Events publishes to provider-events.
	Events *queue.Publisher
	// Timeout ends a request.
	Timeout time.Duration
	Clock   clock.Clock
	Logger  *slog.Logger
}

type handler struct{ Deps }

// Handler serves POST /{provider}/{token}. It answers 200 with an empty body once every event of the callback is durable,
// 401 for a wrong signature, 404 for a token that is nobody's, 400 for a body that is not JSON, 413 for one over 3 MiB. A GET
// is answered as the provider's handshake, or taken as a callback where the provider sends some so; otherwise it gets 200,
// because some providers check that a URL is there.
func Handler(d Deps) http.Handler {
	h := &handler{d}
	return httpx.Serve(httpx.Options{Logger: d.Logger, Route: "webhook", Timeout: d.Timeout, Clock: d.Clock}, h.serve)
}

func (h *handler) serve(w http.ResponseWriter, r *http.Request) error {
	if err := httpx.RequireMethod(w, r, http.MethodPost, http.MethodGet, http.MethodHead); err != nil {
		return err
	}
	name, token, ok := strings.Cut(strings.Trim(r.URL.Path, "/"), "/")
	if !ok || token == "" || len(token) > maxToken || strings.Contains(token, "/") {
		return fault.New(fault.NotFound, "webhook.serve", "no such webhook")
	}
	known, _ := h.Providers.Get(name)
	source, ok := known.(provider.WebhookSource)
	if !ok {
		return fault.New(fault.NotFound, "webhook.serve", "no such webhook")
	}
	whose, err := h.Tokens.Get(r.Context(), token)
	if errors.Is(err, store.ErrNotFound) || err == nil && whose.Provider != name {
		return fault.New(fault.NotFound, "webhook.serve", "no such webhook")
	}
	if err != nil {
		return err
	}
	app, err := h.app(r.Context(), whose)
	if err != nil {
		return err
	}
	if r.Method != http.MethodPost {
		return h.look(w, r, source, whose, app)
	}
	body, err := httpx.ReadBody(w, r, httpx.MaxWebhookBody)
	if err != nil {
		return err
	}
	if err = source.Verify(app, r.Header, body); err != nil {
		return fault.Wrap(fault.Unauthenticated, "webhook.verify", err)
	}
	messages, err := h.split(r.Context(), source, whose, app, body)
	if err != nil {
		return err
	}
	return h.keep(w, r, messages)
}

// keep makes the events durable, and only then acknowledges.
func (h *handler) keep(w http.ResponseWriter, r *http.Request, messages []queue.Message) error {
	if len(messages) > 0 {
		if err := h.Events.PublishAll(r.Context(), messages); err != nil {
			return err
		}
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

// app is what the provider's package needs to know of the app to judge a callback.
func (h *handler) app(ctx context.Context, whose store.Webhook) (provider.App, error) {
	app := provider.App{ID: whose.AppID, ProviderIDs: whose.ProviderIDs}
	for _, name := range whose.Signing {
		signing, err := h.Secrets.Access(ctx, name)
		if err != nil {
			return provider.App{}, err
		}
		app.Signing = append(app.Signing, signing)
	}
	return app, nil
}

// look answers a GET or HEAD: a provider's handshake, a callback that comes as a query, or a look whether the URL is there.
func (h *handler) look(w http.ResponseWriter, r *http.Request, source provider.WebhookSource, whose store.Webhook, app provider.App) error {
	query := r.URL.Query()
	if shakes, ok := source.(provider.Handshaker); ok && len(query) > 0 {
		answer, err := shakes.Handshake(app, query)
		if err != nil {
			return fault.Wrap(fault.Forbidden, "webhook.handshake", err)
		}
		return httpx.WriteBytes(w, http.StatusOK, "text/plain; charset=utf-8", []byte(answer))
	}
	queries, ok := source.(provider.QueryWebhook)
	if !ok || len(query) == 0 {
		return nil
	}
	if err := source.Verify(app, r.Header, nil); err != nil {
		return fault.Wrap(fault.Unauthenticated, "webhook.verify", err)
	}
	events, err := queries.ParseQuery(query)
	if err != nil {
		return fault.Field("query", "is not a callback of the provider")
	}
	// A query has no body to keep in place of an event that is not valid: receive refuses that event by itself.
	messages, _, err := h.messages(events, originOf(whose))
	if err != nil {
		return err
	}
	return h.keep(w, r, messages)
}

// split translates a body into messages. One that is sound JSON but not the provider's format, or of which an event is not
// valid, is kept as it came, so that a fault of our parser loses nothing.
func (h *handler) split(ctx context.Context, source provider.WebhookSource, whose store.Webhook, app provider.App, body []byte) ([]queue.Message, error) {
	if err := httpx.RequireUTF8(body); err != nil {
		return nil, err
	}
	if err := httpx.CheckJSON(body, maxDepth); err != nil {
		return nil, err
	}
	origin := originOf(whose)
	raw := []queue.Message{{Data: body, Attributes: origin.Attributes(provider.KindRaw)}}
	events, err := source.ParseWebhook(app, body)
	if err != nil {
		h.Logger.WarnContext(ctx, "callback not understood", "app_id", whose.AppID, "provider", whose.Provider)
		return raw, nil //nolint:nilerr // receive judges it: a message there is kept, an error here is lost
	}
	messages, sound, err := h.messages(events, origin)
	if err != nil {
		return nil, err
	}
	if !sound {
		// Receive reads the body again, deals with the valid events and keeps the body for the others' sake.
		h.Logger.WarnContext(ctx, "callback with an event that is not valid", "app_id", whose.AppID, "provider", whose.Provider)
		return raw, nil
	}

	return messages, nil
}

// messages returns the events as they are published, and whether all of them are valid.
func (h *handler) messages(events []provider.Event, origin provider.Origin) (messages []queue.Message, sound bool, err error) {
	received := h.Clock.Now().UnixMilli()
	messages, sound = make([]queue.Message, 0, len(events)), true
	for _, e := range events {
		e.ReceivedAt = received
		data, err := json.Marshal(e)
		if err != nil {
			return nil, false, fault.Wrap(fault.Internal, "webhook.messages", err)
		}
		sound = sound && e.Validate(origin, len(data)) == nil
		messages = append(messages, queue.Message{Data: data, Attributes: origin.Attributes(e.Kind)})
	}

	return messages, sound, nil
}

func originOf(whose store.Webhook) provider.Origin {
	return provider.Origin{Provider: whose.Provider, AppID: whose.AppID, AccountID: whose.AccountID}
}
