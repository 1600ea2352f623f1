package timemachine

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

// wentOut is a message that was sent on the day, changed as is said.
func wentOut(change func(m *message.Message)) *message.Message {
	m := &message.Message{
		ID: "id", OrderID: "1", Event: "shipment/delivered", Phase: message.Claimed, Attempt: 1, AppID: "app", TemplateID: "t", Phone: "+919000000001",
		CreatedAt: dayBegins.Add(time.Hour), Filling: template.Filling{Variables: []string{"customer_name", "brand"}},
		Estimate: message.Estimate{Category: "utility", Micros: 1_250_000, Currency: "INR", Day: string(day)},
		Grounds:  message.Grounds{At: dayBegins.Add(time.Hour).UnixMilli(), Copy: "text"},
	}
	if change != nil {
		change(m)
	}

	return m
}

// stayed is one that was not.
func stayed(phase message.Phase, reason message.Reason, change func(m *message.Message)) *message.Message {
	return wentOut(func(m *message.Message) {
		m.Phase, m.Reason, m.Attempt = phase, reason, 0
		if change != nil {
			change(m)
		}
	})
}

// TestCompare holds what counts as a difference, what as equal, and what is not judged, and that an unclear one is never equal.
func TestCompare(t *testing.T) {
	t.Parallel()

	delivered := dayBegins.Add(time.Hour)
	later := func(m *message.Message) { m.Grounds.At = dayEnds.Add(time.Hour).UnixMilli() }

	for name, tt := range map[string]struct {
		was, is *message.Message
		never   bool // no event was delivered for it
		failed  string
		want    []string // kinds and words
		why     string   // it is not judged
	}{
		"equal":     {was: wentOut(nil), is: wentOut(nil)},
		"appears":   {is: wentOut(nil), want: []string{"appears: it was off, and would be sent for INR 1.250000"}},
		"vanishes":  {was: wentOut(nil), want: []string{"vanishes: it was sent, and would be off for INR 1.250000"}},
		"opted_out": {was: wentOut(nil), is: stayed(message.Refused, message.OptedOut, nil), want: []string{"vanishes: it was sent, and would be refused as opted_out for INR 1.250000"}},
		"reason":    {was: stayed(message.Refused, message.Expired, nil), is: stayed(message.Refused, message.OptedOut, nil), want: []string{"reason: it was refused as expired, and would be refused as opted_out"}},
		"template":  {was: wentOut(nil), is: wentOut(func(m *message.Message) { m.TemplateID = "u" }), want: []string{"text: template t → u"}},
		"words":     {was: wentOut(nil), is: wentOut(func(m *message.Message) { m.Grounds.Copy = "other" }), want: []string{"text: template t has another text, category or status: text → other"}},
		"app":       {was: wentOut(nil), is: wentOut(func(m *message.Message) { m.AppID = "b" }), want: []string{"text: app app → b"}},
		"places": {was: wentOut(nil), is: wentOut(func(m *message.Message) {
			m.Filling = template.Filling{Variables: []string{"customer_name", ""}, Texts: []string{"", "SECRET"}}
		}), want: []string{"text: placeholder 2: brand → a fixed text"}},
		"fixed_text": {
			was: wentOut(func(m *message.Message) {
				m.Filling = template.Filling{Variables: []string{""}, Texts: []string{"SECRET"}}
			}),
			is: wentOut(func(m *message.Message) {
				m.Filling = template.Filling{Variables: []string{""}, Texts: []string{"ANOTHER"}}
			}), want: []string{"text: placeholder 1: another fixed text"},
		},
		"header":   {was: wentOut(nil), is: wentOut(func(m *message.Message) { m.Filling.Media.ID = "SECRET" }), want: []string{"text: the header would be another"}},
		"price":    {was: wentOut(nil), is: wentOut(func(m *message.Message) { m.Estimate.Micros = 1_300_001 }), want: []string{"price: INR 1.250000 → INR 1.300001"}},
		"category": {was: wentOut(nil), is: wentOut(func(m *message.Message) { m.Estimate.Category = "marketing" }), want: []string{"price: category utility → marketing"}},
		"unbuildable": {
			was: wentOut(nil), is: wentOut(func(m *message.Message) { m.Grounds.Unbuilt = message.Unbuildable }),
			want: []string{"vanishes: it was sent, and would be impossible to express for INR 1.250000"},
		},
		"waits_instead": {was: wentOut(nil), is: stayed(message.Waiting, "", func(m *message.Message) { m.Due = dayEnds }), want: []string{"vanishes: it was sent, and would be waiting until 2024-02-15 18:30:00 UTC for INR 1.250000"}},

		"no_event":      {was: wentOut(nil), never: true, why: "its event is not among those of the day"},
		"of_before":     {was: wentOut(func(m *message.Message) { m.CreatedAt = dayBegins.Add(-time.Hour) }), is: wentOut(nil), why: "it was made before the day"},
		"of_after":      {was: wentOut(func(m *message.Message) { m.CreatedAt = dayEnds }), is: wentOut(nil), why: "it was decided on after the day"},
		"failing":       {was: wentOut(nil), failed: "the code of today answered internal", want: []string{"fails: the code of today answered internal"}},
		"beyond_both":   {was: wentOut(later), is: stayed(message.Waiting, "", nil), why: "it waits beyond the end of the day"},
		"beyond_absent": {was: stayed(message.Waiting, "", nil), why: "it waits beyond the end of the day"},
		"second_look": {
			was: wentOut(func(m *message.Message) { m.SecondLook = true }), is: stayed(message.Refused, message.Expired, nil), why: "it had been refused before the day",
		},
		"held": {
			was: stayed(message.Dropped, message.Expired, func(m *message.Message) { m.Grounds.Tries = 1 }), is: wentOut(nil),
			why: "an app, a template or the order platform kept it waiting",
		},
		"held_and_off": {
			was: stayed(message.Dropped, message.Expired, func(m *message.Message) { m.Grounds.Tries = 1 }), want: []string{"reason: it was dropped as expired, and would be off"},
		},
		"number_of_order": {
			was: wentOut(func(m *message.Message) { m.Phone = "+919000000002" }), is: stayed(message.Refused, message.NoPhone, nil),
			why: "its number was that of its order, which is not kept",
		},
		"number_of_event": {
			was: wentOut(nil), is: stayed(message.Refused, message.NoPhone, nil), want: []string{"vanishes: it was sent, and would be refused as no_phone for INR 1.250000"},
		},
		"overtaken_before": {
			was: wentOut(nil), is: stayed(message.Refused, message.Superseded, func(m *message.Message) { m.Grounds.OvertakenAt = dayBegins.Unix() - 1 }),
			why: "whether an earlier status was known then is not stored",
		},
		"overtaken_on_the_day": {
			was: wentOut(nil), is: stayed(message.Refused, message.Superseded, func(m *message.Message) { m.Grounds.OvertakenAt = dayBegins.Unix() }),
			want: []string{"vanishes: it was sent, and would be refused as superseded for INR 1.250000"},
		},
		"spent":          {was: stayed(message.Refused, message.SpendingLimit, nil), is: wentOut(nil), why: "what the account had spent then is not stored to the minute"},
		"another_day":    {was: wentOut(func(m *message.Message) { m.Attempt, m.Estimate.Day, m.Estimate.Micros = 2, "2024-02-16", 1 }), is: wentOut(nil), why: "it was sent once more on a later day"},
		"of_no_event":    {was: wentOut(func(m *message.Message) { m.Test = true }), why: "it is a test or an answer in a conversation, which comes of no event"},
		"nothing_at_all": {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			m := &machine{
				from: dayBegins, until: dayEnds, result: Result{NotJudged: map[string]int{}, was: costs{}, is: costs{}},
				deliveries: []*delivery{{id: "id", event: Event{Data: []byte(`{"number":"9000000001"}`)}}},
			}

			p := pair{was: tt.was, is: tt.is, failed: tt.failed}
			if !tt.never {
				p.at = delivered
			}

			m.compare(p)

			var got []string
			for _, d := range m.result.Differences {
				got = append(got, string(d.Kind)+": "+d.What)
			}

			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if strings.Contains(strings.Join(got, " "), "SECRET") {
				t.Errorf("a value is shown: %q", got)
			}

			wantNot := map[string]int{}
			if tt.why != "" {
				wantNot[tt.why] = 1
			}

			if diff := cmp.Diff(wantNot, m.result.NotJudged); diff != "" {
				t.Errorf("not judged (-want +got):\n%s", diff)
			}
			if equal := m.result.Equal > 0; equal != (name == "equal") {
				t.Errorf("equal: %t", equal)
			}
		})
	}
}

// TestJustChanged does not judge an event without a message that came shortly after a change of the settings.
func TestJustChanged(t *testing.T) {
	t.Parallel()

	changed := dayBegins.Add(time.Hour)
	s := settings{today: account.Account{ID: "811"}, versions: []store.Version{{Number: 1, At: dayBegins}, {Number: 2, At: changed}}}

	for after, want := range map[time.Duration]bool{-time.Second: false, 0: true, 29 * time.Second: true, time.Minute: false} {
		m := &machine{from: dayBegins, until: dayEnds, settings: s, result: Result{NotJudged: map[string]int{}, was: costs{}, is: costs{}}}
		m.compare(pair{is: wentOut(nil), at: changed.Add(after)})

		if got := len(m.result.NotJudged) == 1; got != want {
			t.Errorf("%v after the change: not judged %t, want %t", after, got, want)
		}
	}
}
