package simulation

import (
	"testing"
	"time"
)

// Events are one occurrence as their kind's repeat rule says: of an order, a shipment, a day in India, or a time.
func TestKeyOf(t *testing.T) {
	w := &World{}
	base := Step{Event: "shipment/created", Occurred: 10 * time.Hour}

	tests := []struct {
		name   string
		event  string
		change func(*Step)
		same   bool
	}{
		{"created of another shipment", "shipment/created", func(s *Step) { s.Shipment = 1 }, true},
		{"created of another order", "shipment/created", func(s *Step) { s.Order = 1 }, false},
		{"packed at another time", "shipment/packed", func(s *Step) { s.Occurred += time.Hour }, true},
		{"packed of another shipment", "shipment/packed", func(s *Step) { s.Shipment = 1 }, false},
		{"out for delivery later that day", "shipment/out_for_delivery", func(s *Step) { s.Occurred += 3 * time.Hour }, true},
		{"out for delivery after midnight in India", "shipment/out_for_delivery", func(s *Step) { s.Occurred += 5 * time.Hour }, false},
		{"failed delivery at another time", "shipment/failed_delivery", func(s *Step) { s.Occurred += time.Minute }, false},
	}

	for _, tt := range tests {
		one := base
		one.Event = tt.event
		other := one
		tt.change(&other)

		if got := w.keyOf(one) == w.keyOf(other); got != tt.same {
			t.Errorf("%s: one occurrence %t, want %t", tt.name, got, tt.same)
		}
	}
}

// A message shows its best attempt, and failed only if its newest attempt failed and no other is to come.
func TestShows(t *testing.T) {
	tests := []struct {
		phase string
		ranks []int
		want  string
	}{
		{phaseClaimed, []int{0}, phaseClaimed},
		{phaseClaimed, []int{rankAccepted}, "accepted"},
		{phaseClaimed, []int{rankFailed}, "failed"},
		{phaseWaiting, []int{rankFailed}, phaseWaiting},
		{phaseClaimed, []int{rankFailed, rankSent}, "sent"},
		{phaseClaimed, []int{rankSent, 0}, "sent"},
		{phaseFailed, []int{rankDelivered, rankFailed}, "delivered"},
		{phaseGivenUp, []int{0, rankRead}, "read"},
		{phaseGivenUp, []int{0, 0}, phaseGivenUp},
	}

	for _, tt := range tests {
		e := entry{phase: tt.phase, attempt: len(tt.ranks), tries: map[int]try{}}
		for i, rank := range tt.ranks {
			e.tries[i+1] = try{rank: rank}
		}

		if got := e.shows(); got != tt.want {
			t.Errorf("%s with ranks %v: got %s, want %s", tt.phase, tt.ranks, got, tt.want)
		}
	}
}

// Of a message's document nothing may become less, unless it was passed over.
func TestFell(t *testing.T) {
	full := func() entry {
		return entry{
			attempt: 1, phase: phaseClaimed, priced: map[string]bool{"1.sent": true},
			tries: map[int]try{1: {rank: rankSent, ids: []string{"a"}, at: map[string]int64{"sent": 5}}},
		}
	}

	tests := []struct {
		name   string
		change func(*entry)
		want   string
	}{
		{"nothing", func(*entry) {}, ""},
		{"a rank that rises", func(e *entry) {
			e.tries[1] = try{rank: rankRead, ids: []string{"a", "b"}, at: map[string]int64{"sent": 4}}
		}, ""},
		{"a rank", func(e *entry) {
			e.tries[1] = try{rank: rankAccepted, ids: []string{"a"}, at: map[string]int64{"sent": 5}}
		}, "the rank of an attempt"},
		{"an id", func(e *entry) { e.tries[1] = try{rank: rankSent, at: map[string]int64{"sent": 5}} }, "the ids of an attempt"},
		{"a time", func(e *entry) { e.tries[1] = try{rank: rankSent, ids: []string{"a"}, at: map[string]int64{"sent": 6}} }, "the time of sent"},
		{"the price", func(e *entry) { e.priced = nil }, "its price"},
		{"the attempts", func(e *entry) { e.attempt = 0 }, "its attempts"},
	}

	for _, tt := range tests {
		now := full()
		tt.change(&now)

		if got := now.fell(full()); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}
