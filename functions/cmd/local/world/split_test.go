package world_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

// TestEventsAreServedByAnotherProcess has order-events be pushed to an address of its own.
func TestEventsAreServedByAnotherProcess(t *testing.T) {
	t.Parallel()
	pushed := make(chan string, 1)
	other := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		select {
		case pushed <- r.URL.Path:
		default:
		}
		rw.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(other.Close)

	w, err := world.Start(t.Context(), world.Options{NotifyURL: other.URL + "/elsewhere"})
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	t.Cleanup(func() {
		if err := w.Close(t.Context()); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	events := w.Parts.Publisher(world.OrderEvents, queue.Options{})
	if _, err := events.Publish(t.Context(), queue.Message{Data: []byte(`{}`)}); err != nil {
		t.Fatalf("publish: %v", err)
	}
	if got := <-pushed; got != "/elsewhere" {
		t.Errorf("got a push to %s, want /elsewhere", got)
	}
}
