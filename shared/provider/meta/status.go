package meta

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/loose"
)

// statuses are the delivery reports. A voice message that was played was read. "deleted" and "warning" of the older API
// change nothing, like any word that Meta may add.
var statuses = map[text]message.Status{
	"sent":      message.StatusSent,
	"delivered": message.StatusDelivered,
	"read":      message.StatusRead,
	"played":    message.StatusRead,
	"failed":    message.StatusFailed,
}

// report is one of "statuses".
type report struct {
	ID           text    `json:"id"`
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
	Errors []failedBy `json:"errors"`
}

// failedBy is one of the errors of a status, a message or a value.
type failedBy struct {
	Code text `json:"code"`
}

// statusEvent is the event of a report; nil for what changes nothing, the result of a payment among it.
func statusEvent(raw json.RawMessage) *provider.Event {
	var r report
	if loose.Decode(raw, &r) != nil || r.ID == "" || r.Type != "" && r.Type != "message" {
		return nil
	}
	word, ok := statuses[r.Status]
	if !ok {
		return nil
	}
	at := r.Timestamp.Millis()
	s := provider.StatusEvent{
		IDs: loose.Distinct(r.ID), Status: word, Recipient: digits(r.Recipient), Ref: string(r.Ref),
		Pricing: r.Pricing.facts(r.Conversation.Origin.Type, at),
	}
	if word == message.StatusFailed {
		f := provider.Unlisted
		if len(r.Errors) > 0 {
			f, _ = codes.Classify(string(code(r.Errors[0].Code)))
		}
		s.Failure = f
	}
	return &provider.Event{Kind: provider.KindStatus, At: at, Status: &s}
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
		Known: known, Billable: billable, Model: string(p.Model), Type: kind,
		// The older spelling had an underscore.
		Category: strings.Replace(cmp.Or(p.Category, conversation).Lower(), "authentication_int", "authentication-int", 1),
	}
	if !out.IsZero() {
		out.At = at
	}
	return out
}

// errorEvent is an error of the number or the account as a whole. Only those that stop all sending have an effect.
func errorEvent(at int64, raw json.RawMessage) *provider.Event {
	var f failedBy
	if loose.Decode(raw, &f) != nil || code(f.Code) == "" {
		return nil
	}
	means, _ := codes.Classify(string(code(f.Code)))
	return &provider.Event{Kind: provider.KindAccount, At: at, Account: &provider.AccountEvent{
		Change: "error", Value: means.Code, Blocked: means.Class == message.ClassAccount,
	}}
}
