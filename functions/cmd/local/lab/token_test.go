package lab_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// answerOf calls a world, and returns the status and the body of the answer.
func answerOf(t *testing.T, w *world.World, method, path, token, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, w.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	a, err := testkit.Client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	var text bytes.Buffer
	if _, err := text.ReadFrom(a.Body); err != nil {
		t.Fatal(err)
	}

	return a.StatusCode, text.String()
}

// TestTokenIsTaken gets a token of each role, with which workspace lets its holder do what the role may.
func TestTokenIsTaken(t *testing.T) {
	t.Parallel()
	w, _ := startDemo(t, "")
	const fields = `{"slug":"fennel","name":"Fennel","timeZone":"Asia/Kolkata"}`
	for _, tc := range []struct {
		body, method, path string
		want               int
	}{
		{`{"role":"platform","name":"Omar"}`, http.MethodPut, "/workspace/v1/accounts/9007", http.StatusCreated},
		{`{"accountId":"9007","role":"editor"}`, http.MethodGet, "/workspace/v1/accounts/9007", http.StatusOK},
		{`{"accountId":"9007","role":"viewer","ttlSeconds":60}`, http.MethodGet, "/workspace/v1/accounts/9007", http.StatusOK},
		{`{"accountId":"9007","role":"support"}`, http.MethodGet, "/workspace/v1/accounts/9007/versions", http.StatusOK},
		{`{"accountId":"9007","role":"viewer"}`, http.MethodPut, "/workspace/v1/accounts/9007", http.StatusForbidden},
		{`{"accountId":"9008","role":"editor"}`, http.MethodGet, "/workspace/v1/accounts/9007", http.StatusForbidden},
	} {
		status, text := answerOf(t, w, http.MethodPost, "/local/token", "", tc.body)
		var answer struct {
			Token string `json:"token"`
		}
		if err := json.Unmarshal([]byte(text), &answer); err != nil || status != http.StatusOK {
			t.Fatalf("%s: got %d %s", tc.body, status, text)
		}
		if got, said := answerOf(t, w, tc.method, tc.path, answer.Token, fields); got != tc.want {
			t.Errorf("%s, %s %s: got %d %s, want %d", tc.body, tc.method, tc.path, got, said, tc.want)
		}
	}
	for _, path := range []string{"/workspace", "/workspace/", "/workspace/v1/accounts"} {
		status, text := answerOf(t, w, http.MethodGet, path, "", "")
		if want := map[bool]int{true: http.StatusNotFound, false: http.StatusUnauthorized}[path == "/workspace"]; status != want {
			t.Errorf("%s: got %d %s, want %d", path, status, text, want)
		}
	}
	for path, part := range map[string]string{"": "/v1/accounts:", "/subscribe": "/_ah/api/esb/v2/order/{order_id}:", "/brandapi": "/cancel-order:"} {
		status, text := answerOf(t, w, http.MethodGet, path+"/openapi.yaml", "", "")
		if status != http.StatusOK || !strings.HasPrefix(text, "openapi: 3.1") || !strings.Contains(text, part) {
			t.Errorf("%s/openapi.yaml: got %d %.60s", path, status, text)
		}
	}
}

// TestTokenNamesWhatIsWrong answers 400 with the field at fault.
func TestTokenNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	w, _ := startDemo(t, "")
	for body, field := range map[string]string{
		`{}`:                                    "role",
		`{"role":"owner","accountId":"811"}`:    "role",
		`{"role":7}`:                            "role",
		`{"role":"viewer"}`:                     "accountId",
		`{"role":"viewer","accountId":"x"}`:     "accountId",
		`{"role":"viewer","accountId":811}`:     "accountId",
		`{"role":"platform","accountId":"811"}`: "accountId",
		`{"role":"viewer","accountId":"811","ttlSeconds":0}`:                            "ttlSeconds",
		`{"role":"viewer","accountId":"811","ttlSeconds":86401}`:                        "ttlSeconds",
		`{"role":"viewer","accountId":"811","ttlSeconds":"60"}`:                         "ttlSeconds",
		`{"role":"viewer","accountId":"811","name":"` + strings.Repeat("a", 101) + `"}`: "name",
		`{"role":"viewer","account":"811"}`:                                             "body",
		`null`:                                                                          "body",
	} {
		status, text := answerOf(t, w, http.MethodPost, "/local/token", "", body)
		var problem struct {
			Field string `json:"field"`
		}
		if err := json.Unmarshal([]byte(text), &problem); err != nil || status != http.StatusBadRequest || problem.Field != field {
			t.Errorf("%s: got %d %s, want a 400 that names %s", body, status, text, field)
		}
	}
	if status, _ := answerOf(t, w, http.MethodGet, "/local/token", "", ""); status != http.StatusMethodNotAllowed {
		t.Errorf("GET: got %d", status)
	}
}
