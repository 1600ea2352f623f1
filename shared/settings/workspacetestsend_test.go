package settings_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	local "github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	simmeta "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// tester sends tests at the whole product, with simulated providers and phones.
type tester struct {
	*rig.Rig
	*settings.Workspace
}

func newTester(t *testing.T, provider string) *tester {
	t.Helper()

	return testerAt(t, rig.Options{Provider: provider})
}

func testerAt(t *testing.T, o rig.Options) *tester {
	t.Helper()
	r := rig.New(t, o)
	parts := r.Hooks.Parts

	return &tester{r, settings.NewWorkspace(settings.WorkspaceDeps{
		Store: parts.Store, Secrets: parts.Secrets, Providers: parts.Providers, Client: parts.Client, Timeout: 5 * time.Second, Clock: r.Clock,
		Keys: cache.NewOnce(func(ctx context.Context) (settings.Keys, error) {
			k, err := parts.Keys(ctx)
			return settings.Keys{Phone: k.Phone, Reference: k.Reference}, err
		}),
	})}
}

// brand may change the rig's account.
var brand = access.Caller{Subject: "u-1", Role: access.Editor, Accounts: []string{rig.BrandID}}

// write has the phone of a number write to the brand's app.
func (r *tester) write(number, text string) {
	r.T.Helper()
	app := map[string]string{gupshup.Name: rig.GupshupAppID, meta.Name: rig.MetaNumberID, kaleyra.Name: "kaleyra-neem"}[r.Vendor.Installed().Provider]
	_, err := r.Sim.Phones().Reply(number, simulator.Reply{Text: text, App: app})
	r.Must(err)
	r.Settle(r.Hooks)
}

// test sends a test of the rig's template.
func (r *tester) test(number string) (message.Message, error) {
	proposal := settings.Proposal{Content: &account.Content{TemplateID: r.Vendor.TemplateID, Filling: template.Filling{Variables: []string{"customer_name", "customer_order_id"}}}}
	return r.SendTest(r.T.Context(), brand, rig.BrandID, failed, proposal, number)
}

// tests are the messages that are of no order.
func (r *tester) tests() []message.Message {
	r.T.Helper()
	all, err := r.Parts.Store.MessagesOfOrder(r.T.Context(), rig.BrandID, "")
	r.Must(err)

	return all
}

// unmet is a number that no account has met.
const unmet = "919000000777"

// TestTestsAreWhatPreviewsShow sends a test to a phone that has written, of somebody no account has met: the phone shows the preview, the
// provider's reports are recorded, and the platform is told nothing.
func TestTestsAreWhatPreviewsShow(t *testing.T) {
	t.Parallel()
	for _, name := range []string{gupshup.Name, meta.Name, kaleyra.Name} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newTester(t, name)
			r.write(unmet, "hello")
			sent, err := r.test("+91 90000 00777")
			r.Must(err)
			if !sent.Test || sent.Status() != message.StatusAccepted || sent.OrderID != "" || sent.Ownership != message.Client || sent.SettingsVersion != 0 {
				t.Errorf("sent: %+v", sent)
			}
			look, err := r.Preview(t.Context(), brand, rig.BrandID, failed, settings.Proposal{Content: &account.Content{
				TemplateID: r.Vendor.TemplateID, Filling: template.Filling{Variables: []string{"customer_name", "customer_order_id"}},
			}})
			r.Must(err)
			r.Settle(r.Hooks)

			inbox := r.Sim.Phones().Inbox(unmet)
			if len(inbox) != 1 || inbox[0].Text != look.Shown.Text || !strings.Contains(look.Shown.Text, "Asha Sample") {
				t.Fatalf("the phone shows %+v, want %q; %s", inbox, look.Shown.Text, r.Describe())
			}
			var labels []string
			for _, b := range look.Shown.Buttons {
				labels = append(labels, b.Text)
			}
			if diff := cmp.Diff(labels, inbox[0].Buttons); diff != "" {
				t.Errorf("buttons (-preview +phone):\n%s", diff)
			}
			m, err := r.Parts.Store.Message(t.Context(), sent.ID)
			r.Must(err)
			if !m.Test || m.Status() != message.StatusRead || !m.Due.IsZero() {
				t.Errorf("recorded: %s, due %v: %+v", m.Status(), m.Due, m)
			}
			if told := r.Published(local.CustomerNotifications); len(told) != 0 {
				t.Errorf("the platform was told %d times", len(told))
			}
			if _, err := r.Parts.Store.Customer(t.Context(), r.CustomerOf(rig.BrandID, unmet)); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("the test made a customer: %v", err)
			}
		})
	}
}

// TestTestsNeedTheOwnersWord sends nothing to a number that has not written to the app lately, or that has asked for no more.
func TestTestsNeedTheOwnersWord(t *testing.T) {
	t.Parallel()
	r := newTester(t, gupshup.Name)
	refused := func(kind fault.Kind, number, why string) {
		t.Helper()
		_, err := r.test(number)
		if field, msg := fault.Public(err); !fault.Is(err, kind) || field != "to" || !strings.Contains(msg, why) {
			t.Errorf("got %v, field %q, want %q", err, field, why)
		}
	}
	refused(fault.Invalid, "12", "Indian")
	refused(fault.Conflict, unmet, "24 hours")
	r.write(unmet, "hello")
	refused(fault.Conflict, "919000000778", "24 hours") // another number
	r.Clock.Advance(25 * time.Hour)
	refused(fault.Conflict, unmet, "24 hours")

	r.write(unmet, "STOP")
	refused(fault.Conflict, unmet, "no more")
	r.write(unmet, "hello")
	refused(fault.Conflict, unmet, "no more") // the ledger has it
	r.write(unmet, "START")
	if _, err := r.test(unmet); err != nil {
		t.Errorf("after a START: %v", err)
	}
	if accepted := len(r.Sim.Log().Accepted()); accepted != 1 {
		t.Errorf("%d messages were sent", accepted)
	}
}

// TestTestsOfABlockedNumber are refused whatever its owner writes, also where the account does not know the number.
func TestTestsOfABlockedNumber(t *testing.T) {
	t.Parallel()
	for _, number := range []string{unmet, rig.Shopper} {
		r := newTester(t, gupshup.Name)
		r.write(number, "hello")
		r.Clock.Advance(time.Minute)

		ids := []string{store.AppCustomerID(store.Authority, store.PhoneKeyOf(r.CustomerOf(rig.BrandID, number)))}
		if number == rig.Shopper {
			ids = append(ids, r.CustomerID())
		}
		for _, id := range ids {
			c, err := r.Parts.Store.Customer(t.Context(), id)
			if errors.Is(err, store.ErrNotFound) {
				c, err = store.Customer{ID: id}, nil
			}
			r.Must(err)
			ordered := store.ConsequenceFor(c)
			ordered.Record(consent.Entry{
				Action: consent.Block, Source: consent.Authority, Purpose: consent.Everything, SourceRef: "order 7", OccurredAt: r.Clock.Now(), RecordedAt: r.Clock.Now(),
			})
			r.Must(r.Parts.Store.AddConsents(t.Context(), []store.Consequence{ordered}))
		}

		_, err := r.test(number)
		if field, msg := fault.Public(err); !fault.Is(err, fault.Conflict) || field != "to" || !strings.Contains(msg, "authority") {
			t.Errorf("%s: got %v, field %q", number, err, field)
		}
		if sent := r.Sim.Log().Accepted(); len(sent) != 0 {
			t.Errorf("%s: %d were sent", number, len(sent))
		}
	}
}

// TestTestsOfMarketing go to a number that has written, also if its owner never spoke of marketing, but not after a word against that: neither a
// template of that category nor an offer.
func TestTestsOfMarketing(t *testing.T) {
	t.Parallel()
	cart := order.Kind{Resource: order.Cart, SubType: "abandoned"}

	for name, tt := range map[string]struct {
		event    order.Kind
		category string
		offers   consent.Action
		refused  bool
	}{
		"never_asked":       {event: failed, category: "MARKETING"},
		"agreed":            {event: failed, category: "MARKETING", offers: consent.Grant},
		"withdrawn":         {event: failed, category: "MARKETING", offers: consent.Withdraw, refused: true},
		"withdrawn_offer":   {event: cart, category: "UTILITY", offers: consent.Withdraw, refused: true},
		"withdrawn_utility": {event: failed, category: "UTILITY", offers: consent.Withdraw},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newTester(t, meta.Name)
			kept := simmeta.NewTemplate(r.Vendor.TemplateID, "failed_delivery_v1", "en", simmeta.Content{Body: "Hi {{1}}, we could not deliver {{2}}."})
			kept.Category = tt.category
			r.Must(r.Sim.Meta().PutTemplate(rig.MetaNumberID, kept))
			if tt.offers != "" {
				r.OfferShopper(tt.offers)
			}
			r.write(rig.Shopper, "hello")

			proposal := settings.Proposal{Content: &account.Content{TemplateID: r.Vendor.TemplateID, Filling: template.Filling{Variables: []string{"customer_name", "brand"}}}}
			_, err := r.SendTest(t.Context(), brand, rig.BrandID, tt.event, proposal, rig.Shopper)
			if field, msg := fault.Public(err); tt.refused && (!fault.Is(err, fault.Conflict) || field != "to" || !strings.Contains(msg, "marketing")) || !tt.refused && err != nil {
				t.Errorf("got %v, field %q, want it refused: %t", err, field, tt.refused)
			}
			if sent := r.Sim.Log().Accepted(); len(sent) == 0 != tt.refused {
				t.Errorf("got %+v sent, want it refused: %t", sent, tt.refused)
			}
		})
	}
}

// TestTestsThatFail record what the provider said, and say it.
func TestTestsThatFail(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		mode   chaos.Mode
		kind   fault.Kind
		status message.Status
	}{
		"refused":     {chaos.Refuse, fault.Upstream, message.StatusFailed},
		"throttled":   {chaos.Throttle, fault.Unavailable, message.StatusFailed},
		"wrong_key":   {chaos.WrongCredentials, fault.Upstream, message.StatusFailed},
		"no_answer":   {chaos.ResetBefore, fault.Upstream, message.StatusGivenUp},
		"answer_lost": {chaos.ResetAfter, fault.Upstream, message.StatusGivenUp},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newTester(t, gupshup.Name)
			r.write(unmet, "hello")
			r.Fault(simulator.Fault{System: gupshup.Name, Path: "/template/msg", Mode: tc.mode, Times: 1})
			_, err := r.test(unmet)
			if !fault.Is(err, tc.kind) {
				t.Errorf("got %v (%v), want %v", err, fault.KindOf(err), tc.kind)
			}
			if strings.Contains(err.Error(), unmet) {
				t.Errorf("the error names the number: %v", err)
			}
			r.Settle(r.Hooks)
			all := r.tests()
			if len(all) != 1 {
				t.Fatalf("%d messages are recorded", len(all))
			}
			if !all[0].Test || all[0].Status() != tc.status || tc.status == message.StatusFailed && !all[0].Due.IsZero() {
				t.Errorf("recorded: %s, %+v", all[0].Status(), all[0])
			}
			if told := r.Published(local.CustomerNotifications); len(told) != 0 {
				t.Errorf("the platform was told %d times", len(told))
			}
		})
	}
}

// TestTestsRefuse names what cannot be tested.
func TestTestsRefuse(t *testing.T) {
	t.Parallel()
	r := newTester(t, gupshup.Name)
	r.write(unmet, "hello")
	ctx, saved := t.Context(), settings.Proposal{}
	onlooker := access.Caller{Role: access.Viewer, Accounts: []string{rig.BrandID}}
	if _, err := r.SendTest(ctx, onlooker, rig.BrandID, failed, saved, unmet); !fault.Is(err, fault.Forbidden) {
		t.Errorf("by a viewer: %v", err)
	}
	if _, err := r.SendTest(ctx, brand, rig.BrandID, order.Kind{}, saved, unmet); !fault.Is(err, fault.NotFound) {
		t.Errorf("of no event: %v", err)
	}
	unfit := settings.Proposal{Content: content(r.Vendor.TemplateID, "customer_name")}
	_, err := r.SendTest(ctx, brand, rig.BrandID, failed, unfit, unmet)
	if _, ok := errors.AsType[*settings.UnfitError](err); !ok {
		t.Errorf("unfit: %v", err)
	}
	_, err = r.SendTest(ctx, brand, rig.BrandID, failed, settings.Proposal{Content: content("none")}, unmet)
	if e, ok := errors.AsType[*settings.UnfitError](err); !ok || e.Findings[0].Rule != "template_unknown" {
		t.Errorf("no template: %v", err)
	}
	pay := settings.Proposal{Content: content(r.Vendor.TemplateID, "customer_name", "customer_order_id")}
	pay.Content.Filling.Payment.Part = template.OrderStatus
	_, err = r.SendTest(ctx, brand, rig.BrandID, failed, pay, unmet)
	if e, ok := errors.AsType[*settings.UnfitError](err); !ok || e.Findings[0].Rule != "unsendable" {
		t.Errorf("a payment: %v", err)
	}
	if n := len(r.tests()); n != 0 {
		t.Errorf("%d messages were recorded", n)
	}
}

// TestTestOfWhatIsSaved names the version of the settings, and waits while another message to the shopper has no answer through an app whose
// reports could be taken for that one's.
func TestTestOfWhatIsSaved(t *testing.T) {
	t.Parallel()
	r := newTester(t, gupshup.Name)
	r.write(rig.Shopper, "hello")
	a, err := r.Parts.Store.Account(t.Context(), rig.BrandID)
	r.Must(err)
	send := func() (message.Message, error) {
		return r.SendTest(t.Context(), brand, rig.BrandID, failed, settings.Proposal{}, rig.Shopper)
	}

	r.Fault(simulator.Fault{System: gupshup.Name, Path: "/template/msg", Mode: chaos.ResetBefore, Times: 1})
	r.Hand(r.Hooks, r.First()) // it is in doubt
	if _, err = send(); !fault.Is(err, fault.Conflict) {
		t.Errorf("while another is on its way: %v", err)
	}
	r.Settle(r.Hooks)
	sent, err := send()
	r.Must(err)
	if sent.SettingsVersion != a.Version || sent.CustomerID != r.CustomerID() {
		t.Errorf("got version %d, customer %s", sent.SettingsVersion, sent.CustomerID)
	}
	c, err := r.Parts.Store.Customer(t.Context(), sent.CustomerID)
	r.Must(err)
	if c.InFlight != sent.ID {
		t.Errorf("the message in flight is %s", c.InFlight)
	}
	if !slices.ContainsFunc(r.tests(), func(m message.Message) bool { return m.ID == sent.ID && m.Test }) {
		t.Error("the test is not in the log")
	}
	n, err := phone.FromE164("+" + rig.Shopper)
	r.Must(err)
	if sent.Phone != n.E164() {
		t.Errorf("it went elsewhere")
	}
}

// TestASwitchOffStopsSends switches an event off while the sending function runs: it sends nothing once 30 seconds have passed.
func TestASwitchOffStopsSends(t *testing.T) {
	t.Parallel()
	r := newTester(t, gupshup.Name)
	r.Hand(r.Hooks, r.First())
	if accepted := len(r.Sim.Log().Accepted()); accepted != 1 {
		t.Fatalf("%d messages were sent before; %s", accepted, r.Describe())
	}
	a, err := r.Parts.Store.Account(t.Context(), rig.BrandID)
	r.Must(err)
	_, n, _, err := r.PutNotification(t.Context(), brand, rig.BrandID, "", failed, settings.NotificationInput{}, seenAt(a.Version))
	r.Must(err)
	if n.Sends {
		t.Error("the event is on still")
	}
	r.Clock.Advance(30*time.Second + time.Millisecond)
	r.Hand(r.Hooks, r.EventData(r.Another(7)))
	r.Settle(r.Hooks)
	if accepted := len(r.Sim.Log().Accepted()); accepted != 1 {
		t.Errorf("%d messages were sent", accepted)
	}
}

// TestTestsOfTheOtherSpelling are refused to somebody who asked for no more by the number's other spelling.
func TestTestsOfTheOtherSpelling(t *testing.T) {
	t.Parallel()
	r := newTester(t, gupshup.Name)
	r.write("5213312345678", "STOP")
	r.write("523312345678", "hello")
	for _, number := range []string{"+523312345678", "+5213312345678"} {
		_, err := r.test(number)
		if field, msg := fault.Public(err); !fault.Is(err, fault.Conflict) || field != "to" || !strings.Contains(msg, "no more") {
			t.Errorf("%s: got %v, field %q", number, err, field)
		}
	}
	if n := len(r.tests()); n != 0 {
		t.Errorf("%d messages were recorded", n)
	}
}

// TestTestsThroughThePlatformsApp go only to who has last answered a message of the account, and tell nothing of other brands.
func TestTestsThroughThePlatformsApp(t *testing.T) {
	t.Parallel()
	r := testerAt(t, rig.Options{Shared: true})
	_, err := r.Parts.Store.SavePlatformApp(t.Context(), r.Vendor.AppID(), store.Author{}, r.Clock.Now(), func(p account.PlatformApp) (account.PlatformApp, error) {
		p.App = r.Vendor.Installed()
		p.Templates = map[string]account.Content{failed.String(): *content(r.Vendor.TemplateID, "customer_name", "customer_order_id")}

		return p, nil
	})
	r.Must(err)
	keys, err := r.Parts.Keys(t.Context())
	r.Must(err)
	number, err := phone.FromE164("+" + unmet)
	r.Must(err)
	send := func() error {
		_, failure := r.SendTest(t.Context(), brand, rig.BrandID, failed, settings.Proposal{}, unmet)
		return failure
	}
	wrote := func(id, accountID string) {
		r.Clock.Advance(time.Minute)
		r.Must(r.Parts.Store.AddReply(t.Context(), store.ReplyWrite{Reply: store.Reply{
			ID: store.ReplyID(gupshup.Name, r.Vendor.AppID(), id), AppID: r.Vendor.AppID(), AccountID: accountID, PhoneKey: keys.Phone.Key(number), At: r.Clock.Now(),
		}}))
	}

	_, silent := fault.Public(send())
	for name, accountID := range map[string]string{"no_brand": "", "another_brand": "812"} {
		wrote(name, accountID)
		err = send()
		if field, msg := fault.Public(err); !fault.Is(err, fault.Conflict) || field != "to" || msg != silent || msg == "" {
			t.Errorf("%s: got %v, field %q, want %q", name, err, field, silent)
		}
	}
	wrote("this_brand", rig.BrandID)
	if err = send(); err != nil {
		t.Errorf("of this brand: %v", err)
	}
	wrote("no_brand_since", "")
	if err = send(); !fault.Is(err, fault.Conflict) {
		t.Errorf("no brand since: %v", err)
	}
}

// TestTestsADay holds that an account sends no more than 100 tests a day, however many instances send them, and again on the next day.
func TestTestsADay(t *testing.T) {
	t.Parallel()
	r := newTester(t, gupshup.Name)
	const number = unmet
	r.write(number, "hello")
	today := r.Clock.Now().UTC().Truncate(24 * time.Hour)
	for n := range 99 {
		if within, err := r.Parts.Store.TakeTest(t.Context(), rig.BrandID, today, 100); !within || err != nil {
			t.Fatalf("test %d: %t, %v", n, within, err)
		}
	}
	_, err := r.test(number)
	r.Must(err)
	_, err = r.test(number)
	limit, _ := errors.AsType[*settings.TestLimitError](err)
	if midnight := today.Add(24 * time.Hour).Sub(r.Clock.Now()); !fault.Is(err, fault.TooMany) || limit == nil || limit.RetryAfter != midnight {
		t.Fatalf("the 101st: got %v, want to wait %v", err, midnight)
	}
	if got := len(r.tests()); got != 1 {
		t.Errorf("%d were sent", got)
	}
	within, err := r.Parts.Store.TakeTest(t.Context(), rig.BrandID, today.Add(24*time.Hour), 100)
	if !within || err != nil {
		t.Errorf("tomorrow: %t, %v", within, err)
	}
}
