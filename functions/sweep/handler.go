package sweep

import (
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/boot"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/sweep"
)

// newHandler returns the handler of Cloud Scheduler's POST, whose body does not matter. It answers 204 when it has looked at everything that was
// due, and by the kind of the first failure otherwise. A failure does not keep it from the rest.
func newHandler(e boot.Endpoint, sweeper *sweep.Sweeper) http.Handler {
	return e.Serve(func(w http.ResponseWriter, r *http.Request) error {
		done, err := sweeper.Sweep(r.Context())
		e.Logger.InfoContext(r.Context(), "swept", "counts", done)
		if err != nil {
			return err
		}

		httpx.NoContent(w)

		return nil
	})
}
