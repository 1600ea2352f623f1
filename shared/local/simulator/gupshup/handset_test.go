package gupshup_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
)

func TestInboxJSON(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if raw, err := json.Marshal(w.Phones().Inbox(shopper)); err != nil || string(raw) != "[]" {
		t.Errorf("empty inbox: got %s %v, want []", raw, err)
	}
	id := w.send()
	w.pass(time.Minute)
	raw, err := json.Marshal(w.Phones().Inbox("+91 90000 00007"))
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"id":"` + id + `","text":"Delivery missed\nHi Asha, we could not deliver ORD123456 from KapasKraft.\nReply below",` +
		`"buttons":["Try again","Change address"],"template":"failed_delivery_v1","state":"read","at":{` +
		`"accepted":"2026-11-21T06:00:00Z","delivered":"2026-11-21T06:00:01.5Z","enqueued":"2026-11-21T06:00:00.3Z",` +
		`"read":"2026-11-21T06:00:03Z","sent":"2026-11-21T06:00:00.7Z"}}]`
	if diff := cmp.Diff(want, string(raw)); diff != "" {
		t.Errorf("inbox (-want +got):\n%s", diff)
	}
}

func TestInboxStatesFollowTheClock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.send()
	for _, step := range []struct {
		pass time.Duration
		want string
	}{
		{0, "accepted"},
		{300 * time.Millisecond, "enqueued"},
		{400 * time.Millisecond, "sent"},
		{800 * time.Millisecond, "delivered"},
		{1500 * time.Millisecond, "read"},
	} {
		w.pass(step.pass)
		if got := w.Phones().Inbox(shopper)[0].State; got != step.want {
			t.Errorf("%v later: got %s, want %s", step.pass, got, step.want)
		}
	}
}

func TestInboxOldestFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.send()
	w.pass(time.Second)
	second := w.send()
	got := w.Phones().Inbox(shopper)
	if len(got) != 2 || got[0].ID != first || got[1].ID != second {
		t.Errorf("got %+v, want %s before %s", got, first, second)
	}
	if len(w.Phones().Inbox("919000000008")) != 0 {
		t.Error("another phone shows the messages")
	}
}

func TestRenderingOfNamedAndButtonParams(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.post(sendPath, with(good(), "postbackTexts", "", "template", `{"id":"`+tracked+`","params":["ORD{{1}}","xyz"]}`))
	if got := w.Phones().Inbox(shopper)[0].Text; got != "Order ORD{{1}} is on its way." {
		t.Errorf("got %q", got)
	}
}

func TestTapShapes(t *testing.T) {
	t.Parallel()
	for shape, want := range map[string][]string{
		"":                   {"quick_reply", "quick_reply", "quick_reply"},
		gupshup.TapText:      {"text", "text", "text"},
		gupshup.TapAlternate: {"quick_reply", "text", "quick_reply"},
	} {
		t.Run("shape_"+shape, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.subscribe(2, "MESSAGE")
			w.behave(func(b *gupshup.Behaviour) { b.TapShape = shape })
			id := w.send()
			for range want {
				if _, err := w.Phones().Reply(shopper, simulator.Reply{Button: "Change address", To: id, Name: "Asha"}); err != nil {
					t.Fatal(err)
				}
				w.pass(time.Second)
			}
			for i, c := range w.hook.all() {
				if got := at(c, "payload", "type"); got != want[i] {
					t.Errorf("tap %d: got %v, want %s", i, got, want[i])
				}
				inner := map[string]any{"text": "Change address", "type": "button", "postbackText": "ndr:v1:9f2c:change_address"}
				if diff := cmp.Diff(inner, at(c, "payload", "payload")); diff != "" {
					t.Errorf("tap %d (-want +got):\n%s", i, diff)
				}
			}
		})
	}
}

func TestTapNamesTheMessageItAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.subscribe(2, "ENQUEUED", "MESSAGE")
	id := w.send()
	in, err := w.Phones().Reply(shopper, simulator.Reply{Button: "Try again", Name: "Asha"})
	if err != nil {
		t.Fatal(err)
	}
	w.pass(time.Second)
	byType := map[any]map[string]any{}
	for _, c := range w.hook.all() {
		byType[c["type"]] = c
	}
	wamid := at(byType["message-event"], "payload", "payload", "whatsappMessageId")
	want := map[string]any{
		"id": in, "source": shopper, "type": "quick_reply",
		"payload": map[string]any{"text": "Try again", "type": "button", "postbackText": "ndr:v1:9f2c:reattempt"},
		"sender":  map[string]any{"phone": shopper, "name": "Asha", "country_code": "91", "dial_code": "9000000007"},
		"context": map[string]any{"id": wamid, "gsId": id},
	}
	if diff := cmp.Diff(want, byType["message"]["payload"]); diff != "" {
		t.Errorf("tap (-want +got):\n%s", diff)
	}
}

func TestTapVersion3(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.subscribe(3, "MESSAGE")
	id := w.send()
	if _, err := w.Phones().Reply(shopper, simulator.Reply{Button: "Try again", To: id}); err != nil {
		t.Fatal(err)
	}
	w.pass(time.Second)
	msg := at(w.hook.all()[0], "entry", 0, "changes", 0, "value", "messages", 0)
	if at(msg, "type") != "button" || at(msg, "button", "payload") != "ndr:v1:9f2c:reattempt" ||
		at(msg, "button", "text") != "Try again" || at(msg, "context", "gs_id") != id || at(msg, "context", "from") != appPhone {
		t.Errorf("got %v", msg)
	}
}

func TestReplyOmissions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.subscribe(2, "MESSAGE")
	w.send()
	for _, change := range []func(*gupshup.Behaviour){
		func(b *gupshup.Behaviour) { b.OmitContext = true },
		func(b *gupshup.Behaviour) { b.OmitContext, b.OmitPostback = false, true },
		func(b *gupshup.Behaviour) { b.OmitPostback, b.OmitGsID = false, true },
	} {
		w.behave(change)
		if _, err := w.Phones().Reply(shopper, simulator.Reply{Button: "Try again"}); err != nil {
			t.Fatal(err)
		}
		w.pass(time.Second)
	}
	got := w.hook.all()
	if at(got[0], "payload", "context") != nil || at(got[0], "payload", "payload", "postbackText") == nil {
		t.Errorf("without context: got %v", got[0])
	}
	if at(got[1], "payload", "payload", "postbackText") != nil || at(got[1], "payload", "context", "gsId") == nil {
		t.Errorf("without payload: got %v", got[1])
	}
	if at(got[2], "payload", "context", "gsId") != nil || at(got[2], "payload", "context", "id") == nil {
		t.Errorf("without gsId: got %v", got[2])
	}
}

func TestKindsOfReplies(t *testing.T) {
	t.Parallel()
	for kind, tc := range map[string]struct {
		outer, key string
	}{
		"": {"text", "text"}, "text": {"text", "text"}, "image": {"image", "url"}, "document": {"file", "url"},
		"audio": {"audio", "url"}, "video": {"video", "contentType"}, "sticker": {"sticker", "urlExpiry"},
		"location": {"location", "latitude"}, "contact": {"contact", "contacts"}, "reaction": {"reaction", "emoji"},
	} {
		for _, version := range []int{2, 3} {
			t.Run(kind, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				w.subscribe(version, "MESSAGE")
				id := w.send()
				if _, err := w.Phones().Reply(shopper, simulator.Reply{Text: "hello", Kind: kind, To: id}); err != nil {
					t.Fatal(err)
				}
				w.pass(time.Second)
				got := w.hook.all()
				if len(got) != 1 {
					t.Fatalf("got %d callbacks, want 1", len(got))
				}
				if version == 3 {
					msg := at(got[0], "entry", 0, "changes", 0, "value", "messages", 0)
					name, _ := at(msg, "type").(string)
					if name == "" || at(msg, name) == nil || at(msg, "context", "gs_id") != id {
						t.Errorf("version 3: got %v", msg)
					}
					return
				}
				if at(got[0], "payload", "type") != tc.outer || at(got[0], "payload", "payload", tc.key) == nil ||
					at(got[0], "payload", "context", "gsId") != id {
					t.Errorf("got %v, want %+v", got[0], tc)
				}
			})
		}
	}
}

func TestFreeTextGoesToWhoWroteLast(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.subscribe(2, "MESSAGE")
	w.send()
	if _, err := w.Phones().Reply(shopper, simulator.Reply{Text: "STOP"}); err != nil {
		t.Fatal(err)
	}
	w.pass(time.Second)
	got := w.hook.all()[0]
	if at(got, "app") != appName || at(got, "payload", "payload", "text") != "STOP" || at(got, "payload", "context") != nil {
		t.Errorf("got %v, want the text without context", got)
	}
}

func TestInboundIsDuplicatedToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.subscribe(2, "MESSAGE")
	w.behave(func(b *gupshup.Behaviour) { b.Duplicate = 1 })
	if _, err := w.Phones().Reply(shopper, simulator.Reply{Text: "hello", App: appID}); err != nil {
		t.Fatal(err)
	}
	w.pass(time.Second)
	if len(w.hook.raw) != 2 || w.hook.raw[0] != w.hook.raw[1] {
		t.Errorf("got %v, want one message twice", w.hook.raw)
	}
}

func TestRepliesThatCannotBe(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		reply simulator.Reply
		err   error
	}{
		"unknown_message": {simulator.Reply{Text: "a", To: "who"}, handset.ErrUnknownMessage},
		"unknown_button":  {simulator.Reply{Button: "No such"}, handset.ErrUnknownButton},
		"url_button":      {simulator.Reply{Button: "Track"}, handset.ErrUnknownButton},
		"unknown_app":     {simulator.Reply{Text: "a", App: "who"}, handset.ErrUnknownApp},
		"empty":           {simulator.Reply{}, handset.ErrInvalidReply},
		"both":            {simulator.Reply{Text: "a", Button: "Try again"}, handset.ErrInvalidReply},
		"kind":            {simulator.Reply{Text: "a", Kind: "telegram"}, handset.ErrUnknownKind},
		"tap_with_kind":   {simulator.Reply{Button: "Try again", Kind: "image"}, handset.ErrInvalidReply},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.post(sendPath, with(good(), "postbackTexts", "", "template", `{"id":"`+tracked+`","params":["a","b"]}`))
			if _, err := w.Phones().Reply(shopper, tc.reply); !errors.Is(err, tc.err) {
				t.Errorf("got %v, want %v", err, tc.err)
			}
		})
	}
	t.Run("nobody_wrote", func(t *testing.T) {
		t.Parallel()
		if _, err := newWorld(t).Phones().Reply(shopper, simulator.Reply{Text: "a"}); !errors.Is(err, handset.ErrNoConversation) {
			t.Errorf("got %v, want ErrNoConversation", err)
		}
	})
	t.Run("button_of_another_message", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		id := w.post(sendPath, with(good(), "postbackTexts", "", "template", `{"id":"`+tracked+`","params":["a","b"]}`)).field(t, "messageId")
		w.send()
		if _, err := w.Phones().Reply(shopper, simulator.Reply{Button: "Try again", To: id}); !errors.Is(err, handset.ErrUnknownButton) {
			t.Errorf("got %v, want ErrUnknownButton", err)
		}
	})
}
