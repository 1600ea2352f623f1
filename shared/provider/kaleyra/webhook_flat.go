package kaleyra

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/cloudapi"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
)

// statuses are the words of reports without hyphens and underscores, in upper case: Kaleyra's table has them in upper
// case, its sample in lower case. NOT-SENT was never given to WhatsApp. PLAYED is Meta's word for a voice message that was
// played, which was read.
var statuses = map[string]message.Status{
	"SENT":      message.StatusSent,
	"DELIVERED": message.StatusDelivered,
	"READ":      message.StatusRead,
	"PLAYED":    message.StatusRead,
	"FAILED":    message.StatusFailed,
	"NOTSENT":   message.StatusFailed,
}

func statusOf(word string) (message.Status, bool) {
	s, ok := statuses[strings.ToUpper(strings.NewReplacer("-", "", "_", "", " ", "").Replace(word))]
	return s, ok
}

// status is the report of an outgoing message. Our reference names it as well as Kaleyra's id does, or better: that the id
// of a callback is the one of the receipt is documented nowhere (CONTRACT.md section 5.2).
func (f fields) status(whose shoppers) []provider.Event {
	word, ok := statusOf(f["status"])
	ids := messageIDs(f["id"])
	if !ok || len(ids) == 0 && f["ref"] == "" {
		return nil
	}

	at := lenient.ParseTime(f["timestamp"])
	phone, userID := whose.person(f["mobile"])

	return []provider.Event{statusEvent(at, provider.StatusEvent{
		IDs:       ids,
		Status:    word,
		Recipient: phone,
		UserID:    userID,
		Ref:       f["ref"],
		Failure:   message.Failure{Code: f["error_code"]},
		Pricing:   price(f["price"], at),
	})}
}

// statusEvent completes a report by what its code means; only failures have one.
func statusEvent(at int64, s provider.StatusEvent) provider.Event {
	if s.Status == message.StatusFailed {
		s.Failure, _ = classify(s.Code)
	} else {
		s.Failure = message.Failure{}
	}

	return provider.Event{Kind: provider.KindStatus, At: at, Status: &s}
}

// messageIDs are the id as it came and, of one with a counter behind it ("<uuid>:0"), the part before: whether it is the
// id of the receipt is not documented.
func messageIDs(id string) []string {
	base, count, _ := strings.Cut(id, ":")
	if count == "" || strings.Trim(count, "0123456789") != "" {
		base = ""
	}
	return lenient.Distinct(id, base)
}

// price is the fact whether a message costs anything. The amount is of no use: it has no currency, and Kaleyra's
// invoice is what counts.
func price(amount string, at int64) message.Pricing {
	n, err := strconv.ParseFloat(strings.TrimSpace(amount), 64)
	if err != nil || !(n >= 0) { // not a number is neither
		return message.Pricing{}
	}

	return message.Pricing{
		Known:    true,
		Billable: n > 0,
		Source:   Name,
		At:       at,
	}
}

// taps are the types of a flat reply that are a press on a button.
var taps = map[string]bool{"button": true, "button_reply": true, "quick_reply": true, "interactive": true}

// lists are the types of a flat reply that are a choice from a list, which is no press on a button.
var lists = map[string]bool{"list": true, "list_reply": true}

// reply is a shopper's message whose variables hold no JSON of Meta's. How a tap fills them is not documented: its label
// is taken from body, its postback from JSON within message or custom_response.
func (f fields) reply(whose shoppers) []provider.Event {
	phone, userID := whose.person(f["from"])
	if phone == "" && userID == "" || f["type"] == "" && f["body"] == "" {
		return nil
	}

	r := provider.ReplyEvent{
		ID:         f["id"],
		From:       phone,
		UserID:     userID,
		Name:       f["name"],
		Type:       strings.ToLower(cmp.Or(f["type"], "text")),
		Text:       f["body"],
		ContextIDs: messageIDs(f["reply_to"]),
	}
	at := cmp.Or(lenient.ParseTime(f["timestamp"]), lenient.ParseTime(f["created_at"]))
	if r.ID == "" {
		r.ID, r.Undated = f.fingerprint(), !f.dated()
	}

	if taps[r.Type] || lists[r.Type] {
		f.choose(&r)
	}
	if r.Type != "text" && !r.Tap {
		r.Content = f.content()
	}

	e := provider.ReplyOf(at, f.group(), r)
	if e == nil {
		return nil
	}

	return []provider.Event{*e}
}

// choose fills in which button was pressed, or what was chosen from a list, as JSON of Meta's says.
func (f fields) choose(r *provider.ReplyEvent) {
	r.Tap = !lists[r.Type]

	for _, name := range []string{"message", "custom_response"} {
		label, back, fromList := tapped(inner(f[name]))
		if back == "" || r.Postback != "" {
			continue
		}

		r.Text, r.Postback = cmp.Or(label, r.Text), back
		r.Tap = r.Tap && !fromList
	}
}

// fingerprint stands for the id that a flat message lacks, so that it is known again when it comes twice.
func (f fields) fingerprint() string {
	h := sha256.New()
	for _, name := range []string{"from", "wanumber", "created_at", "timestamp", "type", "body", "media_url", "message", "custom_response", "location"} {
		value := f[name]
		// Writing to a hash never fails.
		_, _ = h.Write([]byte(name + "\x00" + strconv.Itoa(len(value)) + "\x00" + value))
	}

	return "flat-" + hex.EncodeToString(h.Sum(nil)[:16])
}

// group returns the id of the group in which a flat message was said: a variable, or in Meta's JSON within another.
func (f fields) group() string {
	id := text(f[groupID])

	for _, name := range []string{"message", "custom_response"} {
		var said struct {
			GroupID text `json:"group_id"`
		}
		if raw := inner(f[name]); raw != nil && lenient.Decode(raw, &said) == nil {
			id = cmp.Or(id, said.GroupID)
		}
	}

	return string(id)
}

// dated reports whether a flat message says when it was written, be it in a form that is not read. A time has at least ten digits,
// as epoch seconds or as a date with hours and minutes.
func (f fields) dated() bool {
	const fewest = 10

	for _, name := range []string{"timestamp", "created_at"} {
		digits := 0
		for _, c := range f[name] {
			if c >= '0' && c <= '9' {
				digits++
			}
		}

		if digits >= fewest {
			return true
		}
	}

	return false
}

// content is what a message that is no text has beside its body.
func (f fields) content() json.RawMessage {
	content := map[string]any{}
	for _, name := range []string{"mime_type", "media_url", "contacts", "location", "message", "custom_response"} {
		switch value := f[name]; {
		case value == "" || value == f["body"]:
		case inner(value) != nil:
			content[name] = inner(value)
		default:
			content[name] = value
		}
	}
	if len(content) == 0 {
		return nil
	}

	raw, err := json.Marshal(content)
	if err != nil {
		return nil
	}

	return raw
}

// template is news of a template; the words of the event are Approved, Rejected, Disabled, Paused, Deleted and Pending
// Deletion.
func (f fields) template() []provider.Event {
	t := provider.TemplateEvent{
		ID:       f["message_template_id"],
		Name:     f["message_template_name"],
		Language: f["message_template_language"],
		Change:   "status",
		Status:   templateStatus(f["event"]),
		Reason:   cmp.Or(f["reason"], f["other_info"]),
	}
	if t.Reason == "NONE" {
		t.Reason = ""
	}
	if t.ID == "" {
		t.ID = templateID("", t.Name, t.Language)
	}

	return []provider.Event{{Kind: provider.KindTemplate, At: lenient.ParseTime(cmp.Or(f["time"], f["timestamp"])), Template: &t}}
}

// account is news of the account in Meta's words. Kaleyra documents none; they are heeded should they come.
func (f fields) account(blocked, restored bool) []provider.Event {
	return []provider.Event{{
		Kind: provider.KindAccount,
		At:   lenient.ParseTime(cmp.Or(f["time"], f["timestamp"])),
		Account: &provider.AccountEvent{
			Change:   "account_update",
			Value:    strings.ToUpper(f["event"]),
			Blocked:  blocked,
			Restored: restored,
		},
	}}
}

// quality is news of the number: its rating and how many shoppers it may write to in a day. Neither stops a message.
func (f fields) quality() []provider.Event {
	at := lenient.ParseTime(cmp.Or(f["time"], f["timestamp"]))

	var events []provider.Event

	event, limit := strings.ToUpper(f["event"]), strings.ToUpper(f["current_limit"])
	for _, a := range []provider.AccountEvent{
		{Change: "quality", Value: event, Quality: cloudapi.QualityOf(event)}, {Change: "limit", Value: limit, Limit: limit},
	} {
		if a.Value != "" {
			events = append(events, provider.Event{Kind: provider.KindAccount, At: at, Account: &a})
		}
	}

	return events
}
