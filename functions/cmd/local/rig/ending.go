package rig

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// ends are the statuses that a message ends with, unless something is heard of it later.
var ends = []message.Status{
	message.StatusDelivered, message.StatusRead, message.StatusFailed, message.StatusRefused, message.StatusDropped, message.StatusGivenUp,
}

// EndingIDs returns the ids of all that was published of how messages ended, in order.
func (r *Rig) EndingIDs() []string {
	var ids []string
	for _, m := range r.Published(world.MessageOutcomes) {
		ids = append(ids, m.GetAttributes()["id"])
	}

	return ids
}

// CheckEndings asserts that it was told of each of the order's messages how it ended, if it did, and that the same id always told the same.
func (r *Rig) CheckEndings(t *testing.T) {
	t.Helper()

	told := r.EndingIDs()
	for _, m := range r.Messages() {
		if id := m.ID + "." + string(m.Status()); m.Session == nil && slices.Contains(ends, m.Status()) && !slices.Contains(told, id) {
			t.Errorf("message-outcomes: %s is %s, and told was %v; %s", m.Event, m.Status(), told, r.Describe())
		}
	}

	outcomes := map[string]string{}

	for _, m := range r.Published(world.MessageOutcomes) {
		var e struct {
			ID          string `json:"id"`
			MessageID   string `json:"messageId"`
			Outcome     string `json:"outcome"`
			Deliverable bool   `json:"deliverable"`
		}
		r.Must(json.Unmarshal(m.GetData(), &e))

		same, known := outcomes[e.ID]
		if e.ID != e.MessageID+"."+e.Outcome || e.Deliverable != (e.Outcome == "delivered" || e.Outcome == "read") || known && same != e.Outcome {
			t.Errorf("message-outcomes: got %s", m.GetData())
		}

		outcomes[e.ID] = e.Outcome
	}
}
