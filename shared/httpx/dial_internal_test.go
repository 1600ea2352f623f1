package httpx

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestPublic(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"203.0.113.7": true, "8.8.8.8": true, "2001:4860:4860::8888": true,
		"127.0.0.1": false, "127.8.9.1": false, "::1": false, "0.0.0.0": false, "::": false, "10.1.2.3": false, "172.16.0.1": false,
		"192.168.1.1": false, "169.254.169.254": false, "fe80::1": false, "fd20:ce::254": false, "100.64.0.1": false, "0.1.2.3": false,
		"192.0.0.192": false, "198.18.0.1": false, "224.0.0.1": false, "255.255.255.255": false, "240.0.0.1": false, "ff02::1": false,
		"::ffff:127.0.0.1": false, "::ffff:169.254.169.254": false, "::127.0.0.1": false, "64:ff9b::a9fe:a9fe": false,
		"2002:7f00:1::": false, "2001:0:7f00:1::": false, "fe80::1%eth0": false,
	} {
		if got := public(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: got %t, want %t", address, got, want)
		}
	}
}

// TestClientCallsNoPrivateNetwork has a name resolve to the own machine: it is refused when it is dialled, unless an operator has
// configured it.
func TestClientCallsNoPrivateNetwork(t *testing.T) {
	t.Parallel()
	calls := 0
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls++ }))
	t.Cleanup(server.Close)
	byName := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)

	get := func(address string, allowed ...string) error {
		c := Client(time.Second, allowed...)
		defer c.CloseIdleConnections()
		resp, err := c.Get(address)
		if err != nil {
			return err
		}
		return resp.Body.Close()
	}
	for name, err := range map[string]error{
		"address":                get(server.URL),
		"name":                   get(byName),
		"another port's allowed": get(server.URL, "http://127.0.0.1:1"),
		"address by its number":  get(byName, server.URL),
	} {
		if !errors.Is(err, errNotPublic) {
			t.Errorf("%s: got %v, want it refused", name, err)
		}
	}
	if calls != 0 {
		t.Errorf("the server was called %d times", calls)
	}
	if err := get(server.URL+"/path", server.URL+"/other"); err != nil || calls != 1 {
		t.Errorf("configured address: got %v after %d calls", err, calls)
	}
}
