package gupshup

import (
	"encoding/json"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/cloudapi"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

// reader reads version 3, which is Meta's with Gupshup's own ids beside WhatsApp's, one word more, and prices.
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
	IDs:    func(id cloudapi.MessageID) []string { return lenient.Distinct(id.GsID, id.GsID2, id.ID) },
	Fields: map[string]func(int64, json.RawMessage) *provider.Event{"billing-event": billingV3},
}

// billingV3 is the event of a price, whose only time is the entry's.
func billingV3(at int64, value json.RawMessage) *provider.Event {
	var v struct {
		Billing struct {
			Deductions deductions `json:"deductions"`
			References references `json:"references"`
		} `json:"billing"`
	}
	if lenient.Decode(value, &v) != nil {
		return nil
	}

	return billing(at, v.Billing.Deductions, v.Billing.References)
}
