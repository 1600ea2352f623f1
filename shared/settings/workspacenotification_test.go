package settings_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	simgupshup "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/businessonbot"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// The apps of the tests.
const (
	ownApp      = "gs-own"
	chargedApp  = "gs-platform"
	botApp      = "bot"
	simulatedID = "4d1ff53a-8d61-4c5c-9b2f-3a3b1c2d3e4f"
)

// The events of the tests.
var (
	created   = order.Kind{Resource: order.Shipment, SubType: "created"}
	packed    = order.Kind{Resource: order.Shipment, SubType: "packed"}
	failed    = order.Kind{Resource: order.Shipment, SubType: "failed_delivery"}
	delivered = order.Kind{Resource: order.Shipment, SubType: "delivered"}
)

// templateID returns the id of the n-th template of the tests.
func templateID(n int) string { return fmt.Sprintf("a1b2c3d4-0000-4000-8000-%012d", n) }

// The templates of the simulated app: two that fit, and one for each status that cannot be chosen.
var (
	twoPlaces  = templateID(1)
	replyBelow = templateID(2)
	pending    = templateID(3)
	missing    = templateID(99)
)

// shop is an office whose account has an app of its own at the simulated Gupshup, which is the sender.
func newShop(t *testing.T, more ...account.App) *office {
	t.Helper()
	o := newOffice(t)
	waiting := simgupshup.NewTemplate(pending, "pending_v1", simgupshup.Container{Data: "Hi {{1}}"})
	waiting.Status = "PENDING"
	o.must(o.sim.Gupshup().AddApp(simgupshup.App{
		ID: simulatedID, Name: "NeemAlerts", Phone: "919000000801", APIKey: "key-of-the-shop",
		Templates: []simgupshup.Template{
			simgupshup.NewTemplate(twoPlaces, "created_v1", simgupshup.Container{
				Data: "Hi {{1}}, order {{2}} is with us.", SampleText: "Hi Asha Sample, order ORD123456 is with us.",
			}),
			simgupshup.NewTemplate(replyBelow, "failed_v1", simgupshup.Container{
				Data: "Hi {{1}}, we missed you.", Buttons: []simgupshup.Button{{Type: simgupshup.QuickReply, Text: "Hmm"}},
			}),
			waiting,
		},
	}))
	o.secret("app-own", "key-of-the-shop")
	o.put("Neem")
	o.installed(append([]account.App{{
		ID: ownApp, Provider: gupshup.Name, Ownership: message.Client, Name: "Own", Number: "919000000801", Secret: "app-own",
		InstalledAt: noon, ProviderIDs: map[string]string{gupshup.KeyAppID: simulatedID, gupshup.KeyAppName: "NeemAlerts"},
	}}, more...)...)

	return o
}

// installed puts apps into the account behind the workspace's back; the first one sends.
func (o *office) installed(apps ...account.App) {
	o.t.Helper()
	a, err := o.store.Account(o.t.Context(), neem)
	o.must(err)
	a.Apps, a.Sender = map[string]account.App{}, apps[0].ID
	for _, app := range apps {
		a.Apps[app.ID] = app
	}
	o.must(o.store.PutAccount(o.t.Context(), a))
}

// content is a template with variables for its placeholders.
func content(id string, variables ...string) *account.Content {
	return &account.Content{TemplateID: id, Filling: template.Filling{Variables: variables}}
}

// on enables an event with a template.
func on(c *account.Content) settings.NotificationInput {
	return settings.NotificationInput{Enabled: true, Content: c}
}

// saveAll sets all events at the sender.
func (o *office) saveAll(events map[order.Kind]settings.NotificationInput) (settings.Notifications, []settings.EventFinding, error) {
	return o.PutNotifications(o.t.Context(), editor, neem, "", settings.NotificationsInput{Events: events}, o.seen())
}

// findingsOf lists findings as "event severity component index rule".
func findingsOf(list []settings.EventFinding) []string {
	list = slices.DeleteFunc(slices.Clone(list), func(f settings.EventFinding) bool { return f.Risk != "" }) // they have tests of their own
	var all []string
	for _, f := range list {
		all = append(all, fmt.Sprintf("%s %s %s %d %s", f.Event, f.Severity, f.Component, f.Index, f.Rule))
	}

	return all
}

// unfit returns the findings of an UnfitError.
func (o *office) unfit(err error) []string {
	o.t.Helper()
	e, ok := errors.AsType[*settings.UnfitError](err)
	if !ok {
		o.t.Fatalf("got %v, want findings", err)
	}

	return findingsOf(e.Findings)
}

// untouched requires that nothing was saved since the account was made.
func (o *office) untouched() {
	o.t.Helper()
	a, err := o.store.Account(o.t.Context(), neem)
	o.must(err)
	if a.Version != 1 {
		o.t.Errorf("version %d: something was saved", a.Version)
	}
}

// TestAllEventsAreOff has every event of the catalogue in its group, and none on after an install.
func TestAllEventsAreOff(t *testing.T) {
	t.Parallel()
	o := newShop(t)
	page, err := o.Notifications(t.Context(), viewer, neem, "")
	o.must(err)
	count := 0
	for _, g := range page.Groups {
		for _, n := range g.Notifications {
			count++
			if n.Choice.Enabled || n.Sends || !n.Supported || len(n.Lacks) != 1 || n.Lacks[0] != account.LacksTemplate {
				t.Errorf("%s: got %+v", n.Event.Kind, n)
			}
		}
	}
	if count != len(order.Catalog()) || page.App.ID != ownApp || page.Charges != nil {
		t.Errorf("got %d events at %s, charges %v", count, page.App.ID, page.Charges)
	}
}

// TestEnableOnAnOwnApp enables two events as one version, and keeps the templates that were checked for sending.
func TestEnableOnAnOwnApp(t *testing.T) {
	t.Parallel()
	o := newShop(t)
	age := 6 * time.Hour
	page, warnings, err := o.PutNotifications(t.Context(), editor, neem, "", settings.NotificationsInput{
		MaxAge: &age,
		Events: map[order.Kind]settings.NotificationInput{
			created: on(content(twoPlaces, "customer_name", "customer_order_id")),
			failed:  {Enabled: true, Content: content(replyBelow, "customer_name"), MaxAge: time.Hour},
			packed:  {},
		},
	}, seenAt(1))
	o.must(err)
	if diff := cmp.Diff([]string{"shipment/failed_delivery warning button 0 action_missing"}, findingsOf(warnings)); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	if page.Account.Version != 2 || page.Account.MaxAge != age {
		t.Errorf("got version %d, age %v", page.Account.Version, page.Account.MaxAge)
	}

	a, err := o.store.Account(t.Context(), neem)
	o.must(err)
	want := map[string]account.Event{
		created.String(): {Enabled: true, TemplateID: twoPlaces, Filling: template.Filling{Variables: []string{"customer_name", "customer_order_id"}, Names: []string{"1", "2"}}},
		failed.String():  {Enabled: true, TemplateID: replyBelow, Filling: template.Filling{Variables: []string{"customer_name"}, Names: []string{"1"}}, MaxAge: time.Hour},
	}
	if diff := cmp.Diff(want, a.Events, anyCopy); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	for kind, e := range a.Events {
		if e.Filling.Copy == "" || a.ChoicesAt(ownApp)[kind].Filling.Copy != e.Filling.Copy {
			t.Errorf("%s: got %+v, want it with the copy that it was held against", kind, e.Filling)
		}
	}
	for _, id := range []string{twoPlaces, replyBelow} {
		if kept, failure := o.store.Template(t.Context(), ownApp, id); failure != nil || kept.Body == "" || !kept.CheckedAt.Equal(noon) {
			t.Errorf("%s: kept %+v, %v", id, kept, failure)
		}
	}
	versions, _, err := o.Versions(t.Context(), viewer, neem, 0, 10)
	o.must(err)
	if len(versions) != 2 || versions[0].Action != "notifications.put" || versions[0].By.Subject != editor.Subject {
		t.Errorf("versions: %+v", versions)
	}

	before := len(o.sim.Log().Requests())
	_, _, err = o.saveAll(map[order.Kind]settings.NotificationInput{
		created: on(content(twoPlaces, "customer_name", "customer_order_id")),
		failed:  {Enabled: true, Content: content(replyBelow, "customer_name"), MaxAge: 2 * time.Hour},
	})
	o.must(err)
	if asked := len(o.sim.Log().Requests()) - before; asked != 0 {
		t.Errorf("the provider was asked %d times about what stays", asked)
	}
	_, _, err = o.saveAll(nil)
	o.must(err)
	a, err = o.store.Account(t.Context(), neem)
	o.must(err)
	if len(a.Events) != 0 || a.Version != 4 {
		t.Errorf("all off: version %d, %v", a.Version, a.Events)
	}
}

// TestOneFetchATemplate asks the provider once for a template that several events have.
func TestOneFetchATemplate(t *testing.T) {
	t.Parallel()
	o := newShop(t)
	events := map[order.Kind]settings.NotificationInput{}
	for _, e := range order.Catalog() {
		if e.Kind.Resource == order.Shipment {
			events[e.Kind] = on(content(twoPlaces, "customer_name", "customer_order_id"))
		}
	}
	_, _, err := o.saveAll(events)
	o.must(err)
	if asked := len(o.sim.Log().Requests()); asked != 1 || len(events) < 10 {
		t.Errorf("asked %d times for %d events", asked, len(events))
	}
}

// TestUnfitTemplatesAreRefused saves nothing of a page of which one template cannot be sent, and says all that is wrong.
func TestUnfitTemplatesAreRefused(t *testing.T) {
	t.Parallel()
	o := newShop(t)
	_, _, err := o.saveAll(map[order.Kind]settings.NotificationInput{
		created:   on(content(twoPlaces, "customer_name", "refund_amount")),
		packed:    on(content(pending, "customer_name")),
		failed:    on(content(replyBelow)),
		delivered: on(content(missing)),
	})
	want := []string{
		"shipment/created error body 1 variable_event",
		"shipment/packed error template -1 status",
		"shipment/delivered error template -1 template_unknown",
		"shipment/failed_delivery error template -1 count",
		"shipment/failed_delivery warning button 0 action_missing",
	}
	if diff := cmp.Diff(want, o.unfit(err)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	if e, _ := errors.AsType[*settings.UnfitError](err); !strings.Contains(e.Findings[1].Message, "PENDING") {
		t.Errorf("the status is not said: %s", e.Findings[1].Message)
	}
	_, _, _, err = o.PutNotification(t.Context(), editor, neem, "", packed, on(content(pending, "customer_name")), seenAt(1))
	if got := o.unfit(err); len(got) != 1 {
		t.Errorf("got %v", got)
	}
	o.untouched()
}

// TestOffNeedsNothing keeps what is prepared for an event that is off, unchecked, with the provider down.
func TestOffNeedsNothing(t *testing.T) {
	t.Parallel()
	o := newShop(t)
	o.down()
	_, n, _, err := o.PutNotification(t.Context(), editor, neem, ownApp, packed, settings.NotificationInput{Content: content(missing, "nonsense")}, seenAt(1))
	o.must(err)
	if n.Sends || n.Choice.TemplateID != missing {
		t.Errorf("got %+v", n)
	}
}

// down has the provider fail at everything from now on.
func (o *office) down() {
	o.t.Helper()
	o.must(o.fault(simulator.Fault{System: "gupshup", Mode: chaos.Unavailable}))
}

func (o *office) fault(f simulator.Fault) error {
	_, err := o.sim.Faults().Add(f)
	return err
}

// TestProviderDown saves nothing while the provider does not answer, or refuses.
func TestProviderDown(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault simulator.Fault
		kind  fault.Kind
	}{
		"down":       {simulator.Fault{System: "gupshup", Mode: chaos.Unavailable}, fault.Unavailable},
		"throttled":  {simulator.Fault{System: "gupshup", Mode: chaos.Throttle}, fault.Unavailable},
		"no_key":     {simulator.Fault{System: "gupshup", Mode: chaos.WrongCredentials}, fault.Upstream},
		"one_of_two": {simulator.Fault{System: "gupshup", Mode: chaos.Unavailable, Skip: 1}, fault.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newShop(t)
			o.must(o.fault(tc.fault))
			_, _, err := o.saveAll(map[order.Kind]settings.NotificationInput{
				created: on(content(twoPlaces, "customer_name", "customer_order_id")),
				failed:  on(content(replyBelow, "customer_name")),
			})
			o.refused(err, tc.kind, "")
			if name == "one_of_two" {
				o.untouched()
				return
			}
			_, err = o.Templates(t.Context(), viewer, neem, "")
			o.refused(err, tc.kind, "")
			_, err = o.Preview(t.Context(), viewer, neem, created, settings.Proposal{Content: content(twoPlaces)})
			o.refused(err, tc.kind, "")
			o.untouched()
		})
	}
}

// TestNotificationsRefuse names the field of an input that cannot be saved.
func TestNotificationsRefuse(t *testing.T) {
	t.Parallel()
	o := newShop(t, account.App{ID: chargedApp, Provider: gupshup.Name, Ownership: message.Platform, InstalledAt: noon.Add(time.Hour)})
	long := strings.Repeat("n", 2001)
	for name, tc := range map[string]struct {
		app   string
		in    settings.NotificationInput
		kind  fault.Kind
		field string
	}{
		"no_template":        {"", settings.NotificationInput{Enabled: true}, fault.Invalid, "content"},
		"blank_template":     {"", on(content(" ")), fault.Invalid, "content.template"},
		"long_text":          {"", on(&account.Content{TemplateID: "t", Filling: template.Filling{Texts: []string{"", long}}}), fault.Invalid, "content.values[1].text"},
		"long_variable":      {"", on(content("t", long)), fault.Invalid, "content.values[0].variable"},
		"too_many_values":    {"", on(content("t", make([]string, 101)...)), fault.Invalid, "content.values"},
		"too_many_actions":   {"", on(&account.Content{TemplateID: "t", Filling: template.Filling{Actions: make([]string, 21)}}), fault.Invalid, "content.actions"},
		"not_text":           {"", on(&account.Content{TemplateID: "t", Filling: template.Filling{CopyCode: template.Value{Text: "\xff"}}}), fault.Invalid, "content.copyCode.text"},
		"consent_at_own_app": {"", settings.NotificationInput{Charges: &settings.ChargesInput{}}, fault.Invalid, "charges"},
		"age_below_a_minute": {"", settings.NotificationInput{MaxAge: time.Second}, fault.Invalid, "maxAgeSeconds"},
		"age_below_zero":     {"", settings.NotificationInput{MaxAge: -1}, fault.Invalid, "maxAgeSeconds"},
		"age_above_a_week":   {"", settings.NotificationInput{MaxAge: 8 * 24 * time.Hour}, fault.Invalid, "maxAgeSeconds"},
		"template_of_others": {chargedApp, on(content(twoPlaces)), fault.Invalid, "content"},
		"no_consent":         {chargedApp, settings.NotificationInput{Enabled: true}, fault.Invalid, "charges"},
		"app_not_installed":  {"gs-2", settings.NotificationInput{}, fault.NotFound, ""},
	} {
		_, _, _, err := o.PutNotification(t.Context(), editor, neem, tc.app, created, tc.in, seenAt(1))
		o.refused(err, tc.kind, tc.field)
		if t.Failed() {
			t.Fatal(name)
		}
	}

	ctx := t.Context()
	week := 8 * 24 * time.Hour
	_, _, err := o.PutNotifications(ctx, editor, neem, "", settings.NotificationsInput{MaxAge: &week}, seenAt(1))
	o.refused(err, fault.Invalid, "maxAgeSeconds")
	_, _, err = o.saveAll(map[order.Kind]settings.NotificationInput{{Resource: "shipment", SubType: "sung"}: {}})
	o.refused(err, fault.Invalid, "notifications")
	_, _, err = o.saveAll(map[order.Kind]settings.NotificationInput{created: {Enabled: true}})
	o.refused(err, fault.Invalid, "notifications.shipment/created.content")
	_, _, _, err = o.PutNotification(ctx, editor, neem, "", order.Kind{Resource: "shipment", SubType: "sung"}, settings.NotificationInput{}, seenAt(1))
	o.refused(err, fault.NotFound, "")
	_, _, err = o.Notification(ctx, viewer, neem, "", order.Kind{})
	o.refused(err, fault.NotFound, "")
	_, _, err = o.PutNotifications(ctx, editor, neem, "", settings.NotificationsInput{}, settings.Seen{})
	o.refused(err, fault.Unconditional, "")
	_, _, err = o.PutNotifications(ctx, editor, neem, "", settings.NotificationsInput{}, seenAt(7))
	o.refused(err, fault.Stale, "")
	o.untouched()
}

// TestNotificationsAreGuarded lets nobody in who may not, before anything is read.
func TestNotificationsAreGuarded(t *testing.T) {
	t.Parallel()
	o := newShop(t)
	ctx := t.Context()
	for _, id := range []string{neem, "812"} {
		_, _, err := o.PutNotifications(ctx, viewer, neem, "", settings.NotificationsInput{}, seenAt(1))
		o.refused(err, fault.Forbidden, "")
		_, _, _, err = o.PutNotification(ctx, viewer, neem, "", created, settings.NotificationInput{}, seenAt(1))
		o.refused(err, fault.Forbidden, "")
		_, err = o.PutQuietHours(ctx, viewer, neem, settings.QuietHoursInput{}, seenAt(1))
		o.refused(err, fault.Forbidden, "")
		_, err = o.PutUnexpectedReplies(ctx, viewer, neem, account.UnexpectedReplies{}, seenAt(1))
		o.refused(err, fault.Forbidden, "")
		for _, err := range reads(ctx, o, stranger, id) {
			o.refused(err, fault.Forbidden, "")
		}
	}
	for _, err := range reads(ctx, o, operator, "812") {
		o.refused(err, fault.NotFound, "")
	}
	_, _, err := o.PutNotifications(ctx, operator, "812", "", settings.NotificationsInput{}, seenAt(1))
	o.refused(err, fault.NotFound, "")
}

// reads are the errors of all that can be read of notifications.
func reads(ctx context.Context, o *office, c access.Caller, id string) map[string]error {
	all := map[string]error{}
	_, all["notifications"] = o.Notifications(ctx, c, id, "")
	_, _, all["notification"] = o.Notification(ctx, c, id, "", created)
	_, all["templates"] = o.Templates(ctx, c, id, "")
	_, all["template"] = o.Template(ctx, c, id, "", twoPlaces, order.Kind{})
	_, all["lint"] = o.Lint(ctx, c, id, created, settings.Proposal{})
	_, all["preview"] = o.Preview(ctx, c, id, created, settings.Proposal{})
	_, all["quiet hours"] = o.QuietHours(ctx, c, id)
	_, all["unexpected"] = o.UnexpectedReplies(ctx, c, id)

	return all
}

// TestNotificationsWithoutAnApp shows all events off, and refuses to set one.
func TestNotificationsWithoutAnApp(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.put("Neem")
	page, err := o.Notifications(t.Context(), viewer, neem, "")
	o.must(err)
	if page.App.ID != "" || len(page.Groups) == 0 || len(page.Groups[0].Notifications[0].Lacks) != 0 {
		t.Errorf("got %+v", page.Groups[0].Notifications[0])
	}
	_, _, err = o.saveAll(nil)
	o.refused(err, fault.Conflict, "")
	_, err = o.Templates(t.Context(), viewer, neem, "")
	o.refused(err, fault.Conflict, "")
}

// TestEventsOfABot needs no template for an event that the provider has words for, and refuses one that it has none for.
func TestEventsOfABot(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.put("Neem")
	o.installed(account.App{
		ID: botApp, Provider: businessonbot.Name, Ownership: message.Client, ProviderIDs: map[string]string{businessonbot.KeyBaseURL: "https://bot.example.com/neem"},
	})
	out := order.Kind{Resource: order.Shipment, SubType: "out_for_delivery"}
	_, n, _, err := o.PutNotification(t.Context(), editor, neem, "", out, settings.NotificationInput{Enabled: true}, seenAt(1))
	o.must(err)
	if !n.Sends || !n.Supported || len(n.Lacks) != 0 {
		t.Errorf("got %+v", n)
	}
	_, _, _, err = o.PutNotification(t.Context(), editor, neem, "", failed, settings.NotificationInput{Enabled: true}, seenAt(2))
	o.refused(err, fault.Invalid, "enabled")
	_, _, _, err = o.PutNotification(t.Context(), editor, neem, "", out, on(content(twoPlaces)), seenAt(2))
	o.refused(err, fault.Invalid, "content")
	_, err = o.Templates(t.Context(), viewer, neem, "")
	o.refused(err, fault.Conflict, "")
	_, n, err = o.Notification(t.Context(), viewer, neem, "", failed)
	o.must(err)
	if n.Supported {
		t.Error("a failed delivery is supported")
	}
}
