package openapi_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/testkit/openapi"
)

const file = `
openapi: 3.1.0
info: {title: Pots, version: 1.0.0}
paths:
  /pots/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string, pattern: '^[a-z]+$'}}
    get:
      operationId: getPot
      summary: Read a pot
      responses:
        '200':
          description: The pot.
          headers:
            ETag: {required: true, schema: {type: string}}
          content:
            application/json:
              schema: {type: object, required: [full], properties: {full: {type: boolean}}, additionalProperties: false}
              example: {full: true}
        '404': {description: There is none.}
    put:
      operationId: putPot
      summary: Put a pot
      requestBody:
        required: true
        content:
          application/json:
            schema: {type: object, required: [full], properties: {full: {type: boolean}}}
            example: {full: true}
      responses:
        '204': {description: Done.}
        '400': {description: The body is wrong.}
`

// failures is a test that only notes what fails.
type failures struct {
	testing.TB
	texts []string
}

func (*failures) Helper() {}

func (*failures) Context() context.Context { return context.Background() }

func (f *failures) Error(args ...any) { f.texts = append(f.texts, fmt.Sprint(args...)) }

func (f *failures) Errorf(format string, args ...any) {
	f.texts = append(f.texts, fmt.Sprintf(format, args...))
}

// answer answers each request alike, once it has read it.
func answer(status int, body string, header ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if body != "" {
			w.Header().Set("Content-Type", "application/json")
		}
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		if status != http.StatusOK {
			w.WriteHeader(status)
		}
		if r.Method != http.MethodHead {
			_, _ = io.WriteString(w, body)
		}
	})
}

func TestHold(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		method, path, body string
		h                  http.Handler
		// fails is part of the failure; empty if there is none.
		fails string
	}{
		"as_described":         {"GET", "/pots/tea", "", answer(200, `{"full":true}`, "ETag", `"1"`), ""},
		"after_a_mark":         {"GET", "/pots/tea", "", answer(200, "\ufeff"+`{"full":true}`, "ETag", `"1"`), ""},
		"refused":              {"GET", "/pots/9", "", answer(404, ""), ""},
		"head":                 {"HEAD", "/pots/tea", "", answer(200, `{"full":true}`, "ETag", `"1"`), ""},
		"head_without_header":  {"HEAD", "/pots/tea", "", answer(200, `{"full":true}`), "ETag"},
		"head_of_no_status":    {"HEAD", "/pots/tea", "", answer(500, ""), "500"},
		"body_of_another_type": {"GET", "/pots/tea", "", answer(200, `{"full":"yes"}`, "ETag", `"1"`), "full"},
		"key_too_many":         {"GET", "/pots/tea", "", answer(200, `{"full":true,"hot":true}`, "ETag", `"1"`), "hot"},
		"header_missing":       {"GET", "/pots/tea", "", answer(200, `{"full":true}`), "ETag"},
		"status_unknown":       {"GET", "/pots/tea", "", answer(500, ""), "500"},
		"success_of_wrong_id":  {"GET", "/pots/9", "", answer(200, `{"full":true}`, "ETag", `"1"`), "answered 200"},
		"success_of_wrong_put": {"PUT", "/pots/tea", `{}`, answer(204, ""), "answered 204"},
		"put":                  {"PUT", "/pots/tea", `{"full":false}`, answer(204, ""), ""},
		"wrong_put_refused":    {"PUT", "/pots/tea", `{}`, answer(400, ""), ""},
		"no_such_method":       {"DELETE", "/pots/tea", "", answer(405, ""), ""},
		"unknown_success":      {"DELETE", "/pots/tea", "", answer(204, ""), "is not described"},
		"options":              {"OPTIONS", "/pots/tea", "", answer(204, ""), ""},
		"empty_id":             {"GET", "/pots/", "", answer(500, ""), ""},
		"path_too_long":        {"GET", "/pots/tea/lid", "", answer(200, ""), "is not described"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen := &failures{}
			r := httptest.NewRequestWithContext(t.Context(), tc.method, tc.path, strings.NewReader(tc.body))
			r.Header.Set("Content-Type", "application/json")
			openapi.New([]byte(file)).Hold(seen, tc.h).ServeHTTP(httptest.NewRecorder(), r)
			got := strings.Join(seen.texts, "\n")
			if (got == "") != (tc.fails == "") || !strings.Contains(got, tc.fails) {
				t.Errorf("got failures %q, want %q", got, tc.fails)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		file   string
		served []string
		fails  string
	}{
		"sound":         {file, []string{"PUT /pots/{id}", "GET /pots/{id}"}, ""},
		"not_served":    {file, []string{"GET /pots/{id}"}, "PUT"},
		"not_described": {file, []string{"PUT /pots/{id}", "GET /pots/{id}", "GET /pans"}, "pans"},
		"wrong_example": {strings.Replace(file, "example: {full: true}", "example: {full: 1}", 1), []string{"PUT /pots/{id}", "GET /pots/{id}"}, "example"},
		"no_summary":    {strings.Replace(file, "summary: Put a pot", "summary: ''", 1), []string{"PUT /pots/{id}", "GET /pots/{id}"}, "no summary"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seen := &failures{}
			openapi.New([]byte(tc.file)).Check(seen, tc.served...)
			got := strings.Join(seen.texts, "\n")
			if (got == "") != (tc.fails == "") || !strings.Contains(got, tc.fails) {
				t.Errorf("got failures %q, want %q", got, tc.fails)
			}
		})
	}
}

// TestUnanswered names what no test has seen.
func TestUnanswered(t *testing.T) {
	t.Parallel()
	d := openapi.New([]byte(file))
	h := d.Hold(t, answer(http.StatusNotFound, ""))
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/pots/tea", nil))
	got, err := d.Unanswered()
	want := []string{"GET /pots/{id} 200", "PUT /pots/{id} 204", "PUT /pots/{id} 400"}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if !slices.IsSorted(got) {
		t.Errorf("got %q, not sorted", got)
	}
}
