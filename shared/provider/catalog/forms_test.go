package catalog_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/catalog"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/kaleyra"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
)

// form is one way to say a word, WORD below, in the wire of each provider that can carry it.
type form struct {
	// meta are the fields of one of Meta's "messages", beside id, sender and time.
	meta string
	// v2 is the type and the inner payload of Gupshup's version 2; empty where its documents have no such message.
	v2, v2Payload string
	// flat are Kaleyra's variables; empty where they have no such message.
	flat map[string]string
	want said
}

// said is what a message says, with any provider.
type said struct {
	Tap            bool
	Text, Postback string
	Answers        string
}

const answering = `"context":{"from":"919000000100","id":"OUR"},`

var forms = map[string]form{
	"text": {
		meta:      `"type":"text","text":{"body":"WORD"}`,
		v2:        "text",
		v2Payload: `{"text":"WORD"}`,
		flat:      map[string]string{"type": "text", "body": "WORD"},
		want:      said{Text: "WORD"},
	},
	"text_answering": {
		meta:      answering + `"type":"text","text":{"body":"WORD"}`,
		v2:        "text",
		v2Payload: `{"text":"WORD"}`,
		flat:      map[string]string{"type": "text", "body": "WORD", "reply_to": "OUR"},
		want:      said{Text: "WORD", Answers: "OUR"},
	},
	"button_of_template": {
		meta:      answering + `"type":"button","button":{"payload":"p1","text":"WORD"}`,
		v2:        "quick_reply",
		v2Payload: `{"text":"WORD","type":"button","postbackText":"p1"}`,
		flat:      map[string]string{"type": "button", "body": "WORD", "message": `{"payload":"p1","text":"WORD"}`, "reply_to": "OUR"},
		want:      said{Tap: true, Text: "WORD", Postback: "p1", Answers: "OUR"},
	},
	"button_of_template_told_as_text": {
		meta:      answering + `"type":"button","button":{"payload":"p1","text":"WORD"}`,
		v2:        "text",
		v2Payload: `{"text":"WORD","type":"button","postbackText":"p1"}`,
		flat:      map[string]string{"type": "quick_reply", "body": "WORD", "custom_response": `{"payload":"p1"}`, "reply_to": "OUR"},
		want:      said{Tap: true, Text: "WORD", Postback: "p1", Answers: "OUR"},
	},
	"button_whose_payload_says_it": {
		meta:      answering + `"type":"button","button":{"payload":"WORD","text":"No more"}`,
		v2:        "quick_reply",
		v2Payload: `{"text":"No more","type":"button","postbackText":"WORD"}`,
		flat:      map[string]string{"type": "button", "body": "No more", "message": `{"payload":"WORD"}`, "reply_to": "OUR"},
		want:      said{Tap: true, Text: "No more", Postback: "WORD", Answers: "OUR"},
	},
	"button_of_session": {
		meta:      answering + `"type":"interactive","interactive":{"type":"button_reply","button_reply":{"id":"p1","title":"WORD"}}`,
		v2:        "button_reply",
		v2Payload: `{"title":"WORD","id":"p1","reply":"WORD 1"}`,
		flat:      map[string]string{"type": "interactive", "body": "WORD", "message": `{"type":"button_reply","button_reply":{"id":"p1","title":"WORD"}}`, "reply_to": "OUR"},
		want:      said{Tap: true, Text: "WORD", Postback: "p1", Answers: "OUR"},
	},
	"list": {
		meta:      answering + `"type":"interactive","interactive":{"type":"list_reply","list_reply":{"id":"p1","title":"WORD","description":"d"}}`,
		v2:        "list_reply",
		v2Payload: `{"title":"WORD","id":"p1","reply":"WORD 1","description":"d"}`,
		flat:      map[string]string{"type": "interactive", "message": `{"type":"list_reply","list_reply":{"id":"p1","title":"WORD"}}`, "reply_to": "OUR"},
		want:      said{Text: "WORD", Postback: "p1", Answers: "OUR"},
	},
	"list_whose_id_says_it": {
		meta:      answering + `"type":"interactive","interactive":{"type":"list_reply","list_reply":{"id":"WORD","title":"No more"}}`,
		v2:        "list_reply",
		v2Payload: `{"title":"No more","id":"1","postbackText":"WORD"}`,
		flat:      map[string]string{"type": "list_reply", "body": "No more", "message": `{"id":"WORD"}`, "reply_to": "OUR"},
		want:      said{Text: "No more", Postback: "WORD", Answers: "OUR"},
	},
	"caption_of_image": {
		meta:      answering + `"type":"image","image":{"id":"1","mime_type":"image/jpeg","caption":"WORD"}`,
		v2:        "image",
		v2Payload: `{"url":"https://media.example.com/1","contentType":"image/jpeg","caption":"WORD"}`,
		flat:      map[string]string{"type": "image", "body": "WORD", "media_url": "https://media.example.com/1", "reply_to": "OUR"},
		want:      said{Text: "WORD", Answers: "OUR"},
	},
	"caption_of_video": {
		meta:      answering + `"type":"video","video":{"id":"1","caption":"WORD"}`,
		v2:        "video",
		v2Payload: `{"url":"https://media.example.com/1","caption":"WORD"}`,
		flat:      map[string]string{"type": "video", "body": "WORD", "media_url": "https://media.example.com/1", "reply_to": "OUR"},
		want:      said{Text: "WORD", Answers: "OUR"},
	},
	"caption_of_document": {
		meta:      answering + `"type":"document","document":{"id":"1","filename":"a.pdf","caption":"WORD"}`,
		v2:        "file",
		v2Payload: `{"url":"https://media.example.com/1","name":"a.pdf","caption":"WORD"}`,
		flat:      map[string]string{"type": "document", "body": "WORD", "media_url": "https://media.example.com/1", "reply_to": "OUR"},
		want:      said{Text: "WORD", Answers: "OUR"},
	},
	"edit": {
		meta: `"type":"edit","edit":{"original_message_id":"w0","message":{` + answering + `"type":"text","text":{"body":"WORD"}}}`,
		want: said{Text: "WORD", Answers: "OUR"},
	},
	"edit_with_context_outside": {
		meta: answering + `"type":"edit","edit":{"original_message_id":"w0","message":{"type":"text","text":{"body":"WORD"}}}`,
		want: said{Text: "WORD", Answers: "OUR"},
	},
	"edit_of_caption": {
		meta: `"type":"edit","edit":{"original_message_id":"w0","message":{` + answering + `"type":"image","image":{"id":"1","caption":"WORD"}}}`,
		want: said{Text: "WORD", Answers: "OUR"},
	},
	"form": {
		meta: answering + `"type":"interactive","interactive":{"type":"nfm_reply","nfm_reply":{"name":"flow","body":"WORD","response_json":"{}"}}`,
		want: said{Text: "WORD", Answers: "OUR"},
	},
	"order": {
		meta: answering + `"type":"order","order":{"catalog_id":"1","text":"WORD","product_items":[{"product_retailer_id":"SK101","quantity":1}]}`,
		want: said{Text: "WORD", Answers: "OUR"},
	},
	"reaction": {
		meta:      `"type":"reaction","reaction":{"message_id":"OUR","emoji":"👍"}`,
		v2:        "reaction",
		v2Payload: `{"id":"OUR","emoji":"👍"}`,
		want:      said{Answers: "OUR"},
	},
	"location": {
		meta:      answering + `"type":"location","location":{"latitude":28.6,"longitude":77.2}`,
		v2:        "location",
		v2Payload: `{"latitude":"28.6","longitude":"77.2"}`,
		flat:      map[string]string{"type": "location", "location": `{"latitude":28.6,"longitude":77.2}`, "reply_to": "OUR"},
		want:      said{Answers: "OUR"},
	},
	"unknown_type": {
		meta:      answering + `"type":"hologram","hologram":{"depth":3}`,
		v2:        "hologram",
		v2Payload: `{"depth":3}`,
		flat:      map[string]string{"type": "hologram", "message": `{"depth":3}`, "reply_to": "OUR"},
		want:      said{Answers: "OUR"},
	},
}

// sender is a way in which a callback names who writes.
type sender struct {
	// meta are fields of a message, contacts what stands beside it.
	meta, contacts string
	v2             string
	flat           string
	phone, userID  string
	// home is set for a number without its calling code, which only Kaleyra sends and only the app's own country completes.
	home bool
}

var senders = map[string]sender{
	"number": {
		meta:  `"from":"919000000007",`,
		v2:    `"source":"919000000007",`,
		flat:  "919000000007",
		phone: "919000000007",
	},
	"number_and_user_id": {
		meta:   `"from":"919000000007","from_user_id":"IN.7",`,
		v2:     `"source":"919000000007","sender":{"phone":"919000000007","userId":"IN.7"},`,
		phone:  "919000000007",
		userID: "IN.7",
	},
	"user_id_alone": {
		meta:   `"from_user_id":"IN.7",`,
		v2:     `"sender":{"userId":"IN.7"},`,
		userID: "IN.7",
	},
	"user_id_for_number": {
		meta:   `"from":"IN.7",`,
		v2:     `"source":"IN.7",`,
		flat:   "IN.7",
		userID: "IN.7",
	},
	"contact_alone": {
		contacts: `{"wa_id":"919000000007","user_id":"IN.7"}`,
		phone:    "919000000007",
		userID:   "IN.7",
	},
	"number_of_home": {
		meta:  `"from":"9000000007",`,
		flat:  "9000000007",
		phone: "919000000007",
		home:  true,
	},
	"number_of_home_with_contact": {
		meta:     `"from":"9000000007",`,
		contacts: `{"wa_id":"919000000008","user_id":"IN.8"},{"wa_id":"919000000007","user_id":"IN.7"}`,
		phone:    "919000000007",
		userID:   "IN.7",
		home:     true,
	},
	"user_id_with_contact": {
		meta:     `"from_user_id":"IN.7",`,
		contacts: `{"wa_id":"919000000008","user_id":"IN.8"},{"wa_id":"919000000007","user_id":"IN.7"}`,
		phone:    "919000000007",
		userID:   "IN.7",
	},
}

// inEnvelope returns Meta's envelope around the value of a field.
func inEnvelope(extra, field, value string) string {
	return `{"object":"whatsapp_business_account",` + extra + `"entry":[{"id":"204411990088","time":1795000123,"changes":[{"field":"` + field + `","value":` + value + `}]}]}`
}

// metaWires are the providers that hand Meta's news on, each with the body that holds a value of the field "messages".
var metaWires = map[string]struct {
	provider string
	body     func(value string) string
}{
	"meta": {"meta", func(v string) string { return inEnvelope("", "messages", v) }},
	"meta_without_object": {"meta", func(v string) string {
		return strings.Replace(inEnvelope("", "messages", v), `"object":"whatsapp_business_account",`, "", 1)
	}},
	"meta_older":          {"meta", func(v string) string { return v }},
	"gupshup_v3":          {"gupshup", func(v string) string { return inEnvelope(`"gs_app_id":"a1",`, "messages", v) }},
	"meta_standby":        {"meta", func(v string) string { return inEnvelope("", "standby", v) }},
	"meta_standby_within": {"meta", func(v string) string { return inEnvelope("", "standby", `{"standby":`+v+`}`) }},
	"gupshup_v3_standby":  {"gupshup", func(v string) string { return inEnvelope(`"gs_app_id":"a1",`, "standby", `{"standby":`+v+`}`) }},
	"kaleyra_standby":     {"kaleyra", func(v string) string { return inEnvelope("", "standby", `{"standby":`+v+`}`) }},
	"kaleyra_in_envelope": {"kaleyra", func(v string) string { return inEnvelope("", "messages", v) }},
	"kaleyra":             {"kaleyra", func(v string) string { return v }},
	"kaleyra_within_message": {"kaleyra", func(v string) string {
		return `{"message":` + quoted(v) + `,"wanumber":"919000000100"}`
	}},
}

func quoted(s string) string {
	raw, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}

	return string(raw)
}

// installed is an app as it is known once it is installed, at every provider. The callbacks of the tables name its number.
var installed = provider.App{
	ID:     "app1",
	Number: "919000000100",
	ProviderIDs: map[string]string{
		meta.KeyPhoneNumberID: "200000000813",
		meta.KeyWABAID:        "204411990088",
		kaleyra.KeyPod:        "in",
	},
}

// apps are how much is known of the app whose callbacks come.
var apps = map[string]provider.App{"unknown_app": {}, "installed_app": installed}

// toApp names the number of installed, in Meta's news.
const toApp = `"metadata":{"display_phone_number":"919000000100","phone_number_id":"200000000813"},`

// parseAll returns the events of a callback.
func parseAll(t *testing.T, app provider.App, name, body string) []provider.Event {
	t.Helper()

	p, ok := catalog.New(catalog.Config{}).Get(name)
	if !ok {
		t.Fatalf("no provider %s", name)
	}

	events, err := provider.ReadWebhook(p.(provider.WebhookSource), app, []byte(body))
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}

	return events
}

// parse returns the one event of a callback.
func parse(t *testing.T, app provider.App, name, body string) provider.Event {
	t.Helper()

	events := parseAll(t, app, name, body)
	if len(events) != 1 {
		t.Fatalf("%s: got %v, want one event", body, events)
	}

	return events[0]
}

// carriers returns the bodies, by wire, that say a form by a sender; group are fields of what is said in a group.
func carriers(f form, who sender, metaGroup, v2Group string) map[string]struct{ provider, body string } {
	all := map[string]struct{ provider, body string }{}
	for name, wire := range metaWires {
		value := `{` + toApp + `"messages":[{"id":"w1","timestamp":"1795003600",` + who.meta + metaGroup + f.meta + `}],"contacts":[` + who.contacts + `]}`
		all[name] = struct{ provider, body string }{wire.provider, wire.body(value)}
	}

	if f.v2 != "" && who.v2 != "" {
		context := ""
		if f.want.Answers != "" && f.v2 != "reaction" {
			context = `"context":{"id":"OUR"},`
		}

		all["gupshup_v2"] = struct{ provider, body string }{"gupshup", `{"app":"a","timestamp":1795003600000,"version":2,"type":"message","payload":{"id":"w1",` +
			who.v2 + v2Group + context + `"type":"` + f.v2 + `","payload":` + f.v2Payload + `}}`}
	}
	if f.flat != nil && who.flat != "" {
		flat := maps.Clone(f.flat)
		flat["id"], flat["from"], flat["timestamp"] = "w1", who.flat, "1795003600"
		if metaGroup != "" {
			flat["group_id"] = "120363040000000001"
		}

		raw, err := json.Marshal(flat)
		if err != nil {
			panic(err)
		}

		all["kaleyra_flat"] = struct{ provider, body string }{"kaleyra", string(raw)}
	}

	return all
}

// TestEveryProviderHearsEveryForm says STOP, START and something else in every form, by every way to name who says it, through
// every provider that can carry it. All agree on what was said, by whom, and in answer to which message.
func TestEveryProviderHearsEveryForm(t *testing.T) {
	t.Parallel()

	for name, f := range forms {
		for by, who := range senders {
			for word, keyword := range map[string]consent.Keyword{"STOP": consent.Stop, "START": consent.Start, "hello there": consent.None} {
				for wire, carrier := range carriers(f, who, "", "") {
					if who.home && carrier.provider != "kaleyra" {
						continue
					}

					body := strings.ReplaceAll(carrier.body, "WORD", word)
					want := f.want
					want.Text, want.Postback = strings.ReplaceAll(want.Text, "WORD", word), strings.ReplaceAll(want.Postback, "WORD", word)
					if !strings.Contains(f.want.Text+f.want.Postback, "WORD") {
						keyword = consent.None
					}

					for known, app := range apps {
						if who.home && known != "installed_app" {
							continue
						}

						t.Run(strings.Join([]string{name, by, word, wire, known}, "/"), func(t *testing.T) {
							t.Parallel()
							checkHeard(t, parse(t, app, carrier.provider, body), heard{
								said:    want,
								by:      who,
								keyword: keyword,
								standby: strings.Contains(wire, "standby"),
							})
						})
					}
				}
			}
		}
	}
}

// heard is what is to be heard of a message.
type heard struct {
	said    said
	by      sender
	keyword consent.Keyword
	standby bool
}

func checkHeard(t *testing.T, e provider.Event, want heard) {
	t.Helper()

	if e.Kind != provider.KindReply {
		t.Fatalf("got %s", e.Kind)
	}
	if e.Standby != want.standby {
		t.Errorf("got standby %v, want %v", e.Standby, want.standby)
	}

	r := *e.Reply
	got := said{Tap: r.Tap, Text: r.Text, Postback: r.Postback, Answers: strings.Join(r.ContextIDs, " ")}
	if diff := cmp.Diff(want.said, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if r.From != want.by.phone || r.UserID != want.by.userID || r.ID != "w1" || e.At != 1_795_003_600_000 {
		t.Errorf("got %s by %q, %q at %d", r.ID, r.From, r.UserID, e.At)
	}

	word := consent.Match(r.Text, consent.Words{})
	if word == consent.None {
		word = consent.Match(r.Postback, consent.Words{})
	}
	if word != want.keyword {
		t.Errorf("heard %q, want %q", word, want.keyword)
	}
}

// TestNoProviderHearsAGroup holds that what is said in a group concerns nobody, whatever it is and with any provider.
func TestNoProviderHearsAGroup(t *testing.T) {
	t.Parallel()

	for name, f := range forms {
		for wire, carrier := range carriers(f, senders["number"], `"group_id":"120363040000000001",`, `"groupId":"120363040000000001",`) {
			for known, app := range apps {
				t.Run(name+"/"+wire+"/"+known, func(t *testing.T) {
					t.Parallel()

					if e := parse(t, app, carrier.provider, strings.ReplaceAll(carrier.body, "WORD", "STOP")); e.Kind != provider.KindIgnored {
						t.Errorf("%s: got %s", carrier.body, e.Kind)
					}
				})
			}
		}
	}
}

// TestNoProviderTakesANoticeForMore holds what changes nothing and is no error, and what is lost if nobody looks at it.
func TestNoProviderTakesANoticeForMore(t *testing.T) {
	t.Parallel()

	message := func(rest string) string {
		return `{` + toApp + `"messages":[{"id":"w1","from":"919000000007","timestamp":"1795003600",` + rest + `}]}`
	}
	for name, c := range map[string]struct {
		value string
		want  provider.Kind
	}{
		"revoke":                {message(`"type":"revoke","revoke":{"original_message_id":"w0"}`), provider.KindIgnored},
		"opened_chat":           {message(`"type":"request_welcome"`), provider.KindIgnored},
		"edit_in_group":         {message(`"type":"edit","edit":{"message":{"group_id":"1","type":"text","text":{"body":"STOP"}}}`), provider.KindIgnored},
		"edit_without_message":  {message(`"type":"edit","edit":{"original_message_id":"w0"}`), provider.KindUnknown},
		"edit_of_another_form":  {message(`"type":"edit","edit":{"message":{"type":"text","text":{"words":"STOP"}}}`), provider.KindUnknown},
		"text_of_another_form":  {message(`"type":"text","text":{"words":"STOP"}`), provider.KindUnknown},
		"payment_failed":        {`{"statuses":[{"id":"OUR","type":"payment","status":"failed","timestamp":"1795003600","recipient_id":"919000000007","errors":[{"code":131026}]}]}`, provider.KindIgnored},
		"payment_captured":      {`{"statuses":[{"id":"OUR","type":"payment","status":"captured","timestamp":"1795003600"}]}`, provider.KindIgnored},
		"call_report":           {`{"statuses":[{"id":"OUR","type":"call","status":"failed","timestamp":"1795003600"}]}`, provider.KindIgnored},
		"status_of_no_use":      {`{"statuses":[{"id":"OUR","status":"warning","timestamp":"1795003600"}]}`, provider.KindIgnored},
		"failed_is_still_heard": {`{"statuses":[{"id":"OUR","status":"failed","timestamp":"1795003600","recipient_id":"919000000007","errors":[{"code":131026}]}]}`, provider.KindStatus},
	} {
		for wire, w := range metaWires {
			t.Run(name+"/"+wire, func(t *testing.T) {
				t.Parallel()

				body := w.body(c.value)
				if strings.HasPrefix(body, `{"message":`) && strings.Contains(c.value, "statuses") {
					t.Skip("a report does not come within a message")
				}
				if e := parse(t, installed, w.provider, body); e.Kind != c.want || c.want == provider.KindUnknown && !e.Inbound {
					t.Errorf("%s: got %s, inbound %v, want %s", body, e.Kind, e.Inbound, c.want)
				}
			})
		}
	}
}

// TestEveryProviderHearsEveryPreference makes every choice in WhatsApp itself through every provider that can carry it. A choice
// that nobody knows costs no stop beside it.
func TestEveryProviderHearsEveryPreference(t *testing.T) {
	t.Parallel()

	list := func(list, contacts string) string {
		return `{` + toApp + `"user_preferences":` + list + `,"contacts":` + contacts + `}`
	}
	wires := map[string]struct {
		provider string
		body     func(value string) string
	}{
		"meta_of_its_own_field":       {"meta", func(v string) string { return inEnvelope("", "user_preferences", v) }},
		"gupshup_v3_of_its_own_field": {"gupshup", func(v string) string { return inEnvelope(`"gs_app_id":"a1",`, "user_preferences", v) }},
		"kaleyra_of_its_own_field":    {"kaleyra", func(v string) string { return inEnvelope("", "user_preferences", v) }},
		"gupshup_v2": {"gupshup", func(v string) string {
			return `{"app":"a","timestamp":1795003600000,"version":2,"type":"preference-event","payload":{"type":"user_preferences","payload":` + v + `}}`
		}},
	}
	maps.Copy(wires, metaWires)

	choice := func(value string) string {
		return `{"wa_id":"919000000007","category":"marketing_messages","value":"` + value + `","timestamp":1795003600}`
	}
	stop := provider.PreferenceEvent{From: "919000000007", Marketing: true, Stop: true}
	for name, c := range map[string]struct {
		list, contacts string
		want           []provider.PreferenceEvent
		unread         bool
	}{
		"stop":   {list: "[" + choice("stop") + "]", want: []provider.PreferenceEvent{stop}},
		"resume": {list: "[" + choice("resume") + "]", want: []provider.PreferenceEvent{{From: "919000000007", Marketing: true}}},
		"signup": {list: "[" + choice("signup") + "]", want: []provider.PreferenceEvent{{From: "919000000007", Marketing: true}}},
		"alone":  {list: choice("stop"), want: []provider.PreferenceEvent{stop}},
		"of_a_user_id": {
			list:     `[{"user_id":"IN.7","category":"marketing_messages","value":"stop","timestamp":"1795003600"}]`,
			contacts: `{"wa_id":"919000000007","user_id":"IN.7"}`,
			want:     []provider.PreferenceEvent{{From: "919000000007", UserID: "IN.7", Marketing: true, Stop: true}},
		},
		"of_a_user_id_for_the_number": {
			list: `[{"wa_id":"IN.7","category":"marketing_messages","value":"stop","timestamp":1795003600}]`,
			want: []provider.PreferenceEvent{{UserID: "IN.7", Marketing: true, Stop: true}},
		},
		"stop_beside_signup_of_another_category": {
			list: "[" + choice("stop") + `,{"wa_id":"919000000007","category":"x","value":"signup","timestamp":1795003600}]`,
			want: []provider.PreferenceEvent{stop, {From: "919000000007"}},
		},
		"stop_beside_unknown_value":    {list: "[" + choice("snooze") + "," + choice("stop") + "]", want: []provider.PreferenceEvent{stop}, unread: true},
		"stop_beside_choice_of_nobody": {list: `[{"category":"marketing_messages","value":"stop"},` + choice("stop") + "]", want: []provider.PreferenceEvent{stop}, unread: true},
		"stop_beside_no_choice":        {list: "[7," + choice("stop") + ",null]", want: []provider.PreferenceEvent{stop}, unread: true},
	} {
		for wire, w := range wires {
			t.Run(name+"/"+wire, func(t *testing.T) {
				t.Parallel()

				events := parseAll(t, installed, w.provider, w.body(list(c.list, "["+c.contacts+"]")))

				var got []provider.PreferenceEvent
				unread := false
				for _, e := range events {
					if e.Preference != nil {
						got = append(got, *e.Preference)
					}

					unread = unread || e.Kind == provider.KindUnknown && e.Inbound
				}
				if len(got) != len(c.want) || unread != c.unread {
					t.Fatalf("got %d choices, unread %v, want %d and %v", len(got), unread, len(c.want), c.unread)
				}
				for i := range got {
					if got[i] != c.want[i] {
						t.Errorf("choice %d: got from %q, id %q, marketing %v, stop %v", i, got[i].From, got[i].UserID, got[i].Marketing, got[i].Stop)
					}
				}
			})
		}
	}
}
