package kaleyra_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
)

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
	if err := w.SetTemplateStatus(appID, "plain_v1", "hi", "Paused", ""); !errors.Is(err, tenant.ErrUnknownTemplate) {
		t.Errorf("other language: got %v", err)
	}
	if err := w.SetCallback(appID, kaleyra.Profile{}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.EmitQuality(context.Background(), appID, "FLAGGED", ""); err == nil {
		t.Error("quality without a receiver: no error")
	}
}
