package subscribe_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/subscribe"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit/openapi"
)

// described is the description that every answer is held to.
var described = openapi.New(subscribe.OpenAPI)

// TestMain requires that the tests have produced every answer that the description has.
func TestMain(m *testing.M) { os.Exit(described.Main(m)) }

// TestDescription holds that openapi.yaml is sound, with its examples, and has exactly the routes that are served.
func TestDescription(t *testing.T) {
	t.Parallel()
	described.Check(t, "GET /_ah/api/esb/v2/order/{order_id}", "POST /_ah/api/esb/v2/order/{order_id}")
}

// TestStalledBody announces a body and never sends the rest of it.
func TestStalledBody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	srv := httptest.NewServer(w.build("REQUEST_TIMEOUT", "300ms", "PLATFORM_TIMEOUT", "200ms"))
	defer srv.Close()
	var dialer net.Dialer
	conn, err := dialer.DialContext(t.Context(), "tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: portal\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{", route+orderID)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusRequestTimeout {
		t.Errorf("got %d, want 408", resp.StatusCode)
	}
}
