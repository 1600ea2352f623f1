package simulation

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
)

// form is one way to say a word in the wire of each provider that can carry it. In each WORD stands for the word, and CONTEXT, if it is
// there, for what names the answered message; else that stands beside the form.
type form struct {
	// meta are fields of one of Meta's messages.
	meta string
	// v2 and v2Payload are the type and the inner payload of Gupshup's version 2; empty where there is no such message.
	v2, v2Payload string
	// flat are Kaleyra's variables; nil where there is no such message.
	flat map[string]string
	// mute is set for forms that say no word.
	mute bool
}

// forms are People's table of forms. The plain text by the number alone is what the simulators send.
var forms = map[string]form{
	"text": {
		meta:      `"type":"text","text":{"body":WORD}`,
		v2:        "text",
		v2Payload: `{"text":WORD}`,
		flat:      map[string]string{"type": "text", "body": "WORD"},
	},
	"template's button": {
		meta:      `"type":"button","button":{"payload":"p1","text":WORD}`,
		v2:        "quick_reply",
		v2Payload: `{"text":WORD,"type":"button","postbackText":"p1"}`,
		flat:      map[string]string{"type": "button", "body": "WORD", "message": `{"payload":"p1","text":WORD}`},
	},
	"template's button told as text": {
		meta:      `"type":"button","button":{"payload":"p1","text":WORD}`,
		v2:        "text",
		v2Payload: `{"text":WORD,"type":"button","postbackText":"p1"}`,
		flat:      map[string]string{"type": "quick_reply", "body": "WORD", "custom_response": `{"payload":"p1"}`},
	},
	"button whose payload says it": {
		meta:      `"type":"button","button":{"payload":WORD,"text":"No more"}`,
		v2:        "quick_reply",
		v2Payload: `{"text":"No more","type":"button","postbackText":WORD}`,
		flat:      map[string]string{"type": "button", "body": "No more", "message": `{"payload":WORD}`},
	},
	"session's button": {
		meta:      `"type":"interactive","interactive":{"type":"button_reply","button_reply":{"id":"p1","title":WORD}}`,
		v2:        "button_reply",
		v2Payload: `{"title":WORD,"id":"p1","reply":"1"}`,
		flat:      map[string]string{"type": "interactive", "body": "WORD", "message": `{"type":"button_reply","button_reply":{"id":"p1","title":WORD}}`},
	},
	"list": {
		meta:      `"type":"interactive","interactive":{"type":"list_reply","list_reply":{"id":"p1","title":WORD,"description":"d"}}`,
		v2:        "list_reply",
		v2Payload: `{"title":WORD,"id":"p1","reply":"1","description":"d"}`,
		flat:      map[string]string{"type": "interactive", "message": `{"type":"list_reply","list_reply":{"id":"p1","title":WORD}}`},
	},
	"list whose id says it": {
		meta:      `"type":"interactive","interactive":{"type":"list_reply","list_reply":{"id":WORD,"title":"No more"}}`,
		v2:        "list_reply",
		v2Payload: `{"title":"No more","id":"1","postbackText":WORD}`,
		flat:      map[string]string{"type": "list_reply", "body": "No more", "message": `{"id":WORD}`},
	},
	"image's caption": {
		meta:      `"type":"image","image":{"id":"1","mime_type":"image/jpeg","caption":WORD}`,
		v2:        "image",
		v2Payload: `{"url":"https://media.example.test/1","contentType":"image/jpeg","caption":WORD}`,
		flat:      map[string]string{"type": "image", "body": "WORD", "media_url": "https://media.example.test/1"},
	},
	"document's caption": {
		meta:      `"type":"document","document":{"id":"1","filename":"a.pdf","caption":WORD}`,
		v2:        "file",
		v2Payload: `{"url":"https://media.example.test/1","name":"a.pdf","caption":WORD}`,
		flat:      map[string]string{"type": "document", "body": "WORD", "media_url": "https://media.example.test/1"},
	},
	"edit":            {meta: `"type":"edit","edit":{"original_message_id":"w0","message":{CONTEXT"type":"text","text":{"body":WORD}}}`},
	"edit, answering": {meta: `"type":"edit","edit":{"original_message_id":"w0","message":{"type":"text","text":{"body":WORD}}}`},
	"caption's edit":  {meta: `"type":"edit","edit":{"original_message_id":"w0","message":{CONTEXT"type":"image","image":{"id":"1","caption":WORD}}}`},
	"filled form":     {meta: `"type":"interactive","interactive":{"type":"nfm_reply","nfm_reply":{"name":"flow","body":WORD,"response_json":"{}"}}`},
	"order":           {meta: `"type":"order","order":{"catalog_id":"1","text":WORD,"product_items":[{"product_retailer_id":"SK101","quantity":1}]}`},
	"location": {
		meta:      `"type":"location","location":{"latitude":28.6,"longitude":77.2}`,
		v2:        "location",
		v2Payload: `{"latitude":"28.6","longitude":"77.2"}`,
		flat:      map[string]string{"type": "location", "location": `{"latitude":28.6,"longitude":77.2}`},
		mute:      true,
	},
	// A message that is taken back says nothing, not even that its writer is there.
	revoked: {meta: `"type":"revoke","revoke":{"original_message_id":"w0"}`, mute: true},
	// What is chosen in WhatsApp itself concerns offers only. Its WORD is stop or resume.
	preference: {meta: `{"wa_id":WHO,"category":"marketing_messages","value":WORD,"timestamp":AT}`, v2: "preference-event", mute: true},
	// Old apps of Gupshup let shoppers opt out of everything with a word of their own.
	optedOut: {v2: "user-event", mute: true},
	optedIn:  {v2: "user-event", mute: true},
}

// The forms that are no messages.
const (
	revoked    = "revoke"
	preference = "preference"
	optedOut   = "opted-out"
	optedIn    = "opted-in"
)

// stopsOffers is the word of a preference that closes offers, and nothing else.
const stopsOffers = "stop"

// wordless reports whether what is told by a form is no message, and so answers none.
func wordless(form string) bool { return form == preference || form == optedOut || form == optedIn }

// The wires in which a provider tells of a form, beside its usual one.
const (
	standby       = "standby"
	standbyWithin = "standby within"
	withinMessage = "within message"
	metas         = "Meta's"
	envelope      = "envelope"
)

// The ways to name who speaks. The first is that of a plan that says nothing.
const (
	byNumber          = ""
	byBoth            = "number and user id"
	byUserID          = "user id"
	byUserIDForNumber = "user id for number"
	byContact         = "contact"
)

// saying is what is known where a form is worded.
type saying struct {
	Step
	app int
	// id is the provider's of the message, at when it was written.
	id string
	at time.Time
	// number and userID name who speaks; either may be empty.
	number, userID string
	// answers is the provider's id of the message that it answers, empty if it answers none.
	answers string
	// undated: the provider tells no time that can be read, so that it counts from when webhook takes it. What lay as a dead letter was
	// taken at its beginning.
	undated bool
}

// carries reports whether a provider's wire can tell of a form.
func (a App) carries(name, wire string) bool {
	f, ok := forms[name]

	switch {
	case !ok:
		return false
	case a.Provider == gupshup.Name && a.Version == 2:
		return f.v2 != "" && wire == ""
	case name == optedOut, name == optedIn:
		return false
	case a.Provider == kaleyra.Name && wire == "":
		return f.flat != nil
	default:
		return f.meta != ""
	}
}

// wires are those in which a provider may tell of a form.
func (a App) wires() []string {
	switch {
	case a.Provider == kaleyra.Name:
		return []string{"", withinMessage, metas, envelope, standbyWithin}
	case a.Provider == gupshup.Name && a.Version == 2:
		return []string{""}
	case a.Provider == gupshup.Name:
		return []string{"", standbyWithin}
	default:
		return []string{"", standby, standbyWithin}
	}
}

// body returns the callback that tells of a saying.
func (w *World) body(s saying) []byte {
	a := w.plan.Apps[s.app]

	switch {
	case a.Provider == gupshup.Name && a.Version == 2:
		return w.gupshupV2(s)
	case a.Provider == kaleyra.Name && s.Wire == "":
		return w.kaleyraFlat(s)
	default:
		return w.metaShaped(s)
	}
}

// quoted returns a text as JSON.
func quoted(text string) string {
	raw, err := json.Marshal(text)
	if err != nil {
		panic(err) // texts can always be encoded
	}

	return string(raw)
}

// filled puts a saying into a form's text.
func (s saying) filled(text, context string) string {
	who := s.number
	if who == "" {
		who = s.userID
	}

	return strings.NewReplacer(
		"WORD", quoted(s.Word), "CONTEXT", context, "WHO", quoted(who), "AT", fmt.Sprint(s.at.Unix()),
	).Replace(text)
}

// metaShaped returns a saying in Meta's words, in the provider's wire.
func (w *World) metaShaped(s saying) []byte {
	a, v := w.plan.Apps[s.app], w.vendor(s.app)

	metadata := fmt.Sprintf(`{"display_phone_number":%q,"phone_number_id":%q}`, v.number, v.simulated)
	if a.Provider != meta.Name {
		metadata = fmt.Sprintf(`{"display_phone_number":%q}`, v.number)
	}

	value := `{"messaging_product":"whatsapp","metadata":` + metadata + `,"contacts":[` + s.contact() + `],` + s.list(v.number) + `}`

	switch field := "messages"; s.Wire {
	case metas:
		return []byte(value)
	case withinMessage:
		return []byte(`{"message":` + quoted(value) + `,"wanumber":"` + v.number + `"}`)
	case standbyWithin:
		field, value = standby, `{"standby":`+value+`}`
		fallthrough
	default:
		if s.Wire == standby {
			field = standby
		}
		if s.Form == preference && field != standby {
			field = "user_preferences"
		}

		extra := ""
		if a.Provider == gupshup.Name {
			extra = `"gs_app_id":"` + v.simulated + `",`
		}

		return fmt.Appendf(nil, `{"object":"whatsapp_business_account",%s"entry":[{"id":%q,"time":%d,"changes":[{"field":%q,"value":%s}]}]}`,
			extra, v.waba, s.at.Unix(), field, value)
	}
}

// list returns the one list of Meta's value: of messages or of preferences.
func (s saying) list(number string) string {
	f := forms[s.Form]
	if s.Form == preference {
		return `"user_preferences":[` + s.filled(f.meta, "") + `]`
	}

	context := ""
	if s.answers != "" {
		context = `"context":{"from":"` + number + `","id":` + quoted(s.answers) + `,"gs_id":` + quoted(s.answers) + `},`
	}

	fields := s.filled(f.meta, context)
	if !strings.Contains(f.meta, "CONTEXT") {
		fields = context + fields
	}

	return `"messages":[{"id":` + quoted(s.id) + `,"timestamp":"` + fmt.Sprint(s.at.Unix()) + `",` + s.from() + fields + `}]`
}

// from returns the fields that name who speaks in one of Meta's messages.
func (s saying) from() string {
	switch s.By {
	case byContact:
		return ""
	case byUserIDForNumber:
		return `"from":` + quoted(s.userID) + `,`
	}

	fields := ""
	if s.number != "" {
		fields = `"from":` + quoted(s.number) + `,`
	}
	if s.userID != "" {
		fields += `"from_user_id":` + quoted(s.userID) + `,`
	}

	return fields
}

// contact returns who speaks as it stands beside Meta's messages.
func (s saying) contact() string {
	fields := `"profile":{"name":"Shopper"}`
	if s.number != "" {
		fields += `,"wa_id":` + quoted(s.number)
	}
	if s.userID != "" {
		fields += `,"user_id":` + quoted(s.userID)
	}

	return `{` + fields + `}`
}

// gupshupV2 returns a saying in the words of Gupshup's version 2.
func (w *World) gupshupV2(s saying) []byte {
	f := forms[s.Form]
	envelope := func(kind, payload string) []byte {
		return fmt.Appendf(nil, `{"app":%q,"timestamp":%d,"version":2,"type":%q,"payload":%s}`, w.vendor(s.app).key, s.at.UnixMilli(), kind, payload)
	}

	switch s.Form {
	case preference:
		return envelope(f.v2, `{"type":"user_preferences","payload":{"user_preferences":[`+s.filled(f.meta, "")+`]}}`)
	case optedOut, optedIn:
		return envelope(f.v2, `{"type":`+quoted(s.Form)+`,"phone":`+quoted(s.number)+`,"userId":`+quoted(s.userID)+`}`)
	}

	payload := `{"id":` + quoted(s.id) + `,`

	switch {
	case s.number != "":
		payload += `"source":` + quoted(s.number) + `,"sender":{"phone":` + quoted(s.number) + `,"userId":` + quoted(s.userID) + `},`
	case s.By == byUserIDForNumber:
		payload += `"source":` + quoted(s.userID) + `,`
	default:
		payload += `"sender":{"name":"Shopper","userId":` + quoted(s.userID) + `},`
	}

	if s.answers != "" {
		payload += `"context":{"gsId":` + quoted(s.answers) + `},`
	}

	return envelope("message", payload+`"type":`+quoted(f.v2)+`,"payload":`+s.filled(f.v2Payload, "")+`}`)
}

// kaleyraFlat returns a saying as the variables of Kaleyra's callback profile.
func (w *World) kaleyraFlat(s saying) []byte {
	who := s.number
	if who == "" {
		who = s.userID
	}

	values := map[string]string{
		"profile": "1", "id": s.id, "from": who, "timestamp": fmt.Sprint(s.at.Unix()), "wanumber": w.vendor(s.app).number,
		"reply_to": s.answers,
	}
	if s.Undated {
		delete(values, "timestamp")
	}

	for name, value := range forms[s.Form].flat {
		if strings.HasPrefix(value, "{") {
			values[name] = s.filled(value, "")
		} else {
			values[name] = strings.ReplaceAll(value, "WORD", s.Word)
		}
	}

	body, err := json.Marshal(values)
	if err != nil {
		panic(err) // texts can always be encoded
	}

	return body
}

// speaks returns the number and the user id that a provider tells of who says a step; either may be empty.
func (w *World) speaks(s Step) (number, userID string) {
	b := w.plan.Brands[s.Brand]
	a, shopper := w.plan.Apps[b.Sender], b.Shoppers[s.Shopper]

	number = shopper.Phone
	if s.Other {
		number = shopper.called()
	}

	flat := a.Provider == kaleyra.Name && s.Wire == ""
	v2 := a.Provider == gupshup.Name && a.Version == 2

	switch {
	case shopper.UserID == "":
		return number, ""
	case s.By == byUserID, s.By == byUserIDForNumber:
		return "", shopper.UserID
	case s.Form == preference:
		return number, ""
	case s.By == byBoth && !flat, s.By == byContact && !flat && !v2:
		return number, shopper.UserID
	default:
		return number, ""
	}
}

// called is how the provider spells the shopper's number.
func (s Shopper) called() string {
	if s.Called == "" {
		return s.Phone
	}

	return s.Called
}
