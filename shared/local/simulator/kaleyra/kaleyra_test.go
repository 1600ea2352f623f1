package kaleyra_test

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/callback"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/ident"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/witness"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

const (
	answerKey     = `{"code":"RBC001","message":"Incorrect SID or API key.","data":[],"error":{"error":"Incorrect SID or API key."}}`
	answerPayload = `{"code":"WA400","message":"Refer to correct payload format","data":{},"error":{"payload":"Incorrect payload format"}}`
	answerNumber  = `{"code":"WA401","message":"Phone number is not present or does not belong to the account.","data":{},"error":{"phone_number":"Phone number is not present or does not belong to the account."}}`
)

func TestSendIsAnswered(t *testing.T) {
	t.Parallel()
	replace := func(old, with string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("good has no %q", old)
		}
		return strings.Replace(good, old, with, 1)
	}
	tests := []struct {
		name, path, key, body string
		status                int
		want                  string
	}{
		{"good", path, key, good, 202, `{"code":"WA202","message":"Request Accepted","data":{"message_id":"`},
		{"digits_in_the_path", strings.Replace(path, "+", "", 1), key, good, 202, `{"code":"WA202"`},
		{"no_extra", path, key, text("x"), 202, `{"code":"WA202"`},
		{"wrong_key", path, "no", good, 401, answerKey},
		{"wrong_sid", strings.Replace(path, sid, "HXIN0000000000IN", 1), key, good, 401, answerKey},
		{"foreign_number", strings.Replace(path, number, "919000000299", 1), key, good, 401, answerNumber},
		{"shoppers_number_in_the_path", strings.Replace(path, number, shopper, 1), key, good, 401, answerNumber},
		{"version_1", "/v1/" + sid + "/messages", key, good, 404, "404 page not found"},
		{"no_json", path, key, "x", 400, answerPayload},
		{"two_values", path, key, good + good, 400, answerPayload},
		{"sample_with_one_brace_too_many", path, key, replace(`]}},`, `]}}},`), 400, answerPayload},
		{"foreign_member", path, key, replace(`"extra_info"`, `"extra"`), 400, answerPayload},
		{"buttons_none", path, key, buttons(`[]`), 400, answerPayload},
		{"buttons_type", path, key, buttons(`[{"type":"url","reply":{"id":"1","title":"a"}}]`), 400, answerPayload},
		{"buttons_twice", path, key, buttons(`[{"type":"reply","reply":{"id":"1","title":"a"}},{"type":"reply","reply":{"id":"1","title":"b"}}]`), 400, answerPayload},
		{"buttons_long_title", path, key, buttons(`[{"type":"reply","reply":{"id":"1","title":"a title of 21 letters"}}]`), 400, answerPayload},
		{"buttons_absent", path, key, strings.Replace(buttons(`[]`), `"interactive":{`, `"interactively":{`, 1), 400, answerPayload},
		{"unwrapped", path, key, `{"messaging_product":"whatsapp","to":"+919000000007","type":"text","text":{"body":"x"}}`, 400, answerPayload},
		{"other_product", path, key, replace(`"messaging_product":"whatsapp"`, `"messaging_product":"sms"`), 400, answerPayload},
		{"group", path, key, replace(`"individual"`, `"group"`), 400, answerPayload},
		{"no_recipient", path, key, replace(`"+919000000007"`, `""`), 400, answerPayload},
		{"recipient_with_blanks", path, key, replace(`"+919000000007"`, `"+91 9000000007"`), 400, answerPayload},
		{"other_type", path, key, replace(`"type":"template"`, `"type":"image"`), 400, answerPayload},
		{"no_policy", path, key, replace(`"policy":"deterministic",`, ``), 400, answerPayload},
		{"no_language", path, key, replace(`"code":"en"`, `"code":""`), 400, answerPayload},
		{"no_name", path, key, replace(`"missed_v1"`, `""`), 400, answerPayload},
		{"unknown_component", path, key, plain("plain_v1", `{"type":"footer","parameters":[{"type":"text","text":"x"}]}`, ""), 400, answerPayload},
		{"component_without_parameters", path, key, plain("plain_v1", `{"type":"body","parameters":[]}`, ""), 400, answerPayload},
		{"button_without_index", path, key, replace(`"index":"0",`, ``), 400, answerPayload},
		{"order_status_in_metas_spelling", path, key, orderStatus("inv-1", "partially-shipped", ""), 400, answerPayload},
		{"order_status_without_reference", path, key, orderStatus("", "shipped", ""), 400, answerPayload},
		{"order_status_long_description", path, key, orderStatus("inv-1", "shipped", strings.Repeat("x", 121)), 400, answerPayload},
		{"order_status", path, key, orderStatus("inv-1", "shipped", strings.Repeat("ä", 120)), 202, `{"code":"WA202"`},
		{"empty_text", path, key, text(""), 400, answerPayload},
		{"long_text", path, key, text(strings.Repeat("x", 4097)), 400, answerPayload},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			got := w.do(http.MethodPost, tc.path, tc.key, tc.body)
			if got.status != tc.status || !strings.HasPrefix(got.body, tc.want) {
				t.Errorf("got %d %s, want %d %s", got.status, got.body, tc.status, tc.want)
			}
			if n := w.log.AcceptedCount(); (n == 1) != (tc.status == 202) {
				t.Errorf("accepted: got %d", n)
			}
		})
	}
}

func TestSendOfAccountsThatCannot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, other := range []kaleyra.App{
		{ID: "old", SID: sid, APIKey: key, Number: "919000000201", WABAID: "2", Version1: true},
		{ID: "shut", SID: sid, APIKey: key, Number: "919000000202", WABAID: "3", NoAccess: true},
	} {
		if err := w.AddApp(other); err != nil {
			t.Fatal(err)
		}
	}
	for target, want := range map[string]string{
		strings.Replace(path, number, "919000000201", 1): "different Version of our WA API",
		strings.Replace(path, number, "919000000202", 1): "API is not available for given customer",
	} {
		if got := w.do(http.MethodPost, target, key, good); got.status != 401 || !strings.Contains(got.body, `"WA-401"`) || !strings.Contains(got.body, want) {
			t.Errorf("%s: got %d %s, want 401 %s", target, got.status, got.body, want)
		}
	}
}

func TestOrdersGoForward(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.AddOrder(appID, "inv-1"); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ status, want string }{
		{"processing", ""}, {"partially_shipped", ""}, {"shipped", ""}, {"canceled", ""}, {"completed", "2046"},
	} {
		w.send(orderStatus("inv-1", step.status, "x"))
		if got := w.pass(time.Minute); len(got) == 0 || got[0]["code"] != step.want {
			t.Errorf("%s: got %v, want code %q", step.status, got, step.want)
		}
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := kaleyra.DefaultBehaviour()
	b.RatePerSecond, b.PerDay = 1, 2
	if err := w.SetBehaviour(appID, b); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"WA202", "WA429", "", "WA202", "", "WAV2101"} {
		if want == "" {
			w.clock.Advance(time.Second)
			continue
		}
		if got := w.send(good); !strings.HasPrefix(got.body, `{"code":"`+want+`"`) {
			t.Errorf("%d: got %d %s, want %s", i, got.status, got.body, want)
		}
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for mode, want := range map[chaos.Mode]answer{
		chaos.Refuse:           {400, `{"code":"WA400","message":"Refer to correct payload format"`},
		chaos.Throttle:         {429, `{"code":"WA429"`},
		chaos.WrongCredentials: {401, answerKey},
		chaos.Unavailable:      {503, `{"code":"WA500","message":"Please try again later","data":{},"error":{"error":"Internal server error"}}`},
		chaos.LowBalance:       {400, `{"code":"E110"`},
		chaos.NoID:             {202, `{"code":"WA202","message":"Request Accepted","data":{},"error":{}}`},
		chaos.HTML502After:     {502, "<html>"},
	} {
		w := newWorld(t)
		if _, err := w.faults.Add(chaos.Fault{Mode: mode, System: "kaleyra", AppID: appID, Times: 1}); err != nil {
			t.Fatal(err)
		}
		if got := w.send(good); got.status != want.status || !strings.HasPrefix(got.body, want.body) {
			t.Errorf("%s: got %d %s, want %d %s", mode, got.status, got.body, want.status, want.body)
		}
		if got := w.send(good); got.status != 202 {
			t.Errorf("%s: spent fault goes on: %d", mode, got.status)
		}
	}
	for mode, code := range map[chaos.Mode]string{
		chaos.PausedTemplate: "132015", chaos.AccountDisabled: "131031", chaos.FailCallback: "131049",
	} {
		w := newWorld(t)
		if _, err := w.faults.Add(chaos.Fault{Mode: mode, Code: 131049}); err != nil {
			t.Fatal(err)
		}
		w.send(good)
		if got := w.pass(time.Minute); len(got) != 1 || got[0]["status"] != "FAILED" || got[0]["code"] != code {
			t.Errorf("%s: got %v, want %s", mode, got, code)
		}
	}
	w := newWorld(t)
	w.phones.SetNotOnWhatsApp(shopper, true)
	w.send(good)
	if got := w.pass(time.Minute); len(got) != 1 || got[0]["code"] != "131026" {
		t.Errorf("not on WhatsApp: got %v", got)
	}

	if err := w.SetTemplateStatus(appID, "missed_v1", "en", "Paused", ""); err != nil {
		t.Fatal(err)
	}
	w.send(good)
	if got := w.pass(time.Minute); !slices.ContainsFunc(got, func(f map[string]string) bool { return f["code"] == "132015" }) {
		t.Errorf("a paused template, to who is not on WhatsApp: got %v", got)
	}
}

func TestTemplateList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.do(http.MethodGet, listed, key, "")
	var list struct {
		Code string             `json:"code"`
		Data []kaleyra.Template `json:"data"`
	}
	if err := json.Unmarshal([]byte(got.body), &list); err != nil || got.status != 200 || list.Code != "WA200" {
		t.Fatalf("got %d %s, %v", got.status, got.body, err)
	}
	if diff := cmp.Diff(app("").Templates, list.Data); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := w.do(http.MethodGet, listed, "no", ""); got.status != 401 || got.body != answerKey {
		t.Errorf("wrong key: got %d %s", got.status, got.body)
	}
	if got := w.do(http.MethodGet, strings.Replace(listed, waba, "7", 1), key, ""); got.body != answerPayload {
		t.Errorf("other account: got %d %s", got.status, got.body)
	}
}

func TestSetUpIsChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ok := kaleyra.App{ID: "a2", SID: sid, APIKey: key, Number: "919000000299", WABAID: waba}
	for name, change := range map[string]func(*kaleyra.App){
		"id":           func(a *kaleyra.App) { a.ID = "" },
		"sid":          func(a *kaleyra.App) { a.SID = "x/y" },
		"number":       func(a *kaleyra.App) { a.Number = "+919000000299" },
		"key":          func(a *kaleyra.App) { a.APIKey = "" },
		"waba":         func(a *kaleyra.App) { a.WABAID = "" },
		"id_taken":     func(a *kaleyra.App) { a.ID = appID },
		"number_taken": func(a *kaleyra.App) { a.Number = number },
	} {
		a := ok
		change(&a)
		if err := w.AddApp(a); !errors.Is(err, tenant.ErrInvalidApp) {
			t.Errorf("%s: got %v, want %v", name, err, tenant.ErrInvalidApp)
		}
	}
	bad := ok
	bad.Templates = []kaleyra.Template{{Name: "x"}}
	if err := w.AddApp(bad); !errors.Is(err, tenant.ErrInvalidTemplate) {
		t.Errorf("template: got %v, want %v", err, tenant.ErrInvalidTemplate)
	}
	if _, err := w.Behaviour("nobody"); !errors.Is(err, tenant.ErrUnknownApp) {
		t.Errorf("unknown app: got %v", err)
	}
	if b, err := w.Behaviour(appID); err != nil || !b.Callbacks || b.InboundForm != kaleyra.FormFlat {
		t.Errorf("behaviour: got %+v, %v", b, err)
	}
	if err := w.PutTemplate(appID, kaleyra.Template{Name: "x", Language: "en", Status: "APPROVED", Components: []kaleyra.Component{{Type: "CAROUSEL"}}}); !errors.Is(err, tenant.ErrInvalidTemplate) {
		t.Errorf("carousel: got %v", err)
	}
}

func FuzzSend(f *testing.F) {
	for _, seed := range []string{good, text("x"), orderStatus("inv-1", "shipped", "x"), plain("plain_v1", "", ""), "{}", "null"} {
		f.Add(seed)
	}
	clk := clock.NewManual(start)
	log := witness.New(10)
	faults := chaos.New(clk)
	phones := handset.New(clk.Now, 10)
	outbox := callback.New(callback.Config{Clock: clk, Client: testkit.Client, Log: log, Faults: faults, Logger: slog.New(slog.DiscardHandler), Timeout: time.Second})
	s := kaleyra.New(tenant.Config{Clock: clk, IDs: ident.New(1), Log: log, Faults: faults, Outbox: outbox, Handset: phones})
	a := app("")
	if err := s.AddApp(a); err != nil {
		f.Fatal(err)
	}
	h := s.Handler()
	f.Fuzz(func(t *testing.T, body string) {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(body))
		req.Header.Set("Api-Key", key)
		req.Header.Set("Content-Type", "application/json")
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, req)
		if !json.Valid(rec.Body.Bytes()) || rec.Code != 202 && rec.Code != 400 {
			t.Errorf("got %d %s", rec.Code, rec.Body)
		}
		phones.Inbox(shopper)
	})
}

// buttons is a text with reply buttons.
func buttons(list string) string {
	return `{"messaging_object":{"messaging_product":"whatsapp","to":"+919000000007","type":"interactive","interactive":{"type":"button","body":{"text":"x"},"action":{"buttons":` +
		list + `}}}}`
}
