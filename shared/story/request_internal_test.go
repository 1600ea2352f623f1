package story

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/phone"
)

// TestRequestHidesNumbers holds that no part of a request shows the recipient's number, also where it is escaped.
func TestRequestHidesNumbers(t *testing.T) {
	t.Parallel()
	to, err := phone.FromE164("+919000000001")
	if err != nil {
		t.Fatal(err)
	}
	for _, written := range []string{"919000000001", "%2B919000000001", "%2B91%2090000%2000001", "09000000001"} {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "https://provider.test/"+written+"/messages?to="+written, strings.NewReader("to="+written))
		req.Header.Set("X-Recipient", written)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		got, err := requestOf(req, to)
		if err != nil {
			t.Fatal(err)
		}
		for what, text := range map[string]string{"the URL": got.URL, "a header": got.Headers[1].Value, "the body": got.Body} {
			if strings.Contains(strings.ReplaceAll(unescaped(text), " ", ""), "9000000001") || !strings.Contains(text, to.String()) {
				t.Errorf("%s of %s: got %s", what, written, text)
			}
		}
	}
}
