package sweep

import (
	"context"
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
	"github.com/eshopbox/whatsapp-notifications/shared/service"
)

// New builds the function's handler from the environment.
func New(ctx context.Context, f service.Function) (http.Handler, error) {
	return service.Handler(ctx, f, Handler)
}

// Handler takes Cloud Scheduler's POST, whose body does not matter. It answers 204 when everything that was due has been
// looked at, and the kind of the first failure otherwise; the rest has been done all the same.
func Handler(p *service.Parts) http.Handler {
	o := httpx.Options{Logger: p.Logger, Route: "sweep", Timeout: p.Config.AckDeadline, Clock: p.Clock}
	return httpx.Serve(o, func(w http.ResponseWriter, r *http.Request) error {
		if err := httpx.RequireMethod(w, r, http.MethodPost); err != nil {
			return err
		}
		if err := queue.VerifyPush(r, p.Config.PushToken); err != nil {
			return err
		}
		done, err := p.Dispatcher.Sweep(r.Context())
		p.Logger.InfoContext(r.Context(), "swept", "counts", done)
		if err != nil {
			return err
		}
		httpx.NoContent(w)
		return nil
	})
}
