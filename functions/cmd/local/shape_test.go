package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
)

// TestNewShapeIsShown runs the demo's stories, in which no body has a form that the fixtures have not; then a provider adds a field. The platform
// finds it at once in the workspace API, with a body that can stand among the fixtures, and the log has the line that the alert is built on.
func TestNewShapeIsShown(t *testing.T) {
	t.Parallel()
	const line = "a provider sent a body of a new shape"
	w := live.Start(t, live.Options{})
	w.Must(demo.Story(t.Context(), w.World, io.Discard))
	w.Rest()
	if at := strings.Index(w.Logs.String(), line); at >= 0 {
		t.Fatalf("the stories bring a new shape: %s", w.Logs.String()[at:])
	}

	body, err := os.ReadFile(filepath.Join(root, "testdata/gupshup/webhook/delivered.json"))
	w.Must(err)
	changed := strings.Replace(string(body), `"type": "delivered",`, `"type": "delivered", "mood": {"of": "Asha Sample", "phone": "919812345678"},`, 1)
	if code, answer := w.Do(http.MethodPost, w.Webhook("gupshup", "neem"), []byte(changed)); code != http.StatusOK {
		t.Fatalf("webhook: got %d %s", code, answer)
	}
	w.Rest()

	_, answer := w.Do(http.MethodPost, "/local/token", []byte(`{"role":"platform","name":"Priya"}`))
	var token struct {
		Token string `json:"token"`
	}
	w.Must(json.Unmarshal([]byte(answer), &token))
	get := func(path string, v any) {
		t.Helper()
		code, text := w.Do(http.MethodGet, "/workspace/v1/platform/shapes"+path, nil, "Authorization", "Bearer "+token.Token)
		if code != http.StatusOK {
			t.Fatalf("%s: got %d %s", path, code, text)
		}
		w.Must(json.Unmarshal([]byte(text), v))
	}
	var list struct {
		Shapes []struct {
			Fingerprint, Path string
		} `json:"shapes"`
	}
	get("", &list)
	if len(list.Shapes) != 1 || list.Shapes[0].Path != ".payload" {
		t.Fatalf("got %+v, want the one new shape", list)
	}
	var one struct{ Fixture string }
	get("/"+list.Shapes[0].Fingerprint, &one)
	if !strings.Contains(one.Fixture, `"mood":{"of":"some text","phone":"919000000`) || strings.Contains(one.Fixture, "Asha") || strings.Contains(one.Fixture, "98123") {
		t.Errorf("got the fixture %s", one.Fixture)
	}
	if log := w.Logs.String(); strings.Count(log, line) != 1 || strings.Contains(log, "Asha Sample") {
		t.Errorf("got %d lines of it, want one, without what was sent", strings.Count(log, line))
	}
}
