package settings_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// autumn is a time at which India's card counts.
var autumn = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// newCharged is an office whose account sends through an app of the platform that needs no templates.
func newCharged(t *testing.T) *office {
	t.Helper()
	o := newOffice(t)
	o.clock.Advance(autumn.Sub(noon))
	o.put("Neem")
	o.installed(account.App{
		ID: botApp, Provider: businessonbot.Name, Ownership: message.Platform, ProviderIDs: map[string]string{businessonbot.KeyBaseURL: "https://bot.example.com/p"},
	})

	return o
}

// price is that of India's card with the account's mark-up of 2.5 percent.
const price = "INR 0.117875"

// agreed is a consent to charges with what is shown now.
func agreed() *settings.ChargesInput {
	return &settings.ChargesInput{TextVersion: settings.ChargeTextInForce().Version, Price: price}
}

// TestConsentToCharges records who agreed to which text and price when, keeps the record, and takes no other price.
func TestConsentToCharges(t *testing.T) {
	t.Parallel()
	o := newCharged(t)
	out := order.Kind{Resource: order.Shipment, SubType: "out_for_delivery"}
	put := func(in settings.NotificationInput) (settings.Notification, error) {
		_, n, _, err := o.PutNotification(t.Context(), editor, neem, "", out, in, o.seen())
		return n, err
	}

	page, n, err := o.Notification(t.Context(), viewer, neem, "", out)
	o.must(err)
	if page.Charges == nil || page.Charges.Text == "" || n.Price.String() != price || len(n.Lacks) != 1 || n.Lacks[0] != account.LacksConsent {
		t.Errorf("shown: %+v, %+v", page.Charges, n)
	}

	for name, tc := range map[string]struct {
		in    *settings.ChargesInput
		kind  fault.Kind
		field string
	}{
		"none":                {nil, fault.Invalid, "charges"},
		"empty":               {&settings.ChargesInput{}, fault.Conflict, "charges.textVersion"},
		"another_text":        {&settings.ChargesInput{TextVersion: "2020-01", Price: price}, fault.Conflict, "charges.textVersion"},
		"without_the_mark_up": {&settings.ChargesInput{TextVersion: agreed().TextVersion, Price: "INR 0.115"}, fault.Conflict, "charges.price"},
		"marketing_price":     {&settings.ChargesInput{TextVersion: agreed().TextVersion, Price: "INR 0.884678"}, fault.Conflict, "charges.price"},
	} {
		_, err = put(settings.NotificationInput{Enabled: true, Charges: tc.in})
		o.refused(err, tc.kind, tc.field)
		if t.Failed() {
			t.Fatal(name)
		}
	}
	o.untouched()

	n, err = put(settings.NotificationInput{Enabled: true, Charges: agreed()})
	o.must(err)
	want := &account.ChargeConsent{By: editor.Subject, At: autumn, TextVersion: agreed().TextVersion, Price: price, PriceMicros: 117_875, Category: "utility"}
	if diff := cmp.Diff(want, n.Choice.Charges); diff != "" || !n.Sends || len(n.Lacks) != 0 {
		t.Errorf("%+v, consent (-want +got):\n%s", n, diff)
	}

	// What was agreed to counts as it was, also when the price is a lower one since and another person saves.
	o.clock.Advance(time.Hour)
	markUp := func(basisPoints int) {
		in := input()
		in.MarkupBasisPoints = basisPoints
		_, _, failure := o.PutAccount(t.Context(), operator, neem, in, o.seen())
		o.must(failure)
	}
	markUp(0)
	_, n, _, err = o.PutNotification(t.Context(), operator, neem, "", out, settings.NotificationInput{Charges: agreed()}, o.seen())
	o.must(err)
	if diff := cmp.Diff(want, n.Choice.Charges); diff != "" || n.Sends {
		t.Errorf("off: %+v, consent (-want +got):\n%s", n, diff)
	}
	_, _, _, err = o.PutNotification(t.Context(), operator, neem, "", created, settings.NotificationInput{Enabled: true, Charges: agreed()}, o.seen())
	o.refused(err, fault.Conflict, "charges.price")
	_, err = put(settings.NotificationInput{Enabled: true})
	o.refused(err, fault.Invalid, "charges")

	// It counts no more once the mark-up has risen, until somebody agrees to the new price.
	n, err = put(settings.NotificationInput{Enabled: true, Charges: agreed()})
	o.must(err)
	if !n.Sends {
		t.Errorf("before: %+v", n)
	}
	markUp(250)
	_, n, err = o.Notification(t.Context(), viewer, neem, "", out)
	o.must(err)
	if n.Sends || !n.Choice.Enabled || len(n.Lacks) != 1 || n.Lacks[0] != account.LacksConsent {
		t.Errorf("after: %+v", n)
	}
	n, err = put(settings.NotificationInput{Enabled: true, Charges: agreed()})
	o.must(err)
	if !n.Sends {
		t.Errorf("agreed again: %+v", n)
	}
}

// TestNothingIsChargedAfterAChangeOfSender shows what is enabled at the own app as off and in need of a consent at the platform's.
func TestNothingIsChargedAfterAChangeOfSender(t *testing.T) {
	t.Parallel()
	o := newShop(t)
	o.clock.Advance(autumn.Sub(noon))
	_, _, err := o.saveAll(map[order.Kind]settings.NotificationInput{created: on(content(twoPlaces, "customer_name", "customer_order_id"))})
	o.must(err)
	a, err := o.store.Account(t.Context(), neem)
	o.must(err)
	a.Apps[botApp] = account.App{
		InstalledAt: autumn,
		Provider:    businessonbot.Name, Ownership: message.Platform, ProviderIDs: map[string]string{businessonbot.KeyBaseURL: "https://bot.example.com/p"},
	}
	o.must(o.store.PutAccount(t.Context(), a))

	put := func(in settings.NotificationInput) settings.Notification {
		_, n, _, failure := o.PutNotification(t.Context(), editor, neem, botApp, created, in, o.seen())
		o.must(failure)
		return n
	}
	if n := put(settings.NotificationInput{Enabled: true, Charges: agreed()}); n.Sends || !n.Choice.Enabled {
		t.Errorf("prepared at an app that is not the sender: %+v", n)
	}
	if n := put(settings.NotificationInput{}); n.Choice.Enabled || n.Choice.Charges != nil {
		t.Errorf("withdrawn: %+v", n)
	}
	a, err = o.store.Account(t.Context(), neem)
	o.must(err)
	if _, said := a.Choices[botApp][created.String()]; !said {
		t.Error("that the event is to stay off there is forgotten")
	}
	if !a.Events[created.String()].Enabled {
		t.Error("the sender's event was changed")
	}
}

// TestThePlatformsTemplates enables an event at the platform's app with the platform's template, shows that and no other template of the
// app, and refuses an event that the platform has none for.
func TestThePlatformsTemplates(t *testing.T) {
	t.Parallel()
	o := newShop(t)
	o.clock.Advance(autumn.Sub(noon))
	own, err := o.store.Account(t.Context(), neem)
	o.must(err)
	shared := own.Apps[ownApp]
	shared.Ownership, shared.Checked.Currency = message.Platform, "USD"
	_, err = o.store.SavePlatformApp(t.Context(), chargedApp, store.Author{}, autumn, func(p account.PlatformApp) (account.PlatformApp, error) {
		p.App = shared
		p.Templates = map[string]account.Content{created.String(): *content(twoPlaces, "customer_name", "customer_order_id")}

		return p, nil
	})
	o.must(err)
	shared.ID = chargedApp
	o.installed(shared)
	o.copied(twoPlaces, "UTILITY")

	_, n, err := o.Notification(t.Context(), viewer, neem, "", created)
	o.must(err)
	if n.Offered.TemplateID != twoPlaces || n.Choice.TemplateID != "" || n.Price.Currency != "" {
		t.Errorf("in dollars there is no price: %+v", n)
	}
	_, _, _, err = o.PutNotification(t.Context(), editor, neem, "", created, settings.NotificationInput{Enabled: true, Charges: agreed()}, o.seen())
	o.refused(err, fault.Conflict, "charges.price")

	shared.Checked.Currency = "INR"
	o.installed(shared)
	_, n, _, err = o.PutNotification(t.Context(), editor, neem, "", created, settings.NotificationInput{Enabled: true, Charges: agreed()}, o.seen())
	o.must(err)
	a, err := o.store.Account(t.Context(), neem)
	o.must(err)
	if e := a.Events[created.String()]; !n.Sends || !e.Enabled || e.TemplateID != twoPlaces || len(e.Filling.Variables) != 2 {
		t.Errorf("got %+v, %+v", n, e)
	}
	_, _, _, err = o.PutNotification(t.Context(), editor, neem, "", packed, settings.NotificationInput{Enabled: true, Charges: agreed()}, o.seen())
	o.refused(err, fault.Conflict, "enabled")

	list, err := o.Templates(t.Context(), viewer, neem, "")
	o.must(err)
	if len(list) != 1 || list[0].ID != twoPlaces {
		t.Errorf("got %d templates", len(list))
	}
	_, err = o.Template(t.Context(), viewer, neem, "", replyBelow, order.Kind{})
	o.refused(err, fault.NotFound, "")
	look, err := o.Preview(t.Context(), viewer, neem, created, settings.Proposal{})
	o.must(err)
	if look.Shown.Text != "Hi Asha Sample, order ORD123456 is with us." {
		t.Errorf("preview: %q", look.Shown.Text)
	}
	_, err = o.Preview(t.Context(), viewer, neem, created, settings.Proposal{Content: content(replyBelow)})
	o.refused(err, fault.Invalid, "content")
	_, err = o.Preview(t.Context(), viewer, neem, packed, settings.Proposal{})
	o.refused(err, fault.Conflict, "")
}

// copied keeps a copy of a template, as it is when it was read from the provider, of a category.
func (o *office) copied(templateID, category string) {
	o.t.Helper()
	o.must(o.store.PutTemplate(o.t.Context(), chargedApp, store.Template{Template: template.Template{ID: templateID, Category: category}, CheckedAt: o.clock.Now()}))
}

// TestPriceIsThatOfTheTemplatesCategory shows what WhatsApp charges the platform's template as, and its price, not those of the event, and
// has a consent count for no dearer category than it was given for.
func TestPriceIsThatOfTheTemplatesCategory(t *testing.T) {
	t.Parallel()
	cart := order.Kind{Resource: order.Cart, SubType: "abandoned"}
	const utility, marketing = "INR 0.117875", "INR 0.884678"
	for name, tc := range map[string]struct {
		event           order.Kind
		category        string
		want            string
		price           string
		later           string
		sendsLater      bool
		recordedWithout bool
	}{
		"utility":                      {event: created, category: "UTILITY", want: "utility", price: utility, later: "UTILITY", sendsLater: true},
		"order_as_marketing":           {event: created, category: "MARKETING", want: "marketing", price: marketing, later: "UTILITY", sendsLater: true},
		"cart_as_utility":              {event: cart, category: "UTILITY", want: "utility", price: utility, later: "MARKETING"},
		"cart":                         {event: cart, category: "MARKETING", want: "marketing", price: marketing, later: "MARKETING", sendsLater: true},
		"authentication":               {event: created, category: "AUTHENTICATION", want: "authentication", price: utility, later: "MARKETING"},
		"becomes_marketing":            {event: created, category: "UTILITY", want: "utility", price: utility, later: "MARKETING"},
		"old_record_of_an_order":       {event: created, category: "UTILITY", want: "utility", price: utility, later: "MARKETING", recordedWithout: true},
		"old_record_of_an_order_stays": {event: created, category: "UTILITY", want: "utility", price: utility, later: "UTILITY", sendsLater: true, recordedWithout: true},
		"nobody_knows":                 {event: created},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			o.clock.Advance(autumn.Sub(noon))
			o.put("Neem")
			shared := account.App{ID: chargedApp, Provider: gupshup.Name, Ownership: message.Platform, InstalledAt: autumn}
			_, err := o.store.SavePlatformApp(t.Context(), chargedApp, store.Author{}, autumn, func(p account.PlatformApp) (account.PlatformApp, error) {
				p.App, p.Templates = shared, map[string]account.Content{tc.event.String(): *content(twoPlaces)}
				return p, nil
			})
			o.must(err)
			o.installed(shared)
			if tc.category != "" {
				o.copied(twoPlaces, tc.category)
			}

			_, n, err := o.Notification(t.Context(), viewer, neem, "", tc.event)
			o.must(err)
			if shown := n.Price.String(); string(n.Category) != tc.want || tc.want != "" && shown != tc.price || tc.want == "" && n.Price.Currency != "" {
				t.Errorf("shown: %s as %q, want %s as %q", shown, n.Category, tc.price, tc.want)
			}
			put := func(price string) error {
				_, saved, _, failure := o.PutNotification(t.Context(), editor, neem, "", tc.event, settings.NotificationInput{
					Enabled: true, Charges: &settings.ChargesInput{TextVersion: agreed().TextVersion, Price: price},
				}, o.seen())
				n = saved
				return failure
			}
			if tc.want == "" {
				o.refused(put(utility), fault.Conflict, "charges.price")
				return
			}
			o.refused(put("INR 0.01"), fault.Conflict, "charges.price")
			o.must(put(tc.price))
			if !n.Sends || string(n.Choice.Charges.Category) != tc.want {
				t.Errorf("agreed: %+v, %+v", n, n.Choice.Charges)
			}
			if tc.recordedWithout {
				a, failure := o.store.Account(t.Context(), neem)
				o.must(failure)
				a.Choices[chargedApp][tc.event.String()].Charges.Category = ""
				o.must(o.store.PutAccount(t.Context(), a))
			}

			o.copied(twoPlaces, tc.later)
			o.put("Neem House")
			_, n, err = o.Notification(t.Context(), viewer, neem, "", tc.event)
			o.must(err)
			if n.Sends != tc.sendsLater || (len(n.Lacks) == 0) != tc.sendsLater {
				t.Errorf("once it is %s: sends %t, lacks %v", tc.later, n.Sends, n.Lacks)
			}
			if !tc.sendsLater && tc.want != "marketing" {
				o.refused(put(tc.price), fault.Conflict, "charges.price")
				o.must(put(marketing))
				if !n.Sends {
					t.Errorf("agreed again: %+v", n)
				}
			}
		})
	}
}
