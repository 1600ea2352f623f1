package dispatch

import (
	"errors"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Each row takes one thing away from an occurrence that would be sent.
func TestWeigh(t *testing.T) {
	t.Parallel()

	const maxTries = 5
	agreed := agreement(consent.Grant)
	left := agreement(consent.Withdraw)
	soon := noon.Add(message.Backoff(0))
	silence := &provider.SendError{Failure: message.Failure{Class: message.ClassTransient, Code: provider.CodeNotSent}}
	busy := &provider.SendError{Failure: message.Failure{Class: message.ClassTransient, Code: "503"}, HTTPStatus: 503}

	type situation struct {
		o occurrence
		p plan
		f store.Facts
	}
	quiet := func(from, to string) func(*situation) {
		return func(s *situation) {
			s.o.account.TimeZone, s.o.account.Quiet = "UTC", &account.QuietHours{Enabled: true, From: from, To: to}
		}
	}
	tests := []struct {
		name   string
		change func(*situation)
		want   decision
	}{
		{"sent", func(*situation) {}, decision{phase: message.Claimed}},
		{"event_off", func(s *situation) { s.p.refusal = message.EventOff }, refuse(message.EventOff)},
		{"no_number", func(s *situation) { s.p.recipient.refusal = message.NoPhone }, refuse(message.NoPhone)},
		{
			"no_number_while_the_order_platform_is_down",
			func(s *situation) { s.p.recipient.refusal = message.NoPhone; s.p.lacking = errors.New("down") },
			decision{phase: message.Waiting, due: soon},
		},
		{"opted_out", func(s *situation) { s.f.Customer.Consent = left }, refuse(message.OptedOut)},
		{"never_asked", func(s *situation) { s.f.Customer.Consent = consent.State{} }, refuse(message.NotOptedIn)},
		{
			"superseded",
			func(s *situation) {
				s.f.Order = storedTimes("S1", "delivered", noon.Add(time.Minute))
			},
			refuse(message.Superseded),
		},
		{"too_old", func(s *situation) { s.o.account.MaxAge = time.Minute }, refuse(message.Expired)},
		{"no_credential", func(s *situation) { s.p.hold = message.CauseCredentials }, decision{phase: message.Held, due: soon, free: true}},
		{"app_unhealthy", func(s *situation) { s.p.sender.installed.Health.Reason = message.CauseBalance }, decision{phase: message.Held, due: soon, free: true}},
		{"template_held", func(s *situation) { s.o.setting.Health.Reason = account.TemplateHeld }, decision{phase: message.Held, due: soon, free: true}},
		{"template_not_readable", func(s *situation) { s.p.postponed = errors.New("down") }, decision{phase: message.Waiting, due: soon}},
		{
			"app_answers_no_question_for_the_template", func(s *situation) { s.p.sender.notAnswering = true; s.p.postponed = silence },
			decision{phase: message.Held, due: noon.Add(2 * time.Minute), free: true},
		},
		{
			"app_answers_that_it_has_no_time_for_the_template", func(s *situation) { s.p.sender.notAnswering = true; s.p.postponed = busy },
			decision{phase: message.Waiting, due: soon},
		},
		{"template_not_readable_before_the_app_is_held", func(s *situation) { s.p.postponed = silence }, decision{phase: message.Waiting, due: soon}},
		{"values_missing", func(s *situation) { s.p.lacking = errors.New("down") }, decision{phase: message.Waiting, due: soon}},
		{
			"values_missing_for_too_long",
			func(s *situation) {
				s.p.lacking = errors.New("down")
				s.f.Message = &message.Message{CreatedAt: noon.Add(-patience)}
			},
			decision{phase: message.Claimed},
		},
		{"no_place", func(s *situation) { s.p.turn = noon.Add(time.Minute) }, decision{phase: message.Waiting, due: noon.Add(time.Minute), free: true}},
		{
			"no_place_and_opted_out", func(s *situation) { s.p.turn = noon.Add(time.Minute); s.f.Customer.Consent = left },
			refuse(message.OptedOut),
		},
		{
			"no_place_and_no_number_yet", func(s *situation) { s.p.turn = noon.Add(time.Minute); s.p.recipient.refusal = message.NoPhone },
			decision{phase: message.Waiting, due: noon.Add(time.Minute), free: true},
		},
		{
			"reopened", func(s *situation) {
				s.o.account.MaxAge = time.Minute
				s.f.Message = &message.Message{CreatedAt: noon.Add(-time.Hour), ReopenedAt: noon.Add(-time.Minute)}
			},
			decision{phase: message.Claimed},
		},
		{"quiet_hours", quiet("11:00", "15:00"), decision{phase: message.Waiting, reason: message.QuietHours, due: noon.Add(3 * time.Hour), free: true}},
		{"quiet_hours_begin_since_the_plan", quiet("12:00", "15:00"), decision{phase: message.Waiting, reason: message.QuietHours, due: noon.Add(3 * time.Hour), free: true}},
		{"quiet_hours_are_over", quiet("11:00", "12:00"), decision{phase: message.Claimed}},
		{
			"quiet_hours_ended_since_the_plan", func(s *situation) { s.p.quiet = noon },
			decision{phase: message.Waiting, reason: message.QuietHours, due: noon, free: true},
		},
		{
			"too_old_within_quiet_hours", func(s *situation) { quiet("11:00", "15:00")(s); s.o.account.MaxAge = 2 * time.Hour },
			decision{phase: message.Waiting, reason: message.QuietHours, due: noon.Add(time.Hour + time.Second), free: true},
		},
		{"too_old_in_quiet_hours", func(s *situation) { quiet("11:00", "15:00")(s); s.o.account.MaxAge = time.Minute }, refuse(message.Expired)},
		{"opted_out_in_quiet_hours", func(s *situation) { quiet("11:00", "15:00")(s); s.f.Customer.Consent = left }, refuse(message.OptedOut)},
		{
			"number_not_looked_up_in_quiet_hours", func(s *situation) { quiet("11:00", "15:00")(s); s.p.recipient.refusal = message.NoPhone },
			decision{phase: message.Waiting, reason: message.QuietHours, due: noon.Add(3 * time.Hour), free: true},
		},
		{"number_unreadable_in_quiet_hours", func(s *situation) { quiet("11:00", "15:00")(s); s.p.recipient.refusal = message.InvalidPhone }, refuse(message.InvalidPhone)},
		{
			"quiet_hours_before_the_limit_of_spending", func(s *situation) { quiet("11:00", "15:00")(s); s.p.overspent = true },
			decision{phase: message.Waiting, reason: message.QuietHours, due: noon.Add(3 * time.Hour), free: true},
		},
		{
			"quiet_hours_before_the_app", func(s *situation) {
				quiet("11:00", "15:00")(s)
				s.p.sender.installed.Health.Reason = message.CauseBalance
			},
			decision{phase: message.Waiting, reason: message.QuietHours, due: noon.Add(3 * time.Hour), free: true},
		},
		{"tried_too_often", func(s *situation) { s.f.Message = &message.Message{CreatedAt: noon, Tries: maxTries} }, refuse(message.Limit)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()

			e := order.Event{Resource: order.Shipment, SubType: "dispatched", Subject: "S1", OccurredAt: noon.Add(-time.Hour), OccurredKnown: true}
			entry, _ := order.Lookup(e.Kind())
			s := situation{
				o: occurrence{event: e, entry: entry, occurredAt: e.OccurredAt},
				f: store.Facts{Customer: &store.Customer{Consent: agreed}},
			}
			tt.change(&s)

			d := New(Config{Limits: outcome.Limits{MaxTries: maxTries}}, Deps{Clock: clock.NewManual(noon)})
			got := d.weigh(s.o, s.p, s.f)
			explained(t, got)
			got.grounds = message.Grounds{}
			if got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

// agreement returns the state of a shopper whose ledger has one entry.
func agreement(a consent.Action) consent.State {
	_, state, _ := consent.Record(consent.State{}, consent.Entry{
		Action:     a,
		Source:     consent.Checkout,
		Purpose:    consent.OrderUpdates,
		OccurredAt: noon.Add(-2 * time.Hour),
		RecordedAt: noon.Add(-2 * time.Hour),
	})

	return state
}

// storedTimes is an order of which one status of a shipment is known.
func storedTimes(subject, status string, at time.Time) *store.Order {
	return &store.Order{Shipments: map[string]map[string]int64{order.FieldKey(subject): {status: at.Unix()}}}
}
