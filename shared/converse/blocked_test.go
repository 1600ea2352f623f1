package converse_test

import (
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// TestBlockedStranger answers nobody whose number an authority has blocked, also where no account knows the number.
func TestBlockedStranger(t *testing.T) {
	t.Parallel()

	const stranger = "919000000077"

	for _, blocked := range []bool{false, true} {
		for _, shared := range []bool{false, true} {
			s := newTalker(t, rig.Options{Shared: shared})

			if blocked {
				id := store.AppCustomerID(store.Authority, store.PhoneKeyOf(s.CustomerOf(rig.BrandID, stranger)))
				ordered := store.ConsequenceFor(store.Customer{ID: id})
				ordered.Record(consent.Entry{
					Action: consent.Block, Source: consent.Authority, Purpose: consent.Everything, SourceRef: "order 7", OccurredAt: s.Clock.Now(), RecordedAt: s.Clock.Now(),
				})
				s.Must(s.Parts.Store.AddConsents(t.Context(), []store.Consequence{ordered}))
			}

			_, err := s.Sim.Phones().Reply(stranger, simulator.Reply{Text: "Hello", App: rig.GupshupAppID})
			s.Must(err)
			s.goesOn()

			// At the platform's number a stranger is nobody's, and gets no answer anyway.
			if got := len(s.answersTo(stranger)); got > 0 != (!blocked && !shared) {
				t.Errorf("blocked %t, at the platform's app %t: %d answers", blocked, shared, got)
			}
		}
	}
}
