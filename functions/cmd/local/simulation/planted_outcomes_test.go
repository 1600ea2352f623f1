package simulation

import (
	"net/http"
	"strings"
	"testing"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/protobuf/proto"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
)

// TestPlantedOutcomesAreFound plants functions that tell the platform what is not so. One of the first seeds finds each.
func TestPlantedOutcomesAreFound(t *testing.T) {
	tests := []struct {
		name  string
		plant func(*machine)
		want  string
	}{
		{"every failure is an opt-out", retelling(func(_ *pb.PubsubMessage, body fields) {
			if response, _ := body["response_data"].(fields); response != nil && response["failureReason"] != "" {
				response["failureReason"] = "opted_out"
			}
		}), "which is not the reason"},
		{"everything is read", retelling(func(m *pb.PubsubMessage, body fields) {
			body["eventSubType"], m.Attributes["eventSubType"] = "read", "read"
		}), "with the eventSubType"},
		{"a repeat has another id", retelling(func(m *pb.PubsubMessage, _ fields) {
			m.Attributes["id"] = strings.Replace(m.Attributes["id"], ".1.delivered", ".2.delivered", 1)
		}), `is told "delivered" of attempt 2, which has not come to that`},
		{"what ends is told as a failure", retelling(func(m *pb.PubsubMessage, _ fields) {
			m.Attributes["id"] = strings.Replace(m.Attributes["id"], ".dropped", ".failed", 1)
		}), `is told "failed" of attempt 0, which has not come to that`},
		{"what is in doubt is given up", telling(phaseInDoubt, phaseGivenUp, phaseGivenUp), "gives it up after 1 doubts"},
		{"what is held is dropped", telling(phaseHeld, phaseDropped, "expired"), "which it never was"},
		{"the end is told of nobody's order", retelling(func(_ *pb.PubsubMessage, body fields) {
			response, _ := body["response_data"].(fields)
			response["order_id"] = 1
		}), `with the order "1"`},
	}

	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			for seed := range uint64(20) {
				r := runPlanted(t, Draw(seed+1), tc.plant)
				if strings.Contains(together(r.Findings), tc.want) {
					t.Logf("seed %d", seed+1)
					return
				}
			}

			t.Errorf("no seed has found %q", tc.want)
		})
	}
}

// retelling changes what the platform is told of a message.
func retelling(change func(*pb.PubsubMessage, fields)) func(*machine) {
	return retellingOn(world.CustomerNotifications, change)
}

// retellingOn changes what is told on a topic. What is left without attributes is not told at all.
func retellingOn(topic string, change func(*pb.PubsubMessage, fields)) func(*machine) {
	return func(m *machine) {
		m.world.retell = func(on string, message *pb.PubsubMessage) *pb.PubsubMessage {
			if on != topic {
				return message
			}

			message = proto.CloneOf(message)
			body := decoded(message.GetData())
			change(message, body)
			message.Data = encoded(body)

			if message.Attributes == nil {
				return nil
			}

			return message
		}
	}
}

// telling has notify and sweep tell the platform of each message in a phase that it has come to its end.
func telling(phase, state, reason string) func(*machine) {
	return func(m *machine) {
		said := map[string]bool{}
		and := func(right http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				right.ServeHTTP(rw, r)

				for _, e := range m.world.messages() {
					if e.phase == phase && !said[e.id] {
						said[e.id] = true
						m.world.tellEnd(e, state, reason)
					}
				}
			})
		}

		m.Notify, m.Sweep = and(m.Notify), and(m.Sweep)
	}
}

// messages returns the documents of all messages.
func (w *World) messages() (all []entry) {
	w.cloud.Firestore().Documents(func(name string, fields map[string]*firestoreValue) bool {
		if strings.Contains(name, messagesPath) {
			all = append(all, messageIn(name, fields))
		}

		return true
	})

	return all
}

// tellEnd tells the platform of a message that it has ended.
func (w *World) tellEnd(e entry, state, reason string) {
	w.publishRaw(world.CustomerNotifications, encoded(fields{"eventSubType": "failed", "response_data": fields{"failureReason": reason}}),
		map[string]string{"id": outcomeID(e, e.attempt, state), "resource": "customer_notification", "eventSubType": "failed"})
}
