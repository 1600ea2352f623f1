package message

import (
	"encoding/json"
	"testing"
)

func TestMaxRank(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		m    Message
		want Rank
	}{
		{"no_attempt", Message{}, RankNone},
		{"one", one(Claimed, RankSent), RankSent},
		{"older_is_further_on", two(Claimed, RankDelivered, RankAccepted), RankDelivered},
		{"newest_is_further_on", two(Claimed, RankAccepted, RankFailed), RankFailed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.m.MaxRank(); got != tt.want {
				t.Errorf("MaxRank = %d, want %d", got, tt.want)
			}
		})
	}
}

func TestPricingIsZero(t *testing.T) {
	t.Parallel()
	if !(Pricing{}).IsZero() {
		t.Error("IsZero of no fact = false, want true")
	}
	for _, p := range []Pricing{{Known: true}, {Billable: true}, {Model: "PMP"}, {Category: "utility"}, {Type: "regular"}, {Source: "gupshup"}, {At: 1}} {
		if p.IsZero() {
			t.Errorf("IsZero of %+v = true, want false", p)
		}
	}
	body, err := json.Marshal(struct {
		P Pricing `json:"p,omitzero"`
	}{})
	if err != nil || string(body) != "{}" {
		t.Errorf("no fact as JSON = %s, %v, want {}", body, err)
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	if got := Number(12); got != "12" {
		t.Errorf("Number(12) = %q, want 12", got)
	}
}
