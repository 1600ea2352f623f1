package outcome_test

import (
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	simmeta "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
)

// TestTemplateOfAnotherCategoryThanItsCopy has Meta put a template into another category while its word of that is lost, so that the first
// message after it goes by the wrong route and is refused. It fails nobody: the template is read again, and the message goes by the right one.
func TestTemplateOfAnotherCategoryThanItsCopy(t *testing.T) {
	t.Parallel()
	r := rig.New(t, rig.Options{Provider: meta.Name})
	r.ChangeAccount(func(a *account.Account) { a.Reclassed = account.SendReclassed })
	r.OfferShopper(consent.Grant)
	r.Hand(r.Hooks, r.First())
	r.Settle(r.Hooks)

	next := simmeta.NewTemplate(r.Vendor.TemplateID, "failed_delivery_v1", "en", simmeta.Content{
		Body: "Hi {{1}}, we could not deliver {{2}}.", Buttons: []simmeta.Button{{Type: simmeta.QuickReply, Text: "Try again"}},
	})
	next.Category = "MARKETING"
	r.Must(r.Sim.Meta().PutTemplate(rig.MetaNumberID, next))
	b, err := r.Sim.Meta().Behaviour(rig.MetaNumberID)
	r.Must(err)
	b.NoMarketing = true
	r.Must(r.Sim.Meta().SetBehaviour(rig.MetaNumberID, b))

	r.Hand(r.Hooks, r.Second())
	waits := 0
	for _, m := range r.Messages() {
		if m.Phase == message.Waiting {
			waits++
		}
	}
	if waits != 1 || !strings.Contains(r.Logs.String(), `"code":"131063"`) {
		t.Fatalf("got %d that wait after a refusal by their route, want 1; %s", waits, r.Describe())
	}
	a, err := r.Parts.Store.Account(t.Context(), rig.BrandID)
	r.Must(err)
	if h := a.Events[rig.FailedDeliveryKind].Health; !h.Healthy() || !h.WantsCheck() {
		t.Errorf("template: got %+v, want it checked", h)
	}

	r.Clock.Advance(time.Minute)
	r.Settle(r.Hooks)
	if all := r.ByStatus(); all[message.StatusRead] != 2 {
		t.Errorf("got %v, want both read; %s", all, r.Describe())
	}
	for _, m := range r.Sim.Log().Accepted()[1:] {
		if !m.ByMarketing {
			t.Errorf("got %+v, want it by the route for marketing templates", m)
		}
	}
}
