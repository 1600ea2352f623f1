package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/canary"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/secret"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// maxToken bounds the token that is looked up.
const maxToken = 128

// deps are what the handler works with.
type deps struct {
	// Tokens finds the app that a callback URL belongs to; store.ErrNotFound if the token is nobody's. An app may have several
	// tokens, all of them good. One that is ended goes on at an instance that has seen it for SETTINGS_TTL, at most 30 s, and while
	// Firestore does not answer for up to 5 minutes more: callbacks must not be lost for that. A new one is good at once.
	Tokens  *cache.Cache[string, store.Webhook]
	Secrets *secret.Store
	// Sealer opens the heartbeats of sweep.
	Sealer    *cache.Once[message.Sealer]
	Providers *catalog.Catalog
	// Events publishes to provider-events.
	Events *queue.Publisher
	// Shapes notices bodies of a new form.
	Shapes *canary.Watch
	// Timeout ends a request.
	Timeout time.Duration
	Clock   clock.Clock
	Logger  *slog.Logger
}

type handler struct{ deps }

// newHandler returns the handler that serves POST /{provider}/{token}. It answers 200 with an empty body once every event of the callback is durable,
// 401 for a wrong signature, 404 for a token that is nobody's, 400 for an empty body, 413 for one over 3 MiB. A GET
// is answered as the provider's handshake, or taken as a callback where the provider sends some so; otherwise it gets 200,
// because some providers check that a URL is there.
func newHandler(d deps) http.Handler {
	h := &handler{d}

	return httpx.Serve(httpx.Options{
		Logger:  d.Logger,
		Route:   "webhook",
		Timeout: d.Timeout,
		Clock:   d.Clock,
	}, h.serve)
}

// hook is a callback URL: the provider it is for, and the app whose callbacks come to it.
type hook struct {
	source provider.WebhookSource
	app    provider.App
	origin provider.Origin
}

func (h *handler) serve(w http.ResponseWriter, r *http.Request) error {
	if err := httpx.RequireMethod(w, r, http.MethodPost, http.MethodGet, http.MethodHead); err != nil {
		return err
	}

	if r.URL.Path == provider.HeartbeatPath && r.Method == http.MethodPost {
		return h.passHeartbeat(w, r)
	}

	to, err := h.find(r)
	if err != nil {
		return err
	}
	if r.Method != http.MethodPost {
		return h.look(w, r, to)
	}

	body, err := httpx.ReadBody(w, r, httpx.MaxWebhookBody)
	if err != nil {
		return err
	}
	if err = to.source.Verify(to.app, r.Header, body); err != nil {
		return fault.Wrap(fault.Unauthenticated, "webhook.verify", err)
	}

	messages, err := h.split(to, body)
	if err != nil {
		return err
	}

	return h.keepSeen(w, r, to.origin, body, messages)
}

// errNoWebhook answers every address that is not a webhook alike, so that the answer does not say which part of it is wrong.
var errNoWebhook = fault.New(fault.NotFound, "webhook.find", "no such webhook")

// find finds the webhook of a request by provider and token, with the secrets that its callbacks are signed with.
func (h *handler) find(r *http.Request) (hook, error) {
	name, token, ok := strings.Cut(strings.Trim(r.URL.Path, "/"), "/")
	if !ok || token == "" || len(token) > maxToken || strings.Contains(token, "/") {
		return hook{}, errNoWebhook
	}

	known, _ := h.Providers.Get(name)
	source, ok := known.(provider.WebhookSource)
	if !ok {
		return hook{}, errNoWebhook
	}

	stored, err := h.Tokens.Get(r.Context(), token)
	if errors.Is(err, store.ErrNotFound) || err == nil && stored.Provider != name {
		return hook{}, errNoWebhook
	}
	if err != nil {
		return hook{}, err
	}

	signing, err := h.signing(r.Context(), stored.Signing)
	if err != nil {
		return hook{}, err
	}

	return hook{
		source: source,
		app:    provider.App{ID: stored.AppID, ProviderIDs: stored.ProviderIDs, Signing: signing},
		origin: provider.Origin{Provider: stored.Provider, AppID: stored.AppID, AccountID: stored.AccountID},
	}, nil
}

// signing reads the secrets of those names. One that is gone was replaced by another, and is passed over as long as one is left.
func (h *handler) signing(ctx context.Context, names []string) ([]config.Secret, error) {
	var (
		values []config.Secret
		gone   error
	)

	for _, name := range names {
		value, err := h.Secrets.Access(ctx, name)
		switch {
		case fault.Is(err, fault.NotFound):
			gone = err
		case err != nil:
			return nil, err
		default:
			values = append(values, value)
		}
	}

	if len(values) == 0 {
		return nil, gone
	}

	return values, nil
}

// keep makes the events durable, and only then acknowledges.
func (h *handler) keep(w http.ResponseWriter, r *http.Request, messages []queue.Message) error {
	if err := h.publish(r.Context(), messages); err != nil {
		return err
	}

	w.WriteHeader(http.StatusOK)

	return nil
}

// publish returns once the events are durable.
func (h *handler) publish(ctx context.Context, messages []queue.Message) error {
	if len(messages) == 0 {
		return nil
	}

	return h.Events.PublishAll(ctx, messages)
}

// look answers a GET or HEAD: a provider's handshake, a callback that comes as a query, or a check that the URL is there.
func (h *handler) look(w http.ResponseWriter, r *http.Request, to hook) error {
	query := r.URL.Query()
	if shakes, ok := to.source.(provider.Handshaker); ok && len(query) > 0 {
		answer, err := shakes.Handshake(to.app, query)
		if err != nil {
			return fault.Wrap(fault.Forbidden, "webhook.handshake", err)
		}
		return httpx.WriteBytes(w, http.StatusOK, "text/plain; charset=utf-8", []byte(answer))
	}

	queries, ok := to.source.(provider.QueryWebhook)
	if !ok || len(query) == 0 {
		return nil
	}

	if err := to.source.Verify(to.app, r.Header, nil); err != nil {
		return fault.Wrap(fault.Unauthenticated, "webhook.verify", err)
	}

	events, err := queries.ParseQuery(to.app, query)
	if err != nil {
		return fault.Field("query", "is not a callback of the provider")
	}

	messages, err := h.messages(events, to.origin, nil)
	if err != nil {
		return err
	}

	return h.keepSeen(w, r, to.origin, canary.Query(query), messages)
}

// split translates a body into messages. One that cannot be read at all, JSON or not, is kept as it came: its sender has shown
// that it is the provider, and a fault of our parser must lose nothing. Only an empty one is refused.
func (h *handler) split(to hook, body []byte) ([]queue.Message, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil, fault.New(fault.Invalid, "webhook.split", "the body is empty")
	}

	events, err := provider.ReadWebhook(to.source, to.app, body)
	if err != nil {
		return []queue.Message{h.raw(to.origin, body)}, nil //nolint:nilerr // receive judges it: a message there is kept, an error here is lost
	}

	return h.messages(events, to.origin, body)
}

// messages returns the events of a body as they are published, and what cannot be read of it as it came. Whether an event is
// valid is for receive to judge; one that is longer than any callback, by the way that JSON is written, goes as the body.
func (h *handler) messages(events []provider.Event, origin provider.Origin, body []byte) ([]queue.Message, error) {
	received := h.Clock.Now().UnixMilli()

	messages := make([]queue.Message, 0, len(events))
	for _, e := range events {
		if e.Kind == provider.KindUnknown {
			messages = append(messages, h.raw(origin, e.Raw))
			continue
		}

		e = e.Received(received)
		e.Schema = provider.Schema

		data, err := json.Marshal(e)
		if err != nil {
			return nil, fault.Wrap(fault.Internal, "webhook.messages", err)
		}
		if len(data) > httpx.MaxWebhookBody && body != nil {
			return []queue.Message{h.raw(origin, body)}, nil
		}

		messages = append(messages, queue.Message{Data: data, Attributes: origin.Attributes(e.Kind)})
	}

	return messages, nil
}

// raw returns the message of a body of which no parser reads anything, with the time that it was received at.
func (h *handler) raw(origin provider.Origin, body []byte) queue.Message {
	attributes := origin.Attributes(provider.KindRaw)
	attributes[queue.AttributeReceived] = h.Clock.Now().UTC().Format(time.RFC3339Nano)

	return queue.Message{Data: body, Attributes: attributes}
}
