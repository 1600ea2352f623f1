package witness_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/witness"
)

// echo is a log before a system that answers with what it was sent.
func echo(t *testing.T) (*witness.Log, http.Handler) {
	t.Helper()
	l := witness.New(0)
	return l, l.Wrap(time.Now, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
		_, _ = w.Write(body)
	}))
}

// TestBodiesAreKept sends bodies, which are on record as they came but for what nobody may see.
func TestBodiesAreKept(t *testing.T) {
	t.Parallel()
	const form = "application/x-www-form-urlencoded"
	for name, tc := range map[string]struct{ contentType, body, want string }{
		"json":               {"application/json", `{"to": "+919000000007",  "n": 1.50}`, `{"to": "+919000000007",  "n": 1.50}`},
		"form":               {form, `destination=919000000007&template=%7B%22id%22%3A%22x%22%7D`, `destination=919000000007&template=%7B%22id%22%3A%22x%22%7D`},
		"no_json":            {"application/json", `{"to": "url`, `{"to": "url`},
		"text":               {"text/plain", "a\xffb", "a�b"},
		"own_credential":     {"application/json", `{"echo":"key-not-real"}`, `{"echo":"(not kept)"}`},
		"field":              {"application/json", `{"b":[{"verify_token":"x"}],"n":1.50}`, `{"b":[{"verify_token":"(not kept)"}],"n":1.50}`},
		"address_in_a_form":  {form, `url=https%3A%2F%2Fa.test%2Ftoken&version=2`, `url=%28not+kept%29&version=2`},
		"headers_in_a_field": {form, `meta=%7B%22headers%22%3A%7B%22X%22%3A%22s%22%7D%7D`, `meta=%28not+kept%29`},
		"webhook":            {"application/json", `{"webhook_configuration":{"app":"https://a.test/webhook/meta/t0ken"},"n":1}`, `{"webhook_configuration":{"app":"(not kept)"},"n":1}`},
		"webhook_escaped":    {"application/json", `{"a":["https:\/\/a.test\/webhook\/meta\/t0ken"]}`, `{"a":["(not kept)"]}`},
		"webhook_in_a_form":  {form, `a=1&to=https%3A%2F%2Fa.test%2Fwebhook%2Fmeta%2Ft0ken&b=2`, `a=1&to=(not kept)&b=2`},
		"webhook_path":       {"text/plain", `posted to /webhook/meta/t0ken, twice`, `posted to (not kept) twice`},
		"webhook_alone":      {"application/json", `{"error":"no webhook_configuration, see /docs/webhooks"}`, `{"error":"no webhook_configuration, see /docs/webhooks"}`},
		"json_in_a_form":     {form, `set=%7B%22access_token%22%3A%22s%22%7D`, `set=%7B%22access_token%22%3A%22%28not+kept%29%22%7D`},
		"half_of_a_secret":   {"application/json", `{"n":1,"verify_token":"half`, "(not kept)"},
		"two_of_json":        {"application/json", `{"a":"url"}{"url":"x"}`, "(not kept)"},
		"no_form":            {form, `a=%zz&url=x`, "(not kept)"},
	} {
		l, h := echo(t)
		r := httptest.NewRequest(http.MethodPost, "/gupshup/x?access_token=query-not-real", strings.NewReader(tc.body))
		r.Header.Set("Content-Type", tc.contentType)
		r.Header.Set("Apikey", "key-not-real")
		r.Header.Set("Authorization", "Bearer token-not-real")
		answer := httptest.NewRecorder()
		h.ServeHTTP(answer, r)
		if answer.Body.String() != tc.body {
			t.Errorf("%s: the system got %q, want %q", name, answer.Body, tc.body)
		}
		got := l.Requests()[0]
		want := witness.Request{
			ID: 1, At: got.At, System: "gupshup", Method: "POST", Path: "/gupshup/x", Status: http.StatusOK,
			ContentType: tc.contentType, Body: tc.want, AnswerType: tc.contentType, Answer: tc.want,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestLongBodiesAreCut sends more than is kept: the system gets all of it.
func TestLongBodiesAreCut(t *testing.T) {
	t.Parallel()
	const kept = 64 << 10
	for n, cut := range map[int]bool{kept: false, kept + 1: true, 3 * kept: true} {
		l, h := echo(t)
		answer := httptest.NewRecorder()
		h.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/meta/x", strings.NewReader(strings.Repeat("x", n))))
		got := l.Requests()[0]
		if answer.Body.Len() != n || len(got.Body) != kept || len(got.Answer) != kept || got.BodyCut != cut || got.AnswerCut != cut {
			t.Errorf("%d bytes: answered %d, kept %d and %d, cut %t and %t", n, answer.Body.Len(), len(got.Body), len(got.Answer), got.BodyCut, got.AnswerCut)
		}
	}
}

// TestOldBodiesAreForgotten keeps the bodies of the newest thousand requests, and of one that is answered only then nothing.
func TestOldBodiesAreForgotten(t *testing.T) {
	t.Parallel()
	l, h := echo(t)
	begun, end, done := make(chan bool), make(chan bool), make(chan bool)
	slow := l.Wrap(time.Now, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(begun)
		<-end
		_, _ = w.Write([]byte("late"))
	}))
	go func() {
		defer close(done)
		slow.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/meta/slow", strings.NewReader("slow")))
	}()
	<-begun
	for i := range 1000 {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/meta/x", strings.NewReader(strconv.Itoa(i))))
	}
	close(end)
	<-done
	all := l.Requests()
	first, second := all[0], all[1]
	if len(all) != 1001 || first.Body+first.Answer != "" || !first.BodyCut || !first.AnswerCut || first.Status != http.StatusOK {
		t.Errorf("the oldest of %d: got %+v, want its status and no bodies", len(all), first)
	}
	if second.Body != "0" || second.Answer != "0" {
		t.Errorf("the second: got %+v, want its bodies", second)
	}
}

// TestBrokenBodyIsBrokenForTheSystem passes on that a body broke off.
func TestBrokenBodyIsBrokenForTheSystem(t *testing.T) {
	t.Parallel()
	l, h := echo(t)
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/meta/x", io.MultiReader(strings.NewReader("half"), broken{})))
	if got := l.Requests()[0]; answer.Code != http.StatusBadRequest || got.Body != "half" {
		t.Errorf("got %d and %+v, want 400 and half of the body", answer.Code, got)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("broken off") }
