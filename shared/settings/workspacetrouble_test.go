package settings_test

import (
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// TestTroubles lists what cannot send of all accounts, a page of accounts at a time, to the platform's people alone. What is well, and what is only to be
// asked about, is not in it.
func TestTroubles(t *testing.T) {
	t.Parallel()
	ctx, o := t.Context(), newOffice(t)
	refused := account.Health{Reason: message.CauseCredentials, Detail: "the key was revoked", Since: noon, RetryAt: noon}
	paused := account.Health{Reason: account.TemplateHeld, Since: noon, RetryAt: noon}

	for _, a := range []account.Account{
		{
			ID: "811", Slug: "a", Name: "Neem", Sender: "app",
			Apps:   map[string]account.App{"app": {Provider: "meta", Name: "Neem alerts", Health: refused}},
			Events: map[string]account.Event{"shipment/delivered": {Enabled: true, TemplateID: "t", Health: paused}},
		},
		{ID: "812", Slug: "b", Apps: map[string]account.App{"app": {Provider: "meta", Health: account.Health{RetryAt: noon}}}},
		{ID: "813", Slug: "c", Apps: map[string]account.App{"app": {Provider: "meta"}}},
		{ID: "814", Slug: "d", Apps: map[string]account.App{"app": {Provider: "kaleyra", Health: refused}}},
	} {
		if err := o.store.PutAccount(ctx, a); err != nil {
			t.Fatal(err)
		}
	}

	got, next, err := o.Troubles(ctx, operator, "", 2)
	if err != nil || len(got) != 2 || next != "812" {
		t.Fatalf("got %+v, %q, %v", got, next, err)
	}
	if app := got[0]; app.AccountName != "Neem" || app.AppName != "Neem alerts" || app.Event != "" || app.Health.Detail != "the key was revoked" || app.Words.Advice == "" {
		t.Errorf("the app: got %+v", app)
	}
	if event := got[1]; event.Event != "shipment/delivered" || event.AppID != "app" || event.Health.Reason != account.TemplateHeld {
		t.Errorf("the template: got %+v", event)
	}

	if got, next, err = o.Troubles(ctx, operator, next, 2); err != nil || len(got) != 1 || got[0].AccountID != "814" || next != "" {
		t.Errorf("the next page: got %+v, %q, %v", got, next, err)
	}

	for _, c := range []access.Caller{{}, viewer, editor} {
		if _, _, err = o.Troubles(ctx, c, "", 2); !fault.Is(err, fault.Forbidden) {
			t.Errorf("%v: got %v", c, err)
		}
	}
}
