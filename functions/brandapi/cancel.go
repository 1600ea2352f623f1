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
	// maxBody is the most bytes of a cancellation.
	maxBody = 64 << 10
	// maxReason is the most characters of its reason that are stored.
	maxReason = 500
)

// cancelBody is the body of POST /cancel-order.
type cancelBody struct {
	ID                 json.RawMessage `json:"id"`
	CancellationReason *string         `json:"cancellationReason"`
	CancelledBy        string          `json:"cancelledBy"`
}

// cancellation is what a valid body asks for.
type cancellation struct{ id, reason string }

// parseCancel reads the body; the order's id may be a number.
func parseCancel(body []byte) (cancellation, error) {
	var b cancelBody
	if err := httpx.DecodeJSON(body, &b); err != nil {
		return cancellation{}, err
	}

	var id string
	if json.Unmarshal(b.ID, &id) != nil {
		id = string(b.ID)
		if strings.Trim(id, "0123456789") != "" {
			return cancellation{}, fault.Field("id", "must be a string")
		}
	}

	switch {
	case strings.TrimSpace(id) == "":
		return cancellation{}, fault.Field("id", "is missing")
	case b.CancellationReason == nil:
		return cancellation{}, fault.Field("cancellationReason", "must be a string")
	case b.CancelledBy != actor:
		return cancellation{}, fault.Field("cancelledBy", "must be bot")
	}

	return cancellation{id: id, reason: shorten(*b.CancellationReason)}, nil
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

	o, err := h.find(c, asked.id)
	if err != nil {
		return nil, err
	}

	c.shown = []string{o.id}
	// Calls for one order share one request in an instance: a shopper taps twice, and both taps must succeed.
	done, err, _ := h.cancels.Do(c.account+":"+o.id, func() (any, error) {
		return h.request(context.WithoutCancel(c.r.Context()), c, o.id, asked)
	})
	if err != nil {
		return nil, err
	}

	r, _ := done.(store.CancelRequest)
	c.outcome = "cancelled"

	return h.cancelled(c, o, r)
}

// request makes the cancellation durable, once. It does nothing for an order that is cancelled already or whose cancellation
// was asked for. The request returned is then the earlier one, empty if the bot made none.
func (h *handler) request(ctx context.Context, c *call, orderID string, asked cancellation) (store.CancelRequest, error) {
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

	// Only the platform knows whether the order may still be cancelled, so no stored copy will do.
	o, err := h.ask(ctx, c, orderID)
	switch {
	case err != nil:
		return none, err
	case o.Cancelled():
		return earlier, nil
	case !o.Cancellable():
		return none, fault.New(fault.Conflict, "brandapi.cancel", "the order cannot be cancelled any more")
	case !asksFirst:
		return h.takeOver(ctx, earlier, &o)
	}

	now := h.Clock.Now()
	r := store.CancelRequest{
		ID:          id,
		AccountID:   c.account,
		OrderID:     orderID,
		Number:      o.PublicID(),
		Reason:      asked.reason,
		Actor:       actor,
		Mode:        mode,
		Source:      businessonbot.Name,
		Nonce:       rand.Text(),
		Lease:       now.Add(h.cfg.Lease),
		RequestedAt: now,
		ExpireAt:    now.Add(h.cfg.CancelRetention),
	}
	err = h.Store.CreateCancel(ctx, r)
	if errors.Is(err, store.ErrExists) {
		// Another instance was faster, or the client repeated a write of ours whose answer was lost.
		if earlier, err = h.Store.CancelRequest(ctx, id); err == nil && earlier.Nonce != r.Nonce {
			return h.takeOver(ctx, earlier, &o)
		}
	}
	if err != nil {
		return none, err
	}

	return h.publish(ctx, r, &o)
}

// takeOver publishes a request whose worker has not published it before its lease expired. Until then the bot is asked to
// retry: it may hear of success only once the request is durable.
func (h *handler) takeOver(ctx context.Context, r store.CancelRequest, o *ownOrder) (store.CancelRequest, error) {
	now := h.Clock.Now()
	switch {
	case !r.PublishedAt.IsZero():
		return r, nil
	case now.Before(r.Lease):
		return r, fault.New(fault.Unavailable, "brandapi.takeOver", "the order is being cancelled")
	}

	r.Nonce = rand.Text()
	r.Lease = now.Add(h.cfg.Lease)
	if err := h.Store.TakeOverCancel(ctx, r); err != nil {
		return r, fault.Wrap(fault.Unavailable, "brandapi.takeOver", err)
	}

	return h.publish(ctx, r, o)
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

// publish publishes the cancellation to the platform and records that. If recording fails, the request is published again
// after its lease, under the same id.
func (h *handler) publish(ctx context.Context, r store.CancelRequest, o *ownOrder) (store.CancelRequest, error) {
	data, err := json.Marshal(orderAction{
		ID:                  r.ID,
		Action:              action,
		Version:             "v1",
		AccountID:           r.AccountID,
		AccountSlug:         o.AccountSlug,
		OrderID:             r.OrderID,
		CustomerOrderNumber: r.Number,
		Reason:              r.Reason,
		Actor:               r.Actor,
		Mode:                r.Mode,
		Source:              r.Source,
		RequestedAt:         r.RequestedAt.UTC().Format(time.RFC3339),
	})
	if err != nil {
		return r, fault.Wrap(fault.Internal, "brandapi.publish", err)
	}

	_, err = h.Actions.Publish(ctx, queue.Message{Data: data, Attributes: map[string]string{
		"id": r.ID, "action": action, "account": r.AccountID,
	}})
	if err != nil {
		// No worker has it any more, so the next call need not wait for the lease. If this write fails too, it waits.
		r.Lease = h.Clock.Now()
		if released := h.release(ctx, r); released != nil {
			h.Logger.WarnContext(ctx, "cancellation not released", "error", released)
		}
		return r, err
	}

	r.PublishedAt = h.Clock.Now()

	return r, h.Store.CancelPublished(ctx, r.ID, r.PublishedAt)
}

// release ends the lease of a request at r's, unless another worker has taken the request over.
func (h *handler) release(ctx context.Context, r store.CancelRequest) error {
	stored, err := h.Store.CancelRequest(ctx, r.ID)
	if err != nil || stored.Nonce != r.Nonce {
		return err
	}

	stored.Lease = r.Lease

	return h.Store.TakeOverCancel(ctx, stored)
}

// cancelled returns the answer to a cancellation: the shopper, with the order shown as cancelled. The platform has not
// cancelled it yet, but the request to do so is durable.
func (h *handler) cancelled(c *call, o ownOrder, r store.CancelRequest) (any, error) {
	p, err := h.personOf(c, c.shopperOf(o), o)
	if err != nil {
		return nil, err
	}

	p.LastOrder.CancelReason = reasonOf(r)
	if !r.RequestedAt.IsZero() {
		p.LastOrder.CancelledAt = momentOf(r)
	}

	return p, nil
}
