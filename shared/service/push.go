package service

import (
	"context"
	"log/slog"
	"net/http"
	"unicode/utf8"

	"github.com/eshopbox/whatsapp-notifications/shared/dispatch"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

// Consume is a push endpoint: it takes one message of a subscription, hands it to work, and logs the outcome. Whatever
// cannot be read gets a 4xx, so that the message reaches the dead-letter topic instead of being forgotten.
func (p *Parts) Consume(route string, work func(context.Context, queue.Push) (dispatch.Outcome, error)) http.HandlerFunc {
	o := httpx.Options{Logger: p.Logger, Route: route, Timeout: p.Config.AckDeadline, Clock: p.Clock}
	return httpx.Serve(o, func(w http.ResponseWriter, r *http.Request) error {
		if err := httpx.RequireMethod(w, r, http.MethodPost); err != nil {
			return err
		}
		if err := queue.VerifyPush(r, p.Config.PushToken); err != nil {
			return err
		}
		body, err := httpx.ReadBody(w, r, queue.MaxPushBody)
		if err != nil {
			return err
		}
		// encoding/json would take bytes that are not UTF-8 for characters that nobody wrote.
		if err = httpx.RequireUTF8(body); err != nil {
			return err
		}
		push, err := queue.DecodePush(body, r.Header)
		if err != nil {
			return err
		}
		if !utf8.Valid(push.Data) {
			return fault.Field("message.data", "is not UTF-8")
		}
		out, err := work(r.Context(), push)
		if err != nil {
			return err
		}
		httpx.Handled(r.Context(), slog.Any("outcome", out), slog.String("pubsub_id", logging.Number(push.ID)))
		httpx.NoContent(w)
		return nil
	})
}
