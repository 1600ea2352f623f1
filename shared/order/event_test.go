package order_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

const eventsDir = "../../testdata/events"

var ist = time.FixedZone("IST", 5*60*60+30*60)

// fixtureTime is the failed delivery of the fixtures, 2024-02-13 15:20:41 in the platform's zone.
const fixtureTime = 1707817841

func readFile(tb testing.TB, parts ...string) []byte {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		tb.Fatalf("read fixture: %v", err)
	}
	return data
}

func parseFixture(tb testing.TB, name string) order.Event {
	tb.Helper()
	return parse(tb, string(readFile(tb, eventsDir, name+".json")), nil)
}

func parse(tb testing.TB, text string, attrs map[string]string) order.Event {
	tb.Helper()
	e, err := order.ParseEvent([]byte(text), attrs, ist)
	if err != nil {
		tb.Fatalf("ParseEvent: %v", err)
	}
	return e
}

func TestParseEventWhole(t *testing.T) {
	t.Parallel()
	data := readFile(t, eventsDir, "shipment-failed_delivery.json")
	got, err := order.ParseEvent(data, nil, ist)
	if err != nil {
		t.Fatalf("ParseEvent: %v", err)
	}
	want := order.Event{
		Resource: "shipment", SubType: "failed_delivery", RawSubType: "failed_delivery", EventType: "PUT",
		AccountID: "811", AccountIDField: "response_data.account_id",
		AccountSlug: "neem-and-co", AccountSlugField: "accountSlug",
		OrderID: "51230077", OrderNumber: "NC-20417", VendorOrderNumber: "#20417",
		Subject: "NC-20417-6120-311", SubjectKind: order.SubjectShipment, ShipmentID: "NC-20417-6120-311",
		TrackingID: "DL0099887766", ChannelID: "CH6120",
		Customer:   order.Customer{Name: "Ira Sample", Phone: "9000000001", Email: "ira@example.test"},
		OccurredAt: time.Unix(fixtureTime, 0).UTC(), OccurredRaw: "2024-02-13 15:20:41", OccurredField: "status_updated_at", OccurredKnown: true, OccurredDay: "2024-02-13",
		StatusTimes: map[string]int64{
			"failed_delivery":  fixtureTime,
			"out_for_delivery": fixtureTime - (6*60*60 + 9*60 + 41),
			"intransit":        1707661930,
			"packed":           1707570669,
			"created":          1707543302,
		},
		ChannelLabel: "Neem Web", PaymentType: "COD", InvoiceURL: "https://files.example.test/invoice/NC-20417.pdf",
		CourierName: "ExampleExpress", Remarks: "customer not reachable",
		Items: []order.Item{{ID: "NC-20417-7001", SKU: "SOAP-3", Title: "Neem soap, pack of 3", Quantity: 1}},
		Raw:   data,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
	if got, want := got.Kind().String(), "shipment/failed_delivery"; got != want {
		t.Errorf("Kind: got %s, want %s", got, want)
	}
}

func TestParseReturnWrappedAndFlat(t *testing.T) {
	t.Parallel()
	wrapped := parseFixture(t, "returnShipment-created")
	want := order.Event{
		Resource: "returnShipment", SubType: "created", RawSubType: "created", EventType: "PUT",
		AccountID: "811", AccountIDField: "response_data.account_id",
		AccountSlug: "neem-and-co", AccountSlugField: "response_data.accountSlug",
		OrderID: "51230077", OrderNumber: "NC-20417",
		Subject: "RET-NC-20417-1", SubjectKind: order.SubjectReturnNumber, ReturnNumber: "RET-NC-20417-1",
		TrackingID: "RV0055443322", ChannelID: "CH6120",
		Customer:   order.Customer{Name: "Ira Sample", Phone: "9000000001", Email: "ira@example.test", Region: "IN"},
		Address:    order.Address{Line1: "12 Sample Street", Line2: "Near Example Park", City: "Pune", State: "Maharashtra", Pincode: "411001"},
		OccurredAt: time.Unix(1708237805, 0).UTC(), OccurredRaw: "2024-02-18 12:00:05", OccurredField: "status_updated_at", OccurredKnown: true, OccurredDay: "2024-02-18",
		StatusTimes:    map[string]int64{"created": 1708237805},
		CashOnDelivery: true, CourierName: "ExampleReverse", ReturnReason: "Size does not fit",
		RefundAmount: order.Amount{Micros: 499_500_000, Known: true},
		Items: []order.Item{{
			ID: "NC-20417-7001", SKU: "SOAP-3", Title: "Neem soap, pack of 3", Quantity: 1,
			EAN: "8900000000012", ReturnReason: "Size does not fit", Total: order.Amount{Micros: 500_000_000, Known: true},
		}},
		Raw: wrapped.Raw,
	}
	if diff := cmp.Diff(want, wrapped); diff != "" {
		t.Errorf("wrapped (-want +got):\n%s", diff)
	}

	flat := parseFixture(t, "returnShipment-created-flat")
	want.Raw, want.Flat, want.EventType = flat.Raw, true, ""
	want.RawSubType = "CREATED"
	want.AccountIDField, want.AccountSlugField = "account_id", "accountSlug"
	if diff := cmp.Diff(want, flat); diff != "" {
		t.Errorf("flat (-want +got):\n%s", diff)
	}
}

func TestFixtures(t *testing.T) {
	t.Parallel()
	type seen struct {
		Kind, Subject, Phone, Raw string
		Known                     bool
		Seconds                   int64
		Conflict                  bool
	}
	failed := seen{"shipment/failed_delivery", "NC-20417-6120-311", "9000000001", "2024-02-13 15:20:41", true, fixtureTime, false}
	but := func(change func(*seen)) seen {
		s := failed
		change(&s)
		return s
	}
	tests := map[string]seen{
		"shipment-failed_delivery": failed,
		// 2024-02-12 20:15:00 of India is 14:45:00 UTC; a cart has no order, and its checkout is what it is known by.
		"cart-abandoned": {"cart/abandoned", "CHK-90001", "9000000001", "2024-02-12 20:15:00", true, 1707749100, false},
		"shipment-failed_delivery-second": but(func(s *seen) {
			s.Raw, s.Seconds = "2024-02-14 16:02:10", 1707906730
		}),
		"shipment-flat":                       failed,
		"shipment-numbers-as-strings":         failed,
		"shipment-items-absent":               failed,
		"shipment-slug-only":                  failed,
		"shipment-status-names-another-event": failed,
		"shipment-zero-dates":                 failed,
		"shipment-unknown-account":            failed,
		"shipment-missing-phone":              but(func(s *seen) { s.Phone = "" }),
		"shipment-invalid-phone":              but(func(s *seen) { s.Phone = "12345" }),
		"shipment-epoch-times":                but(func(s *seen) { s.Raw = "1707817841" }),
		"shipment-status-log-array":           but(func(s *seen) { s.Raw = "2024-02-13T09:50:41Z" }),
		"shipment-times-absent":               but(func(s *seen) { s.Raw, s.Known, s.Seconds = "", false, 0 }),
		"shipment-time-unparsable":            but(func(s *seen) { s.Raw, s.Known, s.Seconds = "13-02-2024 15:20:41", false, 0 }),
		"shipment-unknown-subtype":            but(func(s *seen) { s.Kind = "shipment/teleported" }),
		"shipment-account-disagrees":          failed,
		"channel_inventory":                   {Kind: "channel_inventory/updated"},
		"shipment-rto-alias":                  but(func(s *seen) { s.Kind, s.Raw, s.Seconds = "shipment/rto_created", "2024-02-15 08:00:00", 1707964200 }),
		"shipment-rto_created":                but(func(s *seen) { s.Kind, s.Raw, s.Seconds = "shipment/rto_created", "2024-02-15 08:00:00", 1707964200 }),
		"returnShipment-pickup_cancelled":     {"returnShipment/pickup_cancelled", "RET-NC-20417-1", "9000000001", "2024-02-19 18:00:00", true, 1708345800, false},
		"returnShipment-delivered":            {"returnShipment/delivered", "RET-NC-20417-1", "9000000001", "2024-02-22 11:15:00", true, 1708580700, false},
		"shipment-failed_delivery-51230078":   {"shipment/failed_delivery", "NC-20418-6120-313", "9000000002", "2024-02-13 16:05:00", true, 1707820500, false},
		"shipment-out_for_delivery-51230078":  {"shipment/out_for_delivery", "NC-20418-6120-313", "9000000002", "2024-02-13 09:11:00", true, 1707795660, false},
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := parseFixture(t, name)
			got := seen{e.Kind().String(), e.Subject, e.Customer.Phone, e.OccurredRaw, e.OccurredKnown, 0, e.AccountConflict}
			if e.OccurredKnown {
				got.Seconds = e.OccurredAt.Unix()
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestEveryFixtureParses also keeps real numbers and hosts out of the fixtures.
func TestEveryFixtureParses(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(eventsDir, "*.json"))
	if err != nil || len(files) < 25 {
		t.Fatalf("fixtures: got %d, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			e := parse(t, string(readFile(t, file)), nil)
			if e.Resource == "" || e.SubType == "" || e.AccountID == "" && e.AccountSlug == "" {
				t.Errorf("got kind %s, account %q %q", e.Kind(), e.AccountID, e.AccountSlug)
			}
			if p := e.Customer.Phone; p != "" && p != "12345" && !strings.HasPrefix(p, "90000000") {
				t.Error("the phone is not one of the invented range")
			}
			if m := e.Customer.Email; m != "" && !strings.HasSuffix(m, "@example.test") {
				t.Error("the address is not under example.test")
			}
		})
	}
}

// TestScalarTypes gives each documented field every type that JSON has: none may fail, and the spellings of one value
// read the same.
func TestScalarTypes(t *testing.T) {
	t.Parallel()
	fields := map[string]func(order.Event) string{
		"customerOrderNumber":   func(e order.Event) string { return e.OrderNumber },
		"vendorOrderNumber":     func(e order.Event) string { return e.VendorOrderNumber },
		"externalShipmentID":    func(e order.Event) string { return e.ShipmentID },
		"trackingID":            func(e order.Event) string { return e.TrackingID },
		"externalChannelID":     func(e order.Event) string { return e.ChannelID },
		"channelLabel":          func(e order.Event) string { return e.ChannelLabel },
		"paymentType":           func(e order.Event) string { return e.PaymentType },
		"invoice_url":           func(e order.Event) string { return e.InvoiceURL },
		"courierName":           func(e order.Event) string { return e.CourierName },
		"remarks":               func(e order.Event) string { return e.Remarks },
		"customerName":          func(e order.Event) string { return e.Customer.Name },
		"customerContactNumber": func(e order.Event) string { return e.Customer.Phone },
		"email":                 func(e order.Event) string { return e.Customer.Email },
		"countryCode":           func(e order.Event) string { return e.Customer.Region },
		"customerReturnNumber":  func(e order.Event) string { return e.ReturnNumber },
		"returnReason":          func(e order.Event) string { return e.ReturnReason },
		"account_id":            func(e order.Event) string { return e.AccountID },
		"order_id":              func(e order.Event) string { return e.OrderID },
		"refundAmount":          func(e order.Event) string { return e.RefundAmount.String() },
	}
	values := map[string]string{
		`"17"`: "17", `17`: "17", `" 17 "`: "17", `"1\u0037"`: "17", `null`: "", `""`: "", `"  "`: "",
		`{}`: "", `[]`: "", `{"a":[{"b":"17"}]}`: "", `[17]`: "",
	}
	for field, get := range fields {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			for value, want := range values {
				e := parse(t, `{"resource":"shipment","eventSubType":"created","response_data":{"`+field+`":`+value+`}}`, nil)
				if got := get(e); got != want {
					t.Errorf("%s: got %q, want %q", value, got, want)
				}
				if e.AccountConflict {
					t.Errorf("%s: account in conflict", value)
				}
			}
			// Flags make no sense in most fields, but must do no harm either.
			parse(t, `{"response_data":{"`+field+`":true}}`, nil)
			parse(t, `{"response_data":{"`+field+`":1.5e300}}`, nil)
		})
	}
}

// TestUnreadFieldsTakeEveryType covers the documented fields that nothing reads.
func TestUnreadFieldsTakeEveryType(t *testing.T) {
	t.Parallel()
	fields := strings.Fields(`orderSiteID externalWarehouseID externalWmsChannelName external_wms_channel_id integrationType
		barcodeType vendorPartyID partner_as2_id defaultWarehouseCode facilityLabel facilityType orderDate portal_id
		expectedShipDate dispatchAfterDate externalManifestNumber channelManifestNumber warehouse_id channel_account_id
		connectionId locationId region isMetro isSpecialplace shippingConnectionId picklistCode invoiceNumber boxType
		isPriorityShipment isGift invoiceDate label_url labels shippingInfo boxAdditionalRecommendation dimension_length
		weight packageID barcode created_at updated_at latest_status channelSlug status_log_first_occurrence
		status_log_count routingCode shippingMode transporterID gstin dropAddress cp_id pickupType journeyType`)
	base := parseFixture(t, "shipment-failed_delivery")
	for _, field := range fields {
		for _, value := range []string{`"x"`, `1`, `-1.50`, `true`, `null`, `{"a":{"b":[1,"2"]}}`, `[{"a":1},[],2]`} {
			text := strings.Replace(string(base.Raw), `"order_id"`, `"`+field+`":`+value+`,"order_id"`, 1)
			e := parse(t, text, nil)
			e.Raw = base.Raw
			if diff := cmp.Diff(base, e); diff != "" {
				t.Errorf("%s as %s changes the event (-want +got):\n%s", field, value, diff)
			}
		}
	}
}

func TestIdentify(t *testing.T) {
	t.Parallel()
	attrs := map[string]string{"resource": "SHIPMENT", "eventSubType": "Delivered"}
	tests := []struct {
		name, text string
		attrs      map[string]string
		want       string
	}{
		{"case_does_not_matter", `{"resource":"RETURNSHIPMENT","eventSubType":"Pickup_Failed","response_data":{}}`, nil, "returnShipment/pickup_failed"},
		{"event_type_any_case", `{"resource":"shipment","eventType":"Put","eventSubType":"packed","response_data":{}}`, nil, "shipment/packed"},
		{"wrapped_from_attributes", `{"response_data":{}}`, attrs, "shipment/delivered"},
		{"body_before_attributes", `{"resource":"shipment","eventSubType":"packed","response_data":{}}`, attrs, "shipment/packed"},
		{"flat_from_attributes", `{"status":"packed"}`, attrs, "shipment/delivered"},
		{"flat_from_status", `{"status":"packed","order_id":1}`, nil, "shipment/packed"},
		{"flat_return", `{"status":"PICKED_UP","customerReturnNumber":"R1","order_id":1}`, nil, "returnShipment/picked_up"},
		{"flat_empty_return_number", `{"status":"packed","customerReturnNumber":"","trackingID":"T"}`, nil, "shipment/packed"},
		{"flat_with_envelope_names", `{"resource":"shipment","eventSubType":"lost","order_id":1}`, nil, "shipment/lost"},
		{"response_data_null_is_flat", `{"response_data":null,"status":"lost","order_id":1}`, nil, "shipment/lost"},
		{"nothing", `{}`, nil, "/"},
		{"status_never_names_a_wrapped_event", `{"resource":"shipment","response_data":{"status":"lost"}}`, nil, "shipment/"},
		{"text_is_no_subtype", `{"resource":"shipment","eventSubType":"call +91 90000 00001","response_data":{}}`, nil, "shipment/"},
		{"long_subtype", `{"resource":"shipment","eventSubType":"` + strings.Repeat("a", 101) + `","response_data":{}}`, nil, "shipment/"},
		{"rto", `{"resource":"shipment","eventSubType":"RTO","response_data":{}}`, nil, "shipment/rto_created"},
		{"customer_notification", `{"resource":"customer_notification","eventSubType":"sent","response_data":{}}`, nil, "customer_notification/sent"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := parse(t, tt.text, tt.attrs)
			if got := e.Kind().String(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestAttributesReadTheSameAgain(t *testing.T) {
	t.Parallel()
	first := parse(t, `{"order_id":1,"status":"packed"}`, map[string]string{"resource": "shipment", "eventSubType": "rto"})
	again := parse(t, string(first.Raw), first.Attributes())
	if again.Kind() != first.Kind() {
		t.Errorf("got %s, want %s", again.Kind(), first.Kind())
	}
}

func TestAccount(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text, id, slug string
		conflict             bool
	}{
		{"number", `{"response_data":{"account_id":811}}`, "811", "", false},
		{"string", `{"response_data":{"account_id":"811"}}`, "811", "", false},
		{"float", `{"response_data":{"account_id":811.0}}`, "811", "", false},
		{"leading_zeros", `{"response_data":{"account_id":"0811"}}`, "811", "", false},
		{"zero_is_none", `{"accountSlug":"neem","response_data":{"account_id":0}}`, "", "neem", false},
		{"envelope_id", `{"accountId":"811","response_data":{}}`, "811", "", false},
		{"both_ids_agree", `{"accountId":"811","response_data":{"account_id":811}}`, "811", "", false},
		{"ids_disagree", `{"accountId":812,"response_data":{"account_id":811}}`, "811", "", true},
		{"not_digits", `{"response_data":{"account_id":"811/x"}}`, "", "", true},
		{"negative", `{"response_data":{"account_id":-811}}`, "", "", true},
		{"too_long", `{"response_data":{"account_id":"123456789012345678901"}}`, "123456789012345678901", "", true},
		{"slugs_agree", `{"accountSlug":"neem","account_slug":"NEEM","response_data":{"account_slug":"neem"}}`, "", "NEEM", false},
		{"slugs_disagree", `{"accountSlug":"neem","response_data":{"account_slug":"other"}}`, "", "other", true},
		{"slug_is_text", `{"accountSlug":"neem and co/../x","response_data":{}}`, "", "", true},
		{"flat", `{"account_id":811,"accountSlug":"neem"}`, "811", "neem", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := parse(t, tt.text, nil)
			if e.AccountConflict != tt.conflict {
				t.Errorf("AccountConflict: got %v, want %v", e.AccountConflict, tt.conflict)
			}
			if !tt.conflict && (e.AccountID != tt.id || !strings.EqualFold(e.AccountSlug, tt.slug)) {
				t.Errorf("got %q %q, want %q %q", e.AccountID, e.AccountSlug, tt.id, tt.slug)
			}
		})
	}
}

func TestSubject(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text, subject string
		kind                order.SubjectKind
	}{
		{"shipment", `{"resource":"shipment","response_data":{"externalShipmentID":"S","trackingID":"T","order_id":9}}`, "S", order.SubjectShipment},
		{"tracking", `{"resource":"shipment","response_data":{"externalShipmentID":null,"trackingID":"T","order_id":9}}`, "T", order.SubjectTracking},
		{"order", `{"resource":"shipment","response_data":{"trackingID":" ","order_id":"9"}}`, "9", order.SubjectOrder},
		{"return_number", `{"resource":"returnShipment","response_data":{"customerReturnNumber":"R","returnShipmentId":5,"trackingID":"T","externalShipmentID":"S"}}`, "R", order.SubjectReturnNumber},
		{"return_shipment", `{"resource":"returnShipment","response_data":{"returnShipmentId":5,"trackingID":"T"}}`, "5", order.SubjectReturnShipment},
		{"return_tracking", `{"resource":"returnShipment","response_data":{"trackingID":"T","order_id":9}}`, "T", order.SubjectTracking},
		{"never_the_order_of_a_return", `{"resource":"returnShipment","response_data":{"order_id":9}}`, "", ""},
		{"never_an_item", `{"resource":"shipment","response_data":{"items":[{"orderItemID":"I"}]}}`, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := parse(t, tt.text, nil)
			if e.Subject != tt.subject || e.SubjectKind != tt.kind {
				t.Errorf("got %q (%s), want %q (%s)", e.Subject, e.SubjectKind, tt.subject, tt.kind)
			}
		})
	}
}

func TestParseEventErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       error
	}{
		{"empty", "", order.ErrMalformed},
		{"spaces", " \n", order.ErrMalformed},
		{"text", "9000000001 secret", order.ErrMalformed},
		{"truncated", `{"resource":"shipment","response_data":{"email":"ira@example.test`, order.ErrMalformed},
		{"after_the_end", `{} {}`, order.ErrMalformed},
		{"comma_at_the_end", `{"a":1,}`, order.ErrMalformed},
		{"no_value", `{"a":}`, order.ErrMalformed},
		{"single_quotes", `{'a':1}`, order.ErrMalformed},
		{"bad_escape", `{"a":"\x"}`, order.ErrMalformed},
		{"line_break_in_string", "{\"a\":\"b\nc\"}", order.ErrMalformed},
		{"bad_number", `{"a":01}`, order.ErrMalformed},
		{"too_deep", strings.Repeat(`{"a":`, 65) + "1" + strings.Repeat("}", 65), order.ErrMalformed},
		{"deep_arrays", `{"a":` + strings.Repeat("[", 100_000), order.ErrMalformed},
		{"too_large", `{"a":"` + strings.Repeat("x", order.MaxEventBytes) + `"}`, order.ErrMalformed},
		{"array", `[{"resource":"shipment"}]`, order.ErrNotObject},
		{"null", `null`, order.ErrNotObject},
		{"string", `"shipment"`, order.ErrNotObject},
		{"number", ` 1 `, order.ErrNotObject},
		{"broken_array", `[1`, order.ErrMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := order.ParseEvent([]byte(tt.text), nil, ist)
			if !errors.Is(err, tt.want) {
				t.Fatalf("got %v, want %v", err, tt.want)
			}
			for _, secret := range []string{"9000000001", "ira", "secret"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error quotes its input: %v", err)
				}
			}
		})
	}
}

func TestParseEventTakesBadUTF8(t *testing.T) {
	t.Parallel()
	e := parse(t, "{\"order_id\":1,\"status\":\"packed\",\"customerName\":\"Ira \xff Sample\",\"remarks\":\"\\ud800\"}", nil)
	if got, want := e.Customer.Name, "Ira \ufffd Sample"; got != want {
		t.Errorf("name: got %q, want %q", got, want)
	}
}

// An event of a newer form is left for a newer build, whatever else it holds; a schema that is no number says nothing.
func TestParseEventLeavesNewerOnes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, data string
		attrs      map[string]string
		want       error
	}{
		{"of_this_build", `{"schema":1,"order_id":1}`, map[string]string{"schema": "1"}, nil},
		{"newer_by_its_own_word", `{"order_id":1,"schema":2}`, nil, order.ErrNewer},
		{"newer_as_text", `{"schema":"2"}`, nil, order.ErrNewer},
		{"newer_by_its_attribute", `[]`, map[string]string{"schema": "2"}, order.ErrNewer},
		{"no_number", `{"schema":"https://example.test/2"}`, map[string]string{"schema": "x"}, nil},
		{"within_the_subject", `{"response_data":{"schema":2}}`, nil, nil},
		{"newer_and_cut", `{"schema":2`, nil, order.ErrMalformed},
	} {
		if _, err := order.ParseEvent([]byte(tc.data), tc.attrs, nil); !errors.Is(err, tc.want) {
			t.Errorf("%s: got %v, want %v", tc.name, err, tc.want)
		}
	}
}
