package account

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

const (
	failed    = "shipment/failed_delivery"
	delivered = "shipment/delivered"
	packed    = "shipment/packed"
)

var (
	agreed  = &ChargeConsent{By: "u-1", At: noon, TextVersion: "2026-11", Price: "INR 0.1265"}
	filling = template.Filling{Variables: []string{"customer_order_id"}}
	// offers are what the apps of house bring along.
	offers = map[string]Offer{
		"shared": {Templates: map[string]Content{failed: {TemplateID: "p-failed", Filling: filling}, delivered: {TemplateID: "p-delivered"}}},
		"bot":    {Forwards: true},
	}
)

// house is an account with an app of each sort: the brand's own is the sender.
func house() Account {
	return Account{
		ID: "811", Sender: "own",
		Apps: map[string]App{
			"own":    {Provider: "gupshup", Ownership: message.Client, InstalledAt: noon},
			"shared": {Provider: "gupshup", Ownership: message.Platform, InstalledAt: noon.Add(time.Minute)},
			"bot":    {Provider: "businessonbot", Ownership: message.Client, InstalledAt: noon.Add(time.Hour)},
		},
	}
}

// edit changes an account.
func edit(tb testing.TB, a Account, change func(*Account)) Account {
	tb.Helper()
	after, err := a.Edit(offers, func(a *Account) error { change(a); return nil })
	if err != nil {
		tb.Fatal(err)
	}
	return after
}

// choose returns a change of the choices at an app.
func choose(app string, choices map[string]Choice) func(*Account) {
	return func(a *Account) { a.Choices[app] = choices }
}

// send returns the choice of a sender.
func send(app string) func(*Account) {
	return func(a *Account) { a.Sender, a.SenderChosen = app, true }
}

// TestEvents holds what one choice comes to at each sort of app: on only with all that the app needs.
func TestEvents(t *testing.T) {
	t.Parallel()
	incomplete := func(change func(*ChargeConsent)) *ChargeConsent {
		c := *agreed
		change(&c)
		return &c
	}
	tests := []struct {
		name   string
		app    string
		kind   string
		choice Choice
		want   Event
		lacks  []Lack
	}{
		{"own_off", "own", failed, Choice{TemplateID: "t"}, Event{TemplateID: "t"}, nil},
		{"own_off_without_a_template", "own", failed, Choice{}, Event{}, nil},
		{"own", "own", failed, Choice{Enabled: true, TemplateID: "t", Filling: filling, MaxAge: time.Hour}, Event{Enabled: true, TemplateID: "t", Filling: filling, MaxAge: time.Hour}, nil},
		{"own_without_a_template", "own", failed, Choice{Enabled: true, Charges: agreed}, Event{}, []Lack{LacksTemplate}},
		{"shared", "shared", failed, Choice{Enabled: true, Charges: agreed, MaxAge: time.Hour}, Event{Enabled: true, TemplateID: "p-failed", Filling: filling, MaxAge: time.Hour}, nil},
		{"shared_with_a_template_of_the_brand's", "shared", delivered, Choice{Enabled: true, Charges: agreed, TemplateID: "t", Filling: filling}, Event{Enabled: true, TemplateID: "p-delivered"}, nil},
		{"shared_off", "shared", failed, Choice{Charges: agreed}, Event{TemplateID: "p-failed", Filling: filling}, nil},
		{"shared_without_consent", "shared", failed, Choice{Enabled: true, TemplateID: "t"}, Event{TemplateID: "p-failed", Filling: filling}, []Lack{LacksConsent}},
		{"shared_consent_of_nobody", "shared", failed, Choice{Enabled: true, Charges: incomplete(func(c *ChargeConsent) { c.By = "" })}, Event{TemplateID: "p-failed", Filling: filling}, []Lack{LacksConsent}},
		{"shared_consent_of_no_time", "shared", failed, Choice{Enabled: true, Charges: incomplete(func(c *ChargeConsent) { c.At = time.Time{} })}, Event{TemplateID: "p-failed", Filling: filling}, []Lack{LacksConsent}},
		{"shared_consent_to_no_text", "shared", failed, Choice{Enabled: true, Charges: incomplete(func(c *ChargeConsent) { c.TextVersion = "" })}, Event{TemplateID: "p-failed", Filling: filling}, []Lack{LacksConsent}},
		{"shared_consent_to_no_price", "shared", failed, Choice{Enabled: true, Charges: incomplete(func(c *ChargeConsent) { c.Price = "" })}, Event{TemplateID: "p-failed", Filling: filling}, []Lack{LacksConsent}},
		{"shared_without_the_platform's_template", "shared", packed, Choice{Enabled: true, Charges: agreed, TemplateID: "t"}, Event{}, []Lack{LacksOffer}},
		{"shared_without_both", "shared", packed, Choice{Enabled: true}, Event{}, []Lack{LacksConsent, LacksOffer}},
		{"bot", "bot", failed, Choice{Enabled: true}, Event{Enabled: true}, nil},
		{"bot_off", "bot", failed, Choice{}, Event{}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := edit(t, house(), func(a *Account) {
				send(tt.app)(a)
				choose(tt.app, map[string]Choice{tt.kind: tt.choice})(a)
			})
			if diff := cmp.Diff(map[string]Event{tt.kind: tt.want}, a.Events); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			var want []Missing
			if tt.lacks != nil {
				want = []Missing{{tt.kind, tt.lacks}}
			}
			if diff := cmp.Diff(want, a.Missing(tt.app, offers)); diff != "" {
				t.Errorf("missing (-want +got):\n%s", diff)
			}
		})
	}

	a := house()
	a.Apps["bot"] = App{Provider: "businessonbot", Ownership: message.Platform}
	a = edit(t, a, func(a *Account) { send("bot")(a); choose("bot", map[string]Choice{failed: {Enabled: true}})(a) })
	if a.Events[failed].Enabled {
		t.Error("an event through an app of the platform's that needs no template is on without a consent")
	}
	a = edit(t, a, choose("bot", map[string]Choice{failed: {Enabled: true, Charges: agreed}}))
	if !a.Events[failed].Enabled {
		t.Error("an event through an app of the platform's that needs no template is off with a consent")
	}
}

// TestEventIsOffWithoutTheConsentThatItsSenderNeeds has an account by hand with an event on: at an app of the platform's it counts only with a
// complete consent to charges, at that app and for that event. Nothing that is free needs one.
func TestEventIsOffWithoutTheConsentThatItsSenderNeeds(t *testing.T) {
	t.Parallel()
	to := func(app, kind string, c *ChargeConsent) map[string]map[string]Choice {
		return map[string]map[string]Choice{app: {kind: {Enabled: true, Charges: c}}}
	}
	nobodys, dollars := *agreed, *agreed
	nobodys.By, dollars.Price = "", "USD 0.1265"
	for name, tt := range map[string]struct {
		sender  string
		choices map[string]map[string]Choice
		want    bool
	}{
		"own":                     {"own", nil, true},
		"forwarded_by_own":        {"bot", nil, true},
		"no_sender":               {"", nil, true},
		"old_form":                {"shared", nil, false},
		"consent":                 {"shared", to("shared", failed, agreed), true},
		"choice_without_consent":  {"shared", to("shared", failed, nil), false},
		"incomplete_consent":      {"shared", to("shared", failed, &nobodys), false},
		"consent_in_dollars":      {"shared", to("shared", failed, &dollars), false},
		"consent_at_another_app":  {"shared", to("own", failed, agreed), false},
		"consent_to_other_events": {"shared", to("shared", delivered, agreed), false},
	} {
		a := house()
		a.Sender, a.Choices = tt.sender, tt.choices
		a.Events = map[string]Event{failed: {Enabled: true, TemplateID: "t", MaxAge: time.Hour}, packed: {}}
		if diff := cmp.Diff(Event{Enabled: tt.want, TemplateID: "t", MaxAge: time.Hour}, a.Event(failed)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if a.Event(packed).Enabled || a.Event("no such event").Enabled {
			t.Errorf("%s: an event is on that the account has off", name)
		}
	}
}

// TestConsentsEndWithTheMarkUp holds that an account whose mark-up rises is charged for nothing until somebody agrees to the new price.
func TestConsentsEndWithTheMarkUp(t *testing.T) {
	t.Parallel()
	marked := house()
	marked.MarkupBasisPoints = 250
	start := edit(t, marked, func(a *Account) {
		send("shared")(a)
		choose("shared", map[string]Choice{failed: {Enabled: true, Charges: agreed}, delivered: {Charges: agreed}})(a)
		choose("own", map[string]Choice{failed: {Enabled: true, TemplateID: "t"}})(a)
	})
	for _, tt := range []struct {
		name   string
		markUp int
		counts bool
	}{
		{"the_same", 250, true},
		{"a_lower_one", 249, true},
		{"none", 0, true},
		{"a_higher_one", 251, false},
	} {
		after := edit(t, start, func(a *Account) { a.MarkupBasisPoints = tt.markUp })
		if got := after.Events[failed].Enabled; got != tt.counts {
			t.Errorf("%s: the event is on: %t", tt.name, got)
		}
		if one, other := after.Choices["shared"][failed], after.Choices["shared"][delivered]; !one.Enabled || (one.Charges != nil) != tt.counts || (other.Charges != nil) != tt.counts {
			t.Errorf("%s: got choices %+v, %+v", tt.name, one, other)
		}
		if missing := after.Missing("shared", offers); (missing == nil) != tt.counts {
			t.Errorf("%s: missing %v", tt.name, missing)
		}
		if start.Choices["shared"][failed].Charges == nil {
			t.Fatalf("%s: an edit has changed the account that it began with", tt.name)
		}
		again := edit(t, after, choose("shared", map[string]Choice{failed: {Enabled: true, Charges: agreed}}))
		if !again.Events[failed].Enabled {
			t.Errorf("%s: a new consent does not count", tt.name)
		}
		if !after.Choices["own"][failed].Enabled {
			t.Errorf("%s: the brand's own app: got %+v", tt.name, after.Choices["own"])
		}
	}
}

// TestPlatformTemplates holds that an edit takes up what the platform has changed for its app, though the brand changed nothing.
func TestPlatformTemplates(t *testing.T) {
	t.Parallel()
	before := edit(t, house(), func(a *Account) {
		send("shared")(a)
		choose("shared", map[string]Choice{failed: {Enabled: true, Charges: agreed}, delivered: {Enabled: true, Charges: agreed}})(a)
	})
	newer := map[string]Offer{"shared": {Templates: map[string]Content{failed: {TemplateID: "p-newer"}}}}
	after, err := before.Edit(newer, func(*Account) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]Event{failed: {Enabled: true, TemplateID: "p-newer"}, delivered: {}}
	if diff := cmp.Diff(want, after.Events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Missing{{delivered, []Lack{LacksOffer}}}, after.Missing("shared", newer)); diff != "" {
		t.Errorf("missing (-want +got):\n%s", diff)
	}
}

// TestSenderChanges holds that each app keeps its own choices, that a wish comes along without template and consent, and that nothing is on
// that was not on before.
func TestSenderChanges(t *testing.T) {
	t.Parallel()
	start := edit(t, house(), choose("own", map[string]Choice{
		failed:    {Enabled: true, TemplateID: "t-failed", Filling: filling, MaxAge: time.Hour},
		delivered: {Enabled: true, TemplateID: "t-delivered"},
		packed:    {TemplateID: "t-packed"},
	}))
	if got := start.Missing("own", offers); got != nil {
		t.Fatalf("missing at the start: %v", got)
	}

	want := []Missing{{delivered, []Lack{LacksConsent}}, {failed, []Lack{LacksConsent}}}
	if diff := cmp.Diff(want, start.Missing("shared", offers)); diff != "" {
		t.Errorf("missing at the platform's app, before it is chosen (-want +got):\n%s", diff)
	}

	shared := edit(t, start, send("shared"))
	if diff := cmp.Diff(want, shared.Missing("shared", offers)); diff != "" {
		t.Errorf("missing once it is chosen (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]Event{
		failed:    {TemplateID: "p-failed", Filling: filling, MaxAge: time.Hour},
		delivered: {TemplateID: "p-delivered"},
	}, shared.Events); diff != "" {
		t.Errorf("events of the platform's app (-want +got):\n%s", diff)
	}

	completed := edit(t, shared, func(a *Account) {
		c := a.Choices["shared"][failed]
		c.Charges = agreed
		a.Choices["shared"][failed] = c
	})
	if !completed.Events[failed].Enabled || completed.Events[delivered].Enabled {
		t.Errorf("one is completed: got events %v", completed.Events)
	}
	if shared.Choices["shared"][failed].Charges != nil {
		t.Error("an edit has changed the account that it began with")
	}

	back := edit(t, completed, send("own"))
	if diff := cmp.Diff(start.Events, back.Events); diff != "" {
		t.Errorf("events of the brand's app, chosen again (-want +got):\n%s", diff)
	}
	if back.Choices["shared"][failed].Charges == nil {
		t.Error("the choices at the other app are lost")
	}

	bot := edit(t, back, send("bot"))
	if diff := cmp.Diff(map[string]Event{failed: {Enabled: true, MaxAge: time.Hour}, delivered: {Enabled: true}}, bot.Events); diff != "" {
		t.Errorf("events of an app that needs nothing (-want +got):\n%s", diff)
	}
	off := edit(t, bot, func(a *Account) { choose("bot", map[string]Choice{failed: {}})(a) })
	again := edit(t, edit(t, off, send("own")), send("bot"))
	if again.Events[failed].Enabled || !again.Events[delivered].Enabled {
		t.Errorf("what the brand switched off at an app comes along: got events %v", again.Events)
	}
}

// TestFallBack holds that an uninstall leaves nothing on that is charged without consent, and no choice of what is gone.
func TestFallBack(t *testing.T) {
	t.Parallel()
	start := edit(t, house(), func(a *Account) {
		choose("own", map[string]Choice{failed: {Enabled: true, TemplateID: "t"}})(a)
		choose("shared", map[string]Choice{delivered: {Enabled: true, Charges: agreed}})(a)
	})
	fallen := edit(t, start, func(a *Account) { delete(a.Apps, "own") })
	if fallen.Sender != "shared" || fallen.Events[failed].Enabled || fallen.Events[delivered].Enabled {
		t.Errorf("got sender %q and events %v", fallen.Sender, fallen.Events)
	}
	if diff := cmp.Diff([]Missing{{failed, []Lack{LacksConsent}}}, fallen.Missing("shared", offers)); diff != "" {
		t.Errorf("missing (-want +got):\n%s", diff)
	}
	if _, kept := fallen.Choices["own"]; kept {
		t.Error("choices at an app that is gone are kept")
	}

	none := edit(t, fallen, func(a *Account) { clear(a.Apps) })
	if none.Sender != "" || len(none.Events) > 0 || len(none.Choices) > 0 || none.Missing("", offers) != nil {
		t.Errorf("without an app: got sender %q, events %v, choices %v", none.Sender, none.Events, none.Choices)
	}
	again := edit(t, none, func(a *Account) { a.Apps["shared"] = App{Ownership: message.Platform, InstalledAt: noon} })
	if again.Sender != "shared" || len(again.Events) > 0 {
		t.Errorf("after an install: got sender %q and events %v, want all off", again.Sender, again.Events)
	}
}

// TestFallBackSwitchesNothingOn holds that an event that was off at a sender that is uninstalled is off at the next one until it is saved
// there, while a choice of a sender has that one's own choices.
func TestFallBackSwitchesNothingOn(t *testing.T) {
	t.Parallel()
	on := Choice{Enabled: true, Charges: agreed, MaxAge: time.Hour}
	for _, tt := range []struct {
		name   string
		before map[string]Choice
		want   bool
	}{
		{"on_at_both", map[string]Choice{failed: {Enabled: true, TemplateID: "t"}}, true},
		{"on_at_the_former_for_want_of_a_template", map[string]Choice{failed: {Enabled: true}}, true},
		{"off_at_the_former", map[string]Choice{failed: {TemplateID: "t"}, packed: {Enabled: true, TemplateID: "u"}}, false},
		{"off_at_the_former_alone", map[string]Choice{failed: {}}, false},
		{"left_out_at_the_former", map[string]Choice{packed: {Enabled: true, TemplateID: "u"}}, false},
		{"nothing_was_set_at_the_former", nil, true},
	} {
		start := edit(t, house(), func(a *Account) {
			choose("own", tt.before)(a)
			choose("shared", map[string]Choice{failed: on})(a)
		})
		if chosen := edit(t, start, send("shared")); !chosen.Events[failed].Enabled {
			t.Errorf("%s: a choice of the sender: got events %v", tt.name, chosen.Events)
		}
		fallen := edit(t, start, func(a *Account) { delete(a.Apps, "own") })
		if fallen.Sender != "shared" || fallen.Events[failed].Enabled != tt.want {
			t.Errorf("%s: got sender %q and events %v", tt.name, fallen.Sender, fallen.Events)
		}
		want := on
		want.Enabled = tt.want
		if diff := cmp.Diff(want, fallen.Choices["shared"][failed]); diff != "" {
			t.Errorf("%s: choice (-want +got):\n%s", tt.name, diff)
		}
		later := edit(t, fallen, func(a *Account) { a.Name = "Neem" })
		if later.Events[failed].Enabled != tt.want {
			t.Errorf("%s: another change: got events %v", tt.name, later.Events)
		}
		if saved := edit(t, later, choose("shared", map[string]Choice{failed: on})); !saved.Events[failed].Enabled {
			t.Errorf("%s: saved: got events %v", tt.name, saved.Events)
		}
	}
}

// TestTemplatesKeepTheirHealth holds that a health mark stays while the template is sent through the same app, with whatever events.
func TestTemplatesKeepTheirHealth(t *testing.T) {
	t.Parallel()
	held := Health{Reason: TemplateHeld, Since: noon, RetryAt: noon.Add(time.Minute)}
	a := edit(t, house(), choose("own", map[string]Choice{failed: {Enabled: true, TemplateID: "t"}, packed: {Enabled: true, TemplateID: "u"}}))
	e := a.Events[failed]
	e.Health = held
	a.Events[failed] = e

	more := edit(t, a, func(a *Account) {
		a.Choices["own"][delivered] = Choice{Enabled: true, TemplateID: "t"}
		a.Choices["own"][packed] = Choice{Enabled: true, TemplateID: "v"}
	})
	for kind, want := range map[string]Health{failed: held, delivered: held, packed: {}} {
		if got := more.Events[kind].Health; got != want {
			t.Errorf("%s: got %v, want %v", kind, got, want)
		}
	}
	changed := edit(t, a, func(a *Account) { a.Choices["own"][failed] = Choice{Enabled: true, TemplateID: "w"} })
	if got := changed.Events[failed].Health; !got.Healthy() {
		t.Errorf("another template: got %v", got)
	}
	other := edit(t, a, func(a *Account) {
		a.Apps["other"] = App{Ownership: message.Client, InstalledAt: noon}
		send("other")(a)
		choose("other", map[string]Choice{failed: {Enabled: true, TemplateID: "t"}})(a)
	})
	if got := other.Events[failed].Health; !got.Healthy() {
		t.Errorf("a template of the same id at another app: got %v", got)
	}
	app := a.Apps["own"]
	app.Health = held
	a.Apps["own"] = app
	if got := edit(t, a, func(a *Account) { a.Name = "Neem" }).Apps["own"].Health; got != held {
		t.Errorf("app: got %v, want %v", got, held)
	}
}

// TestOldDocuments holds that the events of an account without choices are those of its sender, as they are until somebody changes
// something that concerns them.
func TestOldDocuments(t *testing.T) {
	t.Parallel()
	old := func(sender string) Account {
		a := house()
		for id, app := range a.Apps {
			app.InstalledAt = time.Time{}
			a.Apps[id] = app
		}
		a.Sender = sender
		a.Events = map[string]Event{
			failed: {Enabled: true, TemplateID: "t", Filling: filling, MaxAge: time.Hour, Health: Health{Reason: TemplateHeld, Since: noon}},
			packed: {TemplateID: "u"},
		}
		return a
	}
	choices := map[string]Choice{failed: {Enabled: true, TemplateID: "t", Filling: filling, MaxAge: time.Hour}, packed: {TemplateID: "u"}}

	for _, sender := range []string{"own", "shared", "bot"} {
		before := old(sender)
		if diff := cmp.Diff(choices, before.ChoicesAt(sender)); diff != "" {
			t.Errorf("choices at %s (-want +got):\n%s", sender, diff)
		}
		if got := before.ChoicesAt("other"); got == nil || len(got) > 0 {
			t.Errorf("choices elsewhere: got %v, want an empty map", got)
		}
		after := edit(t, before, func(a *Account) { a.Name = "Neem"; a.SenderChosen = true })
		want := old(sender)
		want.Name, want.SenderChosen = "Neem", true
		if diff := cmp.Diff(want, after); diff != "" {
			t.Errorf("%s: a change of the name (-want +got):\n%s", sender, diff)
		}
	}

	one := edit(t, old("own"), func(a *Account) { a.Choices["own"][delivered] = Choice{Enabled: true, TemplateID: "v"} })
	want := old("own").Events
	want[delivered] = Event{Enabled: true, TemplateID: "v"}
	if diff := cmp.Diff(want, one.Events); diff != "" {
		t.Errorf("one event more (-want +got):\n%s", diff)
	}
	choices[delivered] = Choice{Enabled: true, TemplateID: "v"}
	if diff := cmp.Diff(map[string]map[string]Choice{"own": choices}, one.Choices); diff != "" {
		t.Errorf("choices (-want +got):\n%s", diff)
	}

	moved := edit(t, old("own"), send("shared"))
	if moved.Events[failed].Enabled || !moved.Choices["own"][failed].Enabled || moved.Choices["own"][failed].TemplateID != "t" {
		t.Errorf("another sender: got events %v, choices %v", moved.Events, moved.Choices)
	}
	if diff := cmp.Diff([]Missing{{failed, []Lack{LacksConsent}}}, old("shared").Missing("shared", offers)); diff != "" {
		t.Errorf("nobody has recorded a consent (-want +got):\n%s", diff)
	}
	installed := edit(t, old("shared"), func(a *Account) { a.Apps["fresh"] = App{InstalledAt: noon} })
	if installed.Sender != "shared" || installed.Events[failed].Enabled {
		t.Errorf("an install: got sender %q and events %v, want nothing charged without consent", installed.Sender, installed.Events)
	}
	gone := old("own")
	delete(gone.Apps, "own")
	if got := gone.Missing("shared", offers); got != nil {
		t.Errorf("the sender is not installed: got %v missing elsewhere, want nothing", got)
	}
	if got := edit(t, gone, func(*Account) {}); got.Sender != "bot" || got.Events[failed].Enabled {
		t.Errorf("the sender is not installed: got sender %q and events %v, want none on at an app that was never chosen", got.Sender, got.Events)
	}
}

// TestEditFails holds that an error leaves nothing behind, and that nothing that change writes reaches the account itself.
func TestEditFails(t *testing.T) {
	t.Parallel()
	a := house()
	a.Apps["bot"] = App{ProviderIDs: map[string]string{"number": "1"}}
	a, want := edit(t, a, choose("own", map[string]Choice{failed: {Enabled: true, TemplateID: "t"}})), errors.New("refused")
	before := edit(t, a, func(*Account) {})
	got, err := a.Edit(offers, func(a *Account) error {
		a.Apps["own"] = App{}
		a.Apps["bot"].ProviderIDs["number"] = "2"
		delete(a.Apps, "bot")
		a.Choices["own"][failed] = Choice{}
		a.Choices["shared"] = nil
		a.Events[failed] = Event{}
		a.Sender = "shared"
		return want
	})
	if !errors.Is(err, want) || !cmp.Equal(got, Account{}) {
		t.Errorf("got %v, %v", got, err)
	}
	if diff := cmp.Diff(before, a); diff != "" {
		t.Errorf("account (-before +after):\n%s", diff)
	}
	if got := a.Apps["bot"].ProviderIDs["number"]; got != "1" {
		t.Errorf("the provider's ids of an app: got %s, want 1 still", got)
	}
	clear(a.ChoicesAt("own"))
	if len(a.Choices["own"]) == 0 {
		t.Error("who clears a copy of the choices clears the choices")
	}
	emptied := edit(t, a, func(a *Account) { a.Choices = nil })
	if len(emptied.Events) > 0 {
		t.Errorf("without choices: got events %v", emptied.Events)
	}
	if got := edit(t, emptied, func(a *Account) { a.Apps = nil; a.Choices = nil }); got.Sender != "" {
		t.Errorf("without apps: got sender %q", got.Sender)
	}
}
