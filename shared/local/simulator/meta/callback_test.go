package meta_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
)

// envelope is what a test reads of a callback.
type envelope struct {
	Object string `json:"object"`
	Entry  []struct {
		ID      string `json:"id"`
		Changes []struct {
			Field string `json:"field"`
			Value struct {
				Metadata struct {
					ID string `json:"phone_number_id"`
				} `json:"metadata"`
				Statuses []map[string]any `json:"statuses"`
				Messages []map[string]any `json:"messages"`
			} `json:"value"`
		} `json:"changes"`
	} `json:"entry"`
	Statuses []map[string]any `json:"statuses"`
}

func open(t *testing.T, body string) envelope {
	t.Helper()
	var e envelope
	if err := json.Unmarshal([]byte(body), &e); err != nil {
		t.Fatalf("callback: %v", err)
	}
	return e
}

func subscribed(t *testing.T, change func(b *meta.Behaviour)) *world {
	t.Helper()
	w := newWorld(t)
	b := w.behaviour(t)
	change(&b)
	if err := w.SetBehaviour(numberID, b); err != nil {
		t.Fatal(err)
	}
	if err := w.Subscribe(numberID, w.hook); err != nil {
		t.Fatal(err)
	}
	return w
}

// statuses are the words of all statuses in the callbacks, in order.
func statuses(t *testing.T, bodies []string) string {
	t.Helper()
	var words []string
	for _, body := range bodies {
		for _, entry := range open(t, body).Entry {
			for _, c := range entry.Changes {
				for _, s := range c.Value.Statuses {
					words = append(words, s["status"].(string))
				}
			}
		}
	}
	return strings.Join(words, " ")
}

func TestStatuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(b *meta.Behaviour)
		want   string
	}{
		"well_behaved":   {func(*meta.Behaviour) {}, "sent delivered read"},
		"unread":         {func(b *meta.Behaviour) { b.AutoRead = false }, "sent delivered"},
		"skips":          {func(b *meta.Behaviour) { b.SkipDelivered = true }, "sent read"},
		"twice":          {func(b *meta.Behaviour) { b.Duplicate, b.DuplicateLag = 1, time.Millisecond }, "sent sent delivered delivered read read"},
		"silent":         {func(b *meta.Behaviour) { b.Callbacks = false }, ""},
		"held":           {func(b *meta.Behaviour) { b.Hold = true }, ""},
		"in_one_batch":   {func(b *meta.Behaviour) { b.Batch, b.BatchWithin = 1000, time.Minute }, "sent delivered read"},
		"in_two_batches": {func(b *meta.Behaviour) { b.Batch, b.BatchWithin = 2, time.Minute }, "sent delivered read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := subscribed(t, c.change)
			w.send(good())
			if got := statuses(t, w.settle(3*time.Minute)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// TestPriceIsOnOneOfDeliveredAndRead has the price come twice, whatever reports there are
// (shared/provider/cloudapi/CONTRACT.md section 4.3).
func TestPriceIsOnOneOfDeliveredAndRead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		skip bool
		want string
	}{"all": {false, "sent delivered"}, "without_delivered": {true, "sent read"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := subscribed(t, func(b *meta.Behaviour) { b.SkipDelivered = c.skip })
			w.send(good())
			var priced []string
			for _, body := range w.settle(time.Minute) {
				for _, s := range open(t, body).Entry[0].Changes[0].Value.Statuses {
					if s["pricing"] != nil {
						priced = append(priced, s["status"].(string))
					}
				}
			}
			if got := strings.Join(priced, " "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestWhatAStatusHolds(t *testing.T) {
	t.Parallel()
	w := subscribed(t, func(b *meta.Behaviour) { b.Conversation = true })
	w.send(good())
	bodies := w.settle(time.Minute)
	e := open(t, bodies[0])
	s := e.Entry[0].Changes[0].Value.Statuses[0]
	price, _ := s["pricing"].(map[string]any)
	if e.Object != "whatsapp_business_account" || e.Entry[0].ID != accountID || e.Entry[0].Changes[0].Value.Metadata.ID != numberID ||
		s["biz_opaque_callback_data"] != "ref.1" || s["recipient_id"] != shopper || price["category"] != "utility" || s["conversation"] == nil {
		t.Errorf("got %s", bodies[0])
	}
	for i, body := range bodies {
		if w.signed[i] != signature(body) {
			t.Errorf("callback %d: signature %q is not that of its body", i, w.signed[i])
		}
	}
}

func TestSignaturesAndShapes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(b *meta.Behaviour)
		right  func(body, signature string) bool
	}{
		"older": {func(b *meta.Behaviour) { b.Older = true }, func(body, s string) bool {
			return s == "" && !strings.Contains(body, `"object"`) && !strings.Contains(body, "pricing") && !strings.Contains(body, "ref.1") &&
				strings.Contains(body, `"statuses":[`)
		}},
		"without_phone": {func(b *meta.Behaviour) { b.HidePhone = true }, func(body, s string) bool {
			return s == signature(body) && !strings.Contains(body, shopper) && strings.Contains(body, `"recipient_user_id":"IN.`)
		}},
		"without_ref":   {func(b *meta.Behaviour) { b.OmitRef = true }, func(body, _ string) bool { return !strings.Contains(body, "ref.1") }},
		"without_price": {func(b *meta.Behaviour) { b.OmitPrice = true }, func(body, _ string) bool { return !strings.Contains(body, "pricing") }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := subscribed(t, c.change)
			w.send(good())
			bodies := w.settle(time.Minute)
			if len(bodies) != 3 {
				t.Fatalf("got %d callbacks, want 3", len(bodies))
			}
			for i, body := range bodies {
				if !c.right(body, w.signed[i]) {
					t.Errorf("got %s signed %q", body, w.signed[i])
				}
			}
		})
	}
}

func TestThousandInOneCallback(t *testing.T) {
	t.Parallel()
	const n = 1000
	w := subscribed(t, func(b *meta.Behaviour) {
		b.AutoRead, b.Batch, b.BatchWithin = false, n, time.Minute
		b.Lag = tenant.Lag{Sent: time.Second, Delivered: 10 * time.Minute}
	})
	for range n {
		w.send(good())
	}
	bodies := w.settle(2 * time.Minute)
	if got := strings.Count(statuses(t, bodies), "sent"); len(bodies) != 1 || got != n {
		t.Errorf("got %d statuses in %d callbacks, want %d in one", got, len(bodies), n)
	}
}

func TestBytesAreEscaped(t *testing.T) {
	t.Parallel()
	w := subscribed(t, func(*meta.Behaviour) {})
	if _, err := w.phones.Reply(shopper, handset.Reply{Text: "धन्यवाद 🙏 a/b <c>", App: numberID}); err != nil {
		t.Fatal(err)
	}
	bodies := w.settle(time.Second)
	if len(bodies) != 1 || strings.Contains(bodies[0], "🙏") || !strings.Contains(bodies[0], `\ud83d\ude4f a\/b`) {
		t.Fatalf("got %v", bodies)
	}
	m := open(t, bodies[0]).Entry[0].Changes[0].Value.Messages[0]
	if text := m["text"].(map[string]any)["body"]; text != "धन्यवाद 🙏 a/b <c>" {
		t.Errorf("got %q", text)
	}
}

func TestNewsOfTemplatesAndAccount(t *testing.T) {
	t.Parallel()
	w := subscribed(t, func(*meta.Behaviour) {})
	for field, tell := range map[string]func() error{
		"message_template_status_update": func() error { return w.SetTemplateStatus(numberID, ndr, "PAUSED", "low quality") },
		"account_update": func() error {
			return w.EmitField(numberID, "account_update", map[string]any{"event": "ACCOUNT_DELETED"})
		},
		"user_preferences": func() error { return w.EmitPreference(numberID, shopper, "stop") },
	} {
		if err := tell(); err != nil {
			t.Fatalf("%s: %v", field, err)
		}
		if got := w.settle(time.Second); len(got) != 1 || open(t, got[0]).Entry[0].Changes[0].Field != field {
			t.Errorf("%s: got %v", field, got)
		}
	}
	if status, body := w.send(good()); status != 400 || codeOf(body) != 132015 {
		t.Errorf("paused template: got %d %s", status, body)
	}
}
