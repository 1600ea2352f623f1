package e2e

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/customers"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// door is one way in which a consent ends or begins, and what it comes to.
type door struct {
	// unsubscribed has the shopper start with no consent.
	unsubscribed bool
	// mute says that a provider without callbacks does not carry it, preference that only those do that tell shoppers' preferences.
	mute, preference bool
	do               func(s *shop)
	// source, action and purpose are those of the ledger's newest entry afterwards.
	source  consent.Source
	action  consent.Action
	purpose consent.Purpose
	// updates is why the next order update is refused; empty if it is sent.
	updates message.Reason
	// offers says whether offers may still be sent to the shopper, who had agreed to them.
	offers bool
}

// shop is a rig with the use cases that people and machines of the brand's use.
type shop struct {
	*rig.Rig
	name string
	*customers.Customers
}

var (
	brand    = access.Caller{Subject: "u-support", Role: access.Editor, Accounts: []string{rig.BrandID}}
	operator = access.Caller{Subject: "u-platform", Role: access.Platform, All: true}
)

func (s *shop) key() string { return store.PhoneKeyOf(s.CustomerID()) }

func (s *shop) says(said customers.Said) {
	s.T.Helper()

	_, err := s.Consent(s.T.Context(), brand, rig.BrandID, s.key(), said)
	s.Must(err)
}

func (s *shop) writes(reply simulator.Reply) {
	s.T.Helper()

	_, err := s.Sim.Phones().Reply(rig.Shopper, reply)
	s.Must(err)
	s.Round(s.Hooks)
}

// fails has the provider report the next order update as failed, with a code.
func (s *shop) fails(code int) {
	s.Fault(simulator.Fault{System: s.name, Mode: "fail_callback", Code: code, Times: 1})
	s.Hand(s.Hooks, s.EventData(s.Another(700)))
	s.Settle(s.Hooks)
}

// prefers has the provider tell of a choice that the shopper made in WhatsApp.
func (s *shop) prefers(p provider.PreferenceEvent) {
	s.T.Helper()

	e := provider.Event{Kind: provider.KindPreference, At: s.Clock.Now().UnixMilli(), Preference: &p}
	if code := s.Notice(s.Hooks, store.Webhook{Provider: s.name, AppID: rig.AppID, AccountID: rig.BrandID}, e); code != http.StatusNoContent {
		s.T.Fatalf("receive answered %d", code)
	}
}

func agreed(source consent.Source) customers.Said {
	return customers.Said{
		Action: consent.Grant, Source: source, Purpose: consent.OrderUpdates, Reference: "T-1", NoticeVersion: "wa/en/3", NoticeHash: consent.NoticeHash("a notice"),
	}
}

var doors = map[string]door{
	"an order event": {
		unsubscribed: true,
		do:           func(*shop) {},
		source:       consent.OrderEvent, action: consent.Seen, purpose: consent.OrderUpdates, updates: message.NotOptedIn,
	},
	"a brand's declaration": {
		unsubscribed: true,
		do: func(s *shop) {
			s.ChangeAccount(func(a *account.Account) { a.ConsentMode = account.BrandDeclared })
		},
		source: consent.Checkout, action: consent.Grant, purpose: consent.OrderUpdates,
	},
	"the portal subscribes": {
		unsubscribed: true,
		do:           func(s *shop) { s.Portal(s.Hooks, consent.Active, "") },
		source:       consent.CustomerPortal, action: consent.Grant, purpose: consent.OrderUpdates,
	},
	"the portal withdraws": {
		do:     func(s *shop) { s.Portal(s.Hooks, consent.Inactive, "") },
		source: consent.CustomerPortal, action: consent.Withdraw, purpose: consent.Everything, updates: message.OptedOut,
	},
	"a keyword stops": {
		mute:   true,
		do:     func(s *shop) { s.writes(simulator.Reply{Text: "बंद करो"}) },
		source: consent.Keyworded, action: consent.Withdraw, purpose: consent.Everything, updates: message.OptedOut,
	},
	"a keyword starts again": {
		mute: true,
		do: func(s *shop) {
			s.writes(simulator.Reply{Text: "STOP"})
			s.Clock.Advance(2 * time.Second)
			s.writes(simulator.Reply{Text: "START"})
		},
		source: consent.Keyworded, action: consent.Grant, purpose: consent.OrderUpdates,
	},
	"a button stops": {
		mute:   true,
		do:     func(s *shop) { s.writes(simulator.Reply{Button: "STOP"}) },
		source: consent.Button, action: consent.Withdraw, purpose: consent.Everything, updates: message.OptedOut,
	},
	"marketing is stopped in WhatsApp": {
		preference: true,
		do: func(s *shop) {
			s.prefers(provider.PreferenceEvent{From: rig.Shopper, Marketing: true, Stop: true})
		},
		source: consent.UserPreferences, action: consent.Withdraw, purpose: consent.Marketing,
	},
	"everything is stopped at the provider": {
		preference: true,
		do: func(s *shop) {
			s.prefers(provider.PreferenceEvent{From: rig.Shopper, Stop: true})
		},
		source: consent.UserPreferences, action: consent.Withdraw, purpose: consent.Everything, updates: message.OptedOut,
	},
	"a message fails: no marketing wanted": {
		mute:   true,
		do:     func(s *shop) { s.fails(131050) },
		source: consent.ProviderError, action: consent.Withdraw, purpose: consent.Marketing,
	},
	"a message fails: not on WhatsApp": {
		mute:   true,
		do:     func(s *shop) { s.fails(131026) },
		source: consent.ProviderError, action: consent.Unreachable, purpose: consent.Everything, updates: message.Unreachable, offers: false,
	},
	"an agent withdraws": {
		do: func(s *shop) {
			s.says(customers.Said{Action: consent.Withdraw, Source: consent.Agent, Purpose: consent.Everything, Reference: "T-1"})
		},
		source: consent.Agent, action: consent.Withdraw, purpose: consent.Everything, updates: message.OptedOut,
	},
	"an agent subscribes": {
		unsubscribed: true,
		do: func(s *shop) {
			s.Meet(rig.BrandID, rig.Shopper, consent.Seen)
			s.says(agreed(consent.Agent))
		},
		source: consent.Agent, action: consent.Grant, purpose: consent.OrderUpdates,
	},
	"a consent manager withdraws": {
		do: func(s *shop) {
			s.says(customers.Said{Action: consent.Withdraw, Source: consent.ConsentManager, Purpose: consent.OrderUpdates, Reference: "artefact-1"})
		},
		source: consent.ConsentManager, action: consent.Withdraw, purpose: consent.OrderUpdates, updates: message.OptedOut,
	},
	"a consent manager denies": {
		unsubscribed: true,
		do: func(s *shop) {
			s.Meet(rig.BrandID, rig.Shopper, consent.Seen)
			s.says(customers.Said{Action: consent.Deny, Source: consent.ConsentManager, Purpose: consent.Everything, Reference: "artefact-1"})
		},
		source: consent.ConsentManager, action: consent.Deny, purpose: consent.Everything, updates: message.NotOptedIn,
	},
	"a consent manager subscribes": {
		unsubscribed: true,
		do: func(s *shop) {
			s.Meet(rig.BrandID, rig.Shopper, consent.Seen)
			s.says(agreed(consent.ConsentManager))
		},
		source: consent.ConsentManager, action: consent.Grant, purpose: consent.OrderUpdates,
	},
	"an authority blocks": {
		do: func(s *shop) {
			_, err := s.Block(s.T.Context(), operator, "+"+rig.Shopper, consent.Block, "order-7")
			s.Must(err)
		},
		source: consent.Authority, action: consent.Block, purpose: consent.Everything, updates: message.Blocked,
	},
	"an authority blocks who is not met": {
		unsubscribed: true,
		do: func(s *shop) {
			_, err := s.Block(s.T.Context(), operator, "+"+rig.Shopper, consent.Block, "order-7")
			s.Must(err)
			s.Portal(s.Hooks, consent.Active, "") // is refused
		},
		source: consent.Authority, action: consent.Block, purpose: consent.Everything, updates: message.Blocked,
	},
	"an authority lifts a block": {
		do: func(s *shop) {
			for _, order := range []consent.Action{consent.Block, consent.Unblock} {
				_, err := s.Block(s.T.Context(), operator, "+"+rig.Shopper, order, "order-7")
				s.Must(err)
			}
		},
		source: consent.Authority, action: consent.Unblock, purpose: consent.Everything, offers: true,
	},
}

// carries reports whether a provider carries what comes through a door.
func (d door) carries(name string) bool {
	switch name {
	case businessonbot.Name:
		return !d.mute && !d.preference
	case kaleyra.Name:
		return !d.preference
	default:
		return true
	}
}

// TestEverySourceAtEveryProvider goes through every door at every provider that carries it: the ledger says who said what, and the next order
// update is sent or refused as it says.
func TestEverySourceAtEveryProvider(t *testing.T) {
	t.Parallel()

	for _, name := range []string{gupshup.Name, kaleyra.Name, meta.Name, businessonbot.Name} {
		for what, d := range doors {
			if !d.carries(name) {
				continue
			}

			t.Run(name+"/"+what, func(t *testing.T) {
				t.Parallel()

				s := openShop(t, name, d.unsubscribed)
				d.do(s)
				s.Clock.Advance(time.Minute)
				before := s.Sim.Log().AcceptedCount()
				s.Hand(s.Hooks, s.EventData(s.Another(800)))
				s.Settle(s.Hooks)

				state, ledger := s.CheckChain(t)
				last := ledger[len(ledger)-1]
				if last.Source != d.source || last.Action != d.action || last.Purpose != d.purpose {
					t.Errorf("the ledger ends with %s of %s by %s, want %s of %s by %s", last.Action, last.Purpose, last.Source, d.action, d.purpose, d.source)
				}

				may, reason := consent.May(state, consent.OrderUpdates, s.Clock.Now())
				if may != (d.updates == "") || reason != d.updates {
					t.Errorf("order updates: %v, %q, want %q", may, reason, d.updates)
				}
				if sent := s.Sim.Log().AcceptedCount() - before; sent > 0 != (d.updates == "") {
					t.Errorf("%d were sent, and the reason is %q; %s", sent, d.updates, s.Describe())
				}
				if may, _ := consent.May(state, consent.Marketing, s.Clock.Now()); may != d.offers {
					t.Errorf("offers: %v, want %v", may, d.offers)
				}
			})
		}
	}
}

// openShop returns a rig whose shopper has agreed to updates and offers and got a message, or has no consent.
func openShop(t *testing.T, name string, unsubscribed bool) *shop {
	t.Helper()

	r := rig.New(t, rig.Options{Provider: name, Unsubscribed: unsubscribed, Buttons: []string{"STOP"}, ByTemplate: name == businessonbot.Name})
	if !unsubscribed {
		r.OfferShopper(consent.Grant)
		r.Hand(r.Hooks, r.First())
		r.Settle(r.Hooks)
		r.Clock.Advance(time.Minute)
	}

	return &shop{r, name, customers.New(customers.Deps{
		Store:    r.Parts.Store,
		Accounts: settings.NewAccounts(r.Parts.Store, settings.Options{Clock: r.Clock, Timeout: time.Minute}),
		Keyer: cache.NewOnce(func(ctx context.Context) (phone.Keyer, error) {
			keys, err := r.Parts.Keys(ctx)
			return keys.Phone, err
		}),
		Clock: r.Clock,
	})}
}
