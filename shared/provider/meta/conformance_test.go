package meta

import (
	"encoding/hex"
	"encoding/json"
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
	testToken   = "token-that-nobody-may-see"
	testSecret  = "app-secret-that-nobody-may-see"
	testNumber  = "118200334455667"
	testAccount = "204411990088"
	testID      = "930041187712006"
)

func testDir() string { return filepath.Join("..", "..", "..", "testdata", "meta") }

func testApp() provider.App {
	return provider.App{
		ID: "app1", Number: "919000000100",
		ProviderIDs: map[string]string{KeyPhoneNumberID: testNumber, KeyWABAID: testAccount},
		Secret:      config.NewSecret(testToken),
		Signing:     []config.Secret{config.NewSecret("an-older-secret"), config.NewSecret(testSecret)},
	}
}

// signed is the header of a callback of the test's app.
func signed(body []byte) http.Header {
	return http.Header{signatureHeader: {signaturePrefix + hex.EncodeToString(sign(config.NewSecret(testSecret), body))}}
}

func testPhone(tb testing.TB) phone.Number {
	tb.Helper()
	return conformance.Phone(tb, "+919000000007")
}

// failedDelivery is the message of most tests.
func failedDelivery(tb testing.TB) provider.TemplateMessage {
	tb.Helper()
	m := conformance.FailedDelivery(tb)
	m.Template.ID, m.Ref = testID, "v1.4f2c9a.1.0b7d"
	return m
}

// with is the message of most tests, changed.
func with(tb testing.TB, change func(*provider.TemplateMessage)) provider.TemplateMessage {
	tb.Helper()
	m := failedDelivery(tb)
	change(&m)
	return m
}

// headed is a message with a header of that kind and no buttons.
func headed(tb testing.TB, kind template.HeaderKind, media provider.Media) provider.TemplateMessage {
	tb.Helper()
	return with(tb, func(m *provider.TemplateMessage) {
		m.Template.Header, m.Media, m.Postbacks, m.Template.Buttons = template.Header{Kind: kind}, media, nil, nil
	})
}

// buttoned is a message with one button of that kind, and what fills it.
func buttoned(tb testing.TB, kind template.ButtonKind, change func(*provider.TemplateMessage)) provider.TemplateMessage {
	tb.Helper()
	return with(tb, func(m *provider.TemplateMessage) {
		m.Template.Buttons, m.Postbacks = []template.Button{{Kind: kind, Text: "Press"}}, nil
		change(m)
	})
}

func bill() *provider.OrderDetails {
	return &provider.OrderDetails{
		Reference: "inv-88412", Goods: "physical-goods", Currency: "INR",
		Items: []provider.OrderItem{
			{SKU: "SK101", Name: "Roasted makhana", Quantity: 2, Amount: 249_500_000},
			{SKU: "SK102", Name: "Tea", Quantity: 1, Amount: 100_010_000},
		},
		Subtotal: 599_010_000, Tax: 0, Shipping: 20_000_000, Discount: 100_000_000, Total: 519_010_000,
		PaymentType: "upi", Configuration: "main_pg",
		Settings: json.RawMessage(`[{"type":"payment_gateway","payment_gateway":{"type":"razorpay","configuration_name":"main_pg"}}]`),
	}
}

func templateCases(tb testing.TB) []conformance.TemplateCase {
	tb.Helper()
	const cdn = "https://cdn.example.com/p/1"
	return append([]conformance.TemplateCase{
		{Name: "buttons_with_postbacks", Message: failedDelivery(tb)},
		{Name: "marketing_template", Message: with(tb, func(m *provider.TemplateMessage) { m.Template.Category = "MARKETING" })},
		{Name: "no_values", Message: with(tb, func(m *provider.TemplateMessage) {
			m.Template.Body, m.Values, m.Postbacks = "Your order is on its way.", nil, nil
		})},
		{Name: "without_ref", Message: with(tb, func(m *provider.TemplateMessage) { m.Ref, m.Postbacks = "", nil })},
		{Name: "unicode_values", Message: with(tb, func(m *provider.TemplateMessage) {
			m.Values = []string{"आशा 🎁", "ஆர்டர்-१२३", "Kāpas & Söhne <b>"}
		})},
		{Name: "awkward_values", Message: with(tb, func(m *provider.TemplateMessage) {
			m.Values = []string{`He said "yes", 'no'`, "a~b,c;d=e&f+g%h|i", "line one\nline two\tand \\      and {{1}}"}
		})},
		{Name: "named_body", Message: with(tb, func(m *provider.TemplateMessage) {
			m.Template.Body = "Hi {{customer_name}}, {{order_no}} is late, sorry {{customer_name}}. {{brand_2}}"
		})},
		{Name: "header_with_value", Message: with(tb, func(m *provider.TemplateMessage) {
			m.Template.Header.Text, m.Values = "Order {{1}}", []string{"88412", "Asha", "ORD123456", "KapasKraft"}
		})},
		{Name: "header_with_named_value", Message: with(tb, func(m *provider.TemplateMessage) {
			m.Template.Header.Text, m.Values = "Order {{order_no}}", []string{"88412", "Asha", "ORD123456", "KapasKraft"}
		})},
		{Name: "link_with_value", Message: with(tb, func(m *provider.TemplateMessage) {
			m.Template.Buttons[1] = template.Button{
				Kind: template.ButtonURL, Text: "Track", URL: "https://shop.example.com/t/{{1}}",
			}
			m.Values = append(m.Values, "88412?s=wa&n=आ b")
			m.Postbacks = []string{"ndr:v1:9f2c:reattempt", "not for a link", "ndr:v1:9f2c:cancel"}
		})},
		{Name: "link_without_value", Message: with(tb, func(m *provider.TemplateMessage) {
			m.Template.Buttons[0] = template.Button{Kind: template.ButtonURL, Text: "Shop", URL: "https://shop.example.com"}
		})},
		{Name: "call_button", Message: buttoned(tb, template.ButtonPhone, func(m *provider.TemplateMessage) {
			m.Template.Buttons[0].Phone = "+919000000100"
		})},
		{Name: "image_by_link", Message: headed(tb, template.HeaderImage, provider.Media{Link: cdn + ".jpg?w=1&h=2"})},
		{Name: "image_by_id", Message: headed(tb, template.HeaderImage, provider.Media{ID: "1402993300771845", Link: cdn})},
		{Name: "video_by_link", Message: headed(tb, template.HeaderVideo, provider.Media{Link: cdn + ".mp4"})},
		{Name: "video_by_id", Message: headed(tb, template.HeaderVideo, provider.Media{ID: "1402993300771846"})},
		{Name: "unknown_text", Message: with(tb, func(m *provider.TemplateMessage) {
			m.Template = template.Template{Name: "failed_delivery_v1", Language: "en_US"}
		})},
	}, orderCases(tb)...)
}

func orderCases(tb testing.TB) []conformance.TemplateCase {
	tb.Helper()
	const cdn = "https://cdn.example.com/p/1"
	return []conformance.TemplateCase{
		{Name: "document_by_link", Message: headed(tb, template.HeaderDocument, provider.Media{
			Link: cdn + ".pdf", Filename: "Invoice-ORD123456.pdf",
		})},
		{Name: "document_by_id", Message: headed(tb, template.HeaderDocument, provider.Media{
			ID: "1402993300771848", Filename: "Invoice-ORD123456.pdf",
		})},
		{Name: "location", Message: headed(tb, template.HeaderLocation, provider.Media{
			Latitude: "28.6139", Longitude: "77.2090", Name: "Pickup point", Address: "1 Example Road",
		})},
		{Name: "copy_code", Message: buttoned(tb, "copy_code", func(m *provider.TemplateMessage) { m.CopyCode = "SAVE10" })},
		{Name: "order_status", Message: with(tb, func(m *provider.TemplateMessage) {
			m.Template = template.Template{ID: testID, Name: "order_progress", Language: "en", Body: "Your order has news."}
			m.Values, m.Postbacks = nil, nil
			m.OrderStatus = &provider.OrderStatus{Reference: "inv-88412", Status: "shipped", Description: "Left our Pune hub"}
		})},
		{Name: "order_status_without_description", Message: with(tb, func(m *provider.TemplateMessage) {
			m.Template = template.Template{ID: testID, Name: "order_progress", Language: "en", Body: "Your order has news."}
			m.Values, m.Postbacks = nil, nil
			m.OrderStatus = &provider.OrderStatus{Reference: "inv-88412", Status: "canceled"}
		})},
		{Name: "order_details", Message: buttoned(tb, "order_details", func(m *provider.TemplateMessage) { m.OrderDetails = bill() })},
	}
}

func unbuildable(tb testing.TB) []conformance.TemplateCase {
	tb.Helper()
	cases := []conformance.TemplateCase{
		{Name: "empty", Message: provider.TemplateMessage{}},
		{Name: "image_without_media", Message: headed(tb, template.HeaderImage, provider.Media{})},
		{Name: "location_without_name", Message: headed(tb, template.HeaderLocation, provider.Media{
			Latitude: "1", Longitude: "2", Address: "x",
		})},
		{Name: "carousel", Message: headed(tb, "carousel", provider.Media{Link: "https://cdn.example.com/1"})},
		{Name: "one_time_password", Message: buttoned(tb, template.ButtonOTP, func(*provider.TemplateMessage) {})},
		{Name: "flow", Message: buttoned(tb, "flow", func(*provider.TemplateMessage) {})},
		{Name: "copy_code_missing", Message: buttoned(tb, "copy_code", func(*provider.TemplateMessage) {})},
		{Name: "copy_code_too_long", Message: buttoned(tb, "copy_code", func(m *provider.TemplateMessage) {
			m.CopyCode = strings.Repeat("A", 21)
		})},
		{Name: "order_details_missing", Message: buttoned(tb, "order_details", func(*provider.TemplateMessage) {})},
	}
	for name, change := range map[string]func(*provider.TemplateMessage){
		"no_recipient":    func(m *provider.TemplateMessage) { m.To = phone.Number{} },
		"no_name":         func(m *provider.TemplateMessage) { m.Template.Name = "" },
		"no_language":     func(m *provider.TemplateMessage) { m.Template.Language = "" },
		"value_missing":   func(m *provider.TemplateMessage) { m.Values = m.Values[:2] },
		"value_too_many":  func(m *provider.TemplateMessage) { m.Values = append(m.Values, "x") },
		"reference_long":  func(m *provider.TemplateMessage) { m.Ref = strings.Repeat("r", 513) },
		"two_header_vars": func(m *provider.TemplateMessage) { m.Template.Header.Text = "{{1}} {{2}}" },
		"link_too_long": func(m *provider.TemplateMessage) {
			m.Template.Buttons[0] = template.Button{Kind: template.ButtonURL, URL: "https://shop.example.com/{{1}}"}
			m.Values = append(m.Values, strings.Repeat("é", 400))
		},
		"two_link_vars": func(m *provider.TemplateMessage) {
			m.Template.Buttons[0] = template.Button{Kind: template.ButtonURL, URL: "https://shop.example.com/{{1}}/{{2}}"}
			m.Values = append(m.Values, "a", "b")
		},
		"unknown_order_status": func(m *provider.TemplateMessage) {
			m.OrderStatus = &provider.OrderStatus{Reference: "r", Status: "partially-shipped"}
		},
		"order_status_without_reference": func(m *provider.TemplateMessage) {
			m.OrderStatus = &provider.OrderStatus{Status: "shipped"}
		},
		"order_status_long": func(m *provider.TemplateMessage) {
			m.OrderStatus = &provider.OrderStatus{Reference: "r", Status: "shipped", Description: strings.Repeat("x", 121)}
		},
	} {
		cases = append(cases, conformance.TemplateCase{Name: name, Message: with(tb, change)})
	}
	for name, change := range map[string]func(*provider.OrderDetails){
		"bill_without_items":      func(d *provider.OrderDetails) { d.Items = nil },
		"bill_without_settings":   func(d *provider.OrderDetails) { d.Settings = nil },
		"bill_with_null_settings": func(d *provider.OrderDetails) { d.Settings = []byte("null") },
		"bill_with_one_setting":   func(d *provider.OrderDetails) { d.Settings = []byte(`{"type":"upi"}`) },
		"bill_with_wrong_total":   func(d *provider.OrderDetails) { d.Total++ },
		"bill_with_wrong_sum":     func(d *provider.OrderDetails) { d.Items[0].Quantity++ },
		"bill_in_thousandths":     func(d *provider.OrderDetails) { d.Tax, d.Total = 1000, d.Total+1000 },
		"bill_with_negative_tax":  func(d *provider.OrderDetails) { d.Tax, d.Total = -10_000, d.Total-10_000 },
		"bill_with_nameless_item": func(d *provider.OrderDetails) { d.Items[0].Name = "" },
	} {
		d := bill()
		change(d)
		cases = append(cases, conformance.TemplateCase{
			Name: name, Message: buttoned(tb, "order_details", func(m *provider.TemplateMessage) { m.OrderDetails = d }),
		})
	}
	return cases
}

// ownError is Meta's error; code may be left out.
func ownError(code, words, more string) string {
	if code != "" {
		code = `"code":` + code + `,`
	}
	return `{"error":{"message":"` + words + `","type":"OAuthException",` + code + more +
		`"error_data":{"messaging_product":"whatsapp","details":"` + words + `"},"fbtrace_id":"AeXq0Yk2nP4"}}`
}

func refusals() []conformance.Refused {
	account := func(code string) provider.SendError {
		return provider.SendError{Failure: message.Failure{Class: message.ClassAccount, Cause: message.CauseCredentials, Code: code}}
	}
	is := func(class message.Class, code string, wait time.Duration) provider.SendError {
		return provider.SendError{Failure: message.Failure{Class: class, Code: code, RetryAfter: wait}}
	}
	odd := func(class message.Class, code string) provider.SendError {
		return provider.SendError{Failure: message.Failure{Class: class, Code: code, Cause: message.CauseUnlisted}}
	}
	usage := func(minutes string) http.Header {
		return http.Header{"X-Business-Use-Case-Usage": {
			`{"204411990088":[{"type":"whatsapp","call_count":100,"estimated_time_to_regain_access":` + minutes + `}]}`,
		}}
	}
	return []conformance.Refused{
		{Name: "template_missing", Status: 404, Body: ownError("132001", "x", ""), Want: is(message.ClassTemplate, "132001", 0)},
		{Name: "code_as_string", Status: 400, Body: ownError(`"132000"`, "x", ""), Want: is(message.ClassTemplate, "132000", 0)},
		{Name: "token_expired", Status: 401, Body: ownError("190", "x", ""), Want: account("190")},
		{Name: "token_without_code", Status: 401, Body: ownError("", "x", ""), Want: account("http_401")},
		{Name: "number_not_the_tokens", Status: 400, Body: ownError("100", "x", `"error_subcode":33,`), Want: account("100")},
		{Name: "permission", Status: 403, Body: ownError("230", "x", ""), Want: account("230")},
		{
			Name: "throughput_as_400", Status: 400, Body: ownError("130429", "x", ""),
			Want: is(message.ClassThrottled, "130429", 5*time.Second),
		},
		{
			Name: "throughput_as_429", Status: 429, Header: http.Header{"Retry-After": {"7"}}, Body: ownError("130429", "x", ""),
			Want: is(message.ClassThrottled, "130429", 7*time.Second),
		},
		{
			Name: "pair_rate", Status: 429, Body: ownError("131056", "x", ""),
			Want: is(message.ClassThrottled, "131056", 6*time.Second),
		},
		{
			Name: "account_rate_with_usage", Status: 400, Header: usage("17"), Body: ownError("80007", "x", ""),
			Want: is(message.ClassThrottled, "80007", 17*time.Minute),
		},
		{
			Name: "account_rate_with_absurd_usage", Status: 400, Header: usage("999999999999"), Body: ownError("80007", "x", ""),
			Want: is(message.ClassThrottled, "80007", 24*time.Hour),
		},
		{
			Name: "account_rate_with_broken_usage", Status: 400, Header: usage("[]"), Body: ownError("80007", "x", ""),
			Want: is(message.ClassThrottled, "80007", 5*time.Minute),
		},
		{Name: "throttled_in_html", Status: 429, Body: "<html>", Want: is(message.ClassThrottled, "http_429", 0)},
		{Name: "unlisted_as_429", Status: 429, Body: ownError("987654", "x", ""), Want: odd(message.ClassThrottled, "987654")},
		{Name: "unlisted_as_500", Status: 500, Body: ownError("987654", "x", ""), Want: odd(message.ClassTransient, "987654")},
		{
			Name: "unlisted_but_transient", Status: 400, Body: ownError("987654", "x", `"is_transient":true,`),
			Want: odd(message.ClassTransient, "987654"),
		},
		{Name: "unlisted_as_401", Status: 401, Body: ownError("987654", "x", ""), Want: account("987654")},
		{Name: "own_outage", Status: 503, Header: http.Header{"Retry-After": {"9"}}, Body: ownError("2", "x", ""), Want: is(message.ClassTransient, "2", 9*time.Second)},
		{Name: "gateway_gave_up", Status: 504, Body: ownError("2", "x", ""), Want: is(message.ClassUnknown, "2", 0)},
		{Name: "gateway_with_unlisted", Status: 502, Body: ownError("987654", "x", ""), Want: is(message.ClassUnknown, "987654", 0)},
		{Name: "gateway_with_plain_refusal", Status: 502, Body: ownError("132001", "x", ""), Want: is(message.ClassTemplate, "132001", 0)},
		{Name: "code_of_words", Status: 400, Body: ownError(`"call 919000000007"`, "x", ""), Want: is(message.ClassBadRequest, "http_400", 0)},
		{Name: "success_without_id", Status: 200, Body: `{"messaging_product":"whatsapp","messages":[]}`, Want: is(message.ClassUnknown, provider.CodeNoID, 0)},
		{Name: "success_with_empty_id", Status: 200, Body: `{"messages":[{"id":""}]}`, Want: is(message.ClassUnknown, provider.CodeNoID, 0)},
		{Name: "success_with_empty_error", Status: 200, Body: `{"error":{}}`, Want: is(message.ClassUnknown, provider.CodeNoID, 0)},
		{Name: "success_with_id_and_error", Status: 200, Body: `{"messages":[{"id":"wamid.x"}],"error":{"code":1}}`, Want: is(message.ClassUnknown, "http_200", 0)},
		{Name: "success_with_id_and_words", Status: 200, Body: `{"messages":[{"id":"wamid.x"}],"error":"no"}`, Want: is(message.ClassUnknown, "http_200", 0)},
		{Name: "success_status_for_failure", Status: 200, Body: ownError("131026", "x", ""), Want: provider.SendError{
			Failure: message.Failure{Class: message.ClassRecipient, Cause: message.CauseNotOnWhatsApp, Code: "131026"},
		}},
		{Name: "id_beside_a_gateway_error", Status: 502, Body: `{"messages":[{"id":"wamid.x"}]}`, Want: is(message.ClassUnknown, "http_502", 0)},
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
	const ok = `{"messaging_product":"whatsapp","contacts":[{"input":"+919000000007","wa_id":"919000000007"}],"messages":[{"id":"wamid.HBgM/+=","message_status":"`
	return conformance.Suite{
		Provider:    New(Config{}),
		App:         testApp(),
		Dir:         testDir(),
		Templates:   templateCases(tb),
		Unbuildable: unbuildable(tb),
		Texts: []conformance.TextCase{{Name: "session_text", Message: provider.TextMessage{
			To: testPhone(tb), Text: "Thank you – we try again tomorrow.\n“Bye” & {1}", Ref: "v1.4f2c9a.2.0b7d",
		}}},
		Buttons: []conformance.ButtonCase{{Name: "session_buttons", Message: provider.ButtonMessage{
			To: testPhone(tb), Text: "Do you want to cancel order “#20417”?\nIt is <not> shipped & paid.", Ref: "v1.4f2c9a.2.0b7d",
			Buttons: []provider.ReplyButton{{ID: "ndr:v1:9f2c:yes", Title: "Yes, cancel"}, {ID: "ndr:v1:9f2c:no", Title: "No & keep it"}},
		}}},
		Accepted: []conformance.Accepted{
			{Name: "accepted", Status: 200, Body: ok + `accepted"}]}`, ID: "wamid.HBgM/+="},
			{Name: "held", Status: 200, Body: ok + `held_for_quality_assessment"}]}`, ID: "wamid.HBgM/+="},
			{Name: "paused", Status: 200, Body: ok + `paused"}]}`, ID: "wamid.HBgM/+="},
			{Name: "unknown_status", Status: 202, Body: ok + `pondering"}]}`, ID: "wamid.HBgM/+="},
			{Name: "to_user_id", Status: 200, Body: `{"contacts":[{"input":"IN.7","user_id":"IN.7"}],"messages":[{"id":"wamid.u"}],"error":null}`, ID: "wamid.u"},
		},
		Refused:    refusals(),
		OwnError:   func(words string) []byte { return []byte(ownError("", words, "")) },
		Codes:      failures(),
		CodeAnswer: func(code string) []byte { return []byte(ownError(code, "x", "")) },
		CodeWebhook: func(code string) []byte {
			return []byte(`{"object":"whatsapp_business_account","entry":[{"id":"204411990088","changes":[{"field":"messages","value":` +
				`{"statuses":[{"id":"wamid.x","status":"failed","timestamp":"1795000201","errors":[{"code":` + code + `}]}]}}]}]}`)
		},
		Garbage: []string{
			`{"object":""}`, `{"object":{}}`, `{"entry":[]}`, `{"contacts":[]}`, `{"object":{},"statuses":[]}`, `{"status":"sent"}`,
		},
		CallbackHeader: signed,
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	conformance.Run(t, suite(t))
}
