package businessonbot

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/conformance"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

const (
	testKey  = "guest-key-that-nobody-may-see"
	testBase = "https://customstore.bob.example.com/neem"
)

func testDir() string { return filepath.Join("..", "..", "..", "testdata") }

// testApp is an app that forwards events, with some of its settings changed.
func testApp(settings ...string) provider.App {
	ids := map[string]string{KeyBaseURL: testBase}
	for i := 0; i < len(settings); i += 2 {
		ids[settings[i]] = settings[i+1]
	}
	return provider.App{ID: "app1", ProviderIDs: ids, Secret: config.NewSecret(testKey)}
}

func testPhone(tb testing.TB) phone.Number {
	tb.Helper()
	return conformance.Phone(tb, "+919000000001")
}

func fixture(tb testing.TB, folder, name string) []byte {
	tb.Helper()
	b, err := os.ReadFile(filepath.Join(testDir(), folder, name+".json"))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// told is the message about an event of the fixtures, with the order if it is named.
func told(tb testing.TB, event, orderID string, changes ...func(*provider.OrderMessage)) provider.OrderMessage {
	tb.Helper()
	e, err := order.ParseEvent(fixture(tb, "events", event), nil, nil)
	if err != nil {
		tb.Fatalf("event %s: %v", event, err)
	}
	m := provider.OrderMessage{To: testPhone(tb), Event: e, Brand: "Neem & Co", Ref: "unused: nothing is echoed"}
	if orderID != "" {
		m.OrderJSON = fixture(tb, "orders", orderID)
		if m.Order, err = order.ParseOrder(m.OrderJSON); err != nil {
			tb.Fatalf("order %s: %v", orderID, err)
		}
	}
	for _, change := range changes {
		change(&m)
	}
	return m
}

// as makes an event of the fixtures one of another subtype.
func as(subType string) func(*provider.OrderMessage) {
	return func(m *provider.OrderMessage) { m.Event.SubType = subType }
}

// withAllCancelled makes the order one whose every line is cancelled.
func withAllCancelled(tb testing.TB) func(*provider.OrderMessage) {
	tb.Helper()
	return func(m *provider.OrderMessage) {
		m.OrderJSON = regexp.MustCompile(`"latestStatus": "[a-z_]+"`).ReplaceAll(m.OrderJSON, []byte(`"latestStatus": "cancelled_order"`))
		var err error
		if m.Order, err = order.ParseOrder(m.OrderJSON); err != nil {
			tb.Fatal(err)
		}
	}
}

const (
	orderID = "51230077"
	created = "shipment-created"
	moving  = "shipment-intransit"
)

func orderCases(tb testing.TB) []conformance.OrderCase {
	tb.Helper()
	return []conformance.OrderCase{
		{Name: "order_created", Message: told(tb, created, orderID)},
		{Name: "order_created_without_order", Message: told(tb, created, "")},
		{Name: "order_created_bare", Message: told(tb, created, "", func(m *provider.OrderMessage) {
			m.Event = order.Event{Resource: order.Shipment, SubType: "created", OrderNumber: "NC-1", Subject: "NC-1-1"}
		})},
		{Name: "order_created_unreadable_order", Message: told(tb, created, orderID, func(m *provider.OrderMessage) {
			m.OrderJSON = []byte(`{"orderId"`)
		})},
		{Name: "order_cancelled", Message: told(tb, "shipment-cancelled_order", orderID, withAllCancelled(tb))},
		{Name: "order_cancelled_with_reason", Message: told(tb, "shipment-cancelled_order", orderID, withAllCancelled(tb), func(m *provider.OrderMessage) {
			m.Event.Remarks = `customer said "no more", 100% <sure>`
		})},
		{Name: "fulfilment", Message: told(tb, moving, orderID, as("packed"))},
		{Name: "fulfilment_without_order", Message: told(tb, moving, "", as("packed"))},
		{Name: "picked_up", Message: told(tb, moving, orderID, as("picked_up"))},
		{Name: "dispatched", Message: told(tb, moving, orderID, as("dispatched"))},
		{Name: "intransit", Message: told(tb, moving, orderID)},
		{Name: "out_for_delivery", Message: told(tb, "shipment-out_for_delivery", orderID)},
		{Name: "delivered", Message: told(tb, "shipment-delivered", orderID)},
		{Name: "delivered_at_unknown_time", Message: told(tb, "shipment-delivered", orderID, func(m *provider.OrderMessage) {
			m.Event.OccurredKnown, m.Event.OccurredAt = false, time.Time{}
		})},
		{Name: "rto_created", Message: told(tb, "shipment-rto_created", orderID)},
		{Name: "rto_delivered", Message: told(tb, "shipment-rto_created", orderID, as("rto_delivered"))},
		{Name: "cart_abandoned", Message: told(tb, "cart-abandoned", "")},
	}
}

func unforwardable(tb testing.TB) []conformance.OrderCase {
	tb.Helper()
	var cases []conformance.OrderCase
	for _, e := range order.Catalog() {
		if _, ok := route(e.Kind); !ok {
			cases = append(cases, conformance.OrderCase{
				Name: e.Kind.Resource + "-" + e.Kind.SubType,
				Message: told(tb, moving, orderID, func(m *provider.OrderMessage) {
					m.Event.Resource, m.Event.SubType = e.Kind.Resource, e.Kind.SubType
				}),
			})
		}
	}
	return append(
		cases,
		conformance.OrderCase{Name: "empty"},
		conformance.OrderCase{Name: "no_order", Message: told(tb, created, "", func(m *provider.OrderMessage) {
			m.Event = order.Event{Resource: order.Shipment, SubType: "created"}
		})},
		conformance.OrderCase{Name: "cart_without_id", Message: told(tb, "cart-abandoned", "", func(m *provider.OrderMessage) {
			m.Event.Raw = []byte(`{"response_data":{"customerName":"Ira Sample"}}`)
		})},
		conformance.OrderCase{Name: "cart_unreadable", Message: told(tb, "cart-abandoned", "", func(m *provider.OrderMessage) {
			m.Event.Raw = []byte(`{"response_data":{"customerName":"Ira Sample"`)
		})},
	)
}

// packed is the message of most tests of template mode.
func packed(tb testing.TB, changes ...func(*provider.TemplateMessage)) provider.TemplateMessage {
	tb.Helper()
	m := provider.TemplateMessage{
		To: testPhone(tb),
		Template: template.Template{
			ID: "order_packed_v1:en_US", Name: "order_packed_v1", Language: "en_US", Status: "APPROVED",
			Body:    "Hi {{1}}, {{2}} is packed.",
			Buttons: []template.Button{{Kind: template.ButtonQuickReply, Text: "Thanks"}},
		},
		Values: []string{"Asha", "NC-20417"}, Postbacks: []string{"not sent"}, Ref: "unused: nothing is echoed",
	}
	for _, change := range changes {
		change(&m)
	}
	return m
}

func headed(kind template.HeaderKind, link string) func(*provider.TemplateMessage) {
	return func(m *provider.TemplateMessage) {
		m.Template.Header, m.Media = template.Header{Kind: kind}, provider.Media{Link: link}
	}
}

func trusted(link string) func(*provider.TemplateMessage) {
	return func(m *provider.TemplateMessage) {
		m.Template, m.Media = template.Template{ID: "order_packed_v1"}, provider.Media{Link: link}
	}
}

func templateCases(tb testing.TB) []conformance.TemplateCase {
	tb.Helper()
	const cdn = "https://cdn.example.com/p/1"
	return []conformance.TemplateCase{
		{Name: "template", Message: packed(tb)},
		{Name: "template_no_values", Message: packed(tb, func(m *provider.TemplateMessage) {
			m.Template.Body, m.Values = "Your order is packed.", nil
		})},
		{Name: "template_unicode", Message: packed(tb, func(m *provider.TemplateMessage) {
			m.Values = []string{"आशा 🎁", "Kāpas & Söhne <b>"}
		})},
		{Name: "template_awkward", Message: packed(tb, func(m *provider.TemplateMessage) {
			m.Values = []string{`He said "yes", 'no'`, "a~b,c;d=e&f+g%h|i\\ {{1}}"}
		})},
		{Name: "template_image", Message: packed(tb, headed(template.HeaderImage, cdn+".jpg"))},
		{Name: "template_video", Message: packed(tb, headed(template.HeaderVideo, cdn+".mp4"))},
		{Name: "template_document", Message: packed(tb, headed(template.HeaderDocument, cdn+".pdf"))},
		{Name: "template_header_and_link", Message: packed(tb, func(m *provider.TemplateMessage) {
			m.Template.Header = template.Header{Kind: template.HeaderText, Text: "Order {{1}}"}
			m.Template.Buttons = append(m.Template.Buttons, template.Button{
				Kind: template.ButtonURL, Text: "Track", URL: "https://shop.example.com/{{1}}",
			})
			m.Values = []string{"NC-20417", "Asha", "#20417", "t/NC-20417"}
		})},
		{Name: "template_by_name_only", Message: packed(tb, trusted(cdn+".pdf?v=1"))},
	}
}

func unbuildable(tb testing.TB) []conformance.TemplateCase {
	tb.Helper()
	return []conformance.TemplateCase{
		{Name: "empty"},
		{Name: "no_recipient", Message: packed(tb, func(m *provider.TemplateMessage) { m.To = phone.Number{} })},
		{Name: "no_name", Message: packed(tb, func(m *provider.TemplateMessage) { m.Template.ID, m.Template.Name = "", "" })},
		{Name: "value_missing", Message: packed(tb, func(m *provider.TemplateMessage) { m.Values = m.Values[:1] })},
		{Name: "value_too_many", Message: packed(tb, func(m *provider.TemplateMessage) { m.Values = append(m.Values, "x") })},
		{Name: "image_without_link", Message: packed(tb, headed(template.HeaderImage, ""))},
		{Name: "location", Message: packed(tb, headed(template.HeaderLocation, "https://cdn.example.com/1"))},
	}
}

func refusedCases() []conformance.Refused {
	failure := func(class message.Class, cause message.Cause, code string) provider.SendError {
		return provider.SendError{Failure: message.Failure{Class: class, Cause: cause, Code: code}}
	}
	const bad, down = `{"status":"failure","statusCode":400,"error":"Bad payload!!"}`,
		`{"status":"failure","statusCode":500,"error":"Internal Server Error!!"}`
	return []conformance.Refused{
		{Name: "bad_payload", Status: 400, Body: bad, Want: failure(message.ClassBadRequest, "", "400")},
		{Name: "bad_payload_under_200", Status: 200, Body: bad, Want: failure(message.ClassBadRequest, "", "400")},
		{Name: "server_error", Status: 500, Body: down, Want: failure(message.ClassTransient, "", "500")},
		{Name: "server_error_under_200", Status: 200, Body: down, Want: failure(message.ClassTransient, "", "500")},
		{
			Name: "code_as_text", Status: 200, Body: `{"status":"failure","statusCode":"400","error":"Bad payload!!"}`,
			Want: failure(message.ClassBadRequest, "", "400"),
		},
		{
			Name: "success_with_failing_code", Status: 200, Body: `{"status":"success","statusCode":500}`,
			Want: failure(message.ClassTransient, "", "500"),
		},
		{
			Name: "failure_with_good_code", Status: 200, Body: `{"status":"failure","statusCode":200}`,
			Want: failure(message.ClassBadRequest, message.CauseUnlisted, "200"),
		},
		{
			Name: "failure_without_code", Status: 200, Body: `{"status":"FAILURE"}`,
			Want: failure(message.ClassBadRequest, message.CauseUnlisted, "http_200"),
		},
		{
			Name: "success_without_word", Status: 200, Body: `{"statusCode":200}`,
			Want: failure(message.ClassUnknown, "", "http_200"),
		},
		{
			Name: "success_of_another_kind", Status: 200, Body: `{"status":"ok","statusCode":200}`,
			Want: failure(message.ClassUnknown, "", "http_200"),
		},
		{
			Name: "success_under_500", Status: 500, Body: `{"status":"success","statusCode":200}`,
			Want: failure(message.ClassUnknown, "", "http_500"),
		},
		{
			Name: "gateway_repeats_failure", Status: 502, Body: bad, Want: failure(message.ClassUnknown, "", "http_502"),
		},
		{
			Name: "bad_payload_under_500", Status: 500, Body: bad, Want: failure(message.ClassTransient, "", "http_500"),
		},
		{
			Name: "wrong_key", Status: 401, Body: `{"status":"failure","statusCode":401}`,
			Want: failure(message.ClassAccount, message.CauseCredentials, "401"),
		},
		{
			Name: "forbidden", Status: 403, Body: `{"status":"failure","statusCode":400}`,
			Want: failure(message.ClassAccount, message.CauseCredentials, "http_403"),
		},
		{
			Name: "throttled", Status: 429, Header: http.Header{"Retry-After": {"3"}}, Body: `{"status":"failure","statusCode":429}`,
			Want: provider.SendError{Failure: message.Failure{Class: message.ClassThrottled, Code: "http_429", RetryAfter: 3e9}},
		},
		{
			Name: "code_in_words", Status: 200, Body: `{"status":"failure","statusCode":"+919000099123"}`,
			Want: failure(message.ClassBadRequest, message.CauseUnlisted, "http_200"),
		},
		{Name: "empty_success", Status: 204, Want: failure(message.ClassUnknown, "", "http_204")},
		{Name: "array", Status: 200, Body: `[{"status":"success"}]`, Want: failure(message.ClassUnknown, "", "http_200")},
		{Name: "data_as_object", Status: 200, Body: `{"status":{"a":1},"data":[]}`, Want: failure(message.ClassUnknown, "", "http_200")},
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	suite := conformance.Suite{
		Provider: New(Config{}), App: testApp(KeyMode, ModeTemplate), OrderApp: testApp(), Optional: []string{KeyMode},
		Dir: filepath.Join(testDir(), "businessonbot"), Templates: templateCases(t), Unbuildable: unbuildable(t),
		Orders: orderCases(t), Unforwardable: unforwardable(t),
		Accepted: []conformance.Accepted{
			{Name: "documented", Status: 200, Body: `{"status":"success","statusCode":200}`, ID: unnamed},
			{Name: "code_as_text", Status: 200, Body: `{"status":"success","statusCode":"200"}`, ID: unnamed},
			{Name: "no_code", Status: 201, Body: `{"status":"Success","data":{}}`, ID: unnamed},
			{Name: "data_as_array", Status: 200, Body: `{"status":"success","statusCode":200,"data":[],"error":null}`, ID: unnamed},
		},
		Refused:  refusedCases(),
		OwnError: func(words string) []byte { return []byte(`{"status":"failure","error":"` + words + `"}`) },
		CodeAnswer: func(code string) []byte {
			return []byte(`{"status":"failure","statusCode":"` + code + `","error":"x"}`)
		},
	}
	for _, row := range codes {
		suite.Codes = append(suite.Codes, row.Means.Coded(row.Code))
	}
	conformance.Run(t, suite)
}
