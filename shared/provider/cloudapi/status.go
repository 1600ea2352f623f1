package cloudapi

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

// Statuses are Meta's words of delivery reports. A voice message that was played was read. "deleted" and "warning" of the older API
// change nothing, like any word that Meta may add.
var Statuses = map[text]message.Status{
	"sent":      message.StatusSent,
	"delivered": message.StatusDelivered,
	"read":      message.StatusRead,
	"played":    message.StatusRead,
	"failed":    message.StatusFailed,
}

// report is one of "statuses".
type report struct {
	MessageID
	Status       text    `json:"status"`
	Type         text    `json:"type"`
	Timestamp    number  `json:"timestamp"`
	Recipient    text    `json:"recipient_id"`
	Ref          text    `json:"biz_opaque_callback_data"`
	Pricing      pricing `json:"pricing"`
	Conversation struct {
		Origin struct {
			Type text `json:"type"`
		} `json:"origin"`
	} `json:"conversation"`
	Errors []failed `json:"errors"`
}

// failed is one of the errors of a status, a message or a value.
type failed struct {
	Code text `json:"code"`
}

// Status returns the event of one of "statuses"; nil for what changes nothing, such as the
// result of a payment, and for what names no message.
func (r Reader) Status(raw json.RawMessage) *provider.Event {
	var s report
	if lenient.Decode(raw, &s) != nil || s.Type != "" && s.Type != "message" {
		return nil
	}

	word, ok := r.word(s.Status)
	ids, ref := r.ids(s.MessageID), cmp.Or(r.Ref, string(s.Ref))
	if !ok || len(ids) == 0 && (ref == "" || !r.RefAlone) {
		return nil
	}

	at := s.Timestamp.Millis()
	status := provider.StatusEvent{
		IDs:       ids,
		Status:    word,
		Recipient: Digits(s.Recipient),
		Ref:       ref,
		Pricing:   s.Pricing.facts(s.Conversation.Origin.Type, at),
	}
	if word == message.StatusFailed {
		status.Failure = r.failure(s.Errors)
	}

	return &provider.Event{Kind: provider.KindStatus, At: at, Status: &status}
}

// failure returns what the first of the errors means.
func (r Reader) failure(errors []failed) message.Failure {
	if len(errors) == 0 {
		return provider.Unlisted
	}

	return r.Classify(errors[0].Code)
}

// pricing is what a status says of the price: on sent, and on one of delivered and read.
type pricing struct {
	Billable truth `json:"billable"`
	Model    text  `json:"pricing_model"`
	Type     text  `json:"type"`
	// Type2 is the type's other spelling.
	Type2    text `json:"pricing_type"`
	Category text `json:"category"`
}

// prices are the types of a price and whether Meta charges for them; "billable" is to be withdrawn and counts only beside
// a type that is not listed (contract 4.3, 8).
var prices = map[string]bool{
	"regular": true, "free_customer_service": false, "free_entry_point": false, "free_group_customer_service": false,
}

// facts are empty where nothing was said.
func (p pricing) facts(conversation text, at int64) message.Pricing {
	kind := cmp.Or(p.Type, p.Type2).Lower()
	billable, known := prices[kind]
	if !known {
		known, billable = p.Billable.Set, p.Billable.Value
	}

	out := message.Pricing{
		Known:    known,
		Billable: billable,
		Model:    string(p.Model),
		Type:     kind,
		// The older spelling had an underscore.
		Category: strings.Replace(cmp.Or(p.Category, conversation).Lower(), "authentication_int", "authentication-int", 1),
	}
	if !out.IsZero() {
		out.At = at
	}

	return out
}
