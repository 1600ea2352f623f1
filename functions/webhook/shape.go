package webhook

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/canary"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

// keepSeen makes the events of a body durable, and then tells of its form if that is news.
func (h *handler) keepSeen(w http.ResponseWriter, r *http.Request, origin provider.Origin, body []byte, messages []queue.Message) error {
	if err := h.publish(r.Context(), messages); err != nil {
		return err
	}

	kind := string(provider.KindIgnored)
	if len(messages) > 0 {
		kind = messages[0].Attributes[provider.AttributeKind]
	}

	shape := h.Shapes.See(canary.Body{
		Provider: origin.Provider,
		Door:     canary.Callback,
		Kind:     kind,
		Data:     body,
	})
	if shape != nil {
		h.tell(r.Context(), origin, shape)
	}

	w.WriteHeader(http.StatusOK)

	return nil
}

// tell publishes a form, since webhook may write nowhere else. A form is never a reason to refuse a callback, whose events are durable: what could not be
// told of is told of with the next body of that form.
func (h *handler) tell(ctx context.Context, origin provider.Origin, shape *provider.ShapeEvent) {
	data, err := json.Marshal(provider.Event{
		Schema:     provider.Schema,
		Kind:       provider.KindShape,
		ReceivedAt: h.Clock.Now().UnixMilli(),
		Shape:      shape,
	})
	if err == nil {
		err = h.publish(ctx, []queue.Message{{Data: data, Attributes: origin.Attributes(provider.KindShape)}})
	}
	if err != nil {
		h.Shapes.Untold(shape)
		h.Logger.WarnContext(ctx, "a new shape is not kept yet", "error", err)
	}
}
