package workspace_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestKeywords sets, reads and reverts a brand's own words, and names each that cannot be one.
func TestKeywords(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.put(neem, "Neem")
	path, editor, viewer := "/v1/accounts/"+neem+"/keywords", r.token("editor", neem), r.token("viewer", neem)
	read := request{method: http.MethodGet, path: path, token: viewer}
	put := func(body string, version int64) request {
		return request{method: http.MethodPut, path: path, token: editor, body: body, header: ifMatch(version)}
	}

	first := r.want(http.StatusOK, read)
	if !strings.HasPrefix(first.Body, `{"stop":[],"start":[],"standard":{"stop":[`) || !strings.Contains(first.Body, `"बंद करो"`) {
		t.Errorf("GET: %s", first.Body)
	}
	for _, buttons := range []string{"consent|", "CONSENT|"} {
		if strings.Contains(first.Body, buttons) {
			t.Errorf("GET names the text of a button: %s", first.Body)
		}
	}

	saved := r.want(http.StatusOK, put(`{"stop":["Abmelden","ruk jao"],"start":["Anmelden"]}`, 1))
	if !strings.HasPrefix(saved.Body, `{"stop":["Abmelden","ruk jao"],"start":["Anmelden"],"standard"`) || saved.Header.Get("Etag") != `"2"` {
		t.Errorf("PUT: %s, %s", saved.Header.Get("Etag"), saved.Body)
	}
	r.same(r.want(http.StatusOK, read), saved.Body)

	many := `["` + strings.Repeat(`x","`, 50) + `x"]`
	for body, field := range map[string]string{
		`{"stop":[]}`:                                             "start",
		`{"stop":["a",""],"start":[]}`:                            "stop[1]",
		`{"stop":["!!"],"start":[]}`:                              "stop[0]",
		`{"stop":["Cancel"],"start":[]}`:                          "stop[0]",
		`{"stop":["cancel my order"],"start":[]}`:                 "stop[0]",
		`{"stop":[],"start":["YES!"]}`:                            "start[0]",
		`{"stop":["start"],"start":[]}`:                           "stop[0]",
		`{"stop":[],"start":["बंद करो"]}`:                         "start[0]",
		`{"stop":["halt"],"start":["weiter"," HALT "]}`:           "start[1]",
		`{"stop":["halt","Halt."],"start":[]}`:                    "stop[1]",
		`{"stop":["` + strings.Repeat("ब", 41) + `"],"start":[]}`: "stop[0]",
		`{"stop":` + many + `,"start":[]}`:                        "stop",
		`{"stop":["halt"],"start":[],"help":["info"]}`:            "help",
	} {
		r.named(http.StatusBadRequest, field, put(body, 2))
	}

	none := put(`{"stop":[],"start":[]}`, 2)
	r.want(http.StatusPreconditionFailed, put(none.body, 1))
	r.want(http.StatusPreconditionRequired, request{method: none.method, path: none.path, token: none.token, body: none.body})
	r.want(http.StatusRequestEntityTooLarge, put(`{"stop":["`+strings.Repeat("x", 2<<20)+`"]}`, 2))
	typed := put(none.body, 2)
	typed.header["Content-Type"] = "text/plain"
	r.want(http.StatusUnsupportedMediaType, typed)
	for _, q := range []request{{method: http.MethodGet}, put(none.body, 1)} {
		q.path, q.token = "/v1/accounts/812/keywords", r.operator()
		r.want(http.StatusNotFound, q)
	}

	r.want(http.StatusOK, none)
	r.want(http.StatusOK, request{method: http.MethodPost, path: "/v1/accounts/" + neem + "/versions/2/revert", token: editor, header: ifMatch(3)})
	if a, err := r.store.Account(t.Context(), neem); err != nil || len(a.Keywords.Stop) != 2 {
		t.Errorf("stored: %+v, %v", a.Keywords, err)
	}
}
