package brandapi

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"strings"
	"time"
	"unicode"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

const (
	actor  = "bot"
	mode   = "whatsapp"
	action = "cancel_order"
	// maxBody is the most bytes of a cancellation, maxReason the most characters of its reason that are kept.
	maxBody   = 64 << 10
	maxReason = 500
)

// cancelBody is the body of POST /cancel-order.
type cancelBody struct {
	ID                 json.RawMessage `json:"id"`
	CancellationReason *string         `json:"cancellationReason"`
	CancelledBy        string          `json:"cancelledBy"`
}

// wish is a cancellation that makes sense.
type wish struct{ id, reason string }

// parseCancel reads the body; the order's id may be a number.
func parseCancel(body []byte) (wish, error) {
	var b cancelBody
	if err := httpx.DecodeJSON(body, &b); err != nil {
		return wish{}, err
	}
	var id string
	if json.Unmarshal(b.ID, &id) != nil {
		id = string(b.ID)
		if strings.Trim(id, "0123456789") != "" {
			return wish{}, fault.Field("id", "must be a string")
		}
	}
	switch {
	case strings.TrimSpace(id) == "":
		return wish{}, fault.Field("id", "is missing")
	case b.CancellationReason == nil:
		return wish{}, fault.Field("cancellationReason", "must be a string")
	case b.CancelledBy != actor:
		return wish{}, fault.Field("cancelledBy", "must be bot")
	}
	return wish{id: id, reason: shorten(*b.CancellationReason)}, nil
}

// shorten makes one line of what a shopper wrote, of at most maxReason characters.
func shorten(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
	runes := []rune(strings.Join(strings.Fields(s), " "))
	return string(runes[:min(len(runes), maxReason)])
}

// cancel answers POST /cancel-order: the shopper, with the cancelled order as the last one.
func (h *handler) cancel(c *call) (any, error) {
	if err := httpx.RequireType(c.r, contentJSON); err != nil {
		return nil, err
	}
	body, err := httpx.ReadBody(c.w, c.r, maxBody)
	if err != nil {
		return nil, err
	}
	asked, err := parseCancel(body)
	if err != nil {
		return nil, err
	}
	k, err := h.find(c, asked.id)
	if err != nil {
		return nil, err
	}
	c.shown = []string{k.id}
	// Calls for one order go one by one in an instance: a shopper taps twice, and both taps must succeed.
	done, err, _ := h.cancels.Do(c.account+":"+k.id, func() (any, error) {
		return h.request(context.WithoutCancel(c.r.Context()), c, k.id, asked)
	})
	if err != nil {
		return nil, err
	}
	r, _ := done.(store.CancelRequest)
	c.outcome = "cancelled"
	return h.cancelled(c, k, r)
}

// request makes the cancellation durable, once. An order that is cancelled already, or whose cancellation was asked for,
// is left as it is; the request returned is then the earlier one, empty if it was none of the bot's.
func (h *handler) request(ctx context.Context, c *call, orderID string, asked wish) (store.CancelRequest, error) {
	var none store.CancelRequest
	id := store.OrderID(c.account, orderID)
	earlier, err := h.Store.CancelRequest(ctx, id)
	switch {
	case err == nil && !earlier.PublishedAt.IsZero():
		return earlier, nil
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return none, err
	}
	asksFirst := err != nil
	// What may still be cancelled only the platform knows, and only now.
	k, err := h.ask(ctx, c, orderID)
	switch {
	case err != nil:
		return none, err
	case k.Cancelled():
		return earlier, nil
	case !k.Cancellable():
		return none, fault.New(fault.Conflict, "brandapi.cancel", "the order cannot be cancelled any more")
	case !asksFirst:
		return h.takeOver(ctx, earlier, &k)
	}
	now := h.Clock.Now()
	r := store.CancelRequest{
		ID: id, AccountID: c.account, OrderID: orderID, Number: k.PublicID(), Reason: asked.reason, Actor: actor, Mode: mode,
		Source: businessonbot.Name, Nonce: rand.Text(), Lease: now.Add(h.cfg.Lease), RequestedAt: now,
		ExpireAt: now.Add(h.cfg.CancelRetention),
	}
	err = h.Store.CreateCancel(ctx, r)
	if errors.Is(err, store.ErrExists) {
		// Another instance was faster, or the client repeated a write of ours whose answer was lost.
		if earlier, err = h.Store.CancelRequest(ctx, id); err == nil && earlier.Nonce != r.Nonce {
			return h.takeOver(ctx, earlier, &k)
		}
	}
	if err != nil {
		return none, err
	}
	return h.publish(ctx, r, &k)
}

// takeOver publishes a request whose worker did not live to do it. While that one may still be at it, the bot is asked to
// come again: success may be said only of what is durable.
func (h *handler) takeOver(ctx context.Context, r store.CancelRequest, k *known) (store.CancelRequest, error) {
	now := h.Clock.Now()
	switch {
	case !r.PublishedAt.IsZero():
		return r, nil
	case now.Before(r.Lease):
		return r, fault.New(fault.Unavailable, "brandapi.takeOver", "the order is being cancelled")
	}
	r.Nonce, r.Lease = rand.Text(), now.Add(h.cfg.Lease)
	if err := h.Store.TakeOverCancel(ctx, r); err != nil {
		return r, fault.Wrap(fault.Unavailable, "brandapi.takeOver", err)
	}
	return h.publish(ctx, r, k)
}

// orderAction is the message; the package comment documents it.
type orderAction struct {
	ID                  string `json:"id"`
	Action              string `json:"action"`
	Version             string `json:"version"`
	AccountID           string `json:"accountId"`
	AccountSlug         string `json:"accountSlug"`
	OrderID             string `json:"orderId"`
	CustomerOrderNumber string `json:"customerOrderNumber"`
	Reason              string `json:"reason"`
	Actor               string `json:"actor"`
	Mode                string `json:"mode"`
	Source              string `json:"source"`
	RequestedAt         string `json:"requestedAt"`
}

// publish hands the cancellation to the platform. A failure to note that leaves the request to be published again, under
// the same id, when its lease is over.
func (h *handler) publish(ctx context.Context, r store.CancelRequest, k *known) (store.CancelRequest, error) {
	data, err := json.Marshal(orderAction{
		ID: r.ID, Action: action, Version: "v1", AccountID: r.AccountID, AccountSlug: k.AccountSlug, OrderID: r.OrderID,
		CustomerOrderNumber: r.Number, Reason: r.Reason, Actor: r.Actor, Mode: r.Mode, Source: r.Source,
		RequestedAt: r.RequestedAt.UTC().Format(time.RFC3339),
	})
	if err != nil {
		return r, fault.Wrap(fault.Internal, "brandapi.publish", err)
	}
	_, err = h.Actions.Publish(ctx, queue.Message{Data: data, Attributes: map[string]string{
		"id": r.ID, "action": action, "account": r.AccountID,
	}})
	if err != nil {
		// Nobody is at it any more, so the next call need not wait. That this cannot be noted costs only that wait.
		r.Lease = h.Clock.Now()
		if released := h.release(ctx, r); released != nil {
			h.Logger.WarnContext(ctx, "cancellation not released", "error", released)
		}
		return r, err
	}
	r.PublishedAt = h.Clock.Now()
	return r, h.Store.CancelPublished(ctx, r.ID, r.PublishedAt)
}

func (h *handler) release(ctx context.Context, r store.CancelRequest) error {
	kept, err := h.Store.CancelRequest(ctx, r.ID)
	if err != nil || kept.Nonce != r.Nonce {
		return err
	}
	kept.Lease = r.Lease
	return h.Store.TakeOverCancel(ctx, kept)
}

// cancelled is the answer to a cancellation. The platform has not cancelled yet; that it will is certain enough to say.
func (h *handler) cancelled(c *call, k known, r store.CancelRequest) (any, error) {
	p, err := h.personOf(c, c.shopperOf(k), k)
	if err != nil {
		return nil, err
	}
	p.LastOrder.CancelReason = reasonOf(r)
	if !r.RequestedAt.IsZero() {
		p.LastOrder.CancelledAt = momentOf(r)
	}
	return p, nil
}
