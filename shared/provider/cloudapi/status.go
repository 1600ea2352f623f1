package cloudapi

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

// Statuses are Meta's words of delivery reports. A voice message that was played was read.
var Statuses = map[text]message.Status{
	"sent":      message.StatusSent,
	"delivered": message.StatusDelivered,
	"read":      message.StatusRead,
	"played":    message.StatusRead,
	"failed":    message.StatusFailed,
}

// idle are the words of the older API that change nothing, and the types of reports that are of no message (CONTRACT.md section 4.1).
var idle = map[text]bool{
	"deleted": true,
	"warning": true,
	"payment": true,
	"call":    true,
}

// report is one of "statuses".
type report struct {
	MessageID
	Status       text    `json:"status"`
	Type         text    `json:"type"`
	Timestamp    moment  `json:"timestamp"`
	Recipient    text    `json:"recipient_id"`
	UserID       text    `json:"recipient_user_id"`
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

// status returns the event of one of "statuses", which is ignored for what changes nothing, such as the result of a payment.
// It returns nil for an unknown word, and for what names no message.
func (r Reader) status(raw json.RawMessage, contacts []Contact) *provider.Event {
	var s report
	if lenient.Decode(raw, &s) != nil {
		return nil
	}
	if idle[s.Type] || idle[s.Status] {
		return new(provider.Ignored())
	}

	word, ok := r.word(s.Status)
	ids, ref := r.ids(s.MessageID), cmp.Or(r.Ref, string(s.Ref))
	if !ok || len(ids) == 0 && (ref == "" || !r.RefAlone) {
		return nil
	}

	phone, userID := r.Person(s.Recipient, s.UserID)
	phone, userID, _ = r.complete(contacts, phone, userID, false)
	at := s.Timestamp.Millis()
	status := provider.StatusEvent{
		IDs:       ids,
		Status:    word,
		Recipient: phone,
		UserID:    userID,
		Ref:       ref,
		Pricing:   s.Pricing.facts(s.Conversation.Origin.Type, at),
	}
	if word == message.StatusFailed {
		status.Failure = r.failure(s.Errors)
	}

	return &provider.Event{Kind: provider.KindStatus, At: at, Status: &status}
}

// failure returns what the gravest of the errors means; the first of those that are equally grave.
func (r Reader) failure(errors []failed) message.Failure {
	if len(errors) == 0 {
		return provider.Unlisted
	}

	worst := r.Classify(errors[0].Code)
	for _, e := range errors[1:] {
		if f := r.Classify(e.Code); graver(f, worst) {
			worst = f
		}
	}

	return worst
}

// gravity orders the classes of failures by what it costs to overlook one. An account or a template that cannot send fails
// every message to come, a shopper who has opted out or has no WhatsApp every message to them, and the others this one. Of
// those, what ends the message goes before what lets it be sent again: that could not help.
var gravity = []message.Class{
	message.ClassUnknown,
	message.ClassTransient,
	message.ClassThrottled,
	message.ClassBadRequest,
	message.ClassTemplate,
	message.ClassRecipient,
	message.ClassOptedOut,
	message.ClassTemplatePaused,
	message.ClassAccount,
}

// graver reports whether a failure is graver than another. Of one class it is the one with a cause, which has an effect
// beside the class's, and then the one that asks for the longer wait.
func graver(f, than message.Failure) bool {
	told := func(f message.Failure) int {
		if f.Cause == "" || f.Cause == message.CauseUnlisted {
			return 0
		}

		return 1
	}

	return cmp.Or(
		cmp.Compare(slices.Index(gravity, f.Class), slices.Index(gravity, than.Class)),
		cmp.Compare(told(f), told(than)),
		cmp.Compare(f.RetryAfter, than.RetryAfter),
	) > 0
}

// pricing is what a status says of the price: on sent, and on one of delivered and read.
type pricing struct {
	Billable truth `json:"billable"`
	Model    text  `json:"pricing_model"`
	// Policy is the model in Gupshup's spelling.
	Policy text `json:"policy"`
	Type   text `json:"type"`
	// Type2 is the type's other spelling.
	Type2    text `json:"pricing_type"`
	Category text `json:"category"`
}

// prices are the types of a price and whether Meta charges for them; "billable" is to be withdrawn and counts only beside
// a type that is not listed (CONTRACT.md section 4.3).
var prices = map[string]bool{
	"regular":                     true,
	"free_customer_service":       false,
	"free_entry_point":            false,
	"free_group_customer_service": false,
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
		Model:    string(cmp.Or(p.Model, p.Policy)),
		Type:     kind,
		// The older spelling had an underscore.
		Category: strings.Replace(cmp.Or(p.Category, conversation).Lower(), "authentication_int", "authentication-int", 1),
	}
	if !out.IsZero() {
		out.At = at
	}

	return out
}
