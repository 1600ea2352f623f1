package settings_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// TestTemplatesOfAnApp lists and reads templates as the provider has them, with what may fill them.
func TestTemplatesOfAnApp(t *testing.T) {
	t.Parallel()
	o := newShop(t)
	list, err := o.Templates(t.Context(), viewer, neem, ownApp)
	o.must(err)
	if len(list) != 3 {
		t.Errorf("got %d templates", len(list))
	}
	one, err := o.Template(t.Context(), viewer, neem, "", twoPlaces, created)
	o.must(err)
	if diff := cmp.Diff([]string{"customer_name", "customer_order_id"}, one.Suggestion); diff != "" || len(one.Places) != 2 || one.Places[1].Sample != "ORD123456" {
		t.Errorf("%+v, suggestion (-want +got):\n%s", one.Places, diff)
	}
	one, err = o.Template(t.Context(), viewer, neem, "", twoPlaces, order.Kind{})
	if err != nil || one.Suggestion != nil {
		t.Errorf("without an event: %v, %v", one.Suggestion, err)
	}
	_, err = o.Template(t.Context(), viewer, neem, "", twoPlaces, order.Kind{Resource: "shipment", SubType: "sung"})
	o.refused(err, fault.Invalid, "event")
	_, err = o.Template(t.Context(), viewer, neem, "", missing, order.Kind{})
	o.refused(err, fault.NotFound, "")
	_, err = o.Templates(t.Context(), viewer, neem, "gs-2")
	o.refused(err, fault.NotFound, "")
}

// TestPreviewAndLint look at what is proposed and at what is saved.
func TestPreviewAndLint(t *testing.T) {
	t.Parallel()
	o := newShop(t)
	ctx := t.Context()
	_, err := o.Preview(ctx, viewer, neem, created, settings.Proposal{})
	o.refused(err, fault.Conflict, "")
	_, err = o.Preview(ctx, viewer, neem, order.Kind{}, settings.Proposal{Content: content(twoPlaces)})
	o.refused(err, fault.NotFound, "")
	_, err = o.Preview(ctx, viewer, neem, created, settings.Proposal{Content: content(missing)})
	o.refused(err, fault.NotFound, "content.template")
	_, err = o.Preview(ctx, viewer, neem, created, settings.Proposal{Content: content("")})
	o.refused(err, fault.Invalid, "content.template")

	look, err := o.Preview(ctx, viewer, neem, created, settings.Proposal{Content: content(twoPlaces)})
	o.must(err)
	const text = "Hi Asha Sample, order ORD123456 is with us."
	if shown := look.Shown; shown.Text != text || shown.Values[0].Source != "the template's own sample" {
		t.Errorf("got %q of %q", shown.Text, shown.Values[0].Source)
	}

	findings, err := o.Lint(ctx, viewer, neem, created, settings.Proposal{Content: content(twoPlaces, "customer_name", "brands")})
	o.must(err)
	if diff := cmp.Diff([]string{"shipment/created error body 1 variable_unknown"}, findingsOf(findings)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	findings, err = o.Lint(ctx, viewer, neem, created, settings.Proposal{Content: content(missing)})
	o.must(err)
	if diff := cmp.Diff([]string{"shipment/created error template -1 template_unknown"}, findingsOf(findings)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}

	_, _, err = o.saveAll(map[order.Kind]settings.NotificationInput{created: on(content(twoPlaces, "customer_name", "customer_order_id"))})
	o.must(err)
	saved, err := o.Preview(ctx, viewer, neem, created, settings.Proposal{})
	o.must(err)
	if shown := saved.Shown; saved.Template.Name != "created_v1" || shown.Text != text || shown.Values[0].Source != "sample of Customer name" {
		t.Errorf("saved: got %q of %q", shown.Text, shown.Values[0].Source)
	}
	if findings, err = o.Lint(ctx, viewer, neem, created, settings.Proposal{}); err != nil || len(findings) != 0 {
		t.Errorf("saved: got %v, %v", findings, err)
	}
}

// TestSettingsReachASenderInTime has an instance follow a switch-off within 30 seconds, and no sooner than its cache forgets.
func TestSettingsReachASenderInTime(t *testing.T) {
	t.Parallel()
	o := newShop(t)
	_, _, err := o.saveAll(map[order.Kind]settings.NotificationInput{created: on(content(twoPlaces, "customer_name", "customer_order_id"))})
	o.must(err)
	sender := settings.NewAccounts(o.store, settings.Options{Clock: o.clock, TTL: 30 * time.Second, Timeout: time.Minute})
	sends := func() bool {
		a, failure := sender.Get(t.Context(), neem)
		o.must(failure)
		return a.Events[created.String()].Enabled
	}
	if !sends() {
		t.Fatal("the event is off")
	}
	_, _, _, err = o.PutNotification(t.Context(), editor, neem, "", created, settings.NotificationInput{}, o.seen())
	o.must(err)
	o.clock.Advance(29 * time.Second)
	if !sends() {
		t.Error("the store was asked before the cache was old")
	}
	o.clock.Advance(time.Second + time.Millisecond)
	if sends() {
		t.Error("30 seconds later the event is on still")
	}
}

// TestHealthSurvivesASave has a mark of health come while a template is being checked, and a save come between the reading and the writing
// of a mark: neither is lost.
func TestHealthSurvivesASave(t *testing.T) {
	t.Parallel()
	o := newShop(t)
	enable := map[order.Kind]settings.NotificationInput{created: on(content(twoPlaces, "customer_name", "customer_order_id"))}
	_, _, err := o.saveAll(enable)
	o.must(err)

	hold := func(c *account.Condition) bool {
		return c.HoldTemplate(twoPlaces, account.HeldBy{Reason: account.TemplateHeld}, noon) && c.FailApp(ownApp, message.CauseBalance, "", noon, noon, time.Minute)
	}
	seen := o.seen()
	o.must(o.store.ChangeCondition(t.Context(), neem, hold)) // after the page was read, before it is saved
	enable[failed] = on(content(replyBelow, "customer_name"))
	_, _, err = o.PutNotifications(t.Context(), editor, neem, "", settings.NotificationsInput{Events: enable}, seen)
	o.must(err)
	a, err := o.store.Account(t.Context(), neem)
	o.must(err)
	if a.Events[created.String()].Health.Reason != account.TemplateHeld || a.Apps[ownApp].Health.Reason != message.CauseBalance || !a.Events[failed.String()].Enabled {
		t.Errorf("the mark is lost: %+v, %+v", a.Events, a.Apps[ownApp].Health)
	}

	saved := false
	o.must(o.store.ChangeCondition(t.Context(), neem, func(c *account.Condition) bool {
		if !saved {
			saved = true
			_, _, _, failure := o.PutNotification(t.Context(), editor, neem, "", failed, settings.NotificationInput{}, o.seen())
			o.must(failure)
		}

		return c.ReleaseTemplate(twoPlaces, noon.Add(time.Minute), noon.Add(time.Minute))
	}))
	a, err = o.store.Account(t.Context(), neem)
	o.must(err)
	if !a.Events[created.String()].Health.Healthy() || a.Events[failed.String()].Enabled {
		t.Errorf("the mark or the save is lost: %+v", a.Events)
	}
}
