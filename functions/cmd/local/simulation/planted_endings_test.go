package simulation

import (
	"strings"
	"testing"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
)

// TestPlantedEndingsAreFound plants functions that tell nobody how messages ended, or what is not so. One of the first seeds finds each.
func TestPlantedEndingsAreFound(t *testing.T) {
	of := func(outcome string, change func(*pb.PubsubMessage, fields)) func(*machine) {
		return retellingOn(world.MessageOutcomes, func(m *pb.PubsubMessage, body fields) {
			if outcome == "" || body["outcome"] == outcome {
				change(m, body)
			}
		})
	}
	silent := func(m *pb.PubsubMessage, _ fields) { m.Attributes = nil }

	tests := []struct {
		name  string
		plant func(*machine)
		want  string
	}{
		{"what is dropped is not told", of(phaseDropped, silent), "nobody was told that it ended as dropped"},
		{"what is refused is not told", of(phaseRefused, silent), "nobody was told that it ended as refused"},
		{"what is delivered has not arrived", of("delivered", func(_ *pb.PubsubMessage, body fields) { body["deliverable"] = false }), "deliverable false"},
		{"what failed was refused", of("failed", func(m *pb.PubsubMessage, body fields) {
			body["outcome"], body["id"] = phaseRefused, strings.Replace(m.Attributes["id"], ".failed", ".refused", 1)
		}), `ended as refused for "", which it has not come to`},
		{"each has another id", of("", func(m *pb.PubsubMessage, body fields) {
			m.Attributes["id"] += time.Now().Format(time.RFC3339Nano)
			body["id"] = m.Attributes["id"]
		}), "with the id"},
		{"its order is another", of("", func(_ *pb.PubsubMessage, body fields) { body["orderId"] = "1" }), `with the order "1"`},
		{"what was dropped is delivered too", of(phaseDropped, func(m *pb.PubsubMessage, body fields) {
			m.Attributes["outcome"], body["outcome"], body["deliverable"] = "delivered", "delivered", true
		}), "ended as delivered for"},
		{"it names the shopper", of("", func(_ *pb.PubsubMessage, body fields) { body["customerName"] = "Ira Sample" }), "who the shopper is"},
	}

	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			for seed := range uint64(40) {
				if strings.Contains(together(runPlanted(t, Draw(seed+1), tc.plant).Findings), tc.want) {
					t.Logf("seed %d", seed+1)
					return
				}
			}

			t.Errorf("no seed has found %q", tc.want)
		})
	}
}

// TestTruthOf holds which of several endings readers go by: what has arrived, whatever its time, else the newest.
func TestTruthOf(t *testing.T) {
	at := func(outcome string, hour int) ending {
		return ending{Outcome: outcome, Deliverable: outcome == "read", At: time.Date(2026, 3, 2, hour, 0, 0, 0, time.UTC)}
	}

	for want, told := range map[string][]ending{
		"read":       {at("read", 1), at(phaseDropped, 2)},
		phaseDropped: {at(phaseDropped, 2), at(phaseRefused, 1)},
		"failed":     {at("failed", 1)},
	} {
		if got := truthOf(told).Outcome; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
