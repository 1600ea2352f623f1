package kaleyra_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/simulator/callback"
	"github.com/eshopbox/whatsapp-notifications/shared/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/simulator/handset"
	"github.com/eshopbox/whatsapp-notifications/shared/simulator/ident"
	"github.com/eshopbox/whatsapp-notifications/shared/simulator/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/simulator/witness"
)

const (
	appID   = "kaleyra-1"
	sid     = "HXIN1700000001IN"
	key     = "test-key-not-real"
	number  = "919000000200"
	waba    = "100000000000201"
	shopper = "919000000007"
	path    = "/v2/" + sid + "/whatsapp/+" + number + "/messages"
	listed  = "/v2/" + sid + "/whatsapp/" + waba + "/message_templates"
	profile = `{"id":"<id>","status":"<status>","time":"<timestamp>","to":"<mobile>","ref":"<ref>","ref1":"<ref1>",` +
		`"code":"<error_code>","price":"<price>","from":"<from>","type":"<type>","body":"<body>","message":"<message>",` +
		`"event":"<event>","name":"<message_template_name>"}`
)

var start = time.Date(2026, 11, 21, 6, 0, 0, 0, time.UTC)

// world is a simulated Kaleyra behind real HTTP on a clock that the test moves, with one receiver of callbacks.
type world struct {
	*kaleyra.Server
	t      *testing.T
	clock  *clock.Manual
	outbox *callback.Outbox
	phones *handset.Book
	faults *chaos.List
	log    *witness.Log
	url    string

	mu   sync.Mutex
	got  []map[string]string
	head []http.Header
	gets []url.Values
	deny int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	clk := clock.NewManual(start)
	w := &world{t: t, clock: clk, log: witness.New(0), faults: chaos.New(clk), phones: handset.New(clk.Now, 0)}
	client := &http.Client{Transport: &http.Transport{}}
	w.outbox = callback.New(callback.Config{
		Clock: clk, Client: client, Log: w.log, Logger: slog.New(slog.DiscardHandler), Timeout: 10 * time.Second,
	})
	w.Server = kaleyra.New(kaleyra.Config{
		Clock: clk, IDs: ident.New(7), Log: w.log, Faults: w.faults, Outbox: w.outbox, Handset: w.phones, Client: client,
	})
	mux := http.NewServeMux()
	mux.HandleFunc("/hook", w.receive)
	mux.Handle("/", w.Handler())
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	t.Cleanup(w.outbox.Close)
	t.Cleanup(w.faults.Close)
	w.url = srv.URL
	if err := w.AddApp(app(srv.URL + "/hook")); err != nil {
		t.Fatalf("AddApp: %v", err)
	}
	return w
}

func app(hook string) kaleyra.App {
	quick := []kaleyra.Button{{Type: kaleyra.QuickReply, Text: "Try again"}, {Type: kaleyra.URL, Text: "Track", URL: "https://t.example.com/{{1}}"}}
	asleep := kaleyra.NewTemplate("13", "asleep_v1", kaleyra.Content{Body: "Hello"})
	asleep.Status = "PAUSED"
	bad := kaleyra.NewTemplate("14", "bad_v1", kaleyra.Content{Body: "Hello"})
	bad.Status = "REJECTED"
	invoice := kaleyra.NewTemplate("15", "invoice_v1", kaleyra.Content{Body: "Invoice of {{customer}}."})
	invoice.Components = append(invoice.Components, kaleyra.Component{Type: "HEADER", Format: "DOCUMENT"})
	return kaleyra.App{
		ID: appID, SID: sid, APIKey: key, Number: number, WABAID: waba,
		Templates: []kaleyra.Template{
			kaleyra.NewTemplate("11", "missed_v1", kaleyra.Content{Header: "Order {{1}}", Body: "Hi {{1}}, not {{2}}.", Footer: "Bye", Buttons: quick}),
			kaleyra.NewTemplate("12", "plain_v1", kaleyra.Content{Body: "Hello"}),
			asleep, bad, invoice,
		},
		Callback: kaleyra.Profile{URL: hook, Body: []byte(profile), Header: http.Header{"X-Test-Secret": {"s3"}}},
	}
}

func (w *world) receive(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.deny > 0 {
		w.deny--
		rw.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.head = append(w.head, r.Header)
	if r.Method == http.MethodGet {
		w.gets = append(w.gets, r.URL.Query())
		return
	}
	body := map[string]string{}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		w.t.Errorf("callback is no JSON of texts: %v", err)
	}
	w.got = append(w.got, body)
}

// pass lets time go by and gives what the receiver was told since the last call.
func (w *world) pass(d time.Duration) []map[string]string {
	w.t.Helper()
	w.clock.Advance(d)
	if err := w.outbox.Settle(w.t.Context()); err != nil {
		w.t.Fatalf("settle: %v", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	got := w.got
	w.got = nil
	return got
}

type answer struct {
	status int
	body   string
}

func (w *world) do(method, target, apiKey, body string) answer {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.url+target, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Api-Key", apiKey)
	req.Header.Set("Content-Type", "application/json")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
	resp, err := client.Do(req)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, target, err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer{resp.StatusCode, string(raw)}
}

func (w *world) send(body string) answer {
	w.t.Helper()
	return w.do(http.MethodPost, path, key, body)
}

// good is a send that nothing is wrong with.
const good = `{"messaging_object":{"messaging_product":"whatsapp","recipient_type":"individual","to":"+919000000007",
"type":"template","template":{"name":"missed_v1","language":{"policy":"deterministic","code":"en"},"components":[
{"type":"header","parameters":[{"type":"text","text":"77"}]},
{"type":"body","parameters":[{"type":"text","text":"Asha"},{"type":"text","text":"today"}]},
{"type":"button","sub_type":"quick_reply","index":"0","parameters":[{"type":"payload","payload":"ndr:v1"}]},
{"type":"button","sub_type":"url","index":1,"parameters":[{"type":"text","text":"T9"}]}]}},
"extra_info":{"ref":"our-ref","wa_source":"api"}}`

// plain is a send of a template without values, with the given components and extra_info.
func plain(name, components, extra string) string {
	return `{"messaging_object":{"messaging_product":"whatsapp","to":"+919000000007","type":"template","template":{"name":"` + name +
		`","language":{"policy":"deterministic","code":"en"},"components":[` + components + `]}},"extra_info":{` + extra + `}}`
}

func text(body string) string {
	return `{"messaging_object":{"messaging_product":"whatsapp","to":"919000000007","type":"text","text":{"body":"` + body + `"}}}`
}

func orderStatus(reference, status, description string) string {
	return plain("plain_v1", fmt.Sprintf(`{"type":"order_status","parameters":[{"type":"order_status","order_status":{"reference_id":%q,"order":{"status":%q,"description":%q}}}]}`, reference, status, description), "")
}

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

func TestWhatMessagesFailWith(t *testing.T) {
	t.Parallel()
	param := func(kind, values string) string { return `{"type":"` + kind + `","parameters":[` + values + `]}` }
	const customer = `{"type":"text","parameter_name":"customer","text":"Asha"}`
	const document = `{"type":"document","document":{"link":"https://cdn.example.com/1.pdf","filename":"1.pdf"}}`
	tests := []struct{ name, body, code string }{
		{"good", good, ""},
		{"named_and_media", plain("invoice_v1", param("header", document)+","+param("body", customer), ""), ""},
		{"unknown_template", plain("nobody_v1", "", ""), "132001"},
		{"other_language", strings.Replace(good, `"code":"en"`, `"code":"hi"`, 1), "132001"},
		{"rejected", plain("bad_v1", "", ""), "132001"},
		{"paused", plain("asleep_v1", "", ""), "132015"},
		{"value_missing", strings.Replace(good, `,{"type":"text","text":"today"}`, "", 1), "132000"},
		{"all_values_missing", plain("missed_v1", "", ""), "132000"},
		{"link_missing", strings.Replace(good, ",\n"+`{"type":"button","sub_type":"url","index":1,"parameters":[{"type":"text","text":"T9"}]}`, "", 1), "131008"},
		{"value_empty", strings.Replace(good, `"today"`, `""`, 1), "131008"},
		{"line_break", strings.Replace(good, `"today"`, `"a\nb"`, 1), "132012"},
		{"too_long", strings.Replace(good, `"today"`, `"`+strings.Repeat("x", 1024)+`"`, 1), "132005"},
		{"value_of_other_type", strings.Replace(good, `{"type":"text","text":"today"}`, `{"type":"currency"}`, 1), "132012"},
		{"unknown_name", plain("invoice_v1", param("header", document)+","+param("body", strings.Replace(customer, "customer", "nobody", 1)), ""), "131009"},
		{"media_missing", plain("invoice_v1", param("body", customer), ""), "131008"},
		{"media_of_other_type", plain("invoice_v1", param("header", `{"type":"image","image":{"link":"https://x.example.com"}}`)+","+param("body", customer), ""), "132012"},
		{"media_without_link", plain("invoice_v1", param("header", `{"type":"document","document":{"link":"x"}}`)+","+param("body", customer), ""), "131008"},
		{"postback_on_a_link", strings.Replace(good, `"quick_reply","index":"0"`, `"quick_reply","index":"1"`, 1), "131009"},
		{"no_such_button", strings.Replace(good, `"index":"0"`, `"index":"5"`, 1), "131009"},
		{"text_outside_the_window", text("hello"), "131047"},
		{"order_of_nobody", orderStatus("inv-1", "shipped", ""), "131009"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if got := w.send(tc.body); got.status != 202 {
				t.Fatalf("got %d %s, want 202: WhatsApp's objections come later", got.status, got.body)
			}
			got := w.pass(time.Minute)
			want := "SENT"
			if tc.code != "" {
				want = "FAILED"
			}
			if len(got) == 0 || got[0]["status"] != want || got[0]["code"] != tc.code {
				t.Errorf("got %v, want %s %s", got, want, tc.code)
			}
		})
	}
}

func TestCallbacks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := kaleyra.DefaultBehaviour()
	b.Price = "0.115"
	if err := w.SetBehaviour(appID, b); err != nil {
		t.Fatal(err)
	}
	id := w.log.AcceptedCount()
	if got := w.send(good); got.status != 202 {
		t.Fatal(got)
	}
	message := w.log.Accepted()[id].MessageID
	var all []map[string]string
	for range 60 {
		all = append(all, w.pass(100*time.Millisecond)...)
	}
	told := func(status, at, price string) map[string]string {
		return map[string]string{
			"id": message + ":0", "status": status, "time": at, "to": shopper, "ref": "our-ref", "price": price,
			"ref1": "", "code": "", "from": "", "type": "", "body": "", "message": "", "event": "", "name": "",
		}
	}
	want := []map[string]string{
		told("SENT", "1795240800", ""), told("DELIVERED", "1795240801", "0.115"), told("READ", "1795240802", ""),
	}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, h := range w.head {
		if h.Get("X-Test-Secret") != "s3" {
			t.Errorf("header: got %v", h)
		}
	}
	inbox := w.phones.Inbox(shopper)
	if len(inbox) != 1 || inbox[0].Text != "Order 77\nHi Asha, not today.\nBye" || inbox[0].State != "read" || len(inbox[0].Buttons) != 2 {
		t.Errorf("phone shows %+v", inbox)
	}
}

func TestUnrulyCallbacks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := kaleyra.DefaultBehaviour()
	b.Duplicate, b.DuplicateLag, b.LowerCase, b.Literals, b.PlainID, b.OmitRef = 1, time.Second, true, true, true, true
	if err := w.SetBehaviour(appID, b); err != nil {
		t.Fatal(err)
	}
	w.deny = 2
	w.send(good)
	var got []map[string]string
	for range 40 {
		got = append(got, w.pass(500*time.Millisecond)...)
	}
	count := map[string]int{}
	for _, g := range got {
		count[g["status"]]++
		if strings.Contains(g["id"], ":") || g["ref"] != "<ref>" || g["code"] != "<error_code>" {
			t.Errorf("got %v, want plain id and literals", g)
		}
	}
	if diff := cmp.Diff(map[string]int{"sent": 2, "delivered": 2, "read": 2}, count); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	b = kaleyra.DefaultBehaviour()
	b.Shuffle, b.MetaShape = true, true
	b.Hold = true
	if err := w.SetBehaviour(appID, b); err != nil {
		t.Fatal(err)
	}
	w.send(good)
	pending := w.outbox.Pending()
	if len(pending) != 3 || !strings.Contains(string(pending[0].Body), `"statuses":[{`) {
		t.Errorf("held: got %d, want three of Meta's", len(pending))
	}
	if state := w.phones.Inbox(shopper)[1].State; state != "accepted" {
		t.Errorf("held message is %s", state)
	}
}

func TestReferencesAreCut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.send(plain("plain_v1", "", `"ref":"`+strings.Repeat("ä", 300)+`","ref1":"one"`))
	got := w.pass(time.Minute)
	if len(got) == 0 || got[0]["ref"] != strings.Repeat("ä", 255) || got[0]["ref1"] != "one" {
		t.Errorf("got %v", got)
	}
}

func TestReplies(t *testing.T) {
	t.Parallel()
	for form, check := range map[string]func(got map[string]string) bool{
		kaleyra.FormFlat: func(got map[string]string) bool {
			return got["from"] == shopper && got["type"] == "button" && got["body"] == "Try again" && got["message"] == ""
		},
		kaleyra.FormMessage: func(got map[string]string) bool {
			return got["from"] == shopper && strings.Contains(got["message"], `"payload":"ndr:v1"`)
		},
	} {
		w := newWorld(t)
		b := kaleyra.DefaultBehaviour()
		b.InboundForm = form
		if err := w.SetBehaviour(appID, b); err != nil {
			t.Fatal(err)
		}
		w.send(good)
		w.pass(time.Minute)
		w.pass(time.Minute)
		if _, err := w.phones.Reply(shopper, handset.Reply{Button: "Try again"}); err != nil {
			t.Fatal(err)
		}
		if got := w.pass(time.Second); len(got) != 1 || !check(got[0]) {
			t.Errorf("%s: got %v", form, got)
		}
		if _, err := w.phones.Reply(shopper, handset.Reply{Button: "Track"}); !errors.Is(err, handset.ErrUnknownButton) {
			t.Errorf("tap on a link: got %v, want %v", err, handset.ErrUnknownButton)
		}
		// The tap has opened the window for free text.
		w.send(text("we try again"))
		if got := w.pass(time.Minute); len(got) == 0 || got[0]["status"] != "SENT" {
			t.Errorf("%s: text within the window: got %v", form, got)
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
	w.Reset()
	w.send(orderStatus("inv-1", "shipped", ""))
	if got := w.pass(time.Minute); len(got) == 0 || got[0]["code"] != "" {
		t.Errorf("after the reset: got %v", got)
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
		if _, err := w.faults.Add(chaos.Fault{Mode: mode, System: kaleyra.System, AppID: appID, Times: 1}); err != nil {
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
	if err := w.SetAPIKey(appID, "newer"); err != nil {
		t.Fatal(err)
	}
	if got := w.do(http.MethodGet, listed, key, ""); got.status != 401 {
		t.Errorf("old key: got %d", got.status)
	}
}

func TestNews(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.SetTemplateStatus(appID, "plain_v1", "en", "Paused", ""); err != nil {
		t.Fatal(err)
	}
	if got := w.pass(0); len(got) != 1 || got[0]["event"] != "Paused" || got[0]["name"] != "plain_v1" {
		t.Errorf("template: got %v", got)
	}
	w.send(plain("plain_v1", "", ""))
	if got := w.pass(time.Minute); len(got) != 1 || got[0]["code"] != "132015" {
		t.Errorf("paused template: got %v", got)
	}
	status, err := w.EmitQuality(t.Context(), appID, "FLAGGED", "TIER_1K")
	want := []url.Values{{"display_phone_number": {number}, "event": {"FLAGGED"}, "current_limit": {"TIER_1K"}}}
	if diff := cmp.Diff(want, w.gets); status != 200 || err != nil || diff != "" {
		t.Errorf("quality: got %d, %v (-want +got):\n%s", status, err, diff)
	}
	if err := w.SetTemplateStatus(appID, "plain_v1", "hi", "Paused", ""); !errors.Is(err, kaleyra.ErrUnknownTemplate) {
		t.Errorf("other language: got %v", err)
	}
	if err := w.SetCallback(appID, kaleyra.Profile{}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.EmitQuality(context.Background(), appID, "FLAGGED", ""); err == nil {
		t.Error("quality without a receiver: no error")
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
		if err := w.AddApp(a); !errors.Is(err, kaleyra.ErrInvalidApp) {
			t.Errorf("%s: got %v, want %v", name, err, kaleyra.ErrInvalidApp)
		}
	}
	bad := ok
	bad.Templates = []kaleyra.Template{{Name: "x"}}
	if err := w.AddApp(bad); !errors.Is(err, kaleyra.ErrInvalidTemplate) {
		t.Errorf("template: got %v, want %v", err, kaleyra.ErrInvalidTemplate)
	}
	if _, err := w.Behaviour("nobody"); !errors.Is(err, kaleyra.ErrUnknownApp) {
		t.Errorf("unknown app: got %v", err)
	}
	if b, err := w.Behaviour(appID); err != nil || !b.Callbacks || b.InboundForm != kaleyra.FormFlat {
		t.Errorf("behaviour: got %+v, %v", b, err)
	}
	if err := w.PutTemplate(appID, kaleyra.Template{Name: "x", Language: "en", Status: "APPROVED", Components: []kaleyra.Component{{Type: "CAROUSEL"}}}); !errors.Is(err, kaleyra.ErrInvalidTemplate) {
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
	outbox := callback.New(callback.Config{Clock: clk, Client: &http.Client{}, Log: log, Logger: slog.New(slog.DiscardHandler), Timeout: time.Second})
	s := kaleyra.New(kaleyra.Config{Clock: clk, IDs: ident.New(1), Log: log, Faults: faults, Outbox: outbox, Handset: phones})
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
