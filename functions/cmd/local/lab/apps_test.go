package lab_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/lab"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// listed is an entry of /local/apps as its readers know it.
type listed struct {
	AccountID string            `json:"accountId"`
	AppID     string            `json:"appId"`
	Provider  string            `json:"provider"`
	Webhook   string            `json:"webhook"`
	Headers   map[string]string `json:"headers"`
	AppSecret string            `json:"appSecret"`
	GuestKey  string            `json:"guestKey"`
	BrandAPI  string            `json:"brandapi"`
}

// TestAppsAreListed lists the demo's apps, then those that somebody installs beside them, and all of them once more after a
// restart on the same state. Each webhook is one that the function takes callbacks at.
func TestAppsAreListed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, end := startDemo(t, dir)
	demos := apps(t, first)
	checkDemo(t, first, demos)

	install(t, first)
	all := apps(t, first)
	added := all[len(all)-4:]
	if diff := cmp.Diff(demos, all[:len(all)-4]); diff != "" {
		t.Errorf("the demo's apps changed (-want +got):\n%s", diff)
	}
	for i, id := range []string{"bot-new", "gupshup-new", "kaleyra-new", "meta-new"} {
		if got := added[i]; got.AccountID != "9001" || got.AppID != id {
			t.Errorf("got %s of %s, want %s of 9001", got.AppID, got.AccountID, id)
		}
		requireServed(t, first, added[i])
	}
	if want := secretOf(t, first, "meta-new-signing"); added[3].AppSecret != want {
		t.Errorf("meta-new: got the app secret %q, want that of its webhook, %q", added[3].AppSecret, want)
	}
	if added[2].Headers[kaleyra.CallbackHeader] == "" {
		t.Error("kaleyra-new: no header proves its callbacks")
	}
	end()

	second, _ := startDemo(t, dir)
	if diff := cmp.Diff(all, apps(t, second)); diff != "" {
		t.Errorf("after a restart (-want +got):\n%s", diff)
	}
}

// checkDemo checks that each of the demo's apps is there, with what its provider has.
func checkDemo(t *testing.T, w *world.World, got []listed) {
	t.Helper()
	plain := map[string]string{"Content-Type": "application/json"}
	token := func(id string) string { return secretOf(t, w, lab.TokenPrefix+id) }
	guest := secretOf(t, w, lab.GuestPrefix+demo.AniseApp)
	want := []listed{
		{AccountID: "811", AppID: demo.NeemApp, Provider: gupshup.Name, Webhook: "/webhook/gupshup/" + token(demo.NeemApp), Headers: plain},
		{AccountID: "812", AppID: demo.ShareApp, Provider: gupshup.Name, Webhook: "/webhook/gupshup/" + token(demo.ShareApp), Headers: plain},
		{
			AccountID: "813", AppID: demo.MarigoldApp, Provider: meta.Name, Webhook: "/webhook/meta/" + token(demo.MarigoldApp), Headers: plain,
			AppSecret: secretOf(t, w, "meta-marigold-app-secret"),
		},
		{
			AccountID: "814", AppID: demo.JasmineApp, Provider: kaleyra.Name, Webhook: "/webhook/kaleyra/" + token(demo.JasmineApp),
			Headers: map[string]string{"Content-Type": "application/json", kaleyra.CallbackHeader: secretOf(t, w, "kaleyra-jasmine-callback-secret")},
		},
		{
			AccountID: "815", AppID: demo.AniseApp, Provider: businessonbot.Name, Headers: map[string]string{"x-guest-id": guest},
			GuestKey: guest, BrandAPI: "/brandapi",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the demo's apps (-want +got):\n%s", diff)
	}
	for _, a := range got {
		requireServed(t, w, a)
	}
}

// requireServed checks that our functions know the app by what is listed of it.
func requireServed(t *testing.T, w *world.World, a listed) {
	t.Helper()
	path, want := a.Webhook, http.StatusOK
	if a.BrandAPI != "" {
		path, want = a.BrandAPI+"/order/51230082", http.StatusOK
		if a.AccountID != demo.AniseID {
			want = http.StatusBadRequest // the order is another account's
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.URL+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range a.Headers {
		req.Header.Set(name, value)
	}
	if got, _ := do(t, w, req); got != want && a.Provider != meta.Name {
		t.Errorf("%s: GET %s: got %d, want %d", a.AppID, path, got, want)
	}
}

// install writes an account with an app of each provider, as a person who installs apps does; of Meta's with a webhook too.
func install(t *testing.T, w *world.World) {
	t.Helper()
	app := func(provider string, ids map[string]string) account.App {
		return account.App{Provider: provider, Ownership: message.Client, ProviderIDs: ids, Secret: "s"}
	}
	err := w.Parts.Store.PutAccount(t.Context(), account.Account{ID: "9001", Slug: "clove", Apps: map[string]account.App{
		"bot-new":     app(businessonbot.Name, nil),
		"gupshup-new": app(gupshup.Name, map[string]string{gupshup.KeyAppID: "1"}),
		"kaleyra-new": app(kaleyra.Name, map[string]string{kaleyra.KeySID: "2"}),
		"meta-new":    app(meta.Name, map[string]string{meta.KeyPhoneNumberID: "3"}),
	}})
	if err != nil {
		t.Fatal(err)
	}
	err = w.Parts.Store.PutWebhook(t.Context(), "a token that its installer keeps", store.Webhook{
		Provider: meta.Name, AppID: "meta-new", AccountID: "9001", Signing: []string{"meta-new-signing"},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// startDemo starts a world on the state in a directory. It ends with the test, or by end before.
func startDemo(t *testing.T, dir string) (w *world.World, end func()) {
	t.Helper()
	w, err := world.Start(t.Context(), world.Options{Path: dir, Secrets: demo.Secrets(), Prepare: demo.Seed})
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	end = sync.OnceFunc(func() {
		if err := w.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	t.Cleanup(end)
	return w, end
}

func apps(t *testing.T, w *world.World) []listed {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.URL+"/local/apps", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	status, body := do(t, w, req)
	var got []listed
	d := json.NewDecoder(strings.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&got); err != nil || status != http.StatusOK {
		t.Fatalf("got %d %s, %v; want the list of apps", status, body, err)
	}
	return got
}

func secretOf(t *testing.T, w *world.World, name string) string {
	t.Helper()
	s, err := w.Parts.Secrets.Access(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return s.Reveal()
}

func do(t *testing.T, w *world.World, req *http.Request) (status int, body string) {
	t.Helper()
	resp, err := w.Parts.Client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(got)
}
