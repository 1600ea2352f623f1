package kaleyra

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/template"
)

func TestUnbuildableSaysWhy(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		m    provider.TemplateMessage
		want error
	}{
		{"recipient", with(t, func(m *provider.TemplateMessage) { m.To = phone.Number{} }), errNoRecipient},
		{"name", with(t, func(m *provider.TemplateMessage) { m.Template.Name = "" }), errNoTemplate},
		{"language", with(t, func(m *provider.TemplateMessage) { m.Template.Language = "" }), errNoTemplate},
		{"values", with(t, func(m *provider.TemplateMessage) { m.Values = nil }), template.ErrParamCount},
		{"header_value", with(t, func(m *provider.TemplateMessage) { m.Template.Header.Text = "{{1}}" }), template.ErrParamCount},
		{"media", headed(t, template.HeaderVideo, provider.Media{Filename: "x.mp4"}), errNoMedia},
		{"place", headed(t, template.HeaderLocation, provider.Media{Longitude: "1"}), errNoPlace},
		{"bill", with(t, func(m *provider.TemplateMessage) { m.OrderDetails = &provider.OrderDetails{} }), errBill},
		{"code", with(t, func(m *provider.TemplateMessage) { m.CopyCode = "SAVE10" }), errCopyCode},
		{"reference", news(t, provider.OrderStatus{Status: orderShipped}), errNoReference},
		{"status", news(t, provider.OrderStatus{Reference: "inv-1", Status: "cancelled"}), errOrderStatus},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if _, err := New(Config{}).BuildTemplate(t.Context(), testApp(), tc.m); !errors.Is(err, tc.want) {
				t.Errorf("got %v, want %v", err, tc.want)
			}
		})
	}
}

func TestUnbuildableText(t *testing.T) {
	t.Parallel()
	p := New(Config{})
	for _, tc := range []struct {
		name string
		m    provider.TextMessage
		want error
	}{
		{"recipient", provider.TextMessage{Text: "x"}, errNoRecipient},
		{"text", provider.TextMessage{To: testPhone(t)}, errNoText},
		{"long", provider.TextMessage{To: testPhone(t), Text: strings.Repeat("ä", 4097)}, errLongText},
	} {
		if _, err := p.BuildText(t.Context(), testApp(), tc.m); !errors.Is(err, tc.want) {
			t.Errorf("%s: got %v, want %v", tc.name, err, tc.want)
		}
	}
	if _, err := p.BuildText(t.Context(), provider.App{}, provider.TextMessage{To: testPhone(t), Text: "x"}); err == nil {
		t.Error("incomplete app: no error")
	}
	if _, err := p.BuildText(t.Context(), testApp(), provider.TextMessage{To: testPhone(t), Text: strings.Repeat("ä", 4096)}); err != nil {
		t.Errorf("longest text: got %v", err)
	}
}

func TestHosts(t *testing.T) {
	t.Parallel()
	for pod, host := range map[string]string{
		"in": "api.in.kaleyra.io", "ap": "api.ap.kaleyra.io", "eu": "api.eu.kaleyra.io", "na": "api.na.kaleyra.ai",
	} {
		app := testApp()
		app.ProviderIDs[KeyPod] = pod
		req, err := New(Config{}).BuildTemplate(t.Context(), app, failedDelivery(t))
		if err != nil || req.URL.Host != host || req.URL.Scheme != "https" {
			t.Errorf("%s: got %v, %v, want host %s", pod, req, err, host)
		}
		req, err = New(Config{BaseURL: "http://127.0.0.1:1/kaleyra/"}).BuildTemplate(t.Context(), app, failedDelivery(t))
		want := "http://127.0.0.1:1/kaleyra/v2/" + testSID + "/whatsapp/+919000000200/messages"
		if err != nil || req.URL.String() != want {
			t.Errorf("%s: got %v, %v, want %s", pod, req.URL, err, want)
		}
	}
	if _, err := New(Config{BaseURL: "http://\x7f"}).BuildTemplate(t.Context(), testApp(), failedDelivery(t)); !errors.Is(err, errBase) {
		t.Errorf("unusable address: got %v, want %v", err, errBase)
	}
}

// The path names the sender, and the shopper stands in the body only.
func TestPathHoldsNoShopper(t *testing.T) {
	t.Parallel()
	app := testApp()
	app.ProviderIDs[KeySID] = "HX/../IN"
	app.Secret = config.NewSecret(" " + testKey + "\n")
	req, err := New(Config{}).BuildTemplate(t.Context(), app, failedDelivery(t))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := req.URL.EscapedPath(), "/v2/HX%2F..%2FIN/whatsapp/+919000000200/messages"; got != want {
		t.Errorf("path: got %s, want %s", got, want)
	}
	if req.URL.RawQuery != "" || strings.Contains(req.URL.String(), "0007") {
		t.Errorf("address holds more than it should: %s", req.URL)
	}
	if got := req.Header.Get("Api-Key"); got != testKey {
		t.Errorf("key: got %q, want it without blanks", got)
	}
}

func TestCheckConfig(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*provider.App)
		want   string
	}{
		{"complete", func(*provider.App) {}, ""},
		{"version_2", func(a *provider.App) { a.ProviderIDs[KeyVersion] = "V2" }, ""},
		{"version_1", func(a *provider.App) { a.ProviderIDs[KeyVersion] = "v1" }, "apiVersion: the number is set up for version 1"},
		{"no_key", func(a *provider.App) { a.Secret = config.NewSecret(" \n") }, "apiKey is missing"},
		{"no_number", func(a *provider.App) { a.Number = "" }, "number is missing"},
		{"number_with_plus", func(a *provider.App) { a.Number = "+919000000200" }, "number must be digits"},
		{"no_pod", func(a *provider.App) { delete(a.ProviderIDs, KeyPod) }, "pod is missing"},
		{"unknown_pod", func(a *provider.App) { a.ProviderIDs[KeyPod] = "moon" }, "pod must be in, ap, eu or na"},
		{"nothing", func(a *provider.App) { *a = provider.App{} }, "sid is missing"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			app := testApp()
			tc.change(&app)
			err := New(Config{}).CheckConfig(app)
			if (tc.want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}

// sent reads back the body of a request.
func sent(t *testing.T, m provider.TemplateMessage) envelope {
	t.Helper()
	req, err := New(Config{}).BuildTemplate(t.Context(), testApp(), m)
	if err != nil {
		t.Fatalf("build: %v", err)
	}
	raw, err := io.ReadAll(req.Body)
	if err != nil {
		t.Fatal(err)
	}
	var e envelope
	if err := json.Unmarshal(raw, &e); err != nil {
		t.Fatal(err)
	}
	return e
}

func TestTruncation(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ ref, want string }{
		{"", ""},
		{strings.Repeat("a", 255), strings.Repeat("a", 255)},
		{strings.Repeat("a", 256), strings.Repeat("a", 255)},
		{strings.Repeat("आ", 255), strings.Repeat("आ", 255)},
		{strings.Repeat("आ", 300), strings.Repeat("आ", 255)},
	} {
		if got := sent(t, with(t, func(m *provider.TemplateMessage) { m.Ref = tc.ref })).Extra.Ref; got != tc.want {
			t.Errorf("ref of %d: got %d characters, want %d", utf8.RuneCountInString(tc.ref), utf8.RuneCountInString(got), utf8.RuneCountInString(tc.want))
		}
	}
	for _, tc := range []struct{ description, want string }{
		{"", ""},
		{"This order has been shipped.", "This order has been shipped."},
		{strings.Repeat("आ", 120), strings.Repeat("आ", 120)},
		{strings.Repeat("आ", 121), strings.Repeat("आ", 119) + "…"},
		{strings.Repeat("x", 5000), strings.Repeat("x", 119) + "…"},
	} {
		m := news(t, provider.OrderStatus{Reference: "inv-1", Status: orderShipped, Description: tc.description})
		if got := sent(t, m).Message.Template.Components[0].Parameters[0].OrderStatus.Order.Description; got != tc.want {
			t.Errorf("description of %d characters: got %q, want %q", utf8.RuneCountInString(tc.description), got, tc.want)
		}
	}
}

// TestOrderStatus goes through every event that there is: none may be left without a decision.
func TestOrderStatus(t *testing.T) {
	t.Parallel()
	p := New(Config{})
	want := map[string]string{
		"created": "processing", "packed": "processing", "dispatched": "shipped", "out_for_delivery": "shipped",
		"delivered": "completed", "cancelled_order": "canceled", "failed_delivery": "", "rto_created": "", "lost": "",
	}
	for subType, status := range want {
		if got, ok := p.OrderStatus(order.Kind{Resource: order.Shipment, SubType: subType}, ""); got != status || ok != (status != "") {
			t.Errorf("%s: got %q, %v, want %q", subType, got, ok, status)
		}
	}
	known := map[string]bool{}
	for _, row := range orderRows {
		known[row.subType] = true
		if row.source == "" || row.status != "" && !slices.Contains(orderStatuses, row.status) {
			t.Errorf("%s: status %q, source %q", row.subType, row.status, row.source)
		}
		kind := order.Kind{Resource: order.Shipment, SubType: row.subType}
		if _, there := order.Lookup(kind); !there {
			t.Errorf("%s: no such event", row.subType)
		}
		if got, _ := p.OrderStatus(order.Kind{Resource: order.ReturnShipment, SubType: row.subType}, order.StageShipped); got != "" {
			t.Errorf("%s of a return: got %q, want none", row.subType, got)
		}
		for stage, word := range map[order.Stage]string{
			order.StageProcessing: "processing", order.StagePartlyShipped: "partially_shipped", order.StageShipped: "shipped",
			order.StageCompleted: "completed", order.StageCancelled: "canceled",
		} {
			if row.status == "" {
				word = ""
			}
			if got, ok := p.OrderStatus(kind, stage); got != word || ok != (word != "") {
				t.Errorf("%s at %s: got %q, want %q", row.subType, stage, got, word)
			}
		}
	}
	for _, e := range order.Catalog() {
		if e.Kind.Resource == order.Shipment && !known[e.Kind.SubType] {
			t.Errorf("%s: no row says what it is called", e.Kind)
		}
	}
}

// TestSampleAnswers reads Kaleyra's sample of a success as it stands in its page, with the two commas that it lacks put in
// (CONTRACT.md section 3.1): only a test may be so lenient.
func TestSampleAnswers(t *testing.T) {
	t.Parallel()
	body := strings.NewReplacer("\"WA202\"\n", "\"WA202\",\n", "}\n\"error\"", "},\n\"error\"").Replace(
		"{\n\"code\":\"WA202\"\n\"message\":\"Request Accepted\",\n\"data\":{\n\"message_id\":\"A0000000000000000001\"\n}\n\"error\":{}\n}")
	got, err := New(Config{}).ReadReceipt(http.StatusAccepted, http.Header{}, []byte(body))
	if err != nil || got.ID != "A0000000000000000001" {
		t.Errorf("got %q, %v", got.ID, err)
	}
}
