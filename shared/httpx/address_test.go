package httpx_test

import (
	"net/http"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
)

func TestAddressOf(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, remote string
		forwarded    []string
		want         string
	}{
		{"connection", "192.0.2.1:4711", nil, "192.0.2.1"},
		{"connection_v6", "[2001:db8::1]:4711", nil, "2001:db8::"},
		{"no_port", "192.0.2.1", nil, "192.0.2.1"},
		{"nothing", "", nil, ""},
		{"forwarded", "169.254.1.1:1", []string{"192.0.2.1"}, "192.0.2.1"},
		{"callers_own_words_before", "169.254.1.1:1", []string{"198.51.100.1, 192.0.2.1"}, "192.0.2.1"},
		{"several_lines", "169.254.1.1:1", []string{"198.51.100.1", "203.0.113.1,192.0.2.1"}, "192.0.2.1"},
		{"mapped", "169.254.1.1:1", []string{"::ffff:192.0.2.1"}, "192.0.2.1"},
		{"same_network", "169.254.1.1:1", []string{"2001:db8::ffff:1:2:3"}, "2001:db8::"},
		{"other_network", "169.254.1.1:1", []string{"2001:db8:0:1::1"}, "2001:db8:0:1::"},
		{"with_a_zone", "169.254.1.1:1", []string{"fe80::1%eth0"}, "fe80::"},
		{"not_an_address", "169.254.1.1:1", []string{"unknown"}, "unknown"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := &http.Request{RemoteAddr: tc.remote, Header: http.Header{"X-Forwarded-For": tc.forwarded}}
			if got := httpx.AddressOf(r); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
