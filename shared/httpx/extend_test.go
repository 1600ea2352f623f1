package httpx_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
)

// TestExtend gives a request more time than others have; it still ends when the caller goes away.
func TestExtend(t *testing.T) {
	t.Parallel()
	left := func(ctx context.Context) time.Duration {
		deadline, ok := ctx.Deadline()
		if !ok {
			t.Error("there is no deadline")
		}

		return time.Until(deadline)
	}
	ctx, goAway := context.WithCancel(t.Context())
	h := httpx.Serve(httpx.Options{Logger: logging.New(t.Output(), logging.Options{}), Route: "test", Timeout: time.Minute}, func(w http.ResponseWriter, r *http.Request) error {
		long, cancel := httpx.Extend(w, r, time.Hour)
		defer cancel()
		if usual, more := left(r.Context()), left(long); usual > time.Minute || more < 59*time.Minute {
			t.Errorf("got %v and %v", usual, more)
		}
		goAway()
		<-long.Done()
		httpx.NoContent(w)

		return nil
	})
	rec := httptest.NewRecorder()
	h(rec, httptest.NewRequestWithContext(ctx, http.MethodPost, "/", nil))
	if rec.Code != http.StatusNoContent {
		t.Errorf("got %d", rec.Code)
	}
}
