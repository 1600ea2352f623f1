package gupshup_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
)

const subPath = "/gupshup/wa/app/" + appID + "/subscription"

func (w *world) call(method, path string, form url.Values) (int, map[string]any) {
	w.t.Helper()
	contentType, body := "", ""
	if form != nil {
		contentType, body = formType, form.Encode()
	}
	a, err := w.do(method, path, apiKey, contentType, body)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
	var m map[string]any
	if err := json.Unmarshal([]byte(a.body), &m); err != nil {
		w.t.Fatalf("%s %s: %q is no JSON", method, path, a.body)
	}
	return a.status, m
}

func (w *world) subForm(pairs ...string) url.Values {
	return with(url.Values{
		"modes": {"[SENT,DELIVERED,READ,FAILED]"}, "tag": {"ours"}, "url": {w.hook.url}, "version": {"2"},
	}, pairs...)
}

func TestSubscriptionIsSetAndReadBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	status, m := w.call("POST", subPath, w.subForm())
	if status != http.StatusOK || m["status"] != "success" {
		t.Fatalf("got %d %v", status, m)
	}
	want := map[string]any{
		"active": true, "appId": appID, "createdOn": float64(start.UnixMilli()), "id": "8166", "mode": float64(2 + 4 + 8 + 16),
		"modes": []any{"SENT", "DELIVERED", "READ", "FAILED"}, "modifiedOn": float64(start.UnixMilli()),
		"showOnUI": false, "tag": "ours", "url": w.hook.url, "version": 2.0,
	}
	if diff := cmp.Diff(want, m["subscription"]); diff != "" {
		t.Errorf("created (-want +got):\n%s", diff)
	}
	if _, m = w.call("GET", subPath, nil); cmp.Diff([]any{want}, m["subscriptions"]) != "" {
		t.Errorf("list: got %v", m)
	}
	if _, m = w.call("GET", subPath+"/8166", nil); cmp.Diff(any(want), m["subscription"]) != "" {
		t.Errorf("by id: got %v", m)
	}
	// The handshake came before anything else.
	shake := w.hook.all()
	if len(shake) != 1 || at(shake[0], "type") != "user-event" || at(shake[0], "payload", "type") != "sandbox-start" ||
		at(shake[0], "payload", "phone") != "callbackSetPhone" {
		t.Fatalf("handshake: got %v", shake)
	}
	w.clock.Advance(time.Second)
	if status, m = w.call("PUT", subPath+"/8166", url.Values{"modes": {"SENT,BILLING"}}); status != http.StatusOK {
		t.Fatalf("update: got %d %v", status, m)
	}
	if got := at(m, "subscription"); cmp.Diff([]any{"SENT", "BILLING"}, at(got, "modes")) != "" || at(got, "tag") != "ours" ||
		at(got, "modifiedOn") != float64(start.UnixMilli()+1000) {
		t.Errorf("updated: got %v", got)
	}
	if got := len(w.hook.all()); got != 1 {
		t.Errorf("an update without an address shook hands: %d posts", got)
	}
	if status, _ = w.call("DELETE", subPath+"/8166", nil); status != http.StatusOK {
		t.Errorf("delete: got %d", status)
	}
	if _, m = w.call("GET", subPath, nil); len(m["subscriptions"].([]any)) != 0 {
		t.Errorf("after delete: got %v", m)
	}
}

func TestSubscriptionHandshake(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		answer  int
		body    string
		doCheck string
		status  int
	}{
		"taken":           {200, "", "true", 200},
		"taken_204":       {204, "", "", 200},
		"refused":         {500, "", "", 400},
		"not_empty":       {200, "hello", "", 400},
		"refused_no_test": {500, "", "false", 200},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.hook.answers, w.hook.body = []int{tc.answer}, tc.body
			status, m := w.call("POST", subPath, w.subForm("doCheck", tc.doCheck))
			if status != tc.status {
				t.Errorf("got %d %v, want %d", status, m, tc.status)
			}
			if tc.status == http.StatusBadRequest && m["message"] != "Invalid URL Passed" {
				t.Errorf("got %v, want Invalid URL Passed", m)
			}
		})
	}
}

func TestSubscriptionRefuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		pairs   []string
		status  int
		message string
	}{
		"no_url":      {[]string{"url", ""}, 400, "Invalid URL Passed"},
		"bad_url":     {[]string{"url", "not a url"}, 400, "Invalid URL Passed"},
		"other_url":   {[]string{"url", "ftp://x.example.com"}, 400, "Invalid URL Passed"},
		"no_modes":    {[]string{"modes", ""}, 400, "Invalid Modes"},
		"other_modes": {[]string{"modes", "SENT,TEA"}, 400, "Invalid Modes"},
		"none_mixed":  {[]string{"modes", "NONE,SENT"}, 400, "Invalid Modes"},
		"no_tag":      {[]string{"tag", ""}, 400, "Invalid Tag"},
		"no_version":  {[]string{"version", ""}, 400, "Invalid Version"},
		"version_1":   {[]string{"version", "1"}, 400, "Invalid Version"},
		"active":      {[]string{"active", "yes"}, 400, "Invalid Boolean"},
		"meta":        {[]string{"meta", "x"}, 400, "Unable To Create Subscription"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			status, m := w.call("POST", subPath, w.subForm(tc.pairs...))
			if status != tc.status || m["message"] != tc.message || m["status"] != "error" {
				t.Errorf("got %d %v, want %d %q", status, m, tc.status, tc.message)
			}
			if _, m = w.call("GET", subPath, nil); len(m["subscriptions"].([]any)) != 0 {
				t.Errorf("a refused subscription is there: %v", m)
			}
		})
	}
	t.Run("json", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		if a, err := w.do("POST", subPath, apiKey, "application/json", "{}"); err != nil || a.status != http.StatusUnsupportedMediaType {
			t.Errorf("got %d %v, want 415", a.status, err)
		}
	})
	t.Run("not_live", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		a, err := w.do("POST", "/gupshup/wa/app/"+otherID+"/subscription", otherKey, formType, w.subForm().Encode())
		if err != nil || a.status != http.StatusUnauthorized || a.field(t, "message") != "Authentication Failed" {
			t.Errorf("got %d %s %v, want 401", a.status, a.body, err)
		}
	})
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		t.Run("unknown_"+method, func(t *testing.T) {
			t.Parallel()
			if status, _ := newWorld(t).call(method, subPath+"/1", url.Values{}); status != http.StatusBadRequest {
				t.Errorf("got %d, want 400", status)
			}
		})
	}
}

func TestAtMostFiveSubscriptionsWithTagsOfTheirOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, tag := range []string{"a", "b", "c", "d", "e"} {
		if status, m := w.call("POST", subPath, w.subForm("tag", tag)); status != http.StatusOK {
			t.Fatalf("subscription %d: got %d %v", i+1, status, m)
		}
		if i == 0 {
			if status, m := w.call("POST", subPath, w.subForm("tag", tag)); status != http.StatusInternalServerError || m["message"] != "Unable To Create Subscription" {
				t.Errorf("tag twice: got %d %v", status, m)
			}
		}
	}
	if status, _ := w.call("POST", subPath, w.subForm("tag", "f")); status != http.StatusInternalServerError {
		t.Errorf("sixth: got %d, want 500", status)
	}
}

func TestSubscriptionModesAndHeadersAtWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	status, m := w.call("POST", subPath, w.subForm("modes", `["enqueued", "sent"]`, "meta", `{"headers":{"X-Hook-Secret":"abc"}}`))
	if status != http.StatusOK {
		t.Fatalf("got %d %v", status, m)
	}
	w.send()
	w.pass(time.Minute)
	if diff := cmp.Diff([]string{"user-event", "enqueued", "sent"}, w.hook.kinds()); diff != "" {
		t.Errorf("callbacks (-want +got):\n%s", diff)
	}
	for i, h := range w.hook.hdr {
		if h.Get("X-Hook-Secret") != "abc" {
			t.Errorf("post %d has no custom header", i)
		}
	}
	if status, _ = w.call("PUT", subPath+"/8166", url.Values{"active": {"false"}}); status != http.StatusOK {
		t.Fatalf("switch off: got %d", status)
	}
	w.send()
	w.pass(time.Minute)
	if got := len(w.hook.all()); got != 3 {
		t.Errorf("an inactive subscription was told: %d posts", got)
	}
}

func TestAllAndNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for modes, want := range map[string]float64{"ALL": 2047, "[NONE]": 0} {
		if _, m := w.call("POST", subPath, w.subForm("modes", modes, "tag", "t"+modes[:1])); at(m, "subscription", "mode") != want {
			t.Errorf("%s: got %v, want %v", modes, m, want)
		}
	}
}

func TestSubscribeFromGo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sim := w.Gupshup()
	for name, tc := range map[string]struct {
		app string
		sub gupshup.Subscription
		err error
	}{
		"app":   {"who", gupshup.Subscription{URL: w.hook.url}, tenant.ErrUnknownApp},
		"url":   {appID, gupshup.Subscription{URL: "x"}, gupshup.ErrInvalidSubscription},
		"modes": {appID, gupshup.Subscription{URL: w.hook.url, Modes: []string{"TEA"}}, gupshup.ErrInvalidSubscription},
	} {
		if _, err := sim.Subscribe(tc.app, tc.sub); !errors.Is(err, tc.err) {
			t.Errorf("%s: got %v, want %v", name, err, tc.err)
		}
	}
}

func TestTemplatesAreRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	status, m := w.call("GET", "/gupshup/wa/app/"+appID+"/template", nil)
	list, _ := m["templates"].([]any)
	if status != http.StatusOK || m["status"] != "success" || len(list) != len(templates()) {
		t.Fatalf("list: got %d with %d templates", status, len(list))
	}
	_, m = w.call("GET", "/gupshup/wa/app/"+appID+"/template/"+ndr, nil)
	want := map[string]any{
		"appId": appID, "wabaId": "100000000000001", "id": ndr, "elementName": "failed_delivery_v1", "languageCode": "en",
		"languagePolicy": "deterministic", "category": "UTILITY", "templateType": "TEXT", "status": "APPROVED",
		"quality": "UNKNOWN", "buttonSupported": "QR",
		"data":          "Delivery missed\nHi {{1}}, we could not deliver {{2}} from {{3}}.\nReply below | [Try again] | [Change address]",
		"meta":          `{"example":"Hi Asha, we could not deliver ORD123456 from KapasKraft."}`,
		"containerMeta": `{"data":"Hi {{1}}, we could not deliver {{2}} from {{3}}.","header":"Delivery missed","footer":"Reply below","buttons":[{"type":"QUICK_REPLY","text":"Try again"},{"type":"QUICK_REPLY","text":"Change address"}],"sampleText":"Hi Asha, we could not deliver ORD123456 from KapasKraft.","enableSample":true}`,
	}
	if diff := cmp.Diff(want, m["template"]); diff != "" {
		t.Errorf("template (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(m["template"], list[0]); diff != "" {
		t.Errorf("list and by-id differ (-by id +list):\n%s", diff)
	}
	if status, m = w.call("GET", "/gupshup/wa/app/"+appID+"/template/nope", nil); status != http.StatusBadRequest || m["status"] != "error" {
		t.Errorf("unknown template: got %d %v", status, m)
	}
}

func TestBusinessReads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, m := w.call("GET", "/gupshup/wa/app/"+appID+"/business/profile", nil); m["phoneNumber"] != appPhone {
		t.Errorf("profile: got %v", m)
	}
	if _, m := w.call("GET", "/gupshup/wa/app/"+appID+"/business", nil); at(m, "business", "name") != appName {
		t.Errorf("business: got %v", m)
	}
	a, err := w.do("GET", "/gupshup/wa/app/"+otherID+"/business/profile", otherKey, "", "")
	if err != nil || a.status != http.StatusOK || at(mustJSON(t, a.body), "phoneNumber") != nil || at(mustJSON(t, a.body), "profile") == nil {
		t.Errorf("profile in the sample's shape: got %s %v", a.body, err)
	}
}

func mustJSON(t *testing.T, body string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatalf("%q: %v", body, err)
	}
	return v
}

func TestInvalidAppsAndTemplates(t *testing.T) {
	t.Parallel()
	fine := gupshup.App{ID: "aaaaaaaa-0000-4000-8000-000000000009", Name: "Valid123", Phone: "911140000009", APIKey: "k"}
	for name, change := range map[string]func(*gupshup.App){
		"id":           func(a *gupshup.App) { a.ID = "1" },
		"name_short":   func(a *gupshup.App) { a.Name = "abc" },
		"name_blank":   func(a *gupshup.App) { a.Name = "two words" },
		"phone":        func(a *gupshup.App) { a.Phone = "+911140000009" },
		"key":          func(a *gupshup.App) { a.APIKey = "" },
		"id_is_taken":  func(a *gupshup.App) { a.ID = appID },
		"name_is_used": func(a *gupshup.App) { a.Name = appName },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := fine
			change(&a)
			if err := newWorld(t).Gupshup().AddApp(a); !errors.Is(err, tenant.ErrInvalidApp) {
				t.Errorf("got %v, want ErrInvalidApp", err)
			}
		})
	}
	w := newWorld(t)
	if err := w.Gupshup().AddApp(fine); err != nil {
		t.Errorf("a valid app: %v", err)
	}
	for name, tpl := range map[string]gupshup.Template{
		"empty": {}, "meta": {ID: "1", ElementName: "a", Status: "APPROVED", TemplateType: "TEXT", ContainerMeta: "x"},
	} {
		if err := w.Gupshup().PutTemplate(appID, tpl); !errors.Is(err, tenant.ErrInvalidTemplate) {
			t.Errorf("%s: got %v, want ErrInvalidTemplate", name, err)
		}
	}
}

// An old template has the flattened text and no containerMeta.
func TestOldTemplate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.Gupshup().PutTemplate(appID, gupshup.Template{
		ID: "old", ElementName: "old_v1", Status: "approved", TemplateType: "TEXT", Data: "Hello {{1}} | [Yes]", ExternalID: 42,
	}); err != nil {
		t.Fatal(err)
	}
	a := w.post(sendPath, with(good(), "postbackTexts", "", "template", `{"id":"old","params":["Ira"]}`))
	if a.status != http.StatusAccepted || w.Phones().Inbox(shopper)[0].Text != "Hello Ira" {
		t.Errorf("got %d %s and %+v", a.status, a.body, w.Phones().Inbox(shopper))
	}
	if _, m := w.call("GET", "/gupshup/wa/app/"+appID+"/template/old", nil); at(m, "template", "externalId") != 42.0 {
		t.Errorf("externalId: got %v, want the number", m)
	}
}
