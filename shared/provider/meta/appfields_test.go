package meta_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	simulated "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
)

// TestFieldsAreCompleted has the Meta app subscribe all webhook fields, unless its callback address is somebody else's, and tells in the steps
// which are missing in the end, or that they are not known.
func TestFieldsAreCompleted(t *testing.T) {
	t.Parallel()
	const elsewhere = "https://elsewhere.example.com/meta/token"
	fault := func(f chaos.Fault) func(*world) { return func(w *world) { _ = w.faults.Set([]chaos.Fault{f}) } }
	former := func(w *world) string { return strings.Replace(w.hook, "/meta/token", "/meta/former", 1) }
	for name, c := range map[string]struct {
		fields   []string
		callback func(w *world) string
		change   func(w *world)
		// holds is the callback address that the Meta app has in the end.
		holds func(w *world) string
		// known says that fields are told; says and never are in the steps, and are not.
		known       bool
		says, never string
	}{
		"none_yet":     {holds: (*world).address, known: true, says: "subscribes all webhook fields", never: "by hand"},
		"at_this_hook": {[]string{"flows", "messages"}, (*world).address, nil, (*world).address, true, "subscribes all webhook fields", "by hand"},
		"at_a_former":  {[]string{"messages"}, former, nil, former, true, "subscribes all webhook fields", "by hand"},
		"of_another_app": {[]string{"messages"}, former, func(w *world) {
			w.others = "/meta/former"
		}, former, true, "too: standby, messaging_handovers", "messages,"},
		"elsewhere":         {[]string{"messages", "calls"}, func(*world) string { return elsewhere }, nil, func(*world) string { return elsewhere }, true, "too: standby, messaging_handovers, user_preferences", "messages,"},
		"address_not_told":  {[]string{}, nil, nil, nil, true, "too: messages, standby", "make sure of them"},
		"answer_lost":       {nil, nil, fault(chaos.Fault{Mode: chaos.HTML502After, Path: "/subscriptions", Skip: 2, Times: 1}), (*world).address, true, "subscribes all webhook fields", "by hand"},
		"post_refused":      {nil, nil, fault(chaos.Fault{Mode: chaos.Refuse, Path: "/subscriptions", Skip: 2, Times: 1}), nil, true, "too: messages, standby", "all webhook fields that are read here."},
		"refused":           {nil, nil, fault(chaos.Fault{Mode: chaos.Refuse, Path: "/subscriptions"}), nil, false, "make sure of them by hand", "all webhook fields"},
		"down":              {nil, nil, fault(chaos.Fault{Mode: chaos.Unavailable, Path: "/subscriptions"}), nil, false, "messages, standby, messaging_handovers, calls", "all webhook fields"},
		"html":              {nil, nil, fault(chaos.Fault{Mode: chaos.HTML502After, Path: "/subscriptions"}), nil, false, "make sure of them by hand", "all webhook fields"},
		"secret_of_another": {nil, nil, func(w *world) { w.app.Signing = w.app.Signing[:1] }, nil, false, "make sure of them by hand", "all webhook fields"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			const number = "118200334455670"
			w.app.ProviderIDs[meta.KeyPhoneNumberID], w.app.ProviderIDs[meta.KeyWABAID] = number, "204411990091"
			w.app.Signing = []config.Secret{config.NewSecret("secret-of-another"), config.NewSecret("secret-of-these")}
			app := simulated.App{
				ID: number, WABAID: "204411990091", Phone: "919000000103", Token: "token-of-the-test", AppSecret: "secret-of-these", Fields: c.fields,
			}
			if c.callback != nil {
				app.CallbackURL = c.callback(w)
			}
			if err := w.AddApp(app); err != nil {
				t.Fatal(err)
			}
			if c.change != nil {
				c.change(w)
			}
			got, err := w.p.Subscribe(t.Context(), w.client, w.app, w.hook)
			if err != nil || !got.Active || (got.Modes != nil) != c.known {
				t.Fatalf("got %+v, %v, want fields told: %t", got, err, c.known)
			}
			if slices.Contains(c.fields, "flows") && !slices.Contains(got.Modes, "flows") {
				t.Errorf("a field that the app had is gone: %v", got.Modes)
			}
			_ = w.faults.Set(nil)
			want := ""
			if c.holds != nil {
				want = c.holds(w)
			}
			if holds := w.callback(t, "77001122|secret-of-these"); holds != want {
				t.Errorf("the app's callback address is %q, want %q", holds, want)
			}
			steps := strings.Join(w.p.Steps(provider.Callbacks{URL: w.hook, Subscribed: true, Modes: got.Modes, App: w.app}), " ")
			if !strings.Contains(steps, c.says) || strings.Contains(steps, c.never) {
				t.Errorf("steps: %s; want %q in them, and not %q", steps, c.says, c.never)
			}
			if strings.Contains(steps, "secret-of") {
				t.Errorf("a secret is told: %s", steps)
			}
		})
	}
}

// address is where the test's webhook is.
func (w *world) address() string { return w.hook }

// callback returns the callback address of a Meta app, given by its own token.
func (w *world) callback(t *testing.T, token string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.api+"/v26.0/77001122/subscriptions", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	a, err := w.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	var body struct {
		Data []struct {
			Callback string `json:"callback_url"`
		} `json:"data"`
	}
	if err = json.NewDecoder(a.Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	if len(body.Data) == 0 {
		return ""
	}

	return body.Data[0].Callback
}
