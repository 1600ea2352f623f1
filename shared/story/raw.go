package story

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// RawDocument is a document as it is stored, as indented JSON. What could be personal is left out of it.
type RawDocument struct{ Collection, ID, JSON string }

// Raw returns what is stored of an order, which is given by the platform's id or by its number for the shopper. Telephone numbers, names, texts
// and whatever else is not known to be free of personal data are replaced by their lengths.
func (t *Teller) Raw(ctx context.Context, c access.Caller, accountID, orderID string) ([]RawDocument, error) {
	const op = "story.Raw"

	if err := c.May(access.Read, accountID); err != nil {
		return nil, err
	}
	if _, err := t.accounts.Known(ctx, op, accountID); err != nil {
		return nil, err
	}

	k, err := t.find(ctx, op, accountID, orderID)
	if err != nil {
		return nil, err
	}

	docs, err := t.store.DocumentsOfOrder(ctx, accountID, k.id)
	if err != nil {
		return nil, err
	}

	if k.order.ID != "" {
		d, err := t.store.OrderDocument(ctx, k.order.ID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		if err == nil {
			docs = append([]store.Document{d}, docs...)
		}
	}

	all := make([]RawDocument, 0, len(docs))

	for _, d := range docs {
		text, err := json.MarshalIndent(plain("", d.Fields), "", "  ")
		if err != nil {
			return nil, err
		}

		all = append(all, RawDocument{Collection: d.Collection, ID: d.ID, JSON: string(text)})
	}

	return all, nil
}

// shownFields are the fields whose texts are shown. Others may hold what is personal, also in a form that is new. WhatsApp's ids of messages do: the
// number is in them.
var shownFields = fieldSet(
	"account", "order", "orderId", "platformId", "event", "subject", "app", "provider", "ownership", "template", "phase", "reason", "nonce", "ticket",
	"silence", "class", "code", "day", "estimate", "category", "currency", "card", "kind", "model", "type", "source", "customer", "orderNumber",
	"vendorOrderNumber", "shipmentId", "trackingId", "channelId", "accountSlug", "from", "variables", "actions", "copy", "consent", "zone", "unwanted",
	"refusal", "unsayable", "overtaken", "noNumber", "appHeld", "templateHeld", "unbuilt", "message", "root", "reply", "action", "choice", "keyword",
	"off", "told", "numbers", "context", "resource", "eventSubType", "part", "reference",
)

func fieldSet(names ...string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, n := range names {
		set[n] = true
	}

	return set
}

// plain returns a value of a field as it may be shown.
func plain(field string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, inner := range v {
			out[key] = plain(key, inner)
		}

		return out
	case []any:
		out := make([]any, len(v))
		for i, inner := range v {
			out[i] = plain(field, inner)
		}

		return out
	case string:
		if v == "" || shownFields[field] {
			return v
		}

		return fmt.Sprintf("[%d bytes, not shown]", len(v))
	case []byte:
		return fmt.Sprintf("[%d bytes, not shown]", len(v))
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	case nil, bool, int64, float64:
		return v
	default:
		return fmt.Sprintf("[%T, not shown]", v)
	}
}
