package kaleyra

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/conformance"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

const (
	testKey    = "key-that-nobody-may-see"
	testSecret = "callback-secret-that-nobody-may-see"
	testSID    = "HXIN1700000001IN"
	testWABA   = "100000000000201"
)

func testDir() string { return filepath.Join("..", "..", "..", "testdata", "kaleyra") }

func testApp() provider.App {
	return provider.App{
		ID: "app1", Number: "919000000200",
		ProviderIDs: map[string]string{KeyPod: "in", KeySID: testSID, KeyWABA: testWABA},
		Secret:      config.NewSecret(testKey),
		Signing:     []config.Secret{config.NewSecret(testSecret)},
	}
}

func testPhone(tb testing.TB) phone.Number {
	tb.Helper()
	return conformance.Phone(tb, "+919000000007")
}

// failedDelivery is the message of most tests.
func failedDelivery(tb testing.TB) provider.TemplateMessage {
	tb.Helper()
	m := conformance.FailedDelivery(tb)
	m.Template.ID, m.Ref = "failed_delivery_v1:en", "v1.5f2c9d.1.9a8b7c6d"
	return m
}

// with is the message of most tests, changed.
func with(tb testing.TB, change func(*provider.TemplateMessage)) provider.TemplateMessage {
	tb.Helper()
	m := failedDelivery(tb)
	change(&m)
	return m
}

// headed is a message with a header of that kind.
func headed(tb testing.TB, kind template.HeaderKind, media provider.Media) provider.TemplateMessage {
	tb.Helper()
	return with(tb, func(m *provider.TemplateMessage) {
		m.Template.Header, m.Media, m.Postbacks = template.Header{Kind: kind}, media, nil
	})
}

// news is an order_status message.
func news(tb testing.TB, s provider.OrderStatus) provider.TemplateMessage {
	tb.Helper()
	return provider.TemplateMessage{
		To: testPhone(tb), Template: template.Template{Name: "order_progress", Language: "en_US", Body: "Your order:"},
		OrderStatus: &s, Ref: "v1.5f2c9d.1.9a8b7c6d",
	}
}

func templateCases(tb testing.TB) []conformance.TemplateCase {
	tb.Helper()
	const cdn = "https://cdn.example.com/p/1"
	cases := []conformance.TemplateCase{
		{Name: "buttons_with_postbacks", Message: failedDelivery(tb)},
		{Name: "text", Message: with(tb, func(m *provider.TemplateMessage) { m.Postbacks = nil })},
		{Name: "no_values", Message: with(tb, func(m *provider.TemplateMessage) {
			m.Template.Body, m.Values, m.Postbacks = "Your order is on its way.", nil, nil
		})},
		{Name: "no_ref", Message: with(tb, func(m *provider.TemplateMessage) { m.Ref, m.Postbacks = "", nil })},
		{Name: "long_ref", Message: with(tb, func(m *provider.TemplateMessage) {
			m.Ref, m.Postbacks = strings.Repeat("r", 254)+"éx", nil
		})},
		{Name: "unicode_values", Message: with(tb, func(m *provider.TemplateMessage) {
			m.Values = []string{"आशा 🎁", "ஆர்டர்-१२३", "Kāpas & Söhne <b>"}
		})},
		{Name: "awkward_values", Message: with(tb, func(m *provider.TemplateMessage) {
			m.Values = []string{`He said "yes", 'no'`, "a~b,c;d=e&f+g%h|i", `back \ slash and {{1}}`}
		})},
		{Name: "link_with_value", Message: with(tb, func(m *provider.TemplateMessage) {
			m.Template.Buttons[1] = template.Button{
				Kind: template.ButtonURL, Text: "Track", URL: "https://shop.example.com/t/{{1}}",
			}
			m.Values = append(m.Values, "TRACK9")
			m.Postbacks = []string{"ndr:v1:9f2c:reattempt", "not for a link", "ndr:v1:9f2c:cancel"}
		})},
		{Name: "header_with_value", Message: with(tb, func(m *provider.TemplateMessage) {
			m.Template.Header.Text = "Order {{1}}"
			m.Values = append([]string{"ORD123456"}, m.Values...)
			m.Postbacks = nil
		})},
		{Name: "named_values", Message: with(tb, func(m *provider.TemplateMessage) {
			m.Template.Body, m.Postbacks = "Hi {{customer}}, {{order}} from {{brand}}.", nil
		})},
		{Name: "image", Message: headed(tb, template.HeaderImage, provider.Media{Link: cdn + ".jpg?w=1&h=2"})},
		{Name: "video", Message: headed(tb, template.HeaderVideo, provider.Media{Link: cdn + ".mp4"})},
		{Name: "document", Message: headed(tb, template.HeaderDocument, provider.Media{
			Link: cdn + ".pdf", Filename: "Invoice-ORD123456.pdf",
		})},
		{Name: "location", Message: headed(tb, template.HeaderLocation, provider.Media{
			Latitude: "28.6139", Longitude: "77.2090", Name: "Pickup point", Address: "1 Example Road, New Delhi",
		})},
		{Name: "unknown_text", Message: with(tb, func(m *provider.TemplateMessage) {
			m.Template = template.Template{Name: "failed_delivery_v1", Language: "en"}
		})},
		{Name: "order_status_without_description", Message: news(tb, provider.OrderStatus{
			Reference: "inv-1", Status: orderProcessing,
		})},
		{Name: "order_status_long_description", Message: news(tb, provider.OrderStatus{
			Reference: "inv-1", Status: orderShipped, Description: strings.Repeat("आ", 119) + "xyz",
		})},
	}
	for _, status := range orderStatuses {
		cases = append(cases, conformance.TemplateCase{Name: "order_status_" + status, Message: news(tb, provider.OrderStatus{
			Reference: "inv-88412", Status: status, Description: "Your order is " + status + ".",
		})})
	}
	return cases
}

func unbuildable(tb testing.TB) []conformance.TemplateCase {
	tb.Helper()
	good := provider.OrderStatus{Reference: "inv-1", Status: orderShipped}
	return []conformance.TemplateCase{
		{Name: "empty", Message: provider.TemplateMessage{}},
		{Name: "no_recipient", Message: with(tb, func(m *provider.TemplateMessage) { m.To = phone.Number{} })},
		{Name: "no_template_name", Message: with(tb, func(m *provider.TemplateMessage) { m.Template.Name = "" })},
		{Name: "no_language", Message: with(tb, func(m *provider.TemplateMessage) { m.Template.Language = "" })},
		{Name: "value_missing", Message: with(tb, func(m *provider.TemplateMessage) { m.Values = m.Values[:2] })},
		{Name: "value_too_many", Message: with(tb, func(m *provider.TemplateMessage) { m.Values = append(m.Values, "x") })},
		{Name: "image_without_link", Message: headed(tb, template.HeaderImage, provider.Media{ID: "1"})},
		{Name: "location_without_place", Message: headed(tb, template.HeaderLocation, provider.Media{Latitude: "1"})},
		{Name: "carousel", Message: headed(tb, "carousel", provider.Media{Link: "https://cdn.example.com/1"})},
		{Name: "code_button", Message: with(tb, func(m *provider.TemplateMessage) { m.Template.Buttons[0].Kind = "copy_code" })},
		{Name: "copy_code", Message: with(tb, func(m *provider.TemplateMessage) { m.CopyCode = "SAVE10" })},
		{Name: "bill", Message: with(tb, func(m *provider.TemplateMessage) { m.OrderDetails = &provider.OrderDetails{Reference: "inv-1"} })},
		{Name: "order_status_without_reference", Message: news(tb, provider.OrderStatus{Status: orderShipped})},
		{Name: "order_status_without_status", Message: news(tb, provider.OrderStatus{Reference: "inv-1"})},
		{Name: "order_status_in_metas_spelling", Message: news(tb, provider.OrderStatus{Reference: "inv-1", Status: "partially-shipped"})},
		{Name: "order_status_that_meta_has_alone", Message: news(tb, provider.OrderStatus{Reference: "inv-1", Status: "pending"})},
		{Name: "order_status_with_values", Message: with(tb, func(m *provider.TemplateMessage) { m.OrderStatus, m.Postbacks = &good, nil })},
		{Name: "order_status_with_postbacks", Message: with(tb, func(m *provider.TemplateMessage) { m.OrderStatus, m.Values = &good, nil })},
	}
}

// failure is an answer in the shape of CONTRACT.md section 3.1; data is {} or [].
func failure(code, data, key, words string) string {
	return fmt.Sprintf(`{"code":%q,"message":%q,"data":%s,"error":{%q:%q}}`, code, words, data, key, words)
}

func success(code, id string) string {
	return fmt.Sprintf(`{"code":%q,"message":"Request Accepted","data":{"message_id":%q},"error":{}}`, code, id)
}

const (
	wordsForeign = "Phone number is not present or does not belong to the account."
	wordsVersion = "The phone number you're using is associated with different Version of our WA API. " +
		"Please use the appropriate endpoint."
	wordsAccess  = "API is not available for given customer.Please contact support for more info"
	wordsBalance = "Please check your balance, You have a low balance!"
)

func refusals() []conformance.Refused {
	account := func(cause message.Cause, code string) provider.SendError {
		return provider.SendError{Failure: message.Failure{Class: message.ClassAccount, Cause: cause, Code: code}}
	}
	noID := provider.SendError{Failure: message.Failure{Class: message.ClassUnknown, Code: provider.CodeNoID}}
	wrong := account(message.CauseCredentials, "RBC001")
	fault := provider.SendError{Failure: message.Failure{Class: message.ClassTransient, Code: "WA500", RetryAfter: 5 * time.Minute}}
	return []conformance.Refused{
		// The seven failures of CONTRACT.md section 3.2.
		{Name: "wrong_key", Status: 401, Body: failure("RBC001", "[]", "error", "Incorrect SID or API key."), Want: wrong},
		{
			Name: "foreign_number", Status: 401, Body: failure("WA401", "{}", "phone_number", wordsForeign),
			Want: account(message.CauseCredentials, codeForeignNumber),
		},
		{Name: "bad_payload", Status: 400, Body: failure("WA400", "{}", "payload", "Incorrect payload format"), Want: provider.SendError{
			Failure: message.Failure{Class: message.ClassBadRequest, Code: "WA400"},
		}},
		{Name: "own_fault", Status: 500, Body: failure("WA500", "{}", "error", "Internal server error"), Want: fault},
		{
			Name: "low_balance", Status: 400, Body: failure("E110", "{}", "balance", wordsBalance),
			Want: account(message.CauseBalance, "E110"),
		},
		{
			Name: "no_access", Status: 401, Body: failure("WA-401", "{}", "account", wordsAccess),
			Want: account(message.CauseBlocked, codeNoAccess),
		},
		{
			Name: "number_of_version_1", Status: 401, Body: failure("WA-401", "{}", "phone_number", wordsVersion),
			Want: account(message.CauseCredentials, codeOtherVersion),
		},
		// The same with the other spelling, the other shape of data, or under another status.
		{
			Name: "number_of_version_1_without_hyphen", Status: 401, Body: failure("WA401", "[]", "phone_number", wordsVersion),
			Want: account(message.CauseCredentials, codeOtherVersion),
		},
		{
			Name: "number_of_version_1_under_200", Status: 200, Body: failure("WA-401", "{}", "phone_number", wordsVersion),
			Want: account(message.CauseCredentials, codeOtherVersion),
		},
		{
			Name: "unauthorised_in_other_words", Status: 401, Body: failure("WA-401", "{}", "number", "No."),
			Want: account(message.CauseCredentials, "WA-401"),
		},
		{Name: "wrong_key_with_object", Status: 401, Body: failure("RBC001", "{}", "error", "Incorrect SID or API key."), Want: wrong},
		{
			Name: "low_balance_under_202", Status: 202, Body: failure("E110", "[]", "balance", wordsBalance),
			Want: account(message.CauseBalance, "E110"),
		},
		{Name: "own_fault_under_200", Status: 200, Body: failure("WA500", "{}", "error", "x"), Want: fault},
		{Name: "own_fault_with_new_code", Status: 500, Body: failure("WA501", "{}", "error", "x"), Want: provider.SendError{
			Failure: message.Failure{Class: message.ClassTransient, Cause: message.CauseUnlisted, Code: "WA501"},
		}},
		{
			Name: "unauthorised_with_new_code", Status: 401, Body: failure("WA777", "{}", "error", "x"),
			Want: account(message.CauseCredentials, "WA777"),
		},
		{Name: "new_code", Status: 400, Body: failure("WA777", "{}", "error", "x"), Want: provider.SendError{
			Failure: message.Failure{Class: message.ClassBadRequest, Cause: message.CauseUnlisted, Code: "WA777"},
		}},
		{Name: "numeric_code", Status: 400, Body: `{"code":131056,"message":"x","data":{},"error":{}}`, Want: provider.SendError{
			Failure: message.Failure{Class: message.ClassThrottled, Code: "131056", RetryAfter: 5 * time.Minute},
		}},
		{Name: "throttled", Status: 429, Body: failure("WA429", "{}", "error", "x"), Want: provider.SendError{
			Failure: message.Failure{Class: message.ClassThrottled, Code: "WA429", RetryAfter: 5 * time.Minute},
		}},
		{
			Name: "throttled_for_seconds", Status: 429, Header: http.Header{"Retry-After": {"7"}},
			Body: failure("WA429", "{}", "error", "x"), Want: provider.SendError{
				Failure: message.Failure{Class: message.ClassThrottled, Code: "WA429", RetryAfter: 7 * time.Second},
			},
		},
		{Name: "throttled_by_somebody", Status: 429, Body: "<html>", Want: provider.SendError{
			Failure: message.Failure{Class: message.ClassThrottled, Code: "http_429"},
		}},
		{Name: "daily_limit", Status: 400, Body: failure("WAV2101", "{}", "account", "x"), Want: provider.SendError{
			Failure: message.Failure{Class: message.ClassThrottled, Code: "WAV2101", RetryAfter: dailyWait},
		}},
		// Answers that say both, or nothing.
		{Name: "success_without_id", Status: 202, Body: `{"code":"WA202","message":"Request Accepted","data":{},"error":{}}`, Want: noID},
		{Name: "success_without_id_and_error", Status: 202, Body: `{"code":"WA202","data":{}}`, Want: noID},
		{Name: "success_with_list", Status: 202, Body: `{"code":"WA202","message":"x","data":[],"error":{}}`, Want: noID},
		{Name: "success_with_empty_id", Status: 202, Body: success("WA202", ""), Want: noID},
		{Name: "success_with_id_of_another_client", Status: 202, Body: `{"id":"m1"}`, Want: noID},
		{Name: "sample_with_missing_commas", Status: 202, Body: `{"code":"WA202" "message":"Request Accepted","data":{"message_id":"A1"} "error":{}}`, Want: noID},
		{Name: "failure_with_id", Status: 202, Body: success("WA400", "m1"), Want: provider.SendError{
			Failure: message.Failure{Class: message.ClassUnknown, Code: "http_202"},
		}},
		{Name: "success_under_400", Status: 400, Body: success("WA202", "m1"), Want: provider.SendError{
			Failure: message.Failure{Class: message.ClassUnknown, Code: "http_400"},
		}},
		{Name: "success_under_500", Status: 500, Body: success("WA202", "m1"), Want: provider.SendError{
			Failure: message.Failure{Class: message.ClassUnknown, Code: "http_500"},
		}},
		{Name: "error_without_code_under_200", Status: 200, Body: `{"data":{},"error":{"error":"x"}}`, Want: provider.SendError{
			Failure: message.Failure{Class: message.ClassBadRequest, Cause: message.CauseUnlisted, Code: "http_200"},
		}},
		{Name: "gateway_gave_up", Status: 504, Body: failure("WA500", "{}", "error", "x"), Want: provider.SendError{
			Failure: message.Failure{Class: message.ClassUnknown, Code: "http_504"},
		}},
		{Name: "gateways_own_json", Status: 503, Body: `{"code":"503","message":"upstream connect error"}`, Want: provider.SendError{
			Failure: message.Failure{Class: message.ClassUnknown, Code: "http_503"},
		}},
	}
}

func failures() []message.Failure {
	all := []message.Failure{provider.BadCredentials.Coded("WA-401")}
	for _, row := range codes {
		all = append(all, row.Means.Coded(row.Code))
	}

	return all
}

func suite(tb testing.TB) conformance.Suite {
	tb.Helper()
	return conformance.Suite{
		Provider:    New(Config{}),
		App:         testApp(),
		Dir:         testDir(),
		Templates:   templateCases(tb),
		Unbuildable: unbuildable(tb),
		Texts: []conformance.TextCase{
			{Name: "session_text", Message: provider.TextMessage{
				To: testPhone(tb), Text: "Thank you – we try again tomorrow.\n“Bye” & {1}", Ref: "v1.77.1.00",
			}},
		},
		Buttons: []conformance.ButtonCase{{Name: "session_buttons", Message: provider.ButtonMessage{
			To: testPhone(tb), Text: "Do you want to cancel order “#20417”?\nIt is <not> shipped & paid.", Ref: "v1.77.1.00",
			Buttons: []provider.ReplyButton{{ID: "ndr:v1:9f2c:yes", Title: "Yes, cancel"}, {ID: "ndr:v1:9f2c:no", Title: "No & keep it"}},
		}}},
		Accepted: []conformance.Accepted{
			{Name: "accepted", Status: 202, Body: success("WA202", "A0000000000000000001"), ID: "A0000000000000000001"},
			{Name: "ok", Status: 200, Body: " " + success("WA200", "c0ffee00-1111-4222-8333-444455556666") + "\n", ID: "c0ffee00-1111-4222-8333-444455556666"},
			{Name: "hyphen", Status: 202, Body: success("WA-202", "m-2"), ID: "m-2"},
			{Name: "empty_list_as_error", Status: 202, Body: `{"code":"WA202","data":{"message_id":"m-3","more":1},"error":[]}`, ID: "m-3"},
			{Name: "no_error", Status: 202, Body: `{"code":"WA202","message":"Request Accepted","data":{"message_id":"m-4"}}`, ID: "m-4"},
			{Name: "null_error", Status: 202, Body: `{"code":"WA202","data":{"message_id":"m-5"},"error":null}`, ID: "m-5"},
			{Name: "numeric_id", Status: 202, Body: `{"code":"WA202","message":7,"data":{"message_id":12345},"error":{}}`, ID: "12345"},
		},
		Refused: refusals(),
		OwnError: func(words string) []byte {
			return []byte(`{"message":"` + words + `","data":{},"error":{"error":"` + words + `"}}`)
		},
		Codes:      failures(),
		CodeAnswer: func(code string) []byte { return []byte(failure(code, "{}", "error", "x")) },
		CodeWebhook: func(code string) []byte {
			return []byte(`{"id":"m1","status":"FAILED","mobile":"919000000007","error":"x","error_code":"` + code + `"}`)
		},
		CallbackHeader: func([]byte) http.Header { return http.Header{CallbackHeader: {testSecret}} },
		Garbage: []string{
			`{"payload":{}}`, `{"profile":"1"}`, `{"object":"page","entry":[]}`, `{"version":2,"app":"x"}`, `{"body":"` + "\x00" + `"}`,
		},
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	conformance.Run(t, suite(t))
}
