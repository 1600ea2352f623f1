package workspace_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

const (
	senderPath  = "/v1/accounts/" + neem + "/sender"
	platformApp = "eshopbox"
)

// offer has the platform offer an app of its own, with a template for each of the kinds of event.
func (s *stage) offer(kinds ...string) {
	s.t.Helper()
	p := account.PlatformApp{Templates: map[string]account.Content{}}
	for _, kind := range kinds {
		p.Templates[kind] = account.Content{TemplateID: "t-" + kind}
	}
	p.App = account.App{Provider: "gupshup", Ownership: message.Platform, Name: "Eshopbox", Number: "919000000900", Secret: "platform-key", Last4: "tkey"}
	_, err := s.store.SavePlatformApp(s.t.Context(), platformApp, store.Author{}, start, func(account.PlatformApp) (account.PlatformApp, error) { return p, nil })
	s.must(err)
}

// next installs the app of a provider, or the platform's, a minute after what was done before, and returns its id.
func (s *stage) next(name string) string {
	s.t.Helper()
	s.clock.Advance(time.Minute)
	if name != "platform" {
		id, _ := s.add(name)
		return id
	}
	s.ask(http.StatusCreated, http.MethodPost, appsPath(), `{"ownership":"platform"}`)

	return platformApp
}

// sender is the present sender's id, empty if there is none.
func (s *stage) sender() string {
	s.t.Helper()
	got := read[struct {
		Sender              *struct{ AppID string }
		Reason, InstallLink string
	}](s.t, s.ask(http.StatusOK, http.MethodGet, senderPath, ""))
	if (got.Sender == nil) != (got.Reason == "no_app") || (got.Sender == nil) != (got.InstallLink == "/v1/accounts/811/apps") {
		s.t.Errorf("got %+v", got)
	}
	if got.Sender == nil {
		return ""
	}

	return got.Sender.AppID
}

// TestSenderRules holds the five rules of which app is the sender, and what an uninstall and a choice do to them. An app's name alone installs it,
// one with a minus uninstalls it, and one with an exclamation mark chooses it; "!" takes the choice back.
func TestSenderRules(t *testing.T) {
	t.Parallel()
	tests := []struct{ steps, want string }{
		{"platform", "platform"},
		{"gupshup", "gupshup"},
		{"", ""},
		{"platform gupshup", "platform"},
		{"gupshup platform", "gupshup"},
		// an explicit choice sticks
		{"platform gupshup !gupshup", "gupshup"},
		{"platform gupshup !gupshup businessonbot", "gupshup"},
		{"platform gupshup !gupshup -platform platform", "gupshup"},
		{"gupshup platform businessonbot !businessonbot -gupshup", "businessonbot"},
		{"gupshup platform !platform !", "gupshup"},
		{"gupshup !gupshup platform", "gupshup"},
		// an uninstall falls back by the order of install
		{"gupshup -gupshup", ""},
		{"gupshup platform -gupshup", "platform"},
		{"gupshup platform -platform", "gupshup"},
		{"gupshup platform businessonbot -gupshup", "platform"},
		{"gupshup platform businessonbot -gupshup -platform", "businessonbot"},
		{"gupshup platform businessonbot !businessonbot -businessonbot", "gupshup"},
		{"gupshup platform businessonbot !platform -platform -gupshup", "businessonbot"},
		{"gupshup platform -gupshup gupshup", "platform"},
		{"gupshup platform !platform -platform platform", "gupshup"},
		{"gupshup platform -gupshup -platform platform gupshup", "platform"},
	}
	for _, tt := range tests {
		t.Run(tt.steps, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, nil)
			s.offer()
			ids := map[string]string{"": ""}
			for step := range strings.FieldsSeq(tt.steps) {
				switch name := strings.TrimLeft(step, "-!"); step[0] {
				case '-':
					s.ask(http.StatusOK, http.MethodDelete, appsPath(ids[name]), "")
				case '!':
					s.ask(http.StatusOK, http.MethodPut, senderPath, `{"appId":"`+ids[name]+`"}`)
				default:
					ids[name] = s.next(name)
				}
			}
			if got := s.sender(); got != ids[tt.want] {
				t.Errorf("got %q, want %q", got, ids[tt.want])
			}
		})
	}
}

// TestSenderInEveryOrder installs four apps in every order, and uninstalls them in that order.
func TestSenderInEveryOrder(t *testing.T) {
	t.Parallel()
	for _, order := range permutations([]string{"gupshup", "platform", "businessonbot", "kaleyra"}) {
		t.Run(strings.Join(order, " "), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, nil)
			s.offer()
			var ids []string
			for _, name := range order {
				ids = append(ids, s.next(name))
				if got := s.sender(); got != ids[0] {
					t.Errorf("with %d installed: got %s, want %s", len(ids), got, ids[0])
				}
			}
			for i, id := range ids {
				s.ask(http.StatusOK, http.MethodDelete, appsPath(id), "")
				if got, want := s.sender(), append(ids, "")[i+1]; got != want {
					t.Errorf("with %d uninstalled: got %s, want %s", i+1, got, want)
				}
			}
		})
	}
}

func permutations(of []string) [][]string {
	if len(of) == 0 {
		return [][]string{nil}
	}
	var all [][]string
	for i, first := range of {
		for _, rest := range permutations(slices.Concat(of[:i], of[i+1:])) {
			all = append(all, append([]string{first}, rest...))
		}
	}

	return all
}

// TestSenderMissing tells which events lack something at another sender, and sends none of them until they have it.
func TestSenderMissing(t *testing.T) {
	t.Parallel()
	const failed, out = "shipment/failed_delivery", "shipment/out_for_delivery"
	s := newStage(t, nil)
	s.offer(failed)
	own := s.next("gupshup")
	a, err := s.store.Account(t.Context(), neem)
	s.must(err)
	a.Choices = map[string]map[string]account.Choice{own: {failed: {Enabled: true, TemplateID: "t-1"}, out: {Enabled: true, TemplateID: "t-2"}}}
	a.Events = map[string]account.Event{failed: {Enabled: true, TemplateID: "t-1"}, out: {Enabled: true, TemplateID: "t-2"}}
	s.must(s.store.PutAccount(t.Context(), a))
	s.next("platform")
	if a, err = s.store.Account(t.Context(), neem); err != nil || !a.Events[failed].Enabled {
		t.Fatalf("before: %+v, %v", a.Events, err)
	}

	s.same(s.ask(http.StatusOK, http.MethodPut, senderPath, `{"appId":"eshopbox"}`), `{"sender":{"appId":"eshopbox","name":"Eshopbox","provider":"gupshup",
		"ownership":"platform"},"chosen":true,"version":4,"missing":[{"event":"shipment/failed_delivery","lacks":["consent"]},
		{"event":"shipment/out_for_delivery","lacks":["consent","platform_template"]}]}`)
	if a, err = s.store.Account(t.Context(), neem); err != nil || a.Events[failed].Enabled || a.Events[failed].TemplateID != "t-"+failed || a.Events[out].Enabled {
		t.Errorf("events: got %+v, %v", a.Events, err)
	}

	fallen := s.ask(http.StatusOK, http.MethodDelete, appsPath(platformApp), "")
	s.same(fallen, `{"sender":{"appId":"`+own+`","name":"Neem alerts","provider":"gupshup","ownership":"client"},"chosen":false,"version":5,"missing":[]}`)
	if a, err = s.store.Account(t.Context(), neem); err != nil || !a.Events[failed].Enabled || !a.Events[out].Enabled {
		t.Errorf("back: got %+v, %v", a.Events, err)
	}
}

// TestPlatformsApp installs the platform's app, whose credential the brand neither gives nor sees nor changes.
func TestPlatformsApp(t *testing.T) {
	t.Parallel()
	s := newStage(t, nil)
	s.ask(http.StatusConflict, http.MethodPost, appsPath(), `{"ownership":"platform"}`)
	s.offer()
	s.named(http.StatusBadRequest, "appId", request{method: http.MethodPost, path: appsPath(), token: s.operator(), body: `{"ownership":"platform","appId":"x"}`, header: ifMatch(1)})
	s.same(s.ask(http.StatusCreated, http.MethodPost, appsPath(), `{"ownership":"platform","name":"Shared"}`), `{"app":{"appId":"eshopbox","provider":"gupshup",
		"ownership":"platform","name":"Shared","number":"919000000900","providerIds":{},"credentialLast4":"","installedAt":"2026-11-20T04:50:12Z","sender":true,
		"health":{"state":"healthy","text":"Messages can be sent."}},"webhook":null,
		"steps":["Nothing is left to be done: messages go through the platform's account, and are charged to the brand once it agrees to that for an event."]}`)
	s.ask(http.StatusConflict, http.MethodPost, appsPath(), `{"ownership":"platform"}`)
	for _, what := range []string{"verify", "credential", "webhook-token"} {
		s.ask(http.StatusConflict, http.MethodPost, appsPath(platformApp, what), `{"credential":"`+rotatedKey+`"}`)
	}
	a, err := s.store.Account(t.Context(), neem)
	s.must(err)
	if a.Apps[platformApp].Secret != "platform-key" {
		t.Errorf("got %+v", a.Apps)
	}
	s.ask(http.StatusOK, http.MethodDelete, appsPath(platformApp), "")
	if due, err := s.store.DueDisposals(t.Context(), start.Add(1000*time.Hour), 10); err != nil || len(due) > 0 {
		t.Errorf("the platform's credential is to be destroyed: %+v, %v", due, err)
	}
}
