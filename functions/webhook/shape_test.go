package webhook_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
)

// shapes are the shapes that were published.
func (w *world) shapes(t *testing.T) []provider.ShapeEvent {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []provider.ShapeEvent
	for _, m := range w.published {
		e, err := provider.DecodeEvent(m.GetData())
		if err == nil && e.Kind == provider.KindShape {
			all = append(all, *e.Shape)
		}
	}
	return all
}

// TestNewShape posts a body with a field that no fixture has: the events are published as ever, with the form beside them, once. Later such
// bodies are counted, and told of a minute later at most.
func TestNewShape(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := bytes.Replace(fixture(t, "gupshup/webhook/delivered.json"), []byte(`"type": "delivered",`), []byte(`"type": "delivered", "mood": {"of": "Asha", "phone": "919812345678"},`), 1)
	post := func() {
		t.Helper()
		if got := w.do(call{provider: gupshup.Name, body: body}); got.Status != http.StatusOK {
			t.Fatalf("got %d %s", got.Status, got.Body)
		}
	}

	post()
	if diff := cmp.Diff([]string{"status", "shape"}, w.kinds()); diff != "" {
		t.Fatalf("published (-want +got):\n%s", diff)
	}
	got := w.shapes(t)[0]
	if got.Provider != gupshup.Name || got.Door != "callback" || got.Kind != "status" || got.Path != ".payload" || !strings.Contains(got.Outline, "mood:object") ||
		len(got.Others) != 1 || got.Others[0] != ".payload.mood {of:string,phone:string}" || got.Count != 1 {
		t.Errorf("got %+v", got)
	}
	if strings.Contains(got.Fixture, "Asha") || strings.Contains(got.Fixture, "98123") || !strings.Contains(got.Fixture, `"mood":{"of":"word","phone":"919000000`) {
		t.Errorf("got the fixture %s", got.Fixture)
	}

	post()
	post()
	w.clock.Advance(time.Minute)
	post()
	all := w.shapes(t)
	if len(all) != 2 || all[1].Fingerprint != got.Fingerprint || all[1].Count != 3 || all[1].Fixture != "" {
		t.Errorf("got %+v, want a count of the three bodies that came since", all)
	}
}

// TestNewShapeIsToldAgain has the publishing of a body fail, which the provider then posts again, or that of its form alone, which is no reason
// to refuse the body: the form is told of with the fixture once it can be.
func TestNewShapeIsToldAgain(t *testing.T) {
	t.Parallel()

	for _, tc := range []struct {
		name         string
		skip, status int
	}{
		{"body", 0, http.StatusInternalServerError},
		{"form", 1, http.StatusOK},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := call{provider: gupshup.Name, body: []byte(`{"weather":"fine"}`)}

			_, err := w.cloud.Rules().Add(cloud.Rule{Method: "Publish", Skip: tc.skip, Times: 1, Mode: cloud.FailBefore, Code: codes.PermissionDenied})
			if err != nil {
				t.Fatal(err)
			}
			if got := w.do(c); got.Status != tc.status || len(w.shapes(t)) > 0 {
				t.Fatalf("got %d, %+v; want %d, and no form", got.Status, w.shapes(t), tc.status)
			}

			if got := w.do(c); got.Status != http.StatusOK {
				t.Fatalf("got %d %s", got.Status, got.Body)
			}
			if all := w.shapes(t); len(all) != 1 || all[0].Fixture != `{"weather":"word"}` {
				t.Errorf("got %+v", all)
			}
		})
	}
}
