package e2e_test

import (
	"net/http"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// TestWhatAShopperSaysBeforeTheFirstEventHolds has a shopper of whom no event has told yet subscribe or withdraw at the portal,
// and then the first event come, whatever the brand declares.
func TestWhatAShopperSaysBeforeTheFirstEventHolds(t *testing.T) {
	t.Parallel()
	for _, mode := range []account.ConsentMode{account.Explicit, account.BrandDeclared} {
		for status, want := range map[consent.Status]message.Status{
			consent.Active:   message.StatusAccepted,
			consent.Inactive: message.StatusRefused,
		} {
			t.Run(string(mode)+"_"+string(status), func(t *testing.T) {
				t.Parallel()
				r := rig.New(t, rig.Options{Unsubscribed: true})
				r.ChangeAccount(func(a *account.Account) { a.ConsentMode = mode })
				w := r.NewWorker(rig.Options{})
				if a := r.Portal(w, status, ""); a.Status != http.StatusOK {
					t.Fatalf("POST: got %d %s", a.Status, a.Body)
				}
				r.Hand(w, r.Event("shipment-failed_delivery"))
				m := r.Sole(t)
				if m.Status() != want || want == message.StatusRefused && m.Reason != message.OptedOut {
					t.Errorf("the first event's message is %s %s, want %s", m.Status(), m.Reason, want)
				}
				if _, ledger := r.CheckChain(t); len(ledger) != 1 {
					t.Errorf("ledger: %s, want the shopper's word alone", rig.ActionsOf(ledger))
				}
			})
		}
	}
}
