package businessonbot

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

func bodyOf(tb testing.TB, req *http.Request) string {
	tb.Helper()
	b, err := io.ReadAll(req.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return string(b)
}

func TestCheckConfig(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		base string
		ok   bool
	}{
		"documented":     {testBase, true},
		"slash":          {testBase + "/", true},
		"port":           {"https://bob.example.com:443/x", true},
		"blanks":         {" " + testBase + "\n", true},
		"missing":        {"", false},
		"no_scheme":      {"customstore.bob.example.com/neem", false},
		"http":           {"http://customstore.bob.example.com/neem", false},
		"query":          {testBase + "?a=1", false},
		"fragment":       {testBase + "#a", false},
		"user":           {"https://a:b@bob.example.com/neem", false},
		"other_port":     {"https://bob.example.com:8443/neem", false},
		"localhost":      {"https://localhost/neem", false},
		"address":        {"https://169.254.169.254/neem", false},
		"address_six":    {"https://[::1]/neem", false},
		"full_width":     {"https://shop.ｅxample.com/x", false},
		"circled":        {"https://①②⑦.⓪.⓪.①.example.com/x", false},
		"ideograph_dot":  {"https://shop。example.com/x", false},
		"folds_to_ascii": {"https://\u212aart.example.com/x", false},
		"escaped":        {"https://127%2e0%2e0%2e1/x", false},
		"internal":       {"https://metadata.google.internal/x", false},
		"internal_dot":   {"https://metadata.google.internal./x", false},
		"hidden_address": {"https://127.1/x", false},
		"one_word":       {"https://intranet/x", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			app := testApp(KeyBaseURL, tc.base)
			err := New(Config{}).CheckConfig(app)
			if (err == nil) != tc.ok {
				t.Errorf("got %v, want accepted %t", err, tc.ok)
			}
			if err != nil && tc.base != "" && strings.Contains(err.Error(), strings.TrimSpace(tc.base)) {
				t.Errorf("%v repeats the address", err)
			}
		})
	}
	for _, c := range choices {
		for _, v := range append([]string{""}, c.values...) {
			if err := New(Config{}).CheckConfig(testApp(c.key, v)); err != nil {
				t.Errorf("%s %q: %v", c.key, v, err)
			}
		}
		if err := New(Config{}).CheckConfig(testApp(c.key, "no such")); err == nil || !strings.Contains(err.Error(), c.key) {
			t.Errorf("%s: got %v, want an error that names it", c.key, err)
		}
	}
}

// TestBaseURL holds that the configured address stands in for the app's host and keeps its path, escapes included.
func TestBaseURL(t *testing.T) {
	t.Parallel()
	p := New(Config{BaseURL: "http://localhost:8080/sim/businessonbot/"})
	req, err := p.BuildOrder(t.Context(), testApp(KeyBaseURL, testBase+"%2Fco/"), told(t, created, orderID))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := req.URL.String(), "http://localhost:8080/sim/businessonbot/neem%2Fco/orders-create"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestKeyIsTrimmed(t *testing.T) {
	t.Parallel()
	app := testApp()
	app.Secret = config.NewSecret(" " + testKey + "\n")
	req, err := New(Config{}).BuildOrder(t.Context(), app, told(t, created, orderID))
	if err != nil || req.Header.Get(headerGuest) != testKey {
		t.Errorf("got %q, %v", req.Header.Get(headerGuest), err)
	}
}

func TestAmounts(t *testing.T) {
	t.Parallel()
	for in, want := range map[text][2]string{
		"150": {"150.00", "150"}, "150.0": {"150.00", "150"}, "150.5": {"150.50", "150.50"}, "0": {"0.00", "0"},
		"1,299.95": {"1299.95", "1299.95"}, "-350.0": {"-350.00", "-350"}, ".5": {"0.50", "0.50"},
		"0.1234567": {"0.123456", "0.123456"}, "": {"", "null"}, "abc": {"", "null"}, "1e3": {"", "null"}, "-": {"", "null"},
		"1234567890123": {"", "null"}, "1.2.3": {"", "null"},
	} {
		a := in.amount()
		if got := [2]string{Money(a), string(numeric(a))}; got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestDates(t *testing.T) {
	t.Parallel()
	ist := time.FixedZone("IST", 19800)
	for in, want := range map[text]string{
		"2026-11-20 10:15:00.0": "2026-11-20T04:45:00Z", "2026-11-20 10:15:00": "2026-11-20T04:45:00Z",
		"2026-11-20T10:15:00Z": "2026-11-20T10:15:00Z", "2026-11-20T10:15:00+02:00": "2026-11-20T08:15:00Z",
		"2026-11-20": "2026-11-19T18:30:00Z", "0000-00-00 00:00:00": "", "": "", "yesterday": "",
	} {
		got := ""
		if at := moment(in.date(ist)); at != nil {
			got = *at
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][2]string{
		"Asha R": {"Asha", "R"}, "Asha": {"Asha", ""}, "": {"", ""}, "  Asha  Devi  Rao ": {"Asha", "Devi Rao"},
	} {
		given, family := names(in)
		if got := [2]string{given, family}; got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// TestDocumentIsTolerant reads orders whose fields have other types than documented.
func TestDocumentIsTolerant(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		in   string
		want Document
	}{
		"empty":   {`{}`, Document{}},
		"numbers": {`{"orderId":51230077,"customerOrderNumber":20417,"isCOD":"0"}`, Document{ID: "51230077", Number: "20417", Prepaid: true}},
		"odd_types": {
			`{"orderId":{"a":1},"customerOrderNumber":"NC-1","items":{"a":1},"shippingAddress":[1],"orderTotal":"12.5"}`,
			Document{Number: "NC-1", Total: order.Amount{Micros: 12_500_000, Known: true}},
		},
		"nulls":      {`{"orderId":null,"items":null,"shippingAddress":null,"isCOD":null,"paymentType":"Prepaid"}`, Document{Prepaid: true}},
		"cash_words": {`{"paymentType":"Cash on Delivery (COD)"}`, Document{}},
		"odd_item":   {`{"items":[1,null,{"itemID":"A"}]}`, Document{Lines: []Line{{Quantity: 1}, {Quantity: 1}, {SKU: "A", Quantity: 1}}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseDocument([]byte(tc.in), nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for _, in := range []string{"", "null", "[]", `"a"`, `{"a"`, `{} {}`} {
		if _, err := ParseDocument([]byte(in), nil); err == nil {
			t.Errorf("%q: no error", in)
		}
	}
}

// TestCancellation reads the policy and the state of an order: every line counts.
func TestCancellation(t *testing.T) {
	t.Parallel()
	line := func(policy, status string) string {
		return `{"itemID":"A","latestStatus":"` + status + `","cancellationPolicy":` + policy + `}`
	}
	yes, no := `{"isCancellable":true}`, `{"isCancellable":false}`
	for name, tc := range map[string]struct {
		lines                  []string
		cancellable, cancelled bool
	}{
		"none":           {nil, false, false},
		"all":            {[]string{line(yes, "created"), line(`{"isCancellable":"1"}`, "packed")}, true, false},
		"one_not":        {[]string{line(yes, "created"), line(no, "packed")}, false, false},
		"no_policy":      {[]string{line(`null`, "created")}, false, false},
		"over":           {[]string{line(no, "cancelled_order"), line(no, "Cancelled")}, false, true},
		"partly_over":    {[]string{line(no, "cancelled_order"), line(yes, "created")}, false, false},
		"policy_is_text": {[]string{line(`"yes"`, "created")}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := ParseDocument([]byte(`{"items":[`+strings.Join(tc.lines, ",")+`]}`), nil)
			if err != nil {
				t.Fatal(err)
			}
			if d.Cancellable() != tc.cancellable || d.Cancelled() != tc.cancelled {
				t.Errorf("got %t, %t, want %t, %t", d.Cancellable(), d.Cancelled(), tc.cancellable, tc.cancelled)
			}
		})
	}
}

// TestTemplateIsTrusted reads names and languages out of template ids.
func TestTemplateIsTrusted(t *testing.T) {
	t.Parallel()
	p := New(Config{})
	for id, want := range map[string][2]string{"order_v1": {"order_v1", "en"}, "order_v1:hi": {"order_v1", "hi"}} {
		got, err := p.Template(t.Context(), nil, testApp(), id)
		if err != nil || !got.Sendable() || got.Name != want[0] || got.Language != want[1] {
			t.Errorf("%s: got %+v, %v", id, got, err)
		}
	}
	if _, err := p.Template(t.Context(), nil, testApp(), ""); err == nil {
		t.Error("no id: no error")
	}
	if all, err := p.Templates(t.Context(), nil, testApp()); err != nil || len(all) != 0 {
		t.Errorf("got %v, %v, want none", all, err)
	}
}

var (
	_ provider.TemplateSender    = (*Provider)(nil)
	_ provider.OrderForwarder    = (*Provider)(nil)
	_ provider.CredentialChecker = (*Provider)(nil)
	_ provider.TemplateCatalogue = (*Provider)(nil)
)
