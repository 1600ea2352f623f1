package businessonbot

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/chaos"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/witness"
)

func newServer(t *testing.T) *Server {
	t.Helper()
	clk := clock.NewManual(time.Unix(1_780_000_100, 0))
	s := New(Config{Clock: clk, Log: witness.New(0), Faults: chaos.New(clk), Keep: 3})
	for _, tenant := range []Tenant{
		{Path: "neem", GuestKey: "guest", APIKey: "api"}, {Path: "tulsi", GuestKey: "other"},
	} {
		if err := s.AddTenant(tenant); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

const (
	lines   = `[{"image":{"originalSrc":""},"product":{"id":"A","title":"Soap"},"variant":{"id":"A","title":"Default Title","price":"150.00","weight":"400 g","sku":"A"},"variantTitle":"","quantity":1}]`
	details = `{"total_price":1000,"total_tax":0,"total_discount":null,"currency":"INR"}`
	address = `{"address":"","city":"","province":"","country":"","zip":""}`
)

// samples are bodies as documented, one of each endpoint.
var samples = map[string]string{
	"orders-create": `{"id":"NC-1","name":"#NC-1","email":"","createdAt":"2026-11-20T04:45:00Z","fullyPaid":false,
		"cancelReason":null,"cancelledAt":null,"note":null,"channel":"shopify",
		"shippingAddress":{"name":"Asha","phone":"+919000000001","address1":"","address2":"","city":"","province":"","country":null,"zip":"110061"},
		"total_amount":"1000.00","currencyCode":"INR","lineItems":` + lines + `,"shipment_details":{"status":"created","tracking_info":""}}`,
	"orders-cancelled": `{"id":"NC-1","name":"#NC-1","email":"","createdAt":null,"fullyPaid":true,
		"cancelReason":"other","cancelledAt":"2026-11-20T04:45:00Z","note":null,"channel":"shopify",
		"shippingAddress":{"name":"","phone":"919000000001","address1":"","address2":"","city":"","province":"","country":"India","zip":null},
		"total_amount":"","currencyCode":"INR","lineItems":[],"shipment_details":{"status":"","tracking_info":""}}`,
	"fulfillments-create": `{"fulfillment_id":"NC-1","id":"NC-1","id_alias":"NC-1","lineItems":` + lines + `,
		"customer":{"email":"","first_name":"Asha","last_name":"","phone":"+919000000001","orders_count":null,"total_spent":null,"last_order_id":null},
		"order_details":` + details + `,
		"tracking_info":{"tracking_number":"","tracking_url":"","tracking_company_name":"","shipping_status":"shipped"},
		"phone":"+919000000001","fulfilled_at":"2026-11-20T13:28:00Z"}`,
	"fulfillments-events-create": `{"delivery_id":"D1","id":"NC-1","fulfillment_id":"NC-1","status":"In-transit","delivered_at":"2026-11-20T13:28:00Z"}`,
	"abandoned-cart": `{"checkout_id":"C1","cart_recovery_url":"https://shop.example.test/c","line_items":[],
		"customer":{"email":"","first_name":"","last_name":"","phone":"+919000000001"},"order_details":` + details + `,
		"address":{"billing_address":` + address + `,"shipping_address":` + address + `},"phone":"+919000000001","created_at":null}`,
	"wabiz/send": `{"type":"template","name":"order_packed_v1","phone":"919000000001","language":"en_US",
		"header":[{"type":"image","link":"https://cdn.example.com/p.jpg"}],"body":[{"type":"text","text":"Asha"}],
		"buttons":[{"type":"url","params":["t/NC-1"]}]}`,
}

func (s *Server) post(t *testing.T, path, body string, header ...string) (int, map[string]any) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Guest-Id", "guest")
	r.Header.Set("X-Api-Key", "api")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	s.Handler().ServeHTTP(rec, r)
	var got map[string]any
	if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil {
		t.Fatalf("%s: answer %q", path, rec.Body)
	}
	return rec.Code, got
}

func TestSamplesAreTaken(t *testing.T) {
	t.Parallel()
	for endpoint, body := range samples {
		s := newServer(t)
		status, got := s.post(t, "/neem/"+endpoint, body)
		if status != http.StatusOK || got["status"] != "success" || got["statusCode"] != 200.0 || len(got) != 2 {
			t.Errorf("%s: got %d %v", endpoint, status, got)
		}
		if inbox := s.Inbox(); len(inbox) != 1 || inbox[0].Endpoint != endpoint || string(inbox[0].Body) != body {
			t.Errorf("%s: inbox %+v", endpoint, inbox)
		}
	}
}

// TestStrict takes each key of each sample away, renames it and gives it another type: none of that is taken.
func TestStrict(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	refused := func(endpoint, what, body string) {
		status, got := s.post(t, "/neem/"+endpoint, body)
		if status != http.StatusBadRequest || got["error"] != "Bad payload!!" || got["statusCode"] != 400.0 || got["status"] != "failure" {
			t.Errorf("%s %s: got %d %v", endpoint, what, status, got)
		}
	}
	for endpoint, body := range samples {
		var whole map[string]any
		if err := json.Unmarshal([]byte(body), &whole); err != nil {
			t.Fatalf("%s: %v", endpoint, err)
		}
		for key, value := range whole {
			for what, change := range map[string]func(map[string]any){
				"without": func(m map[string]any) { delete(m, key) },
				"renamed": func(m map[string]any) { delete(m, key); m[key+"x"] = value },
				"more":    func(m map[string]any) { m["more"] = 1 },
				"typed":   func(m map[string]any) { m[key] = [][]int{{1}} },
			} {
				changed := maps.Clone(whole)
				change(changed)
				b, err := json.Marshal(changed)
				if err != nil {
					t.Fatal(err)
				}
				refused(endpoint, what+" "+key, string(b))
			}
		}
		for _, broken := range []string{"", "null", "[]", body[:len(body)-1], body + "{}"} {
			refused(endpoint, "broken", broken)
		}
	}
	for what, change := range map[string][2]string{
		"status":    {`"In-transit"`, `"in-transit"`},
		"time":      {`"2026-11-20T13:28:00Z"`, `"2026-11-20 13:28:00"`},
		"no time":   {`"2026-11-20T13:28:00Z"`, `null`},
		"local":     {`"2026-11-20T13:28:00Z"`, `"2026-11-20T18:58:00+05:30"`},
		"empty id":  {`"id":"NC-1"`, `"id":""`},
		"number id": {`"id":"NC-1"`, `"id":1`},
	} {
		refused("fulfillments-events-create", what, strings.Replace(samples["fulfillments-events-create"], change[0], change[1], 1))
	}
	refused("orders-create", "money", strings.Replace(samples["orders-create"], `"1000.00"`, `"1000"`, 1))
	refused("orders-create", "phone", strings.Replace(samples["orders-create"], `+919000000001`, `90000 00001`, 1))
	cancelledAt := regexp.MustCompile(`"cancelledAt":"[^"]*"`)
	refused("orders-cancelled", "no time", cancelledAt.ReplaceAllString(samples["orders-cancelled"], `"cancelledAt":null`))
	if n := len(s.Inbox()); n != 0 {
		t.Errorf("got %d bodies in the inbox", n)
	}
}

func TestKeysAndPaths(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	created := samples["orders-create"]
	for name, tc := range map[string]struct {
		path   string
		header []string
		status int
	}{
		"wrong_key":     {"/neem/orders-create", []string{"X-Guest-Id", "api"}, 401},
		"others_key":    {"/neem/orders-create", []string{"X-Guest-Id", "other"}, 401},
		"no_key":        {"/neem/orders-create", []string{"X-Guest-Id", ""}, 401},
		"guest_sends":   {"/neem/wabiz/send", []string{"X-Api-Key", "guest"}, 401},
		"no_api_key":    {"/tulsi/wabiz/send", []string{"X-Api-Key", ""}, 401},
		"no_tenant":     {"/mint/orders-create", nil, 404},
		"no_endpoint":   {"/neem/orders-update", nil, 404},
		"form":          {"/neem/orders-create", []string{"Content-Type", "application/x-www-form-urlencoded"}, 400},
		"no_type":       {"/neem/orders-create", []string{"Content-Type", ""}, 400},
		"with_charset":  {"/neem/orders-create", []string{"Content-Type", "application/json; charset=utf-8"}, 200},
		"tenant_itself": {"/neem", nil, 404},
	} {
		if status, got := s.post(t, tc.path, created, tc.header...); status != tc.status {
			t.Errorf("%s: got %d %v, want %d", name, status, got, tc.status)
		}
	}
	for _, tenant := range []Tenant{{}, {Path: "neem", GuestKey: "x"}, {Path: "a/b", GuestKey: "x"}, {Path: "x"}} {
		if err := s.AddTenant(tenant); !errors.Is(err, ErrInvalidTenant) {
			t.Errorf("%+v: got %v", tenant, err)
		}
	}
}

// TestInbox holds that a delivery is known by the order's shopper, that the oldest is forgotten, and that Reset empties.
func TestInbox(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, endpoint := range []string{"orders-create", "fulfillments-create", "fulfillments-events-create", "orders-cancelled"} {
		s.post(t, "/neem/"+endpoint, samples[endpoint])
	}
	inbox := s.ToldOf("+91 90000 00001")
	if len(inbox) != 3 || inbox[0].Endpoint != "fulfillments-create" || inbox[1].Status != "In-transit" {
		t.Errorf("got %+v", inbox)
	}
	if n := len(s.Told("neem", "NC-1")); n != 3 {
		t.Errorf("told: got %d", n)
	}
	if n := len(s.Told("tulsi", "NC-1")); n != 0 {
		t.Errorf("told of another tenant: got %d", n)
	}
	if accepted := s.cfg.Log.Accepted(); len(accepted) != 4 || accepted[2].Destination != "919000000001" || accepted[2].MessageID != "bob-3" {
		t.Errorf("accepted: got %+v", accepted)
	}
}

// FuzzUnderstand holds that what is taken has the documented form of an id or a name.
func FuzzUnderstand(f *testing.F) {
	for endpoint, body := range samples {
		f.Add(endpoint, []byte(body))
	}
	f.Fuzz(func(t *testing.T, endpoint string, body []byte) {
		got, err := understand(endpoint, body)
		if err == nil && got.OrderID == "" && got.Template == "" {
			t.Errorf("%s: took %q", endpoint, body)
		}
	})
}
