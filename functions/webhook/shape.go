package webhook

import (
	"encoding/json"
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/canary"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

// keepSeen makes the events of a body durable, with its form beside them if that is news: webhook may write nowhere else.
func (h *handler) keepSeen(w http.ResponseWriter, r *http.Request, origin provider.Origin, body []byte, messages []queue.Message) error {
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
	if shape == nil {
		return h.keep(w, r, messages)
	}

	data, err := json.Marshal(provider.Event{
		Schema:     provider.Schema,
		Kind:       provider.KindShape,
		ReceivedAt: h.Clock.Now().UnixMilli(),
		Shape:      shape,
	})
	if err != nil {
		return fault.Wrap(fault.Internal, "webhook.keepSeen", err)
	}

	err = h.keep(w, r, append(messages, queue.Message{Data: data, Attributes: origin.Attributes(provider.KindShape)}))
	if err != nil {
		h.Shapes.Untold(shape)
	}

	return err
}
