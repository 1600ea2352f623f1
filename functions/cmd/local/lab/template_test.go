package lab_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig/live"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// failed is the event whose templates the tests change, and the ids of those at Gupshup, and at Meta and Kaleyra.
const (
	failed        = "shipment/failed_delivery"
	failedGupshup = "0b6f2c1e-1111-4222-8333-000000000004"
	failedOthers  = "900000000000004"
)

// TestTemplateIsChangedAtItsProvider has each provider change the template of an event as far as it tells of it, and change it back: the event
// is held, and then let go.
func TestTemplateIsChangedAtItsProvider(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, account, app, template string
		change, back                 string
		want                         message.Cause
	}{
		{"meta_paused", demo.MarigoldID, demo.MarigoldApp, failedOthers, `"status":"PAUSED","reason":"blocked often"`, `"status":"APPROVED"`, account.TemplateHeld},
		{"meta_category", demo.MarigoldID, demo.MarigoldApp, failedOthers, `"category":"MARKETING"`, `"category":"UTILITY"`, account.CategoryHeld},
		{"meta_text", demo.MarigoldID, demo.MarigoldApp, failedOthers, `"text":"Hi {{1}}, call us"`, `"text":"{{1}}, {{2}} of {{3}} failed: {{4}}."`, account.TemplateHeld},
		{"gupshup_paused", demo.NeemID, demo.NeemApp, failedGupshup, `"status":"PAUSED"`, `"status":"APPROVED"`, account.TemplateHeld},
		{"gupshup_category", demo.NeemID, demo.NeemApp, failedGupshup, `"category":"MARKETING"`, `"category":"UTILITY"`, account.CategoryHeld},
		{"kaleyra_paused", demo.JasmineID, demo.JasmineApp, failedOthers, `"status":"PAUSED"`, `"status":"APPROVED"`, account.TemplateHeld},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := live.Start(t, live.Options{})
			changeTemplate(w, tc.app, tc.template, tc.change)
			wantHeld(t, w, tc.account, tc.want)

			// Providers tell whole seconds: what they tell within the second of the check that held the event counts as older than that check,
			// and the next one comes a minute later.
			held := time.Now()
			testkit.Eventually(t, live.Patience, "the second is over", func() bool { return time.Now().Truncate(time.Second).After(held) })
			changeTemplate(w, tc.app, tc.template, tc.back)
			wantHeld(t, w, tc.account, "")
		})
	}
}

// TestAnnouncedCategoryHoldsNothing has WhatsApp say a day ahead that it will re-class a template.
func TestAnnouncedCategoryHoldsNothing(t *testing.T) {
	t.Parallel()
	w := live.Start(t, live.Options{})
	for app, template := range map[string]string{demo.MarigoldApp: failedOthers, demo.NeemApp: failedGupshup} {
		changeTemplate(w, app, template, `"announced":"MARKETING"`)
	}
	for _, id := range []string{demo.MarigoldID, demo.NeemID} {
		wantHeld(t, w, id, "")
	}
}

// TestTemplateChangeIsRefused posts changes that nobody could make; the answer names the field.
func TestTemplateChangeIsRefused(t *testing.T) {
	t.Parallel()
	w, _ := startDemo(t, "")
	at := func(app, template, change string) string {
		return `{"app":"` + app + `","template":"` + template + `",` + change + `}`
	}
	for body, want := range map[string]string{
		`[]`:                             `"field":"body"`,
		`{"template":"1"}`:               `"field":"app"`,
		`{"app":"` + demo.NeemApp + `"}`: `"field":"template"`,
		`{"state":"PAUSED"}`:             `has the unknown key \"state\": the keys are app, template, status`,
		at(demo.NeemApp, failedGupshup, `"reason":"x"`):                           "one of status, category, announced and text",
		at(demo.NeemApp, failedGupshup, `"status":"PAUSED","category":"UTILITY"`): "one of status, category, announced and text",
		at(demo.NeemApp, failedGupshup, `"status":7`):                             `"detail":"must be a text","field":"status"`,
		at(demo.NeemApp, failedGupshup, `"status":"paused"`):                      "must be one of APPROVED, PAUSED, DISABLED, REJECTED",
		at(demo.NeemApp, failedGupshup, `"category":"OFFER"`):                     `"field":"category"`,
		at(demo.NeemApp, failedGupshup, `"announced":"OFFER"`):                    `"field":"announced"`,
		at(demo.NeemApp, failedGupshup, `"category":"UTILITY","reason":"x"`):      `"field":"reason"`,
		at(demo.NeemApp, failedGupshup, `"text":"Hi"`):                            "Gupshup documents no callback",
		at(demo.JasmineApp, failedOthers, `"category":"MARKETING"`):               `"detail":"Kaleyra documents no callback for it","field":"category"`,
		at(demo.JasmineApp, failedOthers, `"announced":"MARKETING"`):              `"field":"announced"`,
		at(demo.JasmineApp, failedOthers, `"text":"Hi"`):                          `"field":"text"`,
		at(demo.AniseApp, "1", `"status":"PAUSED"`):                               `"detail":"is at a provider that has no templates","field":"app"`,
		at("meta-clove", "1", `"status":"PAUSED"`):                                `\"meta-clove\" is none of the apps of /local/apps`,
		at(demo.NeemApp, "1", `"status":"PAUSED"`):                                `"field":"template"`,
		at(demo.MarigoldApp, "1", `"status":"PAUSED"`):                            `"field":"template"`,
		at(demo.JasmineApp, "1", `"status":"PAUSED"`):                             `"field":"template"`,
	} {
		if answer := post(t, w, "/local/templates", body, http.StatusBadRequest); !strings.Contains(answer, want) {
			t.Errorf("%s: got %s, want %q in it", body, answer, want)
		}
	}
}

// changeTemplate posts a change, and waits until what it brings is on its way no more.
func changeTemplate(w *live.World, app, template, change string) {
	code, answer := w.Do(http.MethodPost, "/local/templates", []byte(`{"app":"`+app+`","template":"`+template+`",`+change+`}`))
	if code != http.StatusAccepted {
		w.Must(fmt.Errorf("%s: got %d %s, want 202", change, code, answer))
	}
	w.Rest()
}

// wantHeld sweeps, as often as it takes to have what nobody can prove asked for, until the failed deliveries of an account are held for a cause;
// empty is for none.
func wantHeld(t *testing.T, w *live.World, accountID string, want message.Cause) {
	t.Helper()
	testkit.Eventually(t, live.Patience, "the event's template is held for "+strconv.Quote(string(want)), func() bool {
		if code, answer := w.Do(http.MethodPost, "/push/sweep", nil); code != http.StatusNoContent {
			t.Fatalf("sweep: got %d %s", code, answer)
		}
		a, err := w.Parts.Store.Account(t.Context(), accountID)
		w.Must(err)
		return a.Events[failed].Health.Reason == want
	})
}
