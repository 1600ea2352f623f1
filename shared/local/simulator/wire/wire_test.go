package wire_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/wire"
)

func TestObject(t *testing.T) {
	t.Parallel()
	if got, want := string(wire.Object{"b": 1, "a": wire.Object{"x": nil}}.Marshal()), `{"a":{"x":null},"b":1}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := string(wire.Object{"a": func() {}}.Marshal()); got != "{}" {
		t.Errorf("what cannot be encoded: got %s, want {}", got)
	}
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		body              any
		status            int
		contentType, text string
	}{
		"object":  {map[string]string{"status": "error"}, http.StatusConflict, "application/problem+json", `{"status":"error"}`},
		"no_json": {func() {}, http.StatusInternalServerError, "text/plain; charset=utf-8", "the answer cannot be encoded\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec := httptest.NewRecorder()
			wire.Answer(rec, http.StatusConflict, "application/problem+json", tc.body)
			if got := rec.Header().Get("Content-Type"); rec.Code != tc.status || got != tc.contentType || rec.Body.String() != tc.text {
				t.Errorf("got %d %s %q, want %d %s %q", rec.Code, got, rec.Body, tc.status, tc.contentType, tc.text)
			}
		})
	}
}
