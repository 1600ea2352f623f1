package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/proof"
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

// TestReadmeProvesALedger runs the lines of functions/README.md that have a ledger proved, and checks the file by the key that is published.
func TestReadmeProvesALedger(t *testing.T) {
	t.Parallel()
	requireTools(t, "bash", "curl", "sed")
	_, section, _ := strings.Cut(read(t, "functions/README.md"), "\n### Proof that a stranger can check\n")
	_, lines, _ := strings.Cut(section, "```sh\n")
	lines, _, _ = strings.Cut(lines, "```")

	w := live.Start(t, live.Options{})
	if code, answer := w.Do("POST", "/push/sweep", nil, "Authorization", "Bearer "+w.PushToken()); code != 204 {
		t.Fatalf("sweep: got %d %s", code, answer)
	}
	cmd := exec.CommandContext(t.Context(), "bash", "-c", strings.ReplaceAll(lines, "localhost:8080", strings.TrimPrefix(w.URL, "http://")))
	cmd.Dir = t.TempDir()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}

	files, o := fstest.MapFS{}, proof.Options{}
	for name, data := range w.Cloud.Storage().Objects("proof") {
		files[name] = &fstest.MapFile{Data: data}
		if strings.HasPrefix(name, "keys/") {
			o.Key, err = proof.ParsePublicPEM(data)
			w.Must(err)
		}
	}
	o.DayFiles = files
	text, err := os.ReadFile(filepath.Join(cmd.Dir, "ledger.proof.json"))
	w.Must(err)
	res, err := proof.Verify(text, o)
	if err != nil || !res.Trusted || len(res.Entries) < 2 {
		t.Errorf("got %d entries, %v of %s; want the shopper's consent and withdrawal, proved by the published key", len(res.Entries), err, out)
	}
}
