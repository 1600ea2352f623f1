package gupshup_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
)

func TestSendTakesTheContractsSample(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.post(sendPath, good())
	if a.status != http.StatusAccepted || a.field(t, "status") != "submitted" {
		t.Errorf("got %d %s, want 202 submitted", a.status, a.body)
	}
	if got := a.header.Get("Content-Type"); got != "text/html" {
		t.Errorf("content type: got %q, want the documented text/html", got)
	}
	id := a.field(t, "messageId")
	if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(id) {
		t.Errorf("messageId %q is no UUID", id)
	}
	want := []simulator.Accepted{{
		Provider: "gupshup", AppID: appID, MessageID: id, Destination: shopper, TemplateID: ndr,
		Params:    []string{"Asha", "ORD123456", "KapasKraft"},
		Postbacks: map[int]string{0: "ndr:v1:9f2c:reattempt", 1: "ndr:v1:9f2c:change_address"},
		At:        start, RequestID: 1,
	}}
	if diff := cmp.Diff(want, w.Log().Accepted()); diff != "" {
		t.Errorf("accepted (-want +got):\n%s", diff)
	}
}

func TestSendSuccessVariant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.behave(func(b *gupshup.Behaviour) { b.SuccessStatus, b.SuccessType = "success", "application/json" })
	a := w.post(sendPath, good())
	if a.field(t, "status") != "success" || a.header.Get("Content-Type") != "application/json" {
		t.Errorf("got %s as %s, want the other documented variant", a.body, a.header.Get("Content-Type"))
	}
}

func TestSendAcceptsWhatTheContractAllows(t *testing.T) {
	t.Parallel()
	for name, change := range map[string][]string{
		"no_channel":     {"channel", ""},
		"no_postbacks":   {"postbackTexts", ""},
		"one_postback":   {"postbackTexts", `[{"index":1,"text":"b"}]`},
		"document":       {"postbackTexts", "", "template", `{"id":"` + invoice + `","params":["1"]}`, "message", `{"type":"document","document":{"link":"https://cdn.example.com/i.pdf","filename":"i.pdf"}}`},
		"document_by_id": {"postbackTexts", "", "template", `{"id":"` + invoice + `","params":["1"]}`, "message", `{"type":"document","document":{"id":"99"}}`},
		"location":       {"postbackTexts", "", "template", `{"id":"` + located + `","params":[]}`, "message", `{"type":"location","location":{"longitude":"77.2090","latitude":"28.6139"}}`},
		"no_params":      {"postbackTexts", "", "template", `{"id":"` + located + `"}`, "message", `{"type":"location","location":{"longitude":"77.2090","latitude":"28.6139"}}`},
		"button_param":   {"postbackTexts", `[{"index":1,"text":"stop"}]`, "template", `{"id":"` + tracked + `","params":["ORD1","abc"]}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if a := w.post(sendPath, with(good(), change...)); a.status != http.StatusAccepted {
				t.Errorf("got %d %s, want 202", a.status, a.body)
			}
		})
	}
}

func TestSendRefuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change  []string
		status  int
		message string
	}{
		"no_app_name":           {[]string{"src.name", ""}, 400, "Invalid App Details"},
		"unknown_app_name":      {[]string{"src.name", "NobodyHere"}, 400, "Request Bot Not Found"},
		"app_of_another_key":    {[]string{"src.name", otherName, "source", "911140000002"}, 400, "Invalid App Details"},
		"source_mismatch":       {[]string{"source", "911140000009"}, 400, "Invalid App Details"},
		"source_with_plus":      {[]string{"source", "+" + appPhone}, 400, "Invalid App Details"},
		"no_source":             {[]string{"source", ""}, 400, "Invalid App Details"},
		"odd_characters":        {[]string{"src.name", "Kapas<b>"}, 400, "Source Contains XSS Characters"},
		"wrong_channel":         {[]string{"channel", "sms"}, 400, "Invalid Channel"},
		"no_destination":        {[]string{"destination", ""}, 400, "Invalid Destination"},
		"destination_with_plus": {[]string{"destination", "+" + shopper}, 400, "Invalid Destination"},
		"destination_words":     {[]string{"destination", "nobody"}, 400, "Invalid Destination"},
		"destination_short":     {[]string{"destination", "9000000"}, 400, "Invalid Destination"},
		"destination_long":      {[]string{"destination", "9190000000071234"}, 400, "Invalid Destination"},
		"no_template":           {[]string{"template", ""}, 400, "Invalid Template"},
		"template_no_json":      {[]string{"template", "{"}, 400, "Invalid Template"},
		"template_no_id":        {[]string{"template", `{"params":[]}`}, 400, "Invalid Template"},
		"params_number":         {[]string{"template", `{"id":"` + ndr + `","params":["a",2,"c"]}`}, 400, "Template Params Must Be Strings"},
		"params_null":           {[]string{"template", `{"id":"` + ndr + `","params":["a",null,"c"]}`}, 400, "Template Params Must Be Strings"},
		"params_too_few":        {[]string{"template", `{"id":"` + ndr + `","params":["a","b"]}`}, 400, "Template Params Count Mismatch"},
		"params_too_many":       {[]string{"template", `{"id":"` + ndr + `","params":["a","b","c","d"]}`}, 400, "Template Params Count Mismatch"},
		"media_missing":         {[]string{"postbackTexts", "", "template", `{"id":"` + invoice + `","params":["1"]}`}, 400, "Invalid Message For Template Type"},
		"media_other_type":      {[]string{"postbackTexts", "", "template", `{"id":"` + invoice + `","params":["1"]}`, "message", `{"type":"image","image":{"link":"https://cdn.example.com/1.jpg"}}`}, 400, "Invalid Message For Template Type"},
		"media_no_link":         {[]string{"postbackTexts", "", "template", `{"id":"` + invoice + `","params":["1"]}`, "message", `{"type":"document","document":{"link":"cdn/1.pdf"}}`}, 400, "Invalid Message For Template Type"},
		"media_empty":           {[]string{"postbackTexts", "", "template", `{"id":"` + invoice + `","params":["1"]}`, "message", `{"type":"document"}`}, 400, "Invalid Message For Template Type"},
		"location_incomplete":   {[]string{"postbackTexts", "", "template", `{"id":"` + located + `"}`, "message", `{"type":"location","location":{"longitude":"77"}}`}, 400, "Invalid Message For Template Type"},
		"media_for_text":        {[]string{"message", `{"type":"image","image":{"link":"https://cdn.example.com/1.jpg"}}`}, 400, "Invalid Message For Template Type"},
		"postback_no_json":      {[]string{"postbackTexts", "x"}, 400, "Invalid PostbackTexts"},
		"postback_index":        {[]string{"postbackTexts", `[{"index":2,"text":"a"}]`}, 400, "Invalid PostbackTexts"},
		"postback_negative":     {[]string{"postbackTexts", `[{"index":-1,"text":"a"}]`}, 400, "Invalid PostbackTexts"},
		"postback_no_index":     {[]string{"postbackTexts", `[{"text":"a"}]`}, 400, "Invalid PostbackTexts"},
		"postback_no_text":      {[]string{"postbackTexts", `[{"index":0}]`}, 400, "Invalid PostbackTexts"},
		"postback_twice":        {[]string{"postbackTexts", `[{"index":0,"text":"a"},{"index":0,"text":"b"}]`}, 400, "Invalid PostbackTexts"},
		"postback_on_url":       {[]string{"postbackTexts", `[{"index":0,"text":"a"}]`, "template", `{"id":"` + tracked + `","params":["ORD1","abc"]}`}, 400, "Invalid PostbackTexts"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			a := w.post(sendPath, with(good(), tc.change...))
			got := a.field(t, "message") + a.field(t, "reason")
			if a.status != tc.status || got != tc.message || a.field(t, "status") != "error" {
				t.Errorf("got %d %s, want %d %q", a.status, a.body, tc.status, tc.message)
			}
			if n := w.Log().AcceptedCount(); n != 0 {
				t.Errorf("accepted %d messages, want none", n)
			}
		})
	}
}

func TestXSSAnswerHasReasonInsteadOfMessage(t *testing.T) {
	t.Parallel()
	a := newWorld(t).post(sendPath, with(good(), "source", `"`+appPhone))
	if a.field(t, "reason") == "" || strings.Contains(a.body, `"message"`) {
		t.Errorf("got %s, want the text under reason", a.body)
	}
}

func TestTransportRules(t *testing.T) {
	t.Parallel()
	form := good().Encode()
	for name, tc := range map[string]struct {
		method, path, key, contentType, body string
		status                               int
		message                              string
	}{
		"no_key":            {"POST", sendPath, "", formType, form, 401, "Authentication Failed"},
		"wrong_key":         {"POST", sendPath, "nope", formType, form, 401, "Authentication Failed"},
		"json_body":         {"POST", sendPath, apiKey, "application/json", `{}`, 415, "Unsupported Media Type"},
		"no_content_type":   {"POST", sendPath, apiKey, "", form, 415, "Unsupported Media Type"},
		"broken_form":       {"POST", sendPath, apiKey, formType, "a=%zz", 400, "Unsupported Media Type"},
		"too_large":         {"POST", sendPath, apiKey, formType, "a=" + strings.Repeat("b", 1<<20), 413, "Request Entity Too Large"},
		"get":               {"GET", sendPath, apiKey, "", "", 405, ""},
		"legacy_host_path":  {"POST", "/gupshup/sm/api/v1/template/msg", apiKey, formType, form, 404, ""},
		"unknown_path":      {"GET", "/gupshup/wa/health", apiKey, "", "", 404, ""},
		"template_no_key":   {"GET", "/gupshup/wa/app/" + appID + "/template", "", "", "", 401, "Authentication Failed"},
		"template_no_app":   {"GET", "/gupshup/wa/app/nope/template", apiKey, "", "", 400, "Invalid app id provided"},
		"template_not_ours": {"GET", "/gupshup/wa/app/" + otherID + "/template", apiKey, "", "", 400, "Invalid app id provided"},
		"session_no_key":    {"POST", textPath, "", formType, form, 401, "Authentication Failed"},
		"key_rotated":       {"POST", sendPath, "old-key", formType, form, 401, "Authentication Failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			a, err := w.do(tc.method, tc.path, tc.key, tc.contentType, tc.body)
			if err != nil {
				t.Fatal(err)
			}
			if a.status != tc.status {
				t.Errorf("got %d %s, want %d", a.status, a.body, tc.status)
			}
			if tc.message != "" && a.field(t, "message") != tc.message {
				t.Errorf("got %s, want message %q", a.body, tc.message)
			}
			reqs := w.Log().Requests()
			if len(reqs) != 1 || reqs[0].Status != tc.status || reqs[0].Path != tc.path || reqs[0].Method != tc.method {
				t.Errorf("request log: got %+v", reqs)
			}
		})
	}
}

func TestKeyRotation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.Gupshup().SetAPIKey(appID, "new-key"); err != nil {
		t.Fatal(err)
	}
	if a := w.post(sendPath, good()); a.status != http.StatusUnauthorized {
		t.Errorf("old key: got %d, want 401", a.status)
	}
	if a, err := w.do("POST", sendPath, "new-key", formType, good().Encode()); err != nil || a.status != http.StatusAccepted {
		t.Errorf("new key: got %d %v, want 202", a.status, err)
	}
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.behave(func(b *gupshup.Behaviour) { b.RatePerSecond = 2 })
	var got []int
	for range 3 {
		got = append(got, w.post(sendPath, good()).status)
	}
	w.pass(time.Second)
	got = append(got, w.post(sendPath, good()).status)
	if diff := cmp.Diff([]int{202, 202, 429, 202}, got); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
}

// What is wrong with a template, a value or a recipient is told afterwards, not in the answer
// (shared/provider/gupshup/CONTRACT.md section 2.4).
func TestAcceptedThenFailed(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		change []string
		prep   func(*world)
		code   float64
		sync   bool
	}{
		"paused_template":   {[]string{"postbackTexts", "", "template", `{"id":"` + paused + `","params":[]}`}, nil, 4005, true},
		"rejected_template": {[]string{"postbackTexts", "", "template", `{"id":"` + rejected + `","params":[]}`}, nil, 4003, true},
		"unknown_template":  {[]string{"template", `{"id":"who","params":["a"]}`}, nil, 4003, true},
		"not_on_whatsapp":   {nil, func(w *world) { w.Phones().SetNotOnWhatsApp("+91 90000-00007", true) }, 1002, true},
		"line_break":        {[]string{"template", `{"id":"` + ndr + `","params":["a\nb","b","c"]}`}, nil, 132018, false},
		"tab":               {[]string{"template", `{"id":"` + ndr + `","params":["a\tb","b","c"]}`}, nil, 132018, false},
		"many_blanks":       {[]string{"template", `{"id":"` + ndr + `","params":["a     b","b","c"]}`}, nil, 132018, false},
		"empty_value":       {[]string{"template", `{"id":"` + ndr + `","params":["","b","c"]}`}, nil, 132018, false},
		"too_long":          {[]string{"template", `{"id":"` + ndr + `","params":["` + strings.Repeat("a", 1020) + `","b","c"]}`}, nil, 132005, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.subscribe(2)
			if tc.prep != nil {
				tc.prep(w)
			}
			a := w.post(sendPath, with(good(), tc.change...))
			if a.status != http.StatusAccepted {
				t.Fatalf("got %d %s, want 202", a.status, a.body)
			}
			id := a.field(t, "messageId")
			w.pass(time.Minute)
			got := w.hook.all()
			want := []string{"failed"}
			if !tc.sync {
				want = []string{"enqueued", "failed"}
			}
			if diff := cmp.Diff(want, w.hook.kinds()); diff != "" {
				t.Fatalf("callbacks (-want +got):\n%s", diff)
			}
			last := got[len(got)-1]
			if code := at(last, "payload", "payload", "code"); code != tc.code {
				t.Errorf("code: got %v, want %v", code, tc.code)
			}
			key := "gsId"
			if tc.sync {
				key = "id"
			}
			if at(last, "payload", key) != id || (tc.sync && at(last, "payload", "gsId") != nil) {
				t.Errorf("ids of the failure: got %v, want the message's under %s", last["payload"], key)
			}
			if in := w.Phones().Inbox(shopper); len(in) != 1 || in[0].State != "failed" {
				t.Errorf("inbox: got %+v, want one failed message", in)
			}
		})
	}
}

func TestBackOnWhatsApp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Phones().SetNotOnWhatsApp(shopper, true)
	w.Phones().SetNotOnWhatsApp(shopper, false)
	w.send()
	w.pass(time.Minute)
	if got := w.Phones().Inbox(shopper)[0].State; got != "read" {
		t.Errorf("state: got %s, want read", got)
	}
}

func TestSessionText(t *testing.T) {
	t.Parallel()
	form := func(message string) map[string][]string {
		return with(good(), "template", "", "postbackTexts", "", "message", message)
	}
	text := `{"type":"text","text":"Thank you"}`
	t.Run("inside_window", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		if _, err := w.Phones().Reply(shopper, simulator.Reply{Text: "hello", App: appID}); err != nil {
			t.Fatal(err)
		}
		w.pass(24 * time.Hour)
		if a := w.post(textPath, form(text)); a.status != http.StatusAccepted {
			t.Fatalf("got %d %s", a.status, a.body)
		}
		w.pass(time.Minute)
		in := w.Phones().Inbox(shopper)
		if len(in) != 1 || in[0].Text != "Thank you" || in[0].State != "read" || in[0].Template != "" {
			t.Errorf("inbox: got %+v", in)
		}
		if acc := w.Log().Accepted(); acc[0].Text != "Thank you" || acc[0].TemplateID != "" {
			t.Errorf("accepted: got %+v", acc)
		}
	})
	for name, code := range map[string]int{"default": 131047, "on_premises": 470} {
		t.Run("outside_window_"+name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.subscribe(2, "FAILED")
			w.behave(func(b *gupshup.Behaviour) { b.WindowCode = code })
			if _, err := w.Phones().Reply(shopper, simulator.Reply{Text: "hello", App: appID}); err != nil {
				t.Fatal(err)
			}
			w.pass(24*time.Hour + time.Second)
			if a := w.post(textPath, form(text)); a.status != http.StatusAccepted {
				t.Fatalf("got %d %s", a.status, a.body)
			}
			w.pass(time.Minute)
			got := w.hook.all()
			if len(got) != 1 || at(got[0], "payload", "payload", "code") != float64(code) {
				t.Errorf("got %v, want a failure with %d", got, code)
			}
		})
	}
	for name, message := range map[string]string{
		"missing": "", "no_json": "x", "other_type": `{"type":"image","text":"a"}`, "empty": `{"type":"text","text":""}`,
		"too_long":      `{"type":"text","text":"` + strings.Repeat("a", 4097) + `"}`,
		"no_options":    `{"type":"quick_reply","content":{"type":"text","text":"a"},"options":[]}`,
		"no_content":    `{"type":"quick_reply","options":[{"type":"text","title":"a"}]}`,
		"four_options":  `{"type":"quick_reply","content":{"type":"text","text":"a"},"options":[` + strings.Repeat(`{"type":"text","title":"a"},`, 3) + `{"type":"text","title":"b"}]}`,
		"same_title":    `{"type":"quick_reply","content":{"type":"text","text":"a"},"options":[{"type":"text","title":"a"},{"type":"text","title":"a"}]}`,
		"long_title":    `{"type":"quick_reply","content":{"type":"text","text":"a"},"options":[{"type":"text","title":"` + strings.Repeat("a", 21) + `"}]}`,
		"option_type":   `{"type":"quick_reply","content":{"type":"text","text":"a"},"options":[{"type":"url","title":"a"}]}`,
		"long_postback": `{"type":"quick_reply","content":{"type":"text","text":"a"},"options":[{"type":"text","title":"a","postbackText":"` + strings.Repeat("a", 257) + `"}]}`,
	} {
		t.Run("refused_"+name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if a := w.post(textPath, form(message)); a.status != http.StatusBadRequest || w.Log().AcceptedCount() != 0 {
				t.Errorf("got %d %s, want 400", a.status, a.body)
			}
		})
	}
}

func TestSeedDecidesTheIDs(t *testing.T) {
	t.Parallel()
	a, b := newWorld(t), newWorld(t)
	for i := range 3 {
		if x, y := a.send(), b.send(); x != y {
			t.Errorf("message %d: got %s and %s from one seed", i, x, y)
		}
	}
	if acc := a.Log().Accepted(); acc[0].MessageID == acc[1].MessageID {
		t.Error("two messages have one id")
	}
}

func TestForgetKeepsTheNewest(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sim := simulator.New(simulator.Options{Clock: w.clock, Forget: 2})
	t.Cleanup(sim.Close)
	if err := sim.Gupshup().AddApp(gupshup.App{ID: appID, Name: appName, Phone: appPhone, APIKey: apiKey, Templates: templates()}); err != nil {
		t.Fatal(err)
	}
	small := &world{Simulator: sim, t: t, clock: w.clock, url: serve(t, sim)}
	for i := range 5 {
		small.post(sendPath, with(good(), "destination", fmt.Sprintf("91900000000%d", i)))
	}
	if got := sim.Log().AcceptedCount(); got != 5 {
		t.Errorf("count: got %d, want 5", got)
	}
	acc := sim.Log().Accepted()
	if len(acc) != 2 || acc[0].Destination != "919000000003" || acc[1].Destination != "919000000004" {
		t.Errorf("accepted: got %+v, want the newest two", acc)
	}
	if got := len(sim.Log().Requests()); got != 2 {
		t.Errorf("requests: got %d, want 2", got)
	}
	if len(sim.Phones().Inbox("919000000002")) != 0 || len(sim.Phones().Inbox("919000000004")) != 1 {
		t.Error("inboxes: want the newest two messages only")
	}
}
