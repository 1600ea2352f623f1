package main

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
)

// TestReadmeSignsAWebhook runs README's line of shell by which a person plays Meta. The STOP that it brings is heeded.
func TestReadmeSignsAWebhook(t *testing.T) {
	t.Parallel()
	requireTools(t, "bash", "curl", "openssl")
	line := ""
	for l := range strings.Lines(read(t, "README.md")) {
		if strings.Contains(l, "openssl") {
			line = l
		}
	}

	w := live.Start(t, live.Options{})
	const order = world.OrderPath + "51230080"
	if code, answer := w.Do("POST", order, []byte(`{"contactPhone":"9000000004","customerName":"Arun Sample","email":"arun@example.test","accountId":"813","whatsAppStatus":"ACTIVE"}`)); code != 200 {
		t.Fatalf("subscribe: got %d %s", code, answer)
	}
	cmd := exec.CommandContext(t.Context(), "bash", "-c", strings.ReplaceAll(line, "localhost:8080", strings.TrimPrefix(w.URL, "http://")))
	out, err := cmd.Output()
	if err != nil || !strings.HasPrefix(string(out), "HTTP/1.1 200 ") {
		t.Fatalf("got %q, %v; want the webhook's 200", out, err)
	}
	w.Rest()
	if _, answer := w.Do("GET", order, nil); !strings.Contains(answer, `"isWhatsAppEnabledForNotifications":"0"`) {
		t.Errorf("got %s, want the shopper's STOP heeded", answer)
	}
}
