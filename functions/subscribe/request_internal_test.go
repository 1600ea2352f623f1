package subscribe

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

func FuzzPostBody(f *testing.F) {
	const good = `{"contactPhone":"9000000001","customerName":"Ira Sample","email":"ira@example.test","accountId":"811","whatsAppStatus":"ACTIVE"}`
	for _, seed := range []string{
		good, strings.Replace(good, `"811"`, `811.0`, 1), strings.Replace(good, "ACTIVE", "INACTIVE", 1),
		strings.Replace(good, `"ira@example.test"`, "null", 1), strings.Replace(good, "Ira", `\ud800\n<>`, 1),
		good[:50], "", "null", "[]", `{"contactPhone":1}`, good + good, "\xff", strings.Repeat(`{"a":`, 70),
		strings.Replace(good, `"811"`, `"`+strings.Repeat("9", 30)+`"`, 1), strings.Replace(good, "{", `{"contactPhone":7,`, 1),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := parseRequest(body)
		if err != nil {
			if status := fault.KindOf(err).Status(); status != http.StatusBadRequest {
				t.Errorf("status %d for bad input: %v", status, err)
			}
			return
		}
		if r.status != consent.Active && r.status != consent.Inactive || r.phone == "" || r.account == "" || r.account[0] == '0' {
			t.Errorf("accepted with status %q, phone %t, account %q", r.status, r.phone != "", r.account)
		}
		var in, out map[string]any
		if json.Unmarshal(body, &in) != nil || json.Unmarshal(r.done(), &out) != nil {
			t.Fatalf("the answer is not JSON: %s", r.done())
		}
		if len(out) != len(bodyKeys)+1 || out["status"] != statusDone {
			t.Errorf("answer with %d keys, status %v", len(out), out["status"])
		}
	})
}

func FuzzOrderPath(f *testing.F) {
	for _, seed := range []string{orderPath + "51230077", orderPath, orderPath + "..", orderPath + "%2F", "/", orderPath + "a/b", orderPath + "%zz"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		u, err := url.ParseRequestURI(path)
		if err != nil {
			return
		}
		id, err := orderIDOf(u)
		if err != nil {
			if s := fault.KindOf(err).Status(); s != http.StatusNotFound && s != http.StatusBadRequest {
				t.Errorf("status %d: %v", s, err)
			}
			return
		}
		if id == "" || len(id) > maxOrderID || strings.ContainsAny(id, "/\\ \x00\n%?#") || id == ".." {
			t.Errorf("accepted %q", id)
		}
	})
}
