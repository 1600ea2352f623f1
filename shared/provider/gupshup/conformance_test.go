package gupshup

import (
	"net/http"
	"path/filepath"
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
	testKey   = "key-that-nobody-may-see"
	testAppID = "aaaaaaaa-0000-4000-8000-000000000001"
	testID    = "0b6f2c1e-1111-4222-8333-abcdefabcdef"
)

func testDir() string { return filepath.Join("..", "..", "..", "testdata", "gupshup") }

func testApp() provider.App {
	return provider.App{
		ID: "app1", Number: "919000000100",
		ProviderIDs: map[string]string{KeyAppID: testAppID, KeyAppName: "KapasAlerts"},
		Secret:      config.NewSecret(testKey),
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
	m.Template.ID, m.Ref = testID, "unused: nothing is echoed"
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

func templateCases(tb testing.TB) []conformance.TemplateCase {
	tb.Helper()
	const cdn = "https://cdn.example.com/p/1"
	return []conformance.TemplateCase{
		{Name: "buttons_with_postbacks", Message: failedDelivery(tb)},
		{Name: "text", Message: with(tb, func(m *provider.TemplateMessage) { m.Postbacks = nil })},
		{Name: "no_values", Message: with(tb, func(m *provider.TemplateMessage) {
			m.Template.Body, m.Values, m.Postbacks = "Your order is on its way.", nil, nil
		})},
		{Name: "unicode_values", Message: with(tb, func(m *provider.TemplateMessage) {
			m.Values = []string{"आशा 🎁", "ஆர்டர்-१२३", "Kāpas & Söhne <b>"}
		})},
		{Name: "awkward_values", Message: with(tb, func(m *provider.TemplateMessage) {
			m.Values = []string{`He said "yes", 'no'`, "a~b,c;d=e&f+g%h|i", "line one\nline two\tand \\ and {{1}}"}
		})},
		{Name: "link_with_value", Message: with(tb, func(m *provider.TemplateMessage) {
			m.Template.Buttons[1] = template.Button{
				Kind: template.ButtonURL, Text: "Track", URL: "https://shop.example.com/t/{{1}}",
			}
			m.Values = append(m.Values, "TRACK9")
			m.Postbacks = []string{"ndr:v1:9f2c:reattempt", "not for a link", "ndr:v1:9f2c:cancel"}
		})},
		{Name: "image", Message: headed(tb, template.HeaderImage, provider.Media{Link: cdn + ".jpg?w=1&h=2"})},
		{Name: "video", Message: headed(tb, template.HeaderVideo, provider.Media{Link: cdn + ".mp4"})},
		{Name: "document", Message: headed(tb, template.HeaderDocument, provider.Media{
			Link: cdn + ".pdf", Filename: "Invoice-ORD123456.pdf",
		})},
		{Name: "location", Message: headed(tb, template.HeaderLocation, provider.Media{
			Latitude: "28.6139", Longitude: "77.2090",
		})},
		{Name: "unknown_text", Message: with(tb, func(m *provider.TemplateMessage) {
			m.Template = template.Template{ID: testID}
		})},
	}
}

func unbuildable(tb testing.TB) []conformance.TemplateCase {
	tb.Helper()
	return []conformance.TemplateCase{
		{Name: "empty", Message: provider.TemplateMessage{}},
		{Name: "no_recipient", Message: with(tb, func(m *provider.TemplateMessage) { m.To = phone.Number{} })},
		{Name: "no_template_id", Message: with(tb, func(m *provider.TemplateMessage) { m.Template.ID = "" })},
		{Name: "value_missing", Message: with(tb, func(m *provider.TemplateMessage) { m.Values = m.Values[:2] })},
		{Name: "value_too_many", Message: with(tb, func(m *provider.TemplateMessage) { m.Values = append(m.Values, "x") })},
		{Name: "variable_in_header", Message: with(tb, func(m *provider.TemplateMessage) {
			m.Template.Header.Text = "Order {{1}}"
			m.Values = append(m.Values, "x")
		})},
		{Name: "image_without_link", Message: headed(tb, template.HeaderImage, provider.Media{})},
		{Name: "location_without_place", Message: headed(tb, template.HeaderLocation, provider.Media{Latitude: "1"})},
		{Name: "carousel", Message: headed(tb, "carousel", provider.Media{Link: "https://cdn.example.com/1"})},
	}
}

func refusals() []conformance.Refused {
	own := func(text string) string { return `{"status":"error","message":"` + text + `"}` }
	account := func(code string) provider.SendError {
		return provider.SendError{Failure: message.Failure{Class: message.ClassAccount, Cause: message.CauseCredentials, Code: code}}
	}
	throttle := func(wait time.Duration) provider.SendError {
		return provider.SendError{Failure: message.Failure{Class: message.ClassThrottled, Code: "http_429", RetryAfter: wait}}
	}
	return []conformance.Refused{
		{Name: "bad_destination", Status: 400, Body: own("Invalid Destination"), Want: provider.SendError{
			Failure: message.Failure{Class: message.ClassRecipient, Code: "invalid_destination"},
		}},
		{Name: "bad_app", Status: 400, Body: own("Invalid App Details"), Want: account("invalid_app_details")},
		{Name: "bad_app_id", Status: 400, Body: own("Invalid app id provided"), Want: account("invalid_app_id")},
		{Name: "bad_key", Status: 401, Body: own("Authentication Failed"), Want: account("authentication_failed")},
		{
			Name: "bad_key_in_plain_text", Status: 401, Body: "Portal User Not Found With APIKey",
			Want: account("portal_user_not_found"),
		},
		{Name: "bad_destination_in_plain_text", Status: 400, Body: "Invalid Destination\n", Want: provider.SendError{
			Failure: message.Failure{Class: message.ClassRecipient, Code: "invalid_destination"},
		}},
		{Name: "bad_app_without_status", Status: 400, Body: `{"message":"Invalid App Details"}`, Want: account("invalid_app_details")},
		{Name: "bot_not_found_in_plain_text", Status: 404, Body: "Request Bot Not Found", Want: account("request_bot_not_found")},
		{Name: "known_words_on_a_page", Status: 400, Body: "<html>Invalid Destination</html>", Want: provider.SendError{
			Failure: message.Failure{Class: message.ClassUnknown, Code: "http_400"},
		}},
		{Name: "known_words_of_a_gateway", Status: 503, Body: "Too Many Requests", Want: provider.SendError{
			Failure: message.Failure{Class: message.ClassUnknown, Code: "http_503"},
		}},
		{Name: "other_words_in_plain_text", Status: 400, Body: "Bad Request", Want: provider.SendError{
			Failure: message.Failure{Class: message.ClassUnknown, Code: "http_400"},
		}},
		{Name: "bad_key_in_html", Status: 401, Body: "<html>401</html>", Want: account("http_401")},
		{Name: "bot_not_found", Status: 404, Body: own("Request Bot Not Found"), Want: account("request_bot_not_found")},
		{
			Name: "reason_for_message", Status: 400, Body: `{"status":"error","reason":"Source Contains XSS Characters"}`,
			Want: account("source_contains_xss"),
		},
		{Name: "throttled", Status: 429, Body: own("Too Many Requests"), Want: throttle(0)},
		{
			Name: "throttled_for_seconds", Status: 429, Header: http.Header{"Retry-After": {"7"}},
			Body: own("Too Many Requests"), Want: throttle(7 * time.Second),
		},
		{
			Name: "throttled_until", Status: 429, Header: http.Header{
				"Retry-After": {"Sat, 21 Nov 2026 10:01:30 GMT"}, "Date": {"Sat, 21 Nov 2026 10:00:00 GMT"},
			},
			Body: "<html>", Want: throttle(90 * time.Second),
		},
		{
			Name: "throttled_by_limit_header", Status: 429,
			Header: http.Header{"X-Rate-Limit-Retry-After-Seconds": {"60"}}, Want: throttle(time.Minute),
		},
		{Name: "success_without_id", Status: 202, Body: `{"status":"submitted"}`, Want: provider.SendError{
			Failure: message.Failure{Class: message.ClassUnknown, Code: provider.CodeNoID},
		}},
		{Name: "success_with_empty_id", Status: 200, Body: `{"status":"success","messageId":""}`, Want: provider.SendError{
			Failure: message.Failure{Class: message.ClassUnknown, Code: provider.CodeNoID},
		}},
		{Name: "error_with_id", Status: 200, Body: `{"status":"error","messageId":"x1"}`, Want: provider.SendError{
			Failure: message.Failure{Class: message.ClassUnknown, Code: "http_200"},
		}},
		{Name: "success_status_for_failure", Status: 200, Body: own("Invalid App Details"), Want: account("invalid_app_details")},
		{Name: "success_status_for_new_failure", Status: 202, Body: own("No such thing"), Want: provider.SendError{
			Failure: message.Failure{Class: message.ClassBadRequest, Cause: message.CauseUnlisted, Code: "http_202"},
		}},
		{Name: "own_fault", Status: 500, Body: own("Internal Server Error"), Want: provider.SendError{
			Failure: message.Failure{Class: message.ClassTransient, Code: "http_500"},
		}},
		{
			Name: "own_fault_with_new_code", Status: 500, Body: `{"status":"error","code":987,"message":"x"}`,
			Want: provider.SendError{Failure: message.Failure{Class: message.ClassTransient, Cause: message.CauseUnlisted, Code: "987"}},
		},
		{Name: "gateway_gave_up", Status: 504, Body: own("timeout"), Want: provider.SendError{
			Failure: message.Failure{Class: message.ClassUnknown, Code: "http_504"},
		}},
	}
}

func failures() []message.Failure {
	var all []message.Failure
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
			{Name: "session_text", Message: provider.TextMessage{To: testPhone(tb), Text: "Thank you – we try again tomorrow.\n“Bye” & {1}"}},
		},
		Buttons: []conformance.ButtonCase{{Name: "session_buttons", Message: provider.ButtonMessage{
			To: testPhone(tb), Text: "Do you want to cancel order “#20417”?\nIt is <not> shipped & paid.", Ref: "v1.4f2c9a.2.0b7d",
			Buttons: []provider.ReplyButton{{ID: "ndr:v1:9f2c:yes", Title: "Yes, cancel"}, {ID: "ndr:v1:9f2c:no", Title: "No & keep it"}},
		}}},
		Accepted: []conformance.Accepted{
			{Name: "submitted", Status: 202, Body: `{"status":"submitted","messageId":"5a1d0f6e-2222-4333-8444-0123456789ab"}`, ID: "5a1d0f6e-2222-4333-8444-0123456789ab"},
			{Name: "success", Status: 200, Body: ` {"messageId":"m-1","status":"success","more":{"a":[1]}}` + "\n", ID: "m-1"},
			{Name: "no_status", Status: 299, Body: `{"messageId":"m-2"}`, ID: "m-2"},
			{Name: "numeric_id", Status: 200, Body: `{"status":7,"messageId":12345}`, ID: "12345"},
		},
		Refused: refusals(),
		OwnError: func(words string) []byte {
			return []byte(`{"status":"error","message":"` + words + `"}`)
		},
		Codes: failures(),
		CodeAnswer: func(code string) []byte {
			return []byte(`{"status":"error","code":` + code + `,"message":"x"}`)
		},
		CodeWebhook: func(code string) []byte {
			return []byte(`{"app":"KapasAlerts","timestamp":1780000105000,"version":2,"type":"message-event","payload":` +
				`{"id":"g1","type":"failed","destination":"919000000007","payload":{"code":` + code + `,"reason":"x"}}}`)
		},
		Garbage: []string{`{"type":""}`, `{"type":{}}`, `{"object":"page","entry":[]}`, `{"version":2,"payload":{}}`},
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	conformance.Run(t, suite(t))
}
