package catalog_test

import (
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// unfamiliar are the wires that may bring a field or a type that no parser knows, each with the body that has a value under a name.
var unfamiliar = map[string]struct {
	provider string
	body     func(name, value string) string
}{
	"meta":       {"meta", func(name, v string) string { return inEnvelope("", name, v) }},
	"gupshup_v3": {"gupshup", func(name, v string) string { return inEnvelope(`"gs_app_id":"a1",`, name, v) }},
	"kaleyra":    {"kaleyra", func(name, v string) string { return inEnvelope("", name, v) }},
	"gupshup_v2": {"gupshup", func(name, v string) string {
		return `{"app":"NeemWeb","timestamp":1795003600000,"version":2,"type":"` + name + `","payload":` + v + `}`
	}},
}

// TestWhatMayBeAShoppersIsKept holds that news of an unknown kind is kept as it came, and told as what a STOP may lie in, if it names
// a shopper in any way.
func TestWhatMayBeAShoppersIsKept(t *testing.T) {
	t.Parallel()

	for name, value := range map[string]string{
		"phone":                      `{"phone":"919000000007","type":"opted-out"}`,
		"phone_as_number":            `{"phone":919000000007,"type":"opted-out"}`,
		"phone_that_is_not_read":     `{"phone":"lid:77","type":"opted-out"}`,
		"destination":                `{"destination":"919000000007","type":"opt-out"}`,
		"phone_number":               `{"phone_number":"+91 90000 00007","opted_in":false}`,
		"recipient_id":               `{"recipient_id":"919000000007","consent":"withdrawn"}`,
		"recipient_user_id":          `{"recipient_user_id":"IN.7","consent":"withdrawn"}`,
		"sender_id":                  `{"sender_id":"919000000007","status":"stop"}`,
		"mobile":                     `{"mobile":"9000000007","status":"stop"}`,
		"to":                         `{"to":"919000000007","status":"stop"}`,
		"from":                       `{"from":"919000000007","text":"STOP"}`,
		"wa_id":                      `{"wa_id":"919000000007","value":"stop"}`,
		"in_other_letters":           `{"waId":"919000000007","value":"stop"}`,
		"in_capitals":                `{"RECIPIENT-ID":"919000000007","value":"stop"}`,
		"customer":                   `{"customer":{"code":"c1"},"value":"stop"}`,
		"contacts":                   `{"contacts":[{"profile":{"name":"Ira"}}],"value":"stop"}`,
		"messages":                   `{"messages":[]}`,
		"user_preferences":           `{"user_preferences":[{"value":"stop"}]}`,
		"number_under_another_name":  `{"who":"919000000007","value":"stop"}`,
		"number_deep_within":         `{"a":[{"b":{"c":["x","+91 90000-00007"]}}]}`,
		"number_in_odd_characters":   `{"who":"+９１ 90000\u00a000007","value":"stop"}`,
		"number_of_another_country":  `{"who":"+6581234567","value":"stop"}`,
		"number_as_number":           `{"user_number":919000000007,"text":"STOP"}`,
		"number_without_code":        `{"user_number":9000000007}`,
		"number_beside_a_text":       `{"who":919000000007,"body":"STOP"}`,
		"number_of_eleven_digits":    `{"who":12025550143,"body":"STOP"}`,
		"number_with_a_fraction":     `{"who":919000000007.0,"body":"STOP"}`,
		"number_with_an_exponent":    `{"who":9.19000000007E11,"body":"STOP"}`,
		"numbers_in_a_list":          `{"all":[7,919000000007],"body":"STOP"}`,
		"number_deep_beside_a_text":  `{"a":[{"b":{"who":919000000007,"body":"STOP"}}]}`,
		"user_id_under_another_name": `{"who":"IN.73920184455120","value":"stop"}`,
		"user_id_under_an_id":        `{"thread_id":"IN.ENT.5510022","value":"stop"}`,
	} {
		for wire, w := range unfamiliar {
			t.Run(name+"/"+wire, func(t *testing.T) {
				t.Parallel()

				e := parse(t, installed, w.provider, w.body("consent-event", value))
				if e.Kind != provider.KindUnknown || !e.Inbound || !strings.Contains(string(e.Raw), value) {
					t.Errorf("got %s, inbound %v, raw %s", e.Kind, e.Inbound, e.Raw)
				}
			})
		}
	}

	beside := parse(t, installed, "gupshup", `{"app":"NeemWeb","timestamp":1795003600000,"version":2,"type":"optout-event","phone":"919000000007","payload":{"type":"opted-out"}}`)
	if beside.Kind != provider.KindUnknown || !beside.Inbound {
		t.Errorf("beside the payload: got %s, inbound %v", beside.Kind, beside.Inbound)
	}
}

// TestNewsOfTheAccountIsNoAlert holds that news of an unknown kind about templates, numbers and accounts of the brand is told by name
// and shape alone, although its values look like telephone numbers.
func TestNewsOfTheAccountIsNoAlert(t *testing.T) {
	t.Parallel()

	for name, value := range map[string]string{
		"ids": `{"id":"204411990088","waba_id":"204411990088","phone_number_id":"919000000100","business_id":"9000000001","appId":"9000000001",` +
			`"message_template_id":"9000000001","elementId":"9000000001","gsId":"919000000100"}`,
		"ids_as_numbers":    `{"message_template_id":9000000001,"template":{"id":919000000100}}`,
		"ids_beside_a_text": `{"reason":"NONE","message_template_id":919000000100,"template_ids":[919000000100],"phoneNumberId":919000000100,"gs-id":204411990088}`,
		"own_as_number":     `{"display_phone_number":919000000100,"event":"FLAGGED"}`,
		"times_as_numbers":  `{"event":"PAUSED","time":1795003600,"at":1795003600000,"from_ms":1695003600000,"until":1895003600000,"micros":1795003600000000}`,
		"number_alone":      `{"spent":919000000007,"left":7}`,
		"less_than_nothing": `{"currency":"INR","balance":-919000000007,"rate":91900000000.5}`,
		"own_number":        `{"display_phone_number":"919000000100","event":"FLAGGED","current_limit":"TIER_10K"}`,
		"own_number_apart":  `{"display_phone_number":"+91 90000 00100","verified_name":"Neem"}`,
		"metadata":          `{"metadata":{"display_phone_number":"919000000100","phone_number_id":"919000000100"},"state":"ok"}`,
		"times":             `{"time":1795003600,"timestamp":"1795003600","tierUpdateTime":1795003600000,"at":"1795003600000","on":"2026-11-28T10:00:00Z"}`,
		"amounts":           `{"max_daily_conversations":1000000,"price":"0.8631","spend":"9000000","balance":-9000000007.5}`,
		"template":          `{"message_template_name":"order_9000000007","message_template_language":"en_US","reason":"NONE","new_category":"UTILITY"}`,
		"words":             `{"file":"IN.pdf","host":"in.example.test","version":"v26.0","code":"IN.","locale":"en.US"}`,
		"nothing_named":     `{"phone":null,"mobile":"","from":" "}`,
		"uuid":              `{"ref":"aaaaaaaa-0000-4000-8000-000000000001","trace":"11031731013418187"}`,
		"empty":             `{}`,
		"list":              `[]`,
	} {
		for wire, w := range unfamiliar {
			t.Run(name+"/"+wire, func(t *testing.T) {
				t.Parallel()

				e := parse(t, installed, w.provider, w.body("quality-notice", value))
				if e.Kind != provider.KindIgnored || e.UnreadField == nil || e.UnreadField.Name != "quality-notice" {
					t.Errorf("got %s, %v, want it told by name", e.Kind, e.UnreadField)
				}
			})
		}
	}
}
