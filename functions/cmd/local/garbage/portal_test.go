package garbage_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
)

// failure is the documented answer (shared/platform/CONTRACT.md section 3.2) to every POST that names somebody else.
const failure = `{"error":"failed to update customers","reason":"no entry exist in customer table"}`

// post subscribes with a changed body: each change is a pair of what stands there and what shall.
func (r *rig) post(t *testing.T, order string, changes ...string) answer {
	t.Helper()
	body := strings.NewReplacer(changes...).Replace(string(portalBody()))
	return r.send(t, request{method: http.MethodPost, path: world.OrderPath + order, body: []byte(body)})
}

func (r *rig) key(t *testing.T, order string) string {
	t.Helper()
	a := r.send(t, request{method: http.MethodGet, path: world.OrderPath + order})
	var o struct {
		Key string `json:"isWhatsAppEnabledForNotifications"`
	}
	if err := json.Unmarshal(a.body, &o); err != nil || a.status != http.StatusOK {
		t.Fatalf("order %s: got %d %s", order, a.status, clip(a.body))
	}
	return o.Key
}

// putOrder changes Ira's order at the platform.
func (r *rig) putOrder(t *testing.T, changes ...string) {
	t.Helper()
	r.Simulator.Platform().PutOrder(demo.IraOrder, []byte(strings.NewReplacer(changes...).Replace(string(fixture(t, "orders/51230077.json")))))
}

func TestOrderAPIDown(t *testing.T) {
	t.Parallel()
	modes := []simulator.Fault{
		{Mode: "unavailable"},
		{Mode: "unavailable", Status: 500},
		{Mode: "refuse", Status: 418},
		{Mode: "throttle"},
		{Mode: "wrong_credentials"},
		{Mode: "html_502_before"},
		{Mode: "reset_before"},
		{Mode: "timeout_before"},
		{Mode: "truncated"},
		{Mode: "malformed"},
		{Mode: "refuse", Status: 403, Message: marker},
	}
	for _, kept := range []bool{true, false} {
		for _, fault := range modes {
			t.Run(fmt.Sprintf("%s_%d_kept_%t", fault.Mode, fault.Status, kept), func(t *testing.T) {
				t.Parallel()
				// The platform's answer must fail before the request's own end, and what it does answer must come in time on a busy machine.
				r := newRig(t, map[string]string{"PLATFORM_TIMEOUT": "3s"})
				if kept {
					r.key(t, demo.IraOrder)
				}
				fault.System = "platform"
				if err := r.Simulator.Faults().Set([]simulator.Fault{fault}); err != nil {
					t.Fatal(err)
				}
				r.refused(t, request{method: http.MethodGet, path: world.OrderPath + demo.IraOrder}, want{http.StatusBadGateway, "did not answer as agreed"})
				if kept {
					if a := r.post(t, demo.IraOrder); a.status != http.StatusOK {
						t.Errorf("POST: got %d, want 200 from what is stored; body %s", a.status, clip(a.body))
					}
				} else {
					r.refused(t, request{method: http.MethodPost, path: world.OrderPath + demo.IraOrder, body: portalBody()}, want{http.StatusServiceUnavailable, "unavailable"})
				}
				r.Simulator.Faults().Clear()
				wanted := map[bool]string{true: "1", false: "0"}[kept]
				if got := r.key(t, demo.IraOrder); got != wanted {
					t.Errorf("key afterwards: got %q, want %q", got, wanted)
				}
			})
		}
	}
}

// TestNobodyLearnsWhatWasWrong: whatever a POST names wrongly, the answer is the same to the last header.
func TestNobodyLearnsWhatWasWrong(t *testing.T) { //nolint:tparallel // its parts share a world: the writes of one must not be taken for those of another
	t.Parallel()
	cases := map[string]struct {
		order   string
		changes []string
	}{
		"phone":           {demo.IraOrder, []string{"9000000001", "9000079999"}},
		"phone_of_dev":    {demo.IraOrder, []string{"9000000001", "9000000002"}},
		"phone_garbage":   {demo.IraOrder, []string{"9000000001", marker}},
		"phone_abroad":    {demo.IraOrder, []string{"9000000001", "+14155550100"}},
		"email":           {demo.IraOrder, []string{"ira@", marker + "@"}},
		"email_empty":     {demo.IraOrder, []string{"ira@example.test", ""}},
		"account":         {demo.IraOrder, []string{`"811"`, `"812"`}},
		"account_unknown": {demo.IraOrder, []string{`"811"`, `"99999999"`}},
		"order_of_dev":    {demo.DevOrder, nil},
		"order_of_tulsi":  {demo.MeeraOrder, nil},
		"no_such_order":   {"99999999", nil},
	}
	var first *answer
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			logged := r.Logs.Len()
			a := r.post(t, c.order, c.changes...)
			if a.status != http.StatusNotFound || string(a.body) != failure {
				t.Errorf("got %d %s, want 404 and the documented failure", a.status, clip(a.body))
			}
			a.header.Del("Date")
			if first == nil {
				first = &a
			}
			if diff := cmp.Diff(first.header, a.header); diff != "" {
				t.Errorf("headers tell cases apart (-first +this):\n%s", diff)
			}
			r.silent(t, a, logged)
			for _, order := range []string{demo.IraOrder, demo.DevOrder, demo.MeeraOrder} {
				if got := r.key(t, order); got != "0" {
					t.Errorf("order %s: got key %q, want 0", order, got)
				}
			}
		})
	}
}

func TestOrderDecidesOverCustomer(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.putOrder(t, "ira@example.test", "ira.new@example.test")
	if a := r.post(t, demo.IraOrder); a.status != http.StatusNotFound {
		t.Errorf("the customer's old e-mail: got %d, want 404", a.status)
	}
	if a := r.post(t, demo.IraOrder, "ira@example.test", " IRA.new@example.TEST "); a.status != http.StatusOK {
		t.Errorf("the order's e-mail: got %d, want 200; body %s", a.status, clip(a.body))
	}
}

func TestEmptyEmails(t *testing.T) { //nolint:tparallel // its parts share a world: the writes of one must not be taken for those of another
	t.Parallel()
	for order, spelled := range map[string]string{"empty": `"email": ""`, "null": `"email": null`, "missing": `"mail": ""`} {
		r := newRig(t, nil)
		r.putOrder(t, `"email": "ira@example.test"`, spelled)
		for given, body := range map[string]string{"empty": `""`, "null": `null`, "blank": `"  "`} {
			t.Run(order+"_"+given, func(t *testing.T) {
				if a := r.post(t, demo.IraOrder, `"ira@example.test"`, body); a.status != http.StatusOK {
					t.Errorf("got %d, want 200; body %s", a.status, clip(a.body))
				}
				if a := r.post(t, demo.IraOrder); a.status != http.StatusNotFound {
					t.Errorf("an e-mail where the order has none: got %d, want 404", a.status)
				}
			})
		}
	}
}

func TestKeyThatIsThereAlready(t *testing.T) { //nolint:tparallel // its parts share a world: the writes of one must not be taken for those of another
	t.Parallel()
	const key = `"isWhatsAppEnabledForNotifications"`
	for name, value := range map[string]string{
		"text": `"1"`, "number": `1`, "truth": `true`, "null": `null`, "object": `{"a":["}"]}`, "twice": `"1",` + key + `:"1"`,
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			r.putOrder(t, `"externalChannelID"`, key+`:`+value+`,"externalChannelID"`)
			a := r.send(t, request{method: http.MethodGet, path: world.OrderPath + demo.IraOrder})
			keys := regexp.MustCompile(key+`\s*:\s*\S`).FindAll(a.body, -1)
			replaced := bytes.Count(a.body, []byte(key+`:"0"`))
			if a.status != http.StatusOK || len(keys) == 0 || replaced != len(keys) || r.key(t, demo.IraOrder) != "0" {
				t.Errorf("got %d %s, want every such key to be \"0\"", a.status, clip(a.body))
			}
			if !bytes.Contains(a.body, []byte(`"orderTotal": 1000.0`)) {
				t.Errorf("the rest was touched: %s", clip(a.body))
			}
		})
	}
}

// TestPortalFields names each key of the portal's body that is wrong, and what is wrong with it.
func TestPortalFields(t *testing.T) { //nolint:tparallel // its parts share a world: the writes of one must not be taken for those of another
	t.Parallel()
	r := newRig(t, nil)
	values := map[string]map[string]string{
		"contactPhone":   {"float": `9000079999.5`, "negative": `-9000079999`, "exponent": `9e9`, "truth": `true`, "null": `null`, "empty": `""`, "blank": `"  "`, "array": `["` + marker + `"]`, "object": `{"a":"` + marker + `"}`},
		"customerName":   {"number": `1`, "array": `["` + marker + `"]`, "truth": `true`},
		"email":          {"number": `1`, "object": `{"a":"` + marker + `"}`},
		"accountId":      {"null": `null`, "text": `"` + marker + `"`, "negative": `-811`, "float": `811.5`, "exponent": `8e2`, "overflow": `999999999999999999999999`, "huge": `1e999`, "array": `[811]`, "empty": `""`, "zero": `0`},
		"whatsAppStatus": {"null": `null`, "number": `1`, "lower_case": `"active"`, "unknown": `"` + marker + `"`, "unreachable": `"UNREACHABLE"`, "empty": `""`, "array": `["ACTIVE"]`},
	}
	for key, wrong := range values {
		present := regexp.MustCompile(`"` + key + `":"[^"]*"`)
		t.Run(key+"_missing", func(t *testing.T) {
			body := present.ReplaceAll(portalBody(), []byte(`"other":"`+marker+`"`))
			r.refused(t, request{method: http.MethodPost, path: world.OrderPath + demo.IraOrder, body: body}, want{http.StatusBadRequest, key})
		})
		t.Run(key+"_in_other_case", func(t *testing.T) {
			body := bytes.Replace(portalBody(), []byte(key), []byte(strings.ToUpper(key)), 1)
			r.refused(t, request{method: http.MethodPost, path: world.OrderPath + demo.IraOrder, body: body}, want{http.StatusBadRequest, key})
		})
		for name, value := range wrong {
			t.Run(key+"_"+name, func(t *testing.T) {
				body := present.ReplaceAll(portalBody(), []byte(`"`+key+`":`+value))
				r.refused(t, request{method: http.MethodPost, path: world.OrderPath + demo.IraOrder, body: body}, want{http.StatusBadRequest, key})
			})
			t.Run(key+"_twice_"+name, func(t *testing.T) {
				// The last of two counts, as in every JSON reader of ours: never one for the check and the other for the answer.
				body := bytes.Replace(portalBody(), []byte(`}`), []byte(`,"`+key+`":`+value+`}`), 1)
				r.refused(t, request{method: http.MethodPost, path: world.OrderPath + demo.IraOrder, body: body}, want{http.StatusBadRequest, key})
			})
		}
	}
}
