package world_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// TestEnvironmentForOps asks a world how ops gets at it: the line names its cloud and its simulators, and no secret.
func TestEnvironmentForOps(t *testing.T) {
	t.Parallel()

	w, err := world.Start(t.Context(), world.Options{
		Logger: slog.New(slog.DiscardHandler),
		Config: map[string]string{"PLATFORM_TOKEN": "not-for-everybody"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close(context.WithoutCancel(t.Context())) })

	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.URL+"/local/environment", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}

	resp, err := testkit.Client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()

	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}

	line := string(body)
	for _, want := range []string{
		"export ", " FIRESTORE_EMULATOR_HOST=" + w.Cloud.Addr(), " PUBSUB_EMULATOR_HOST=" + w.Cloud.Addr(),
		" SECRET_MANAGER_EMULATOR_HOST=" + w.Cloud.Addr(), " GOOGLE_CLOUD_PROJECT=" + world.Project, " GUPSHUP_BASE_URL=" + w.URL + "/sim/",
	} {
		if !strings.Contains(line, want) {
			t.Errorf("got %q, want %q in it", line, want)
		}
	}

	if strings.Contains(line, "not-for-everybody") || strings.Count(line, "\n") != 1 {
		t.Errorf("got %q, want one line without a secret", line)
	}
}
