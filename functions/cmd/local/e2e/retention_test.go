package e2e

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// TestRetention has everything that is stored of a shopper end by itself when its time is over, and not before. What is left in the end is the
// customer with the ledger, and what names nobody.
func TestRetention(t *testing.T) {
	t.Parallel()

	const day = 24 * time.Hour

	r := rig.New(t, rig.Options{})
	r.ChangeAccount(func(a *account.Account) {
		a.Unexpected = &account.UnexpectedReplies{Enabled: true, Text: "We are closed."}
	})
	r.Hand(r.Hooks, r.First())
	r.Settle(r.Hooks)

	for _, reply := range []simulator.Reply{{Text: "KEEPSAKE words"}, {Button: "Try again"}} {
		_, err := r.Sim.Phones().Reply(rig.Shopper, reply)
		r.Must(err)
		r.Clock.Advance(time.Minute)
		r.Round(r.Hooks)
	}

	r.Notice(r.Hooks, rig.OwnApp, provider.Event{Kind: provider.KindReply, At: r.Clock.Now().UnixMilli(), Reply: &provider.ReplyEvent{
		ID: "wamid.PARKED", From: rig.Shopper, Type: "text", Text: "STOP", ContextIDs: []string{"wamid.of-nobody"},
	}})
	r.Portal(r.Hooks, consent.Active, "")
	r.Round(r.Hooks)

	// Collections by the day after which nothing of the shopper may be in them.
	begun := r.Clock.Now()
	for _, at := range []struct {
		days  int
		there []string
		gone  []string
	}{
		{6, []string{"parked", "replies", "messages", "orders", "conversations", "customers"}, nil},
		{8, []string{"replies", "messages", "orders", "conversations", "customers"}, []string{"parked"}},
		{89, []string{"replies", "messages", "orders", "conversations", "customers"}, nil},
		{91, []string{"messages", "orders", "conversations", "customers"}, []string{"replies"}},
		{399, []string{"messages", "orders", "conversations", "customers"}, nil},
		{402, []string{"customers"}, []string{"parked", "replies", "messages", "orders", "conversations"}},
	} {
		r.Clock.Advance(begun.Add(time.Duration(at.days) * day).Sub(r.Clock.Now()))
		r.Cloud.Firestore().SweepTTL(r.Clock.Now())

		found := personal(r)
		for _, name := range at.there {
			if !slices.Contains(found.collections, name) {
				t.Errorf("after %d days nothing is in %s: %v", at.days, name, found.collections)
			}
		}
		for _, name := range at.gone {
			if slices.Contains(found.collections, name) {
				t.Errorf("after %d days there is something in %s", at.days, name)
			}
		}
	}

	// A ledger goes on, and its document alone has the number; what the shopper wrote is nowhere.
	if found := personal(r); !slices.Equal(found.naming, []string{"customers"}) {
		t.Errorf("in the end the shopper is named in %v, want customers alone", found.naming)
	}
	if state, ledger := r.CheckChain(t); state.Status != consent.Active || len(ledger) == 0 {
		t.Errorf("the ledger ends %s with %d entries", state.Status, len(ledger))
	}
}

// traces says which collections have documents, and which of those name the rig's shopper or have words of the shopper's.
type traces struct{ collections, naming []string }

// personal looks through every document.
func personal(r *rig.Rig) traces {
	all, naming := testkit.Scan(r.Cloud, "9000000001", "Ira Sample", "ira@example", "KEEPSAKE")

	return traces{collectionsOf(all), collectionsOf(naming)}
}

// collectionsOf returns the collections of documents, each once.
func collectionsOf(documents []string) []string {
	found := map[string]bool{}

	for _, path := range documents {
		parts := strings.Split(path, "/")
		found[parts[len(parts)-2]] = true
	}

	return slices.Sorted(maps.Keys(found))
}
