package cloudview

import "testing"

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
		{"messages/1", "shipment", "NC-20418-20261130165753", ""},
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
	for within, want := range map[string]string{"shippingAddress": nameMask, "by": nameMask, "other": "pune"} {
		if got := m.text(placeOf("orders/1").in(within).in("x"), "pune"); got != want {
			t.Errorf("within %s: got %q, want %q", within, got, want)
		}
	}
	for number, want := range map[string]string{"1796038073491": "1796038073491", "51230078": "51230078", "9000000006": phoneMask, "919000000006": phoneMask} {
		if got := m.number(place{name: "x"}, number); got != want {
			t.Errorf("%s: got %q, want %q", number, got, want)
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
