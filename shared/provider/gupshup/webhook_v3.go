package gupshup

import (
	"encoding/json"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/cloudapi"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

// entry is one part of Meta's envelope. Its time is the only one of a price.
type entry struct {
	Time    number            `json:"time"`
	Changes []json.RawMessage `json:"changes"`
}

// change is one piece of news of an entry.
type change struct {
	Field text `json:"field"`
	Value struct {
		cloudapi.Value
		Billing struct {
			Deductions deductions `json:"deductions"`
			References references `json:"references"`
		} `json:"billing"`
	} `json:"value"`
}

// reader reads version 3, which is Meta's with Gupshup's own ids beside WhatsApp's and one word more.
var reader = cloudapi.Reader{
	Classify: func(c text) message.Failure {
		means, _ := codes.Classify(code(c))
		return means
	},
	Word: func(word string) (message.Status, bool) {
		if word == "enqueued" {
			return message.StatusEnqueued, true
		}

		status, ok := cloudapi.Statuses[text(word)]

		return status, ok
	},
	// Gupshup's id is the one of the receipt.
	IDs: func(id cloudapi.MessageID) []string { return lenient.Distinct(id.GsID, id.GsID2, id.ID) },
}

func (e envelope) version3() []provider.Event {
	var events []provider.Event
	for _, part := range e.Entry {
		for _, raw := range part.Changes {
			found := changes(part.Time.Millis(), raw)
			if len(found) == 0 {
				found = []provider.Event{provider.Unknown(raw)}
			}

			events = append(events, found...)
		}
	}

	return events
}

// changes are the events of one change; none for what is of no use.
func changes(at int64, raw json.RawMessage) []provider.Event {
	var c change
	if lenient.Decode(raw, &c) != nil {
		return nil
	}

	v := c.Value
	switch c.Field {
	case "messages":
		return reader.Events(v.Value, at)
	case "billing-event":
		return one(billing(at, v.Billing.Deductions, v.Billing.References))
	default:
		return nil
	}
}
