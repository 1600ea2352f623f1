package webhook

import (
	"encoding/json"
	"log/slog"
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

// maxHeartbeat is more than the bytes of any heartbeat.
const maxHeartbeat = 128

// passHeartbeat publishes a heartbeat of sweep as it publishes a callback: what comes of it shows that callbacks come through.
// A body that is not one of sweep's gets 401.
func (h *handler) passHeartbeat(w http.ResponseWriter, r *http.Request) error {
	body, err := httpx.ReadBody(w, r, maxHeartbeat)
	if err != nil {
		return err
	}

	sealer, err := h.Sealer.Get(r.Context())
	if err != nil {
		return err
	}

	at, err := sealer.OpenBeat(string(body))
	if err != nil {
		return fault.Wrap(fault.Unauthenticated, "webhook.passHeartbeat", err)
	}

	data, err := json.Marshal(provider.Event{
		Kind:       provider.KindHeartbeat,
		At:         at,
		ReceivedAt: h.Clock.Now().UnixMilli(),
	})
	if err != nil {
		return fault.Wrap(fault.Internal, "webhook.passHeartbeat", err)
	}

	// Its line can be told from those of callbacks, whose times are watched.
	httpx.Handled(r.Context(), slog.Group("outcome", slog.String("result", string(provider.KindHeartbeat))))

	return h.keep(w, r, []queue.Message{{
		Data:       data,
		Attributes: map[string]string{provider.AttributeKind: string(provider.KindHeartbeat)},
	}})
}
