package cloudview

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	fs "cloud.google.com/go/firestore/apiv1/firestorepb"
	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/genproto/googleapis/type/latlng"
)

// TestMask holds what is masked, and what is not, by where it stands and by its form.
func TestMask(t *testing.T) {
	t.Parallel()
	m := &masker{secrets: []string{"open-sesame-77"}}
	for _, tc := range []struct {
		path, field, text, want string
	}{
		{"messages/1", "phase", "claimed", ""},
		{"messages/1", "event", "returnShipment/complete", ""},
		{"messages/1", "id", "wamid.HBgM+T/E5==", ""},
		{"messages/1", "hash", "v2:0f35b0251a3f8d0bbf71533df77e902b5e6dc90e7f529513221c9488e1a41ec4", ""},
		{"messages/1", "app", "9df764a9-2c87-48b0-963e-900000000001", ""},
		{"messages/1", "at", "2026-11-30 16:57:53", ""},
		{"messages/1", "status", "APPROVED", ""},
		{"messages/1", "shipmentId", "NC-20418-20261130165753", ""},
		{"orders/1", "externalShipmentID", "JW-50718-6480-313", ""},
		{"orders/1", "externalShipmentID", "JW-9000000001-6480", phoneMask},
		{"orders/1", "other", "JW-50718-6480-313", phoneMask},
		{"orders/1", "reason", "unwell", textMask},
		{"orders/1", "giftMessage", "unwell", textMask},
		{"orders/1", "remark", "UNWELL", textMask},
		{"messages/1", "reason", "quiet_hours", ""},
		{"order-actions", "state", "pune", textMask},
		{"messages/1", "reply", "bbc77882affafd3f63e5697465803fd9", ""},
		{"provider-events", "reply", "yes", textMask},
		{"provider-events", "message", "zebra7", textMask},
		{"provider-events", "emoji", "zebrareaction", textMask},
		{"provider-events", "media_url", "https://media.example.com/7", textMask},
		{"provider-events", "id", "https://media.example.com/7", textMask},
		{"provider-events", "unheardof", "0f35b0251a3f8d0bbf71533df77e902b", textMask},
		{"messages/1", "x", "+919000000001", phoneMask},
		{"messages/1", "x", "90000 00001", phoneMask},
		{"messages/1", "x", "Eshopbox (919000000801)", phoneMask},
		{"messages/1", "x", "+44 20 7946 0958", phoneMask},
		{"messages/1", "phone", "short", phoneMask},
		{"messages/1", "phoneKey", "69573f0c965c8c32b55ca53f7d42c6a1", ""},
		{"messages/1", "x", "mail ira@example.test", mailMask},
		{"messages/1", "email", "none", mailMask},
		{"messages/1", "customerName", "ira", nameMask},
		{"messages/1", "actor", "ira", nameMask},
		{"messages/1", "actor", "platform", ""},
		{"messages/1", "status", "Ira", textMask},
		{"messages/1", "x", "Ira", textMask},
		{"messages/1", "x", "two words", textMask},
		{"messages/1", "x", "शब्द", textMask},
		{"messages/1", "x", `{"a":1}`, textMask},
		{"messages/1", "text", "stop", textMask},
		{"messages/1", "x", "key=open-sesame-77", secretMask},
		{"messages/1", "token", "abc", secretMask},
		{"accounts/1", "secret", "app-neem/versions/3", ""},
		{"accounts/1", "name", "Neem & Co", ""},
		{"accounts/1", "number", "919000000801", phoneMask},
		{"accounts/1", "x", "open-sesame-77", secretMask},
		{"templates/1/copies/2", "Body", "Hi {{1}}, it is packed.", ""},
		{"templates/1", "Body", "Call +91 90000 00001", phoneMask},
	} {
		want := tc.want
		if want == "" {
			want = tc.text
		}
		if got := m.text(placeOf(tc.path).in(tc.field), tc.text); got != want {
			t.Errorf("%s of %s, %q: got %q, want %q", tc.field, tc.path, tc.text, got, want)
		}
	}
	for within, want := range map[string]string{"shippingAddress": nameMask, "by": nameMask, "other": textMask} {
		if got := m.text(placeOf("orders/1").in(within).in("x"), "pune"); got != want {
			t.Errorf("within %s: got %q, want %q", within, got, want)
		}
	}
	for _, tc := range []struct{ path, field, number, want string }{
		{"orders/1", "x", "1796038073491", ""},
		{"orders/1", "x", "1796038073", ""},
		{"orders/1", "order_id", "51230078", ""},
		{"orders/1", "x", "51230078", textMask},
		{"orders/1", "latitude", "18.5204", textMask},
		{"orders/1", "pin", "411001", textMask},
		{"accounts/1", "rate", "0.5", ""},
		{"accounts/1", "x", "9000000006", phoneMask},
		{"orders/1", "at", "919000000006", phoneMask},
	} {
		want := tc.want
		if want == "" {
			want = tc.number
		}
		if got := m.number(placeOf(tc.path).in(tc.field), tc.number); got != want {
			t.Errorf("%s of %s, %s: got %q, want %q", tc.field, tc.path, tc.number, got, want)
		}
	}
	for name, want := range map[string]string{
		"811:69573f0c965c8c32b55ca53f7d42c6a1": "", "+919000000001": phoneMask, "a@b.test": mailMask, "x-open-sesame-77": secretMask, "failed_delivery": "",
	} {
		if want == "" {
			want = name
		}
		if got := m.key(name); got != want {
			t.Errorf("the name %q: got %q, want %q", name, got, want)
		}
	}
}

// TestNumbersOfFirestoreAreMasked has integers and doubles masked as those of JSON are, in a document and in its row, and names of fields everywhere.
func TestNumbersOfFirestoreAreMasked(t *testing.T) {
	t.Parallel()
	integer := func(i int64) *fs.Value { return &fs.Value{ValueType: &fs.Value_IntegerValue{IntegerValue: i}} }
	double := func(d float64) *fs.Value { return &fs.Value{ValueType: &fs.Value_DoubleValue{DoubleValue: d}} }
	fields := map[string]*fs.Value{
		"phone": integer(9000000006), "pin": integer(411001), "latitude": double(18.5204), "whole": double(73), "sequence": integer(3), "rate": double(2),
		"9000000001": integer(1), "geo": {ValueType: &fs.Value_GeoPointValue{GeoPointValue: &latlng.LatLng{Latitude: 18.5, Longitude: 73.8}}},
	}
	want := `{"••• phone":"••• text","geo":{"$place":"••• text"},"latitude":"••• text","phone":"••• phone","pin":"••• text","rate":2.0,"sequence":3,"whole":"••• text"}`
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(write(&masker{}, "replies/1", fields))); err != nil || compact.String() != want {
		t.Errorf("got %s, %v\nwant %s", compact.String(), err, want)
	}
	row := "••• phone ••• text, latitude ••• text, phone ••• phone, pin ••• text, rate 2, sequence 3, whole ••• text"
	if got := preview(&masker{}, "replies/1", fields); got != row {
		t.Errorf("got the row %q, want %q", got, row)
	}
	message := messageOf(&masker{}, "provider-events", &pb.PubsubMessage{
		Data: []byte(`{"9000000001":1}`), Attributes: map[string]string{"9000000002": "x", "kind": "reply", "said": "zebra", "phone": "+919000000003"},
	})
	got := fmt.Sprint(message.Attributes, message.JSON)
	if strings.Contains(got, "90000") || strings.Contains(got, "zebra") || !strings.Contains(got, "{kind reply}") {
		t.Errorf("got the message %s", got)
	}
}
