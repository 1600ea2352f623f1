package intake_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/intake"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// customerIDs returns the ids of customers, in order.
func customerIDs(all []store.Customer) []string {
	var ids []string
	for _, c := range all {
		ids = append(ids, c.ID)
	}

	return ids
}

// storeReply gives a reply that came a minute ago to an Intake of the rig, and returns what it stored.
func storeReply(r *rig.Rig, from provider.Origin, reply provider.ReplyEvent) intake.StoredReply {
	r.T.Helper()
	c := intake.Callback{Origin: from, Event: provider.Event{
		Kind:  provider.KindReply,
		At:    r.Clock.Now().Add(-time.Minute).UnixMilli(),
		Reply: &reply,
	}}
	got, err := intake.StoreReply(newIntake(r, r.Hooks), r.T.Context(), c, reply)
	r.Must(err)

	return got
}

// A stored reply names what it answers, the customers behind its sender and what it asks for, so that a later step can act
// on it without reading anything again.
func TestStoredReply(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		from     provider.Origin
		reply    provider.ReplyEvent
		answers  bool
		keyword  consent.Keyword
		customer bool
		// shown is what the order's activity says of it; empty of what is about no order.
		shown string
	}{
		{
			name: "a tap on our message", shown: "Request delivery attempt", from: ownApp, answers: true, customer: true,
			reply: provider.ReplyEvent{From: rig.Shopper, Type: "button", Tap: true, Text: "Try again", Postback: "again"},
		},
		{
			name: "a text", shown: "Replied with a text", from: ownApp, customer: true,
			reply: provider.ReplyEvent{From: rig.Shopper, Type: "text", Text: "tomorrow please"},
		},
		{
			name: "a picture", shown: "Replied with an image", from: ownApp, customer: true,
			reply: provider.ReplyEvent{From: rig.Shopper, Type: "image", Content: json.RawMessage(`{"id":"1"}`)},
		},
		{
			name: "STOP by text", from: ownApp, customer: true, keyword: consent.Stop,
			reply: provider.ReplyEvent{From: rig.Shopper, Type: "text", Text: " Stop "},
		},
		{
			name: "STOP by the payload of a button", from: ownApp, customer: true, keyword: consent.Stop,
			reply: provider.ReplyEvent{From: rig.Shopper, Type: "button", Tap: true, Text: "No more of this", Postback: "STOP"},
		},
		{
			name: "START by text", from: ownApp, customer: true, keyword: consent.Start,
			reply: provider.ReplyEvent{From: rig.Shopper, Type: "text", Text: "START"},
		},
		{
			name: "a hidden number, answering our message", shown: "Replied with a text", from: ownApp, answers: true,
			reply: provider.ReplyEvent{UserID: rig.ShopperUser, Type: "text", Text: "hello"},
		},
		{
			name: "STOP of a hidden number, answering our message", shown: "Replied with a text", from: ownApp, answers: true, customer: true, keyword: consent.Stop,
			reply: provider.ReplyEvent{UserID: rig.ShopperUser, Type: "text", Text: "STOP"},
		},
		{
			name: "START of a hidden number, answering our message", shown: "Replied with a text", from: ownApp, answers: true, keyword: consent.Start,
			reply: provider.ReplyEvent{UserID: rig.ShopperUser, Type: "text", Text: "START"},
		},
		{
			name: "a hidden number that answers nothing", from: ownApp,
			reply: provider.ReplyEvent{UserID: rig.ShopperUser, Type: "text", Text: "hello"},
		},
		{
			name: "a stranger", from: ownApp,
			reply: provider.ReplyEvent{From: "919000000999", Type: "text", Text: "hello"},
		},
		{
			name: "the platform's app, answering our message", shown: "Replied with a text", from: platformApp, answers: true, customer: true,
			reply: provider.ReplyEvent{From: rig.Shopper, Type: "text", Text: "hello"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := recorded(t)
			sent := r.Sole(t)
			tt.reply.ID = "wamid.1"
			if tt.answers {
				tt.reply.ContextIDs = []string{"another", r.Sim.Log().Accepted()[0].MessageID}
			}

			got := storeReply(r, tt.from, tt.reply)
			want := store.Reply{
				ID:         store.ReplyID(gupshup.Name, rig.AppID, "wamid.1"),
				AccountID:  tt.from.AccountID,
				AppID:      rig.AppID,
				InboundID:  "wamid.1",
				UserID:     tt.reply.UserID,
				Type:       tt.reply.Type,
				Tap:        tt.reply.Tap,
				Text:       tt.reply.Text,
				Postback:   tt.reply.Postback,
				Content:    tt.reply.Content,
				At:         r.Clock.Now().Add(-time.Minute),
				ReceivedAt: r.Clock.Now(),
				ExpireAt:   r.Clock.Now().Add(keepReplies),
			}
			if tt.reply.From != "" {
				want.PhoneKey = store.PhoneKeyOf(r.CustomerOf(rig.BrandID, tt.reply.From))
			}
			if tt.keyword != consent.None {
				want.Keyword = string(tt.keyword)
			}
			if tt.answers {
				want.AccountID, want.MessageID, want.CustomerID = rig.BrandID, sent.ID, sent.CustomerID
			}
			if tt.shown != "" {
				want.OrderID, want.RootID, want.Shown = sent.OrderID, sent.ID, tt.shown
			}
			if diff := cmp.Diff(want, got.Reply); diff != "" {
				t.Errorf("reply (-want +got):\n%s", diff)
			}
			stored, err := r.Parts.Store.Reply(t.Context(), want.ID)
			if diff := cmp.Diff(want, stored, cmpopts.EquateEmpty()); err != nil || diff != "" {
				t.Errorf("in the store (-want +got):\n%s%v", diff, err)
			}

			if (got.Answered.ID == sent.ID) != tt.answers || got.Keyword != tt.keyword || got.Repeated {
				t.Errorf("got the answered message %q, keyword %q, repeated %t", got.Answered.ID, got.Keyword, got.Repeated)
			}
			var behind []string
			if tt.customer {
				behind = []string{r.CustomerID()}
			}
			if diff := cmp.Diff(behind, customerIDs(got.Customers)); diff != "" {
				t.Errorf("customers (-want +got):\n%s", diff)
			}
		})
	}
}

// A STOP of a number that no account knows concerns a customer that is made for it: the brand's at its own app, the app's at
// the platform's.
func TestStoredStopOfAStranger(t *testing.T) {
	t.Parallel()
	const stranger = "919000000999"
	r := rig.New(t, rig.Options{})
	stop := provider.ReplyEvent{ID: "wamid.1", From: stranger, Type: "text", Text: "STOP"}
	ofBrand := r.CustomerOf(rig.BrandID, stranger)
	ofApp := r.CustomerOf("app:"+rig.AppID, stranger)

	if got := customerIDs(storeReply(r, ownApp, stop).Customers); len(got) != 1 || got[0] != ofBrand {
		t.Errorf("at the brand's app: got %v, want %s", got, ofBrand)
	}
	stop.ID = "wamid.2"
	r.Clock.Advance(time.Minute)
	if diff := cmp.Diff([]string{ofBrand, ofApp}, customerIDs(storeReply(r, platformApp, stop).Customers)); diff != "" {
		t.Errorf("at the platform's app (-want +got):\n%s", diff)
	}
	for _, id := range []string{ofBrand, ofApp} {
		if c, err := r.Parts.Store.Customer(t.Context(), id); err != nil || c.Consent.Status != consent.Inactive {
			t.Errorf("%s: got %s, %v, want INACTIVE", id, c.Consent.Status, err)
		}
	}
}

// A reply that comes again is reported as repeated, and changes nothing.
func TestStoredReplyRepeated(t *testing.T) {
	t.Parallel()
	r := recorded(t)
	stop := provider.ReplyEvent{ID: "wamid.1", From: rig.Shopper, Type: "text", Text: "STOP"}
	if got := storeReply(r, ownApp, stop); got.Repeated {
		t.Fatal("the first is reported as repeated")
	}
	_, before := r.CheckChain(t)

	r.Clock.Advance(time.Minute)
	if got := storeReply(r, ownApp, stop); !got.Repeated || got.Reply.ID != store.ReplyID(gupshup.Name, rig.AppID, "wamid.1") {
		t.Errorf("got %+v, want it repeated", got)
	}
	got, err := newIntake(r, r.Hooks).Receive(t.Context(), callback(r, provider.Event{Kind: provider.KindReply, Reply: &stop}))
	if err != nil || got.Result != outcome.Duplicate {
		t.Errorf("got %+v, %v, want a duplicate", got, err)
	}
	if _, after := r.CheckChain(t); len(after) != len(before) {
		t.Errorf("ledger: got %s, want it as before", rig.ActionsOf(after))
	}
}
