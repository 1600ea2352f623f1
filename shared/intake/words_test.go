package intake_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
)

// TestEveryWordAtEveryProvider has the shopper say each keyword, ours and the brand's own, through each provider that reports what shoppers write:
// it leads to one entry of the ledger. What is no keyword leads to none.
func TestEveryWordAtEveryProvider(t *testing.T) {
	t.Parallel()

	own := consent.Words{Stop: []string{"Abmelden", "ruk jao"}, Start: []string{"Anmelden"}}
	stops := slices.Concat(consent.Standard().Stop, own.Stop)
	starts := slices.Concat(consent.Standard().Start, own.Start)
	others := []string{
		"stop please", "please stop", "STOP calling me", "don't stop", "cancel", "Cancel my order", "end", "quit", "yes", "no", "band", "abmelden bitte", "बंद है",
	}

	for _, name := range []string{gupshup.Name, gupshup.Name + "3", kaleyra.Name, meta.Name} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			o := rig.Options{Provider: strings.TrimSuffix(name, "3"), Version: 2}
			if o.Provider != name {
				o.Version = 3
			}

			r := rig.New(t, o)
			r.ChangeAccount(func(a *account.Account) { a.Keywords = own })
			r.Hand(r.Hooks, r.First())
			r.Settle(r.Hooks)

			say := func(text string) {
				r.Clock.Advance(time.Minute)
				if _, err := r.Sim.Phones().Reply(rig.Shopper, simulator.Reply{Text: text}); err != nil {
					t.Fatalf("%s: %v", text, err)
				}
				r.Round(r.Hooks)
			}
			expect := func(text string, want consent.Entry, status consent.Status, entries int) {
				t.Helper()
				state, ledger := r.CheckChain(t)
				last := ledger[len(ledger)-1]
				if last.Action != want.Action || last.Purpose != want.Purpose || want.Source != last.Source || state.Status != status || len(ledger) != entries {
					t.Errorf("%q: %s with %d entries, the last %s of %s by %s; want %s with %d, %s of %s", text, state.Status, len(ledger), last.Action, last.Purpose, last.Source, status, entries, want.Action, want.Purpose)
				}
			}

			stopped := consent.Entry{Action: consent.Withdraw, Purpose: consent.Everything, Source: consent.Keyworded}
			started := consent.Entry{Action: consent.Grant, Purpose: consent.OrderUpdates, Source: consent.Keyworded}
			_, ledger := r.CheckChain(t)
			n := len(ledger)

			for i := range max(len(stops), len(starts)) {
				stop, start := stops[i%len(stops)], starts[i%len(starts)]
				say(strings.ToUpper(stop) + " !")
				n++
				expect(stop, stopped, consent.Inactive, n)
				say("*" + start + "*")
				n++
				expect(start, started, consent.Active, n)
			}

			for _, other := range others {
				say(other)
				expect(other, started, consent.Active, n)
			}
		})
	}
}
