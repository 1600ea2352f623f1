package story

import (
	"slices"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/conversation"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// TestSigns holds each sign to what it is read from, and to what is short of it.
func TestSigns(t *testing.T) {
	t.Parallel()

	india := time.FixedZone("IST", 5*3600+1800)
	noon := time.Date(2026, 11, 20, 12, 0, 0, 0, india)
	out := func(at time.Time) []StatusAt { return []StatusAt{{"out_for_delivery", at}} }
	acted := func(code conversation.Code) []Entry {
		return []Entry{{Kind: Acted, Action: &Action{Code: string(code)}}}
	}
	attempt := FailedAttempt{Shipment: "S", Event: "shipment/failed_delivery", FailedAt: noon, Statuses: out(noon.Add(-3 * time.Hour)), zone: india}

	for name, tt := range map[string]struct {
		change func(*FailedAttempt)
		others []FailedAttempt
		told   []message.Message
		want   []SignName
	}{
		"none":         {},
		"disputed":     {change: func(a *FailedAttempt) { a.Actions = acted(conversation.Dispute) }, want: []SignName{Disputed}},
		"wanted":       {change: func(a *FailedAttempt) { a.Actions = acted(conversation.Reattempt) }, want: []SignName{Wanted}},
		"wanted later": {change: func(a *FailedAttempt) { a.Actions = acted(conversation.Defer) }, want: []SignName{Wanted}},
		"unwanted":     {change: func(a *FailedAttempt) { a.Actions = acted(conversation.Cancel) }, want: []SignName{Unwanted}},
		"asked whether to cancel": {change: func(a *FailedAttempt) {
			a.Actions = acted(conversation.Cancel)
			a.Actions[0].Action.State = conversation.Asked
		}},
		"another code":  {change: func(a *FailedAttempt) { a.Actions = acted("ACTF999") }},
		"out yesterday": {change: func(a *FailedAttempt) { a.Statuses = out(noon.Add(-13 * time.Hour)) }, want: []SignName{NotOnTheWay}},
		"never out": {
			change: func(a *FailedAttempt) { a.Statuses = []StatusAt{{"intransit", noon.Add(-time.Hour)}} }, want: []SignName{NotOnTheWay},
		},
		"out again since": {change: func(a *FailedAttempt) { a.Statuses = out(noon.Add(30 * time.Hour)) }},
		"nothing is kept": {change: func(a *FailedAttempt) { a.Statuses = nil }},
		"out by its message": {
			change: func(a *FailedAttempt) { a.Statuses = out(noon.Add(-48 * time.Hour)) },
			told:   []message.Message{{Subject: "S", Event: "shipment/out_for_delivery", OccurredAt: noon.Add(-4 * time.Hour).Unix()}},
		},
		"another's message": {
			change: func(a *FailedAttempt) { a.Statuses = out(noon.Add(-48 * time.Hour)) },
			told:   []message.Message{{Subject: "T", Event: "shipment/out_for_delivery", OccurredAt: noon.Add(-4 * time.Hour).Unix()}},
			want:   []SignName{NotOnTheWay},
		},
		"at night":       {change: func(a *FailedAttempt) { a.FailedAt = noon.Add(10 * time.Hour) }, want: []SignName{AtNight}},
		"in the evening": {change: func(a *FailedAttempt) { a.FailedAt = noon.Add(10*time.Hour - time.Second) }},
		"early": {
			change: func(a *FailedAttempt) { a.FailedAt = noon.Add(-5*time.Hour - time.Second) }, want: []SignName{AtNight},
		},
		"soon after":       {others: []FailedAttempt{{Shipment: "S", Event: attempt.Event, FailedAt: noon.Add(-2*time.Hour + time.Second)}}, want: []SignName{SoonAfter}},
		"hours after":      {others: []FailedAttempt{{Shipment: "S", Event: attempt.Event, FailedAt: noon.Add(-2 * time.Hour)}}},
		"another shipment": {others: []FailedAttempt{{Shipment: "T", Event: attempt.Event, FailedAt: noon.Add(-time.Hour)}}},
		"the next one":     {others: []FailedAttempt{{Shipment: "S", Event: attempt.Event, FailedAt: noon.Add(time.Hour)}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			one := attempt
			if tt.change != nil {
				tt.change(&one)
			}

			var got []SignName
			for _, s := range signsOf(one, append(slices.Clone(tt.others), one), known{messages: tt.told}) {
				got = append(got, s.Name)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
