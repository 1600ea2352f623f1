package lab_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
)

// TestStoryIsDoneAndSaved does steps by the route, and has the story as a file that can be read.
func TestStoryIsDoneAndSaved(t *testing.T) {
	t.Parallel()
	w, _ := startDemo(t, "")
	const path = "/local/story"

	for _, tc := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{http.MethodGet, path + "?orderId=51230077", "", http.StatusBadRequest, "has no story"},
		{http.MethodPost, path, `{"do":"subscribe","order":"51230077"}`, http.StatusAccepted, `{"done":"Ira has checked the portal's box of order 51230077"}`},
		{http.MethodPost, path, `{"do":"subscribe"}`, http.StatusBadRequest, `"field":"order"`},
		{http.MethodPost, path, `{"do":"dance"}`, http.StatusBadRequest, `"field":"do"`},
		{http.MethodPost, path, `{"do":"answer","phone":"9000000001","reply":{"text":"x","to":"wamid.NONE"}}`, http.StatusBadRequest, `"field":"to"`},
		{http.MethodPost, path, `{"do":"ops","section":"Dead letters","run":"dead-letters all"}`, http.StatusBadRequest, `"field":"do"`},
		{http.MethodPost, path, `[`, http.StatusBadRequest, ""},
		{http.MethodGet, path, "", http.StatusBadRequest, `"field":"orderId"`},
		{http.MethodGet, path + "?orderId=4711", "", http.StatusBadRequest, `"field":"order"`},
		{http.MethodPut, path, `{}`, http.StatusMethodNotAllowed, ""},
	} {
		status, text := answerOf(t, w, tc.method, tc.path, "", tc.body)
		if status != tc.status || !strings.Contains(text, tc.want) {
			t.Errorf("%s %s %s: got %d %s, want %d %s", tc.method, tc.path, tc.body, status, text, tc.status, tc.want)
		}
	}

	status, file := answerOf(t, w, http.MethodGet, path+"?orderId=51230077", "", "")
	s, err := scenario.Read([]byte(file))
	if status != http.StatusOK || err != nil || len(s.Steps) != 1 || s.End.Orders["51230077"].Consent != "1" {
		t.Errorf("got %d %v %s", status, err, file)
	}
}
