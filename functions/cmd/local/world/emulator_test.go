package world_test

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// TestPushesOfGooglesEmulator holds that beside Google's Pub/Sub emulator, which sends no tokens, every push is taken, and that
// each of the three functions says so once.
func TestPushesOfGooglesEmulator(t *testing.T) {
	emulator, err := cloud.Start(t.Context(), cloud.Options{Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = emulator.Close() })
	t.Setenv("PUBSUB_EMULATOR_HOST", emulator.Addr())
	t.Setenv("FIRESTORE_EMULATOR_HOST", os.Getenv("FIRESTORE_EMULATOR_HOST")) // a world sets it
	logs := &testkit.Log{}
	w, err := world.Start(t.Context(), world.Options{PubSubEmulator: emulator.Addr(), Logger: logging.New(logs, logging.Options{})})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("close: %v", err)
		}
	})

	for path, body := range map[string]string{
		"/push/notify": `{"message":{"data":"e30="}}`, "/push/receive": `{"message":{"data":"eyJraW5kIjoidXNlciJ9"}}`, "/push/sweep": "",
	} {
		resp, err := testkit.Client.Post(w.URL+path, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode == http.StatusUnauthorized || resp.StatusCode >= http.StatusInternalServerError {
			t.Errorf("%s without a token: got %d, want the push taken", path, resp.StatusCode)
		}
	}
	if got := strings.Count(logs.String(), "pushes are accepted from anybody"); got != 3 {
		t.Errorf("got %d warnings, want one a function", got)
	}
}
