package meta_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/callback"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/ident"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/witness"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

const (
	numberID  = "118200334455667"
	accountID = "204411990088"
	token     = "token-not-real"
	appSecret = "secret-not-real"
	shopper   = "919000000007"
	ndr       = "930041187712001"
	asleep    = "930041187712002"
	pictured  = "930041187712003"
	named     = "930041187712004"
	gone      = "930041187712005"
	payable   = "930041187712006"
)

// world is a simulated Meta behind real HTTP on a clock that the test moves, with one receiver of callbacks.
type world struct {
	*meta.Server
	t      *testing.T
	clock  *clock.Manual
	faults *chaos.List
	outbox *callback.Outbox
	phones *handset.Book
	log    *witness.Log
	url    string
	hook   string

	mu     sync.Mutex
	bodies []string
	signed []string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := newSilent(t)
	api := httptest.NewServer(w.log.Wrap(w.clock.Now, w.Handler()))
	hook := httptest.NewServer(http.HandlerFunc(w.receive))
	t.Cleanup(api.Close)
	t.Cleanup(hook.Close)
	w.url, w.hook = api.URL, hook.URL
	return w
}

// newSilent is a world without a network.
func newSilent(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, clock: clock.NewManual(time.Unix(1_795_000_100, 0)), log: witness.New(0)}
	client := &http.Client{Transport: &http.Transport{}, Timeout: 10 * time.Second}
	w.faults, w.phones = chaos.New(w.clock), handset.New(w.clock.Now, 0)
	w.outbox = callback.New(callback.Config{
		Clock: w.clock, Client: client, Logger: slog.New(slog.DiscardHandler), Log: w.log, Faults: w.faults, Timeout: 10 * time.Second,
	})
	w.Server = meta.New(tenant.Config{
		Clock: w.clock, IDs: ident.New(7), Log: w.log, Faults: w.faults, Outbox: w.outbox, Handset: w.phones, Client: client,
	})
	t.Cleanup(w.outbox.Close)
	t.Cleanup(w.faults.Close)
	if err := w.AddApp(meta.App{
		ID: numberID, WABAID: accountID, Phone: "919000000100", Token: token, AppSecret: appSecret, Templates: templates(),
	}); err != nil {
		t.Fatalf("AddApp: %v", err)
	}
	return w
}

func templates() []meta.Template {
	quick := []meta.Button{
		{Type: "URL", Text: "Track", URL: "https://shop.example.com/t/{{1}}"}, {Type: meta.QuickReply, Text: "Try again"},
	}
	paused := meta.NewTemplate(asleep, "asleep_v1", "en", meta.Content{Body: "Hello"})
	paused.Status = "PAUSED"
	disabled := meta.NewTemplate(gone, "gone_v1", "en", meta.Content{Body: "Hello"})
	disabled.Status = "DISABLED"
	return []meta.Template{
		meta.NewTemplate(ndr, "failed_delivery_v1", "en", meta.Content{Body: "Hi {{1}}, we missed you with {{2}}.", Buttons: quick}),
		paused, disabled,
		meta.NewTemplate(pictured, "pictured_v1", "en", meta.Content{HeaderFormat: "IMAGE", Body: "Look"}),
		meta.NewTemplate(payable, "payable_v1", "en", meta.Content{
			Body: "Please pay", Buttons: []meta.Button{{Type: "ORDER_DETAILS", Text: "Review and pay"}},
		}),
		meta.NewTemplate(named, "named_v1", "hi", meta.Content{Body: "Hi {{customer_name}}, {{order_no}}."}),
	}
}

func (w *world) receive(rw http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		if r.URL.Query().Get("hub.verify_token") == "right" && r.URL.Query().Get("hub.mode") == "subscribe" {
			_, _ = io.WriteString(rw, r.URL.Query().Get("hub.challenge"))
		}
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.t.Errorf("callback: %v", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.bodies, w.signed = append(w.bodies, string(body)), append(w.signed, r.Header.Get("X-Hub-Signature-256"))
}

// settle lets time pass and takes the callbacks that came.
func (w *world) settle(d time.Duration) []string {
	w.t.Helper()
	for range 10 {
		w.clock.Advance(d / 10)
		if err := w.outbox.Settle(w.t.Context()); err != nil {
			w.t.Fatalf("settle: %v", err)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.bodies
	w.bodies = nil
	return out
}

// call makes a request and returns status and body.
func (w *world) call(method, path, body string) (int, string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := testkit.Client.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp.StatusCode, string(raw)
}

func (w *world) send(body string) (int, string) {
	w.t.Helper()
	return w.call(http.MethodPost, "/v26.0/"+numberID+"/messages", body)
}

// codeOf is the code of an error answer, 0 for any other.
func codeOf(body string) int {
	var answer struct {
		Error struct {
			Code int `json:"code"`
		} `json:"error"`
	}
	_ = json.Unmarshal([]byte(body), &answer)
	return answer.Error.Code
}

// filled is a send of the template of that name with these components.
func filled(name, language, components string) string {
	return `{"messaging_product":"whatsapp","to":"+` + shopper + `","type":"template","biz_opaque_callback_data":"ref.1",` +
		`"template":{"name":"` + name + `","language":{"code":"` + language + `"},"components":[` + components + `]}}`
}

const (
	goodBody = `{"type":"body","parameters":[{"type":"text","text":"Asha"},{"type":"text","text":"ORD1"}]}`
	goodLink = `{"type":"button","sub_type":"url","index":0,"parameters":[{"type":"text","text":"88412"}]}`
	goodTap  = `{"type":"button","sub_type":"quick_reply","index":"1","parameters":[{"type":"payload","payload":"p1"}]}`
)

func good() string { return filled("failed_delivery_v1", "en", goodBody+","+goodLink+","+goodTap) }

func signature(body string) string {
	mac := hmac.New(sha256.New, []byte(appSecret))
	mac.Write([]byte(body))
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// behaviour returns how the number behaves now.
func (w *world) behaviour(t *testing.T) meta.Behaviour {
	t.Helper()
	b, err := w.Behaviour(numberID)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
